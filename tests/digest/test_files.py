"""Digests of files: the same however they are read, several at a time, errors in their place."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rompy.digest import FileDigest, digest_of, digests_of, sha256_by_path
from rompy.digest.files import _BLOCK


@pytest.mark.parametrize("size", [0, 1, _BLOCK - 1, _BLOCK, _BLOCK + 1, 3 * _BLOCK + 7])
def test_a_file_of_any_size_has_the_digest_of_its_bytes(tmp_path, size):
    content = bytes(i % 251 for i in range(size))
    (tmp_path / "x").write_bytes(content)
    assert digest_of(tmp_path / "x") == hashlib.sha256(content).hexdigest()
    assert digest_of(tmp_path / "x", "md5") == hashlib.md5(content).hexdigest()
    assert digests_of([tmp_path / "x"]) == [FileDigest(size, hashlib.sha256(content).hexdigest())]


@settings(max_examples=15, deadline=None)
@given(count=st.integers(0, 300), workers=st.integers(1, 9))
def test_many_files_come_in_their_order_whatever_the_number_of_workers(tmp_path_factory, count, workers):
    folder = tmp_path_factory.getbasetemp() / "many"
    folder.mkdir(exist_ok=True)
    names = [f"{i % 20}" for i in range(count)]
    for name in set(names):
        (folder / name).write_text(name)
    digests = [one.sha256 for one in digests_of([folder / name for name in names], workers=workers)]
    assert digests == [hashlib.sha256(name.encode()).hexdigest() for name in names]


def test_what_cannot_be_read_gives_its_error_and_leaves_the_others_alone(tmp_path):
    (tmp_path / "x").write_text("x")
    first, second, third = digests_of([tmp_path / "x", tmp_path / "none", tmp_path])
    assert first.bytes == 1
    assert isinstance(second, FileNotFoundError)
    assert isinstance(third, IsADirectoryError)


def test_what_can_be_read_is_told_by_path(tmp_path):
    (tmp_path / "x").write_bytes(b"wind")
    paths = [tmp_path / "x", tmp_path / "none", tmp_path]
    assert sha256_by_path(paths) == {tmp_path / "x": hashlib.sha256(b"wind").hexdigest()}
    assert sha256_by_path([]) == {}
