"""A lock pins environment and inputs, and tells every difference."""

import platform
from dataclasses import replace
from importlib import metadata

import pytest

from rompy.backends import LocalConfig
from rompy.errors import ConfigError, MissingFileError
from rompy.manifest import Input
from rompy.manifest.own_code import digest_of_module
from rompy.manifest.schema import RunPhase
from rompy.provenance.lock import Environment, Lock, LockError, PinnedRun
from rompy.provenance.lock.program import Program

WIND = Input(uri="wind.nc", kind="file", bytes=1, sha256="aa" * 32, path="/here/wind.nc", field="config.wind")
TIDE = Input(uri="https://example.org/tide", kind="remote", version={"etag": '"1"'}, bytes=2)


VERSIONS = {"numpy": metadata.version("numpy"), "click": metadata.version("click")}


@pytest.fixture
def make(tmp_path):
    """Makes locks of this environment, with what is to be otherwise."""

    def lock(*runs, **changes):
        facts = {"python": platform.python_version(), "distributions": VERSIONS, **changes}
        path = tmp_path / "rompy.lock"
        pinned = {run.name: replace(run, path=path) for run in runs or (PinnedRun("tide", (WIND, TIDE)),)}
        return Lock(Environment(**facts), pinned, path)

    return lock


@pytest.fixture
def lock(make):
    return make()


@pytest.fixture
def pinned(lock):
    return lock.run("tide")


def differences(lock):
    with pytest.raises(LockError) as caught:
        lock.check_environment()
    assert caught.value.exit_status == 11
    return caught.value.differences


def test_a_lock_is_read_as_it_was_written(make):
    program = Program({"swan.exe": "cc" * 32})
    lock = make(
        PinnedRun("tide", (WIND, TIDE), "dd" * 32, program),
        PinnedRun("calm", (), None, Program(image={"name": "x:1", "id": "sha256:1", "digests": []})),
        own={"mine": "ee" * 32},
        variables={"SOURCE_DATE_EPOCH": "0"},
        modules=("netcdf/4.9",),
    )
    lock.write(lock.path)
    again = Lock.read(lock.path)
    assert again.environment == lock.environment
    assert [one.sha256 for one in again.run("tide").inputs] == [WIND.sha256, None]
    assert (again.run("tide").template, again.run("tide").program) == ("dd" * 32, program)
    assert again.run("calm").program == lock.run("calm").program
    assert "/here" not in lock.path.read_text()
    before = lock.path.read_bytes()
    again.write(lock.path)
    assert lock.path.read_bytes() == before


def test_versions_that_look_like_numbers_stay_texts(make):
    lock = make(python="3.10", distributions={"a": "1.10", "b": "2"}, variables={"SOURCE_DATE_EPOCH": "0"})
    lock.write(lock.path)
    again = Lock.read(lock.path).environment
    assert (again.python, again.distributions) == ("3.10", {"a": "1.10", "b": "2"})
    assert again.variables == {"SOURCE_DATE_EPOCH": "0"}


def test_locks_of_the_first_format_hold_as_they_did(lock):
    text = f"""\
lock: 1
python: {platform.python_version()}
distributions: {{numpy: {VERSIONS["numpy"]}}}
inputs:
- {{uri: wind.nc, kind: file, sha256: {WIND.sha256}}}
"""
    lock.path.write_text(text)
    former = Lock.read(lock.path)
    former.check_environment()
    former.run("any").check_inputs([WIND])
    with pytest.raises(LockError, match="no longer|not read any more"):
        former.run("any").check_inputs([])


def test_what_is_pinned_passes(lock, pinned):
    lock.check_environment()
    pinned.check_inputs([TIDE, WIND])
    pinned.check_manifest({"inputs": [WIND.model_dump(), TIDE.model_dump()]})


