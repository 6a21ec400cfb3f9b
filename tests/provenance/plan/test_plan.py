"""What of a finished run is used again, and what keeps it from being used."""

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rompy import plugins
from rompy.backends import LocalConfig
from rompy.core.config import BaseConfig
from rompy.core.launch import Launch
from rompy.core.resolve import existing
from rompy.core.workspace import Workspace
from rompy.manifest import read_manifest
from rompy.model import ModelRun
from rompy.provenance.plan import generated_key, plan_of
from rompy.provenance.plan.former import former_run
from rompy.provenance.plan.trial import are_same_files, is_same_after_all


@pytest.fixture
def finished(pond):
    """Runs a pond; returns its description and its folder."""
    model_run = pond()
    model_run.generate()
    model_run.run(LocalConfig(), workspace_dir=model_run.staging_dir).check()
    return model_run, Path(model_run.staging_dir)


def test_a_finished_run_is_used_again_and_planning_changes_nothing(finished, tmp_path, unchanged):
    model_run, root = finished
    with unchanged(tmp_path):
        plan = plan_of(model_run, backend=LocalConfig())
    assert plan.input_from == plan.results_from == root
    assert [(step.action, step.what) for step in plan.steps] == [("reused", "input"), ("reused", "run")]
    assert plan.former.result


def test_without_a_former_run_all_is_made(pond, monkeypatch, tmp_path):
    monkeypatch.setenv("ROMPY_STATE_DIR", str(tmp_path / "state"))
    plan = plan_of(pond())
    assert [(step.action, step.what) for step in plan.steps] == [("built", "input"), ("run", "run")]
    assert plan.to_dict()["compared_with"] is None
    assert not (tmp_path / "runs").exists()


def test_reasons_name_what_changed(finished, pond):
    _, root = finished
    later = {"start": "2024-02-01", "end": "2024-02-05", "interval": "1h"}
    longer = ModelRun(run_id="pond", period=later, config=pond(friction=0.2).config)
    reasons = former_run(root, longer).not_input
    assert "config.friction: not given -> 0.2" in reasons
    assert "period.end: 2024-02-03 -> 02-05" in reasons


def test_a_run_in_another_place_is_the_same_but_one_of_another_name_is_not(finished, pond, tmp_path):
    _, root = finished
    moved = pond().model_copy(update={"output_dir": tmp_path / "there", "delete_existing": True})
    assert former_run(root, moved).has_results
    assert former_run(root, pond(run_id="lake")).not_input == ("run_id: pond -> lake",)


def test_an_input_counts_by_its_content_not_by_its_time(finished, tmp_path):
    model_run, root = finished
    bed = tmp_path / "bed.nc"
    os.utime(bed, ns=(1, 1))
    assert former_run(root, model_run).has_results
    content = bed.read_bytes()
    bed.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert former_run(root, model_run).not_input == (f"config.bed ({bed}): other content",)
    bed.unlink()
    assert former_run(root, model_run).not_input == (f"config.bed ({bed}): the file is not there any more",)


def test_an_input_that_was_moved_is_read_again_and_the_same_files_are_recognised(finished, pond, tmp_path):
    _, root = finished
    (tmp_path / "bed.nc").rename(tmp_path / "floor.nc")
    moved = pond(bed=str(tmp_path / "floor.nc"))
    former = former_run(root, moved)
    assert not former.has_input
    assert plan_of(moved, against=root).may_be_the_same
    assert is_same_after_all(moved, former)
    assert not is_same_after_all(pond(bed=str(tmp_path / "floor.nc"), steps=9), former)


def test_scheduling_does_not_count_and_other_settings_do(finished):
    model_run, root = finished
    for harmless in ({"timeout": 7}, {"capture_output": True, "grace": 1.0}):
        assert former_run(root, model_run, LocalConfig(**harmless)).has_results
    for other in ({"command": "python pond.py"}, {"env_vars": {"DEPTH": "3"}}):
        former = former_run(root, model_run, LocalConfig(**other))
        assert former.has_input
        assert former.not_run == (f"setting {next(iter(other))} of the backend is another one",)


