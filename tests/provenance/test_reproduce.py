import json
import shutil
import sys
from pathlib import Path

import netCDF4
import pytest
from click.testing import CliRunner

from rompy.backends import LocalConfig, SlurmConfig
from rompy.cli import cli
from rompy.core.sealed import write_sealed
from rompy.errors import ArchiveError, ReproducibilityError, WorkspaceError
from rompy.jobs.store import JobStore
from rompy.manifest import ManifestError, read_manifest
from rompy.provenance.archive import archive
from rompy.provenance.crate import write_crate
from rompy.provenance.diff import Tolerance, Verdict
from rompy.provenance.reproduce import reproduce
from rompy.provenance.restore import restore
from rompy.provenance.run_again import backend_of, require_shared


def test_a_run_is_reproduced_bit_for_bit_and_left_alone(runs, tmp_path, unchanged):
    with unchanged(runs.folder):
        found = reproduce(runs.pond, run=True, to=tmp_path / "again")
    assert found
    assert str(found) == "reproduced bit for bit (input and results)"
    assert found.workspace == tmp_path / "again" / "pond"
    for name in ("bed.nc", "pond.nc", "gauge.txt", "results/summary.json"):
        assert (found.workspace / name).read_bytes() == (runs.pond / name).read_bytes()
    assert json.loads(json.dumps(found.to_dict()))["reproduced"] is True


def test_without_running_only_the_input_is_made_again_and_nothing_is_kept(runs, tmp_path, monkeypatch):
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    found = reproduce(runs.pond)
    assert str(found) == "reproduced bit for bit (input)"
    assert found.workspace is None
    assert list((tmp_path / "scratch").iterdir()) == []


def test_an_input_that_changed_is_told_as_the_cause(pond, tmp_path):
    root = pond().generate()
    with netCDF4.Dataset(tmp_path / "bed.nc", "a") as file:
        file["depth"][0, 0] = 77.0
    found = reproduce(root)
    assert not found
    assert str(found) == "not reproducible: data differ"
    first, second = found.comparison.levels["data"].differences
    assert str(first).endswith("bed.nc: other content")
    assert str(second).startswith("bed.nc: generated with other content")


def test_the_first_cause_is_told(pond, tmp_path, runs):
    root = pond().generate()
    with netCDF4.Dataset(tmp_path / "bed.nc", "a") as file:
        file["depth"][0, 0] = 77.0
    assert reproduce(root).why.endswith("bed.nc: other content")
    assert reproduce(runs.pond).why is None
    other = LocalConfig(command=f"{sys.executable} pond.py && echo 1 > gauge.txt")
    found = reproduce(runs.pond, run=True, backend=other)
    levels = found.comparison.levels
    causes = [*levels["code"].differences, *levels["environment"].differences]
    assert "backend setting command" in [cause.what for cause in causes]
    # Packages that other tests have imported since explain less than what both have.
    in_both = [cause for cause in causes if None not in (cause.before, cause.after)]
    assert found.why.startswith(str(in_both[0] if in_both else causes[0]))


def test_several_runs_are_reproduced_one_after_the_other(runs, ran):
    (ran / "settings.json").write_text("{}")
    done = CliRunner().invoke(cli, ["reproduce", str(runs.pond.parent), str(ran), "--json"])
    assert done.exit_code == 11, done.output
    told = json.loads(done.stdout)["reproductions"]
    assert [(Path(one["source"]).name, one["reproduced"]) for one in told] == [
        ("pond", True),
        ("rough", True),
        ("ran", False),
    ]
    assert "settings.json" in told[2]["text"]


def test_a_container_is_that_of_the_same_image(ran):
    manifest = read_manifest(ran)
    facts = {"name": "pond:latest", "id": "sha256:" + "a" * 64, "digests": ["host/pond@sha256:" + "b" * 64]}
    settings = {"type": "docker", "dockerfile": "Dockerfile", "build_args": {"X": "1"}, "cpu": 2}
    run = manifest.phases.run[-1].model_copy(update={"backend": "docker", "settings": settings})

    def image(told):
        phases = manifest.phases.model_copy(update={"run": [run.model_copy(update={"image": told})]})
        return backend_of(manifest.model_copy(update={"phases": phases}))

    assert (image(facts).image, image(facts).dockerfile, image(facts).cpu) == (facts["digests"][0], None, 2)
    assert image({**facts, "digests": []}).image == facts["id"]


def test_clusters_do_not_run_in_temporary_folders():
    with pytest.raises(WorkspaceError, match="--to"):
        require_shared(SlurmConfig(), is_temporary=True)
    require_shared(SlurmConfig(), is_temporary=False)
    require_shared(LocalConfig(), is_temporary=True)


