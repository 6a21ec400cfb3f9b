"""The index finds workspaces by what was prepared in them."""

from pathlib import Path

from rompy.core.artefact.index import ArtefactIndex


def _entry(recipe, field="config.wind"):
    return {"recipe_sha256": recipe, "field": field}


def test_workspaces_are_found_by_recipe_and_by_field_the_newest_first(tmp_path):
    index = ArtefactIndex(tmp_path / "cache" / "artefacts.sqlite")
    assert index.places("a") == []
    for name in ("one", "two", "one"):
        index.add(Path("/runs") / name, [_entry("a"), _entry(None), _entry("b", "config.bed")])
    assert index.places("a") == [Path("/runs/one"), Path("/runs/two")]
    assert index.places_of_field("config.bed") == [Path("/runs/one"), Path("/runs/two")]
    assert index.places_of_field("config.ice") == []


def test_only_as_many_are_kept_as_may_be(tmp_path, monkeypatch):
    monkeypatch.setattr("rompy.core.artefact.index.MOST", 10)
    index = ArtefactIndex(tmp_path / "artefacts.sqlite")
    for number in range(25):
        index.add(Path("/runs") / str(number), [_entry("a")])
    found = index.places("a")
    assert found[0] == Path("/runs/24")
    assert 5 <= len(found) <= 10


def test_without_a_usable_file_nothing_is_found_and_nothing_fails(tmp_path):
    damaged = tmp_path / "artefacts.sqlite"
    damaged.write_text("no database at all, but long enough to be looked at" * 20)
    for path in (damaged, Path("/proc/no/artefacts.sqlite")):
        index = ArtefactIndex(path)
        index.add(Path("/runs/one"), [_entry("a")])
        assert index.places("a") == []
