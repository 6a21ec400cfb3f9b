"""``rompy verify``, ``rompy lock`` and ``--locked`` as people call them."""

import json

import pytest

DESCRIPTION = """\
run_id: tide
output_dir: {folder}
delete_existing: true
period: {{start: 2023-01-01, duration: 1d, interval: 1h}}
config: {{model_type: base}}
backend: {{type: local, command: "echo 1 > out.txt"}}
"""


@pytest.fixture
def tide(tmp_path):
    path = tmp_path / "tide.yml"
    path.write_text(DESCRIPTION.format(folder=tmp_path / "runs"))
    return path


def test_a_run_is_verified_and_a_changed_one_ends_with_a_status_of_its_own(rompy, tide, tmp_path):
    assert rompy("run", tide).exit_code == 0
    folder = tmp_path / "runs" / "tide"
    result = rompy("verify", folder)
    assert result.exit_code == 0, result.output
    assert f"{folder}: verified (3 generated files, 1 output)" in result.stdout
    (folder / "out.txt").write_text("2")
    (folder / "more.txt").write_text("2")
    result = rompy("verify", folder)
    assert result.exit_code == 11
    assert "not as recorded" in result.stdout
    assert "changed    output      out.txt: 1 bytes instead of 2" in result.stdout
    assert "added      file        more.txt" in result.stdout
    document = json.loads(rompy("verify", folder, "--json").stdout)
    assert document["verified"] is False
    assert {one["kind"] for one in document["workspaces"][0]["findings"]} == {"changed", "added"}


def test_added_files_count_when_strict(rompy, tide, tmp_path):
    assert rompy("generate", tide).exit_code == 0
    folder = tmp_path / "runs" / "tide"
    (folder / "more.txt").write_text("2")
    assert rompy("verify", folder).exit_code == 0
    assert rompy("verify", folder, "--strict", "--inputs", "--rehash").exit_code == 11


def test_a_folder_that_is_no_run_is_told_without_a_traceback(rompy, tmp_path):
    result = rompy("verify", tmp_path)
    assert result.exit_code == 6
    assert "no run directory of rompy" in result.stderr
    (tmp_path / ".rompy").mkdir()
    (tmp_path / ".rompy/manifest.json").write_text('{"schema": 99}')
    result = rompy("verify", tmp_path)
    assert result.exit_code == 11
    assert "Update rompy" in result.stderr


def test_a_run_is_held_to_its_lock(rompy, tide, tmp_path):
    result = rompy("lock", tide)
    assert result.exit_code == 0, result.output
    lock = tmp_path / "rompy.lock"
    assert f"{lock}: Python" in result.stdout
    assert not (tmp_path / "runs").exists()
    assert rompy("run", tide, "--locked").exit_code == 0
    assert rompy("run", tide, "--locked", "--skip-generate").exit_code == 0
    lock.write_text(
        lock.read_text().replace("inputs: []", 'inputs: [{uri: gone.nc, kind: file, sha256: "00"}]')
    )
    result = rompy("generate", tide, "--locked")
    assert result.exit_code == 11
    assert "input gone.nc is not read any more" in result.stderr
    assert (tmp_path / "runs/tide/out.txt").exists()  # the former run is still there
    result = rompy("run", tide, "--locked", "--skip-generate")
    assert result.exit_code == 11
    lock.write_text(lock.read_text().replace("distributions:\n", 'distributions:\n  nowhere: "1"\n'))
    assert "nowhere 1 is not installed" in rompy("generate", tide, "--locked").stderr


def test_a_lock_is_made_of_a_run_too(rompy, tide, tmp_path):
    assert rompy("generate", tide).exit_code == 0
    other = tmp_path / "published.lock"
    result = rompy("lock", tmp_path / "runs" / "tide", "-o", other, "--json")
    assert json.loads(result.stdout)["lock"] == str(other)
    assert rompy("generate", tide, "--lock-file", other).exit_code == 0


@pytest.fixture
def members(tide, tmp_path):
    """Descriptions of two runs beside each other, each of which copies a file of its own."""
    paths = []
    for name in ("a", "b"):
        (tmp_path / f"{name}.nc").write_text(name)
        text = tide.read_text().replace("run_id: tide", f"run_id: {name}")
        bed = f"config: {{model_type: puddle, bed: {{source: {tmp_path / name}.nc}}}}"
        paths.append(tmp_path / f"{name}.yml")
        paths[-1].write_text(text.replace("config: {model_type: base}", bed))
    return paths