@pytest.mark.parametrize(
    ("name", "is_input"), [("settings.json", True), ("gauge.txt", False), (".rompy/run.yml", False)]
)
def test_what_was_tampered_with_is_not_used(finished, name, is_input):
    model_run, root = finished
    with (root / name).open("a") as file:
        file.write(" ")
    former = former_run(root, model_run)
    assert not former.has_results
    assert former.has_input is not is_input


def test_an_edited_record_is_not_relied_on(finished):
    model_run, root = finished
    manifest = Workspace(root).manifest
    manifest.write_text(manifest.read_text().replace('"succeeded"', '"succeeded "'))
    assert "was edited" in former_run(root, model_run).not_input[0]


def test_a_model_that_failed_is_run_again(pond):
    model_run = pond(steps=-1)  # a dimension of negative size
    model_run.generate()
    assert not model_run.run(LocalConfig(), workspace_dir=model_run.staging_dir)
    former = former_run(Path(model_run.staging_dir), model_run)
    assert former.has_input
    assert former.not_run == ("the model failed there",)


def test_a_variable_that_files_may_depend_on_counts(finished, monkeypatch):
    model_run, root = finished
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert former_run(root, model_run).not_input == ("variable SOURCE_DATE_EPOCH: not set -> 0",)


LOOSE = """
from pathlib import Path
from typing import Literal
from rompy.core.config import BaseConfig


class Loose(BaseConfig):
    model_type: Literal["loose"] = "loose"
    template: None = None
    path: str = ""

    def __call__(self, runtime):
        (runtime.staging_dir / "loose.txt").write_text(Path(self.path).read_text() if self.path else "1")

    def render(self, context, output_dir):
        pass
"""


@pytest.fixture
def loose(tmp_path, monkeypatch):
    """A configuration in a module that no package installed."""
    (tmp_path / "loose_model.py").write_text(LOOSE)
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module("loose_model")
    with plugins.registered("rompy.config", "loose", module.Loose):
        yield lambda **config: ModelRun(
            run_id="loose", output_dir=tmp_path / "runs", config={"model_type": "loose", **config}
        )
    del sys.modules["loose_model"]


def test_code_that_was_changed_is_noticed_without_a_version(loose, tmp_path):
    model_run = loose()
    root = model_run.generate()
    assert former_run(root, model_run).has_input
    (tmp_path / "loose_model.py").write_text(LOOSE.replace('"1"', '"2"'))
    assert former_run(root, model_run).not_input == ("code of loose_model was changed",)


def test_another_version_of_a_package_is_another_run(finished, monkeypatch):
    model_run, root = finished
    from rompy.manifest import distributions

    there = distributions.installed_versions()
    assert "numpy" in there
    for module in ("rompy.provenance.plan.other_code", "rompy.manifest.own_code"):
        monkeypatch.setattr(f"{module}.installed_versions", lambda: {**there, "numpy": "0.1"})
    assert former_run(root, model_run).not_input == (f"package numpy: {there['numpy']} -> 0.1",)
    for module in ("rompy.provenance.plan.other_code", "rompy.manifest.own_code"):
        monkeypatch.setattr(f"{module}.installed_versions", lambda: {**there, "something-else": "1"})
    assert former_run(root, model_run).not_input == ("other packages are installed",)


def test_another_build_of_the_same_version_is_noticed(finished, monkeypatch):
    model_run, root = finished
    monkeypatch.setattr("rompy.provenance.plan.other_code.builds_sha256", lambda: "f" * 64)
    assert former_run(root, model_run).not_input == (
        "a package was installed again, of the same version, but with other files",
    )


def test_a_file_that_was_read_past_the_record_is_doubted(loose, tmp_path):
    (tmp_path / "secretly.txt").write_text("7")
    model_run = loose(path=str(tmp_path / "secretly.txt"))
    root = model_run.generate()
    (doubt,) = former_run(root, model_run).not_input
    assert doubt == f"config.path: it is not recorded what was read of {tmp_path / 'secretly.txt'}"