def test_results_within_a_tolerance_are_good_enough(runs):
    # The same program, which computes a little differently this time.
    shaken = f"sed 's|/ 3) /|/ 3.0001) /|' pond.py > shaken.log && {sys.executable} shaken.log"
    found = reproduce(
        runs.pond, run=True, backend=LocalConfig(command=shaken), tolerance=Tolerance(absolute=0.01)
    )
    assert found.verdict is Verdict.close
    assert str(found) == "reproduced within the tolerance (input and results)"


def test_other_results_are_not_reproducible(runs):
    other = f"{sys.executable} pond.py && echo 1 > gauge.txt"
    found = reproduce(runs.pond, run=True, backend=LocalConfig(command=other))
    assert not found
    assert str(found) == "not reproducible: results differ"
    assert [d.what for d in found.comparison.levels["results"].differences] == ["gauge.txt"]
    assert not [row for row in JobStore().rows() if "rompy-reproduce" in row.workspace]


def test_an_archive_with_its_inputs_is_enough(pond, tmp_path):
    root = pond().generate()
    archive(root, tmp_path / "pond.zip", inputs="by-value")
    archive(root, tmp_path / "bare.zip")
    shutil.rmtree(tmp_path / "runs")
    (tmp_path / "bed.nc").unlink()
    found = reproduce(tmp_path / "pond.zip")
    assert str(found) == "reproduced bit for bit (input)"
    assert found.comparison.levels["description"].verdict is Verdict.same
    restore(tmp_path / "pond.zip", tmp_path / "restored")
    assert reproduce(tmp_path / "restored")
    with pytest.raises(ReproducibilityError, match=r"(?s)cannot be generated again: .*bed\.nc.*by-value"):
        reproduce(tmp_path / "bare.zip")


@pytest.mark.parametrize("target", ["crate", "crate.zip"])
def test_a_crate_is_enough(runs, tmp_path, target, unchanged):
    write_crate([runs.pond], tmp_path / target, inputs="by-value")
    assert reproduce(tmp_path / target)


def test_relative_names_of_inputs_are_found_from_anywhere(pond, tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path)
    root = pond(bed="bed.nc").generate()
    archive(root, tmp_path / "pond.zip", inputs="by-value")
    monkeypatch.chdir(tmp_path / "sub")
    assert reproduce(root)
    (tmp_path / "bed.nc").unlink()
    assert reproduce(tmp_path / "pond.zip")


def test_an_original_that_was_changed_is_told(ran):
    (ran / "settings.json").write_text("{}")
    found = reproduce(ran)
    assert not found
    assert str(found) == (
        "not reproducible: the original itself was changed since it was made: settings.json"
    )


def test_a_model_that_fails_now_is_not_reproducible(runs):
    with pytest.raises(ReproducibilityError, match="did not succeed"):
        reproduce(runs.pond, run=True, backend=LocalConfig(command="false"))


def test_a_plugin_that_is_missing_is_named(ran):
    text = (ran / ".rompy" / "run.yml").read_text().replace("model_type: pond", "model_type: swan_like")
    (ran / ".rompy" / "run.yml").write_text(text)
    with pytest.raises(ReproducibilityError, match="swan_like"):
        reproduce(ran)


def test_an_edited_record_is_not_relied_on(ran):
    path = ran / ".rompy" / "manifest.json"
    values = json.loads(path.read_text())
    path.write_text(json.dumps({**values, "run_id": "other"}))
    with pytest.raises(ManifestError, match="edited"):
        reproduce(ran)
    write_sealed(path, {**values, "schema": 99})
    with pytest.raises(ManifestError, match="schema 99"):
        reproduce(ran)


def test_nothing_is_written_over(runs, tmp_path, unchanged):
    for place in (runs.pond, runs.pond / "sub", runs.pond.parent):
        with unchanged(runs.folder), pytest.raises(WorkspaceError):
            reproduce(runs.pond, to=place)
    (tmp_path / "again" / "pond").mkdir(parents=True)
    (tmp_path / "again" / "pond" / "mine").write_text("")
    with pytest.raises(WorkspaceError):
        reproduce(runs.pond, to=tmp_path / "again")
    assert [p.name for p in (tmp_path / "again" / "pond").iterdir()] == ["mine"]


def test_what_is_no_run_is_refused(runs, tmp_path):
    (tmp_path / "text").write_text("hello")
    with pytest.raises(ArchiveError):
        reproduce(tmp_path / "text")
    for place in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(WorkspaceError):
            reproduce(place)
    with pytest.raises(WorkspaceError, match="2 runs[^$]*rompy restore"):
        reproduce(runs.pond.parent)