@pytest.mark.parametrize("command", [["submit"], ["pipeline", "--processor-config", "{}/none.yml"]])
def test_what_is_not_pinned_is_neither_handed_over_nor_replaces_a_former_run(rompy, tide, tmp_path, command):
    (tmp_path / "none.yml").write_text("type: noop\n")
    command = [word.format(tmp_path) for word in command]
    assert rompy("lock", tide).exit_code == 0
    result = rompy(*command, tide, "--locked")
    assert result.exit_code == 0, result.output
    assert rompy("wait", tmp_path / "runs/tide").exit_code == 0
    before = (tmp_path / "runs/tide/.rompy/job.json").read_bytes()
    lock = tmp_path / "rompy.lock"
    pinned = lock.read_text()
    for changed, word in (
        (pinned.replace("inputs: []", 'inputs: [{uri: gone.nc, kind: file, sha256: "00"}]'), "gone.nc"),
        (pinned.replace("distributions:\n", 'distributions:\n  nowhere: "1"\n'), "nowhere 1"),
    ):
        lock.write_text(changed)
        result = rompy(*command, tide, "--locked")
        assert result.exit_code == 11, result.output
        assert word in result.stderr
        assert (tmp_path / "runs/tide/.rompy/job.json").read_bytes() == before


def test_several_runs_are_pinned_in_one_lock_and_none_is_handed_over_unless_all_are_as_pinned(
    rompy, members, tmp_path
):
    result = rompy("lock", *members)
    assert result.exit_code == 0, result.output
    assert "2 runs" in result.stdout
    lock = tmp_path / "rompy.lock"
    result = rompy("submit", *members, "--locked")
    assert result.exit_code == 0, result.output
    assert rompy("wait", *(tmp_path / "runs" / name for name in "ab")).exit_code == 0
    jobs = {name: (tmp_path / "runs" / name / ".rompy/job.json").read_bytes() for name in "ab"}
    lock.write_text(lock.read_text().replace("  b:\n", "  other:\n"))
    result = rompy("submit", *members, "--lock-file", lock)
    assert result.exit_code == 11
    assert "the run b is not among those that are pinned" in result.stderr
    assert jobs == {name: (tmp_path / "runs" / name / ".rompy/job.json").read_bytes() for name in "ab"}


def test_no_run_of_several_is_generated_unless_all_are_as_pinned(rompy, members, tmp_path):
    result = rompy("lock", *members)
    assert result.exit_code == 0, result.output
    (tmp_path / "b.nc").write_text("changed")
    result = rompy("submit", *members, "--locked")
    assert result.exit_code == 11
    assert "b.nc has changed" in result.stderr
    assert not (tmp_path / "runs").exists()
    (tmp_path / "b.nc").write_text("b")
    members[1].write_text(members[1].read_text().replace("b.nc", "a.nc"))  # that is seen when it is read
    result = rompy("submit", *members, "--locked")
    assert result.exit_code == 11
    assert "input" in result.stderr
    assert not (tmp_path / "runs" / "a").exists()
    (tmp_path / "a.nc").unlink()
    result = rompy("submit", *members)
    assert result.exit_code == 4
    assert not (tmp_path / "runs" / "a").exists()


def test_a_lock_is_checked_without_making_anything(rompy, tide, tmp_path):
    missing = rompy("lock", tide, "--check")
    assert missing.exit_code == 4
    assert rompy("lock", tide).exit_code == 0
    lock = tmp_path / "rompy.lock"
    before = sorted(tmp_path.rglob("*")), lock.read_bytes()
    result = rompy("lock", tide, "--check")
    assert result.exit_code == 0, result.output
    assert "as it is pinned" in result.stdout
    assert (sorted(tmp_path.rglob("*")), lock.read_bytes()) == before
    lock.write_text(lock.read_text().replace("distributions:\n", 'distributions:\n  nowhere: "1"\n'))
    before = lock.read_bytes()
    result = rompy("lock", tide, "--check", "--json")
    assert result.exit_code == 11
    assert "nowhere 1 is not installed" in json.loads(result.stdout)["error"]["message"]
    assert lock.read_bytes() == before


def test_a_missing_lock_says_how_to_make_one(rompy, tide):
    result = rompy("generate", tide, "--locked")
    assert result.exit_code == 4
    assert "rompy lock" in result.stderr