@pytest.mark.parametrize("name", ["folder", "folder/*.txt"])
def test_folders_and_patterns_are_doubted_as_more_may_have_come(loose, tmp_path, name, monkeypatch):
    (tmp_path / "folder").mkdir()
    (tmp_path / "here.txt").write_text("7")
    model_run = loose(path=str(tmp_path / "here.txt"))
    root = model_run.generate()
    asked = loose(path=str(tmp_path / name))
    from rompy.provenance.plan.inputs_now import other_inputs

    assert any("now" in reason for reason in other_inputs(root, read_manifest(root), asked))


class Referring(BaseConfig):
    """Writes the name of a file that the model reads itself."""

    model_type: Literal["referring"] = "referring"
    template: None = None
    path: str
    depth: float = 1.0

    def __call__(self, runtime):
        existing(self.path)
        (runtime.staging_dir / "names.txt").write_text(self.path)

    def render(self, context, output_dir):
        """There is no template."""


def test_files_that_only_name_others_are_not_taken_for_the_same_when_those_change(tmp_path):
    (tmp_path / "wind.txt").write_text("1")
    with plugins.registered("rompy.config", "referring", Referring):
        path = str(tmp_path / "wind.txt")
        one, other = (
            ModelRun(run_id="a", output_dir=tmp_path, config=Referring(path=path, **given))
            for given in ({}, {"depth": 1.0})
        )
        former = former_run(one.generate(), other)
        assert not former.has_input
        assert is_same_after_all(other, former)
        (tmp_path / "wind.txt").write_text("2")
        assert not is_same_after_all(other, former)


class Sourced(BaseConfig):
    """Takes note of the file of its source."""

    model_type: Literal["sourced"] = "sourced"
    template: None = None
    from_source: object = None

    def __call__(self, runtime):
        existing(self.from_source.uri)
        (runtime.staging_dir / "a.txt").write_text("a")

    def render(self, context, output_dir):
        """There is no template."""

    def launch(self):
        return Launch(("python", "-c", "1"))


def test_sources_that_do_not_say_that_they_are_settled_are_doubted(tmp_path):
    from rompy.core.source import SourceFile, SourceFiles

    class OfAPlugin(SourceFile):
        """Inherits everything but the promise."""

        model_type: Literal["of_a_plugin"] = "of_a_plugin"

    (tmp_path / "a.nc").write_text("CDF")
    with plugins.registered("rompy.config", "sourced", Sourced):
        settled, unsettled = (
            ModelRun(
                run_id="a",
                output_dir=tmp_path,
                config=Sourced(from_source=source(uri=str(tmp_path / "a.nc"))),
            )
            for source in (SourceFile, OfAPlugin)
        )
        root = settled.generate()
        assert former_run(root, settled).has_input
        reasons = former_run(root, unsettled).not_input
        assert (
            "config.from_source: a source of kind of_a_plugin may find more or other data each time"
            in reasons
        )
    assert not vars(SourceFiles).get("is_settled", False)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    one=st.tuples(st.sampled_from([0.1, 0.10000000000000002, 1, 1.0, "1"]), st.integers(1, 3)),
    other=st.tuples(st.sampled_from([0.1, 0.10000000000000002, 1, 1.0, "1"]), st.integers(1, 3)),
)
def test_the_key_of_a_pond_is_the_same_exactly_when_its_files_are(pond, one, other):
    records = []
    for friction, steps in (one, other):
        model_run = pond(friction=friction, steps=steps)
        root = model_run.generate()
        records.append(read_manifest(root))
        expected = former_run(root, pond(friction=other[0], steps=other[1])).has_input
        assert expected == (
            json.loads((root / "settings.json").read_text())["steps"] == other[1]
            and float(friction) == float(other[0])
        )
    assert (generated_key(records[0]) == generated_key(records[1])) == are_same_files(*records)
