"""Addresses are split, joined and shown without surprises."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rompy.errors import TransferError
from rompy.transfer import join_prefix, parse_scheme
from rompy.transfer.address import last_part, path_of, without_secrets


@pytest.mark.parametrize(
    ("address", "scheme"),
    [
        ("/data/x.nc", "file"),
        ("x.nc", "file"),
        (Path("x.nc"), "file"),
        (None, "file"),
        ("C:\\data\\x.nc", "file"),
        ("C://data/x.nc", "file"),
        ("file:///data/x.nc", "file"),
        ("HTTPS://host/x.nc", "https"),
        ("s3://bucket/x.nc", "s3"),
        ("restart{start_time}.ww3", "file"),
        ("gs://bucket/{start_time}/x", "gs"),
        ("git+ssh://host/x", "git+ssh"),
    ],
)
def test_scheme(address, scheme):
    assert parse_scheme(address) == scheme


@pytest.mark.parametrize(
    ("prefix", "name", "joined"),
    [
        ("/out", "a.nc", "/out/a.nc"),
        ("/out//", "/a.nc", "/out/a.nc"),
        ("/", "a.nc", "/a.nc"),
        ("", "a.nc", "a.nc"),
        ("out dir", "two words.nc", "out dir/two words.nc"),
        ("s3://bucket", "a.nc", "s3://bucket/a.nc"),
        ("s3://bucket/p/", "q/a.nc", "s3://bucket/p/q/a.nc"),
        ("s3://", "bucket/a.nc", "s3://bucket/a.nc"),
        ("file:///", "a.nc", "file:///a.nc"),
        ("file:///out", "100%41.nc", "file:///out/100%2541.nc"),
        ("/out", "100%41.nc", "/out/100%41.nc"),
    ],
)
def test_joining_puts_exactly_one_slash(prefix, name, joined):
    assert join_prefix(prefix, name) == joined


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1))
def test_any_name_joined_to_a_file_uri_is_found_again(name):
    assert path_of(join_prefix("file:///folder", name)) == Path("/folder") / name


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("a b%20c", Path("a b%20c")),
        ("file:///a%20b", Path("/a b")),
        ("file://localhost/a", Path("/a")),
        ("FILE:///a", Path("/a")),
        ("file://./a/b", Path("a/b")),
        ("file:///a?b#c", Path("/a?b#c")),
        ("~/x", Path.home() / "x"),
    ],
)
def test_path_of_a_local_address(address, path):
    assert path_of(address) == path


def test_a_file_on_another_machine_is_refused_with_advice():
    with pytest.raises(TransferError, match=r"machine 'data'.*\n.*file:///data/x.nc"):
        path_of("file://data/x.nc")


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("s3://bucket/a b.nc", "a b.nc"),
        ("s3://bucket/p/", "p"),
        ("/a/b/", "b"),
        ("file:///a%20b", "a b"),
        ("s3://", ""),
    ],
)
def test_last_part(address, name):
    assert last_part(address) == name


def test_secrets_are_not_shown():
    assert without_secrets("https://me:pw@host:8080/a.nc?token=x#y") == "https://host:8080/a.nc"
