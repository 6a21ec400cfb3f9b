import json
import shutil
import zipfile

import pytest

from rompy.core.workspace import Workspace
from rompy.errors import ConfigError, WorkspaceError
from rompy.manifest.ending import recording_postprocess
from rompy.provenance.crate import Credits, Named, person_of_git, write_crate
from rompy.provenance.reproduce import reproduce
from rompy.provenance.restore import restore

ADA = Named.parse("Ada Lovelace <https://orcid.org/0000-0002-1825-0097>")
CREDITS = Credits((ADA,))


def graph(path):
    entities = json.loads((path / "ro-crate-metadata.json").read_text())["@graph"]
    return {entity["@id"]: entity for entity in entities}


def ids(value):
    return [entry["@id"] for entry in (value if isinstance(value, list) else [value])]


def test_each_step_says_what_it_made_from_what(runs, tmp_path):
    write_crate([runs.pond], tmp_path / "crate", credited=CREDITS)
    found = graph(tmp_path / "crate")
    generate, run, post = (found[f"#{name}"] for name in ("generate", "run-1", "postprocess-1"))
    assert ids(generate["object"]) == [".rompy/run.yml", "#input/bed.nc"]
    assert set(ids(generate["result"])) == {"bed.nc", "pond.py", "settings.json"} == set(ids(run["object"]))
    logs = {".rompy/stdout.log", ".rompy/stderr.log"}
    assert set(ids(run["result"])) == {"pond.nc", "gauge.txt", "pond.log", *logs}
    assert ids(post["result"]) == ["results/summary.json"]
    assert run["startTime"] <= run["endTime"]  # to the second
    assert {a["actionStatus"] for a in (generate, run, post)} == {"http://schema.org/CompletedActionStatus"}
    assert ids(run["agent"]) == ["https://orcid.org/0000-0002-1825-0097"]
    assert found["pond.nc"]["encodingFormat"] == "application/netcdf"
    assert len(found["pond.nc"]["sha256"]) == 64
    assert found[run["instrument"]["@id"]]["name"] == "pond"


def test_what_a_postprocessor_wrote_is_its_own_wherever_it_lies(ran, tmp_path):
    with recording_postprocess(Workspace(ran), "plots", {"size": 2, "none": None}) as phase:
        (ran / "plots").mkdir()
        (ran / "plots" / "map.txt").write_text("m")
        phase["state"] = "succeeded"
    write_crate([ran], tmp_path / "crate")
    found = graph(tmp_path / "crate")
    assert ids(found["#postprocess-2"]["result"]) == ["plots/map.txt"]
    assert "#postprocess-2/size" in ids(found["#postprocess-2"]["object"])
    assert "plots/map.txt" not in ids(found["#run-1"]["result"])
    assert found["plots/map.txt"]["description"] == "Made from the output of the model"


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
    assert Named.parse(text) == Named("Ada B.", identifier if identifier.startswith("http") else None)
    assert Named.parse(text).identifier == identifier


def test_the_same_run_gives_the_same_crate(runs, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_crate([runs.pond], tmp_path / name / "crate.zip", credited=CREDITS)
    assert (tmp_path / "a/crate.zip").read_bytes() == (tmp_path / "b/crate.zip").read_bytes()


def test_a_crate_in_one_file_is_restored_as_an_archive_is(runs, tmp_path):
    write_crate([runs.pond], tmp_path / "crate.zip")
    with zipfile.ZipFile(tmp_path / "crate.zip") as file:
        assert "ro-crate-metadata.json" in file.namelist()
    restore(tmp_path / "crate.zip", tmp_path / "back")
    assert (tmp_path / "back" / "pond.nc").read_bytes() == (runs.pond / "pond.nc").read_bytes()


def test_a_crate_of_a_crate_is_a_crate_of_the_run(runs, tmp_path):
    write_crate([runs.pond], tmp_path / "one", credited=CREDITS)
    write_crate([tmp_path / "one"], tmp_path / "two", credited=CREDITS)
    assert graph(tmp_path / "one") == graph(tmp_path / "two")


@pytest.mark.parametrize("name", ["crate", "crate.zip"])
def test_what_several_runs_read_is_taken_along_once_and_each_can_be_made_again(runs, tmp_path, name):
    write_crate([runs.pond, runs.rough], tmp_path / name, inputs="by-value")
    folder = tmp_path / name
    if name.endswith(".zip"):
        folder = restore(folder, tmp_path / "back").root
    assert len(list(folder.rglob("inputs"))) == 1
    bed = graph(folder)[ids(graph(folder)["#rough/generate"]["object"])[1]]
    assert bed["@id"].startswith(".rompy/inputs/")
    assert ids(graph(folder)["./"]["hasPart"]) == ["pond/", "rough/", bed["@id"]]
    shutil.move(runs.folder / "bed.nc", runs.folder / "away.nc")
    try:
        assert reproduce(folder / "rough")
    finally:
        shutil.move(runs.folder / "away.nc", runs.folder / "bed.nc")


def test_a_crate_of_one_run_is_reproduced_from_its_folder_and_file(runs, tmp_path):
    for name in ("crate", "crate.zip"):
        write_crate([runs.pond], tmp_path / name, inputs="by-value")
        assert reproduce(tmp_path / name)


def test_a_licence_is_one_that_is_known(runs, tmp_path):
    with pytest.raises(ConfigError, match="not known to SPDX"):
        write_crate([runs.pond], tmp_path / "crate", licence="free for all")
    write_crate([runs.pond], tmp_path / "crate", licence="https://example.org/terms")
    assert ids(graph(tmp_path / "crate")["./"]["license"]) == ["https://example.org/terms"]


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
