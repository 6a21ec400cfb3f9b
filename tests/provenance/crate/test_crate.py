import json
import zipfile

import pytest

from rompy.errors import WorkspaceError
from rompy.provenance.crate import Person, person_of_git, write_crate
from rompy.provenance.restore import restore

ADA = Person.parse("Ada Lovelace <https://orcid.org/0000-0002-1825-0097>")


def graph(path):
    entities = json.loads((path / "ro-crate-metadata.json").read_text())["@graph"]
    return {entity["@id"]: entity for entity in entities}


def ids(value):
    return [entry["@id"] for entry in (value if isinstance(value, list) else [value])]


def test_a_crate_of_several_runs_is_valid(runs, tmp_path, problems, unchanged):
    with unchanged(runs.folder):
        made = write_crate(
            [runs.pond.parent], tmp_path / "crate", licence="CC-BY-4.0", author=ADA, inputs="by-value"
        )
    assert made.runs == ("pond", "rough")
    found = graph(tmp_path / "crate")
    assert ids(found["./"]["mentions"]) == [
        f"#{run}/{step}" for run in ("pond", "rough") for step in ("generate", "run-1", "postprocess-1")
    ]
    assert {"pond/pond.nc", "rough/rough.nc"} <= set(found)
    assert problems(tmp_path / "crate") == []


def test_each_step_says_what_it_made_from_what(runs, tmp_path):
    write_crate([runs.pond], tmp_path / "crate", author=ADA)
    found = graph(tmp_path / "crate")
    generate, run, post = (found[f"#{name}"] for name in ("generate", "run-1", "postprocess-1"))
    assert ids(generate["object"]) == [".rompy/run.yml", "#input-1"]
    assert set(ids(generate["result"])) == {"bed.nc", "pond.py", "settings.json"} == set(ids(run["object"]))
    assert set(ids(run["result"])) == {"pond.nc", "gauge.txt", "pond.log"}
    assert ids(post["result"]) == ["results/summary.json"]
    assert run["startTime"] <= run["endTime"]  # to the second
    assert {a["actionStatus"] for a in (generate, run, post)} == {"http://schema.org/CompletedActionStatus"}
    assert ids(run["agent"]) == ["https://orcid.org/0000-0002-1825-0097"]
    assert found["pond.nc"]["encodingFormat"] == "application/netcdf"
    assert len(found["pond.nc"]["sha256"]) == 64
    assert found[run["instrument"]["@id"]]["name"] == "pond"


def test_a_failed_attempt_is_told(pond, tmp_path):
    from rompy.backends import LocalConfig

    run = pond()
    run.generate()
    run.run(LocalConfig(command="echo gone wrong >&2; exit 3"), workspace_dir=run.staging_dir)
    write_crate([run.staging_dir], tmp_path / "crate")
    action = graph(tmp_path / "crate")["#run-1"]
    assert action["actionStatus"] == "http://schema.org/FailedActionStatus"
    assert "3" in action["error"]


def test_nobody_and_no_licence_is_made_up(runs, tmp_path, monkeypatch):
    made = write_crate([runs.pond], tmp_path / "crate")
    root = graph(tmp_path / "crate")["./"]
    assert "author" not in root
    assert "license" not in root
    assert "no licence is stated" in made.warnings[0]
    monkeypatch.setenv("PATH", "")
    assert person_of_git() is None


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("Ada B. <https://orcid.org/1>", "https://orcid.org/1"),
        ("Ada B.", "#ada-b"),
        ("Ada B. <ada@x.org>", "#ada-b"),
    ],
)
def test_people_are_told_by_name_and_never_by_mail(text, identifier):
    assert Person.parse(text) == Person("Ada B.", identifier if identifier.startswith("http") else None)
    assert Person.parse(text).identifier == identifier


def test_the_same_run_gives_the_same_crate(runs, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_crate([runs.pond], tmp_path / name / "crate.zip", author=ADA)
    assert (tmp_path / "a/crate.zip").read_bytes() == (tmp_path / "b/crate.zip").read_bytes()


def test_a_crate_in_one_file_is_restored_as_an_archive_is(runs, tmp_path):
    write_crate([runs.pond], tmp_path / "crate.zip")
    with zipfile.ZipFile(tmp_path / "crate.zip") as file:
        assert "ro-crate-metadata.json" in file.namelist()
    restore(tmp_path / "crate.zip", tmp_path / "back")
    assert (tmp_path / "back" / "pond.nc").read_bytes() == (runs.pond / "pond.nc").read_bytes()


def test_a_crate_of_a_crate_is_a_crate_of_the_run(runs, tmp_path):
    write_crate([runs.pond], tmp_path / "one", author=ADA)
    write_crate([tmp_path / "one"], tmp_path / "two", author=ADA)
    assert graph(tmp_path / "one") == graph(tmp_path / "two")


def test_names_with_blanks_and_links_come_along(ran, tmp_path):
    (ran / "my notes.txt").write_text("calm")
    (ran / "latest").symlink_to("pond.nc")
    write_crate([ran], tmp_path / "crate")
    assert (tmp_path / "crate" / "my notes.txt").read_text() == "calm"
    assert str((tmp_path / "crate" / "latest").readlink()) == "pond.nc"
    assert "my%20notes.txt" in graph(tmp_path / "crate")


def test_nothing_is_overwritten_and_nothing_half_made(runs, tmp_path, monkeypatch):
    (tmp_path / "crate").mkdir()
    with pytest.raises(WorkspaceError, match="nothing is overwritten"):
        write_crate([runs.pond], tmp_path / "crate")
    with pytest.raises(WorkspaceError, match="no run in it"):
        write_crate([tmp_path], tmp_path / "other")

    def fail(*arguments, **more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copy", fail)
    with pytest.raises(WorkspaceError, match="No space left"):
        write_crate([runs.pond], tmp_path / "full")
    assert [p.name for p in tmp_path.iterdir()] == ["crate"]
