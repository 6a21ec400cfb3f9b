"""Whatever stands in a record: an answer in words or a right result, nothing written, nothing waited for."""

import copy
import json
import os
import shutil
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rompy.core.sealed import write_sealed
from rompy.errors import ReproducibilityError, RompyError, WorkspaceError
from rompy.manifest import ManifestError
from rompy.printable import to_json
from rompy.provenance.archive import archive
from rompy.provenance.cite import references_of
from rompy.provenance.diff import compare_runs
from rompy.provenance.diff.report import report
from rompy.provenance.lock import Lock
from rompy.provenance.reproduce import reproduce
from rompy.provenance.verify import verify

DIGEST = {"bytes": 1, "sha256": "0" * 64}
ODD = [
    *(None, True, 0, -1, 2**70, 1.5, float("nan"), float("inf"), "", "x", "a\0b", "caf\udce9", "\x1b[2J\nx"),
    *(
        "../../etc/passwd",
        "/etc/passwd",
        "2026-99-99T00:00:00Z",
        "2026-11-22",
        "x" * 5000,
        [],
        [1],
        [None],
        {},
    ),
    *({"x": {"y": []}}, {"": ""}, {"../../etc/passwd": DIGEST}, {"/etc/passwd": DIGEST}, {"a\0b": DIGEST}),
]


def _places(value, path=()):
    yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from _places(value[key], (*path, key))


@pytest.fixture(scope="module")
def record(runs):
    """A whole record, without most of the many packages and libraries that are told of alike."""
    values = json.loads((runs.pond / ".rompy/manifest.json").read_text())
    code, run = values["code"], values["phases"]["run"][0]
    code["distributions"] = dict(list(code["distributions"].items())[:2])
    if "libraries" in run["executable"]:
        run["executable"]["libraries"] = dict(list(run["executable"]["libraries"].items())[:2])
    run["image"] = {"name": "pond", "id": "sha256:1", "digests": ["pond@sha256:1"]}
    values["inputs"][0] |= {"version": {"sample_sha256": "0"}, "pieces": {"0-5": "00"}}
    return values


@pytest.fixture(scope="module")
def tampered(runs, tmp_path_factory):
    """A copy of a run whose record is to be changed."""
    return shutil.copytree(runs.pond, tmp_path_factory.mktemp("tampered") / "pond", symlinks=True)


def _changed(record, place, value):
    if not place:
        return value
    changed = copy.deepcopy(record)
    inner = changed
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return changed


def _answers(root, other, target):
    yield lambda: verify(root, inputs=True).to_dict()
    yield lambda: report(compare_runs(root, other), whole=True)
    yield lambda: compare_runs(other, root).to_dict()
    yield lambda: references_of(root).to_dict()
    yield lambda: Lock.of_workspace(root).write(target)
    yield lambda: archive(root, target)


@settings(suppress_health_check=list(HealthCheck), max_examples=40, deadline=None)
@given(st.data(), st.booleans())
def test_any_value_in_any_place_of_a_record_is_answered_in_words(
    runs, record, tampered, unchanged, data, sealed
):
    place = data.draw(st.sampled_from(list(_places(record))))
    values = _changed(record, place, data.draw(st.sampled_from(ODD)))
    path = tampered / ".rompy/manifest.json"
    if sealed and isinstance(values, dict):
        write_sealed(path, values)
    else:
        path.write_text(json.dumps(values))
    target = tampered.parent / "made"
    with unchanged(tampered):
        for answer in _answers(tampered, runs.pond, target):
            with suppress(RompyError):
                to_json(answer()).encode()
            target.unlink(missing_ok=True)
    assert [path.name for path in tampered.parent.iterdir()] == ["pond"]


@settings(suppress_health_check=list(HealthCheck), max_examples=30, deadline=None)
@given(share=st.floats(0, 1), byte=st.integers(0, 255), cut=st.booleans())
@example(share=0.0, byte=0, cut=True)
def test_a_record_that_a_disk_has_damaged_is_never_relied_on(runs, tampered, share, byte, cut):
    text = (runs.pond / ".rompy/manifest.json").read_bytes()
    at = int(share * (len(text) - 2))
    damaged = text[:at] if cut else text[:at] + bytes([byte]) + text[at + 1 :]
    (tampered / ".rompy/manifest.json").write_bytes(damaged)
    try:
        found = verify(tampered)
    except RompyError:
        return
    if found:  # a blank between two words, for another
        assert json.loads(damaged) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"null", b"{}", b'{"schema": 0}', b'{"schema": "2"}', b'{"schema": 3}', b'{"schema": 1}', b"[" * 99999,
     b'{"schema": 2, "host": ' + b"[" * 400 + b"]" * 400 + b"}", b'{"schema": 1, "files": {}, "self_sha256": "00"}'],
)  # fmt: skip
def test_what_is_no_record_of_ours_is_not_relied_on(runs, tampered, text):
    (tampered / ".rompy/manifest.json").write_bytes(text)
    uses = (
        lambda: compare_runs(tampered, runs.pond),
        lambda: references_of(tampered),
        lambda: reproduce(tampered),
    )
    for use in uses:
        with pytest.raises(ManifestError) as caught:
            use()
        assert caught.value.exit_status == 11
        assert caught.value.file == tampered / ".rompy/manifest.json"


@pytest.mark.parametrize("place", [".rompy/manifest.json", ".rompy/run.yml", "bed.nc", "pond.nc"])
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(ran, runs, place, tmp_path):
    (ran / place).unlink()
    os.mkfifo(ran / place)
    if place != ".rompy/manifest.json":
        assert not verify(ran)
    with suppress(ManifestError, WorkspaceError):
        compare_runs(ran, runs.pond)
    with suppress(ReproducibilityError, WorkspaceError):
        assert bool(reproduce(ran)) is (place == "pond.nc")  # what came out does not count without running
    with pytest.raises(WorkspaceError):
        archive(ran, tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()


def test_a_record_of_the_first_schema_is_told_to_bear_no_digest_of_itself(ran):
    values = json.loads((ran / ".rompy/manifest.json").read_text())
    (ran / ".rompy/manifest.json").write_text(json.dumps({"schema": 1, "files": values["files"]}))
    found = verify(ran)
    assert ("unchecked", "manifest") in {(one.kind, one.what) for one in found.findings}
    assert found


def test_a_file_whose_name_is_no_utf_8_is_recorded_and_verified(pond):
    root = pond().generate()
    path = root / os.fsdecode(b"caf\xe9.txt")
    path.write_text("x")
    values = json.loads((root / ".rompy/manifest.json").read_text())
    values["outputs"][path.name] = DIGEST
    write_sealed(root / ".rompy/manifest.json", values)
    found = verify(root)
    assert [str(one) for one in found.findings] == [
        r"changed    output      caf\udce9.txt: same size, other content"
    ]