def test_every_difference_of_the_environment_is_told(make, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    monkeypatch.delenv("ROMPY_AS_OF", raising=False)
    monkeypatch.setenv("LOADEDMODULES", "gcc/13")
    other = make(
        python="3.1.4",
        distributions={**VERSIONS, "click": "0.1", "nowhere": "9"},
        own={"rompy": "00", "gone": "00"},
        variables={"SOURCE_DATE_EPOCH": "0", "ROMPY_AS_OF": "2023-01-01"},
        modules=("gcc/12",),
    )
    assert differences(other) == (
        f"Python {platform.python_version()} instead of 3.1.4",
        f"click {metadata.version('click')} instead of 0.1",
        "nowhere 9 is not installed",
        "code of gone is not there",
        "code of rompy was changed",
        "ROMPY_AS_OF is not set instead of 2023-01-01",
        "SOURCE_DATE_EPOCH is 1 instead of 0",
        "environment modules: gcc/13 instead of gcc/12",
    )


def test_a_variable_that_was_not_set_may_not_be_set(make, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    assert differences(make(variables={})) == ("SOURCE_DATE_EPOCH is 1 instead of not set",)


def test_code_that_is_edited_counts_by_content(make, tmp_path, monkeypatch):
    (tmp_path / "loose_code.py").write_text("x = 1")
    monkeypatch.syspath_prepend(tmp_path)
    lock = make(own={"loose_code": digest_of_module("loose_code")})
    lock.check_environment()
    (tmp_path / "loose_code.py").write_text("x = 2")
    assert differences(lock) == ("code of loose_code was changed",)


def test_the_template_counts_by_content():
    pinned = PinnedRun("tide", (), "aa" * 32)
    pinned.check_manifest({"inputs": [], "code": {"template": {"sha256": "aa" * 32}}})
    for code in ({"template": {"sha256": "bb" * 32}}, {"template": None}, None):
        with pytest.raises(LockError, match="the template has changed"):
            pinned.check_manifest({"inputs": [], "code": code})


def test_of_several_runs_each_has_its_own_inputs(make):
    lock = make(PinnedRun("tide", (TIDE,)), PinnedRun("wind", (WIND,)))
    lock.run("tide").check_inputs([TIDE])
    lock.run("wind").check_inputs([WIND])
    with pytest.raises(LockError, match="not among those that are pinned"):
        lock.run("rain")


def test_all_differences_are_told_at_once_when_a_lock_is_checked(make):
    lock = make(PinnedRun("tide", (TIDE,)), PinnedRun("wind", (WIND,)), PinnedRun("gone"))
    lock.check_all(lock)
    changed = PinnedRun("wind", (WIND.model_copy(update={"sha256": "ff" * 32}),), program=Program({"x": "1"}))
    now = make(PinnedRun("tide", (TIDE,)), changed, distributions={**VERSIONS, "pydantic": "2"})
    with pytest.raises(LockError) as caught:
        lock.check_all(now)
    assert caught.value.differences == (
        "pydantic 2 is used and not pinned",
        "input wind.nc has changed: sha256 ffffffffffff instead of sha256 aaaaaaaaaaaa",
        "the program x is not pinned",
        "the run gone is pinned and not asked for",
    )


def backend_of(command):
    return LocalConfig(command=command)


def test_a_program_is_pinned_by_its_content_and_found_by_its_name(make, pond, tmp_path, monkeypatch):
    for folder, content in (("one", "#!/bin/sh\n"), ("other", "#!/bin/sh\nexit 1\n")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "swan.exe").write_text(content)
        (tmp_path / folder / "swan.exe").chmod(0o755)
    run, backend = pond(), backend_of("mpiexec -n 4 swan.exe")
    monkeypatch.setenv("PATH", str(tmp_path / "one"))
    program = Program.of_run(run, backend)
    assert list(program.executables) == ["swan.exe"]
    pinned = PinnedRun("pond", (), None, program)
    pinned.check_program(run, backend)
    monkeypatch.setenv("PATH", str(tmp_path / "other"))
    with pytest.raises(LockError, match="swan.exe is another one"):
        pinned.check_program(run, backend)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LockError, match="is not found"):
        pinned.check_program(run, backend)


def test_python_itself_is_pinned_by_its_version_alone(pond):
    assert Program.of_run(pond(), LocalConfig()) is None
    phase = RunPhase(attempt=1, state="succeeded", executable={"path": "/usr/bin/python3.11", "sha256": "1"})
    assert Program.of_phase(phase) is None


def test_an_image_is_pinned_by_its_digest():
    image = {"name": "swan:1", "id": "sha256:1", "digests": ["swan@sha256:9"]}
    phase = RunPhase(attempt=1, state="succeeded", image={**image, "more": 1})
    program = Program.of_phase(phase)
    assert list(program.differences(Program(image=image))) == []
    assert (
        list(program.differences(Program(image={**image, "id": "sha256:2"}))) == []
    )  # the registry's digest
    other = Program(image={"name": "swan:1", "id": "sha256:2", "digests": []})
    assert "the image is another one" in next(program.differences(other))
    assert "is not here" in next(program.differences(None))


def test_packages_that_only_the_model_or_the_postprocessor_uses_are_pinned(pond):
    """The program of the pond imports netCDF4 in a process of its own; cftime is what that needs."""
    lock = Lock.of_run(pond(), LocalConfig(), "noop")
    assert {"netcdf4", "cftime", "rompy"} <= set(lock.environment.distributions)
    assert lock.run("x").inputs[0].uri.endswith("bed.nc")
    lock.check_environment()


def test_a_finished_run_can_be_pinned_too(runs):
    lock = Lock.of_workspace(runs.pond)
    assert {"netcdf4", "cftime"} <= set(lock.environment.distributions)
    assert [one.uri.endswith("bed.nc") for one in lock.run("pond").inputs] == [True]


def test_every_difference_of_the_inputs_is_told(pinned):
    changed = TIDE.model_copy(update={"version": {"etag": '"2"'}})
    new = Input(uri="new.nc", kind="file", sha256="bb")
    with pytest.raises(LockError) as caught:
        pinned.check_inputs([changed, new])
    assert caught.value.differences == (
        "input wind.nc is not read any more",
        "input new.nc is not pinned",
        'input https://example.org/tide has changed: "2" instead of "1"',
    )


def test_a_digest_decides_over_a_version():
    pinned = PinnedRun("tide", (TIDE.model_copy(update={"sha256": "cc"}),))
    pinned.check_inputs([TIDE.model_copy(update={"sha256": "cc", "version": {"etag": '"9"'}})])
    with pytest.raises(LockError, match="1 difference"):
        pinned.check_inputs([TIDE.model_copy(update={"sha256": "dd"})])


def test_one_input_read_in_several_parts_is_compared_part_by_part():
    parts = [TIDE.model_copy(update={"slice": {"x": i}, "sha256": f"{i}"}) for i in range(2)]
    pinned = PinnedRun("tide", tuple(parts))
    pinned.check_inputs(reversed(parts))
    with pytest.raises(LockError, match="in other parts"):
        pinned.check_inputs(parts[:1])


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        ("run_id: x\n", ConfigError, "no lock of rompy"),
        ("- 1\n", ConfigError, "no lock of rompy"),
        ("lock: 9\n", ConfigError, "format 9"),
        ("lock: 1\npython: 3.11.1\n", ConfigError, "damaged"),
        ("lock: 1\npython: 3.11.1\ndistributions: [1]\n", ConfigError, "damaged"),
        ("lock: 1\npython: 3.1\ndistributions: {}\ninputs: [{uri: x}]\n", ConfigError, "damaged"),
        ("lock: 2\npython: 3.1\ndistributions: {}\n", ConfigError, "damaged"),
        ("lock: 2\npython: 3.1\ndistributions: {}\nruns: {a: {program: 1}}\n", ConfigError, "damaged"),
        ("lock: 2\npython: 3.1\ndistributions: {}\nruns: {a: {template: {}}}\n", ConfigError, "damaged"),
        ("lock: {", ConfigError, "rompy.lock"),
    ],
)
def test_what_is_no_lock_is_refused(tmp_path, text, error, reason):
    (tmp_path / "rompy.lock").write_text(text)
    with pytest.raises(error, match=reason):
        Lock.read(tmp_path / "rompy.lock")


def test_a_missing_lock_says_how_to_make_one(tmp_path):
    with pytest.raises(MissingFileError, match="rompy lock FILE"):
        Lock.read(tmp_path / "rompy.lock")
