import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rompy.errors import ArchiveError
from rompy.provenance.member_name import checked, require_distinct

PART = st.sampled_from(
    ["a", "B", "..", ".", "", "nul\0", "c:", "x" * 300, "é", "\\", "~", "-", " ", "a\nb", "\ud800"]
)


@pytest.mark.parametrize(
    "name", ["a", "a/b.nc", ".rompy/run.yml", "ä ö/ü.txt", "a..b", "..a", "-rf", "x" * 255]
)
def test_plain_relative_names_are_taken(name):
    assert checked(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", "./a", "a/.", "..", "a\\b", "..\\x", "C:/x", "C:x",
     "a\0b", "a\nb", "x" * 256, "/".join(["abc"] * 2000), "\ud800", "a\x1b[31m"],
)  # fmt: skip
def test_names_that_lead_elsewhere_or_fit_nowhere_are_refused(name):
    with pytest.raises(ArchiveError):
        checked(name)


@given(st.lists(PART, min_size=1, max_size=6).map("/".join) | st.text(max_size=30))
def test_a_name_that_is_taken_stays_below_its_folder(name):
    try:
        checked(name)
    except ArchiveError:
        return
    assert not name.startswith("/")
    assert not {"", ".", ".."} & set(name.split("/"))
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in name)


@pytest.mark.parametrize(
    "names",
    [
        ["a", "a"],
        ["a", "A"],
        ["é", "e\u0301"],
        ["a", "a/b"],
        ["A/x", "a/y"],
        ["x/Ä/1", "x/ä/2"],
        ["straße", "STRASSE"],
    ],
)
def test_names_that_are_one_file_somewhere_are_refused(names):
    for order in (names, names[::-1]):
        with pytest.raises(ArchiveError):
            require_distinct(order)


@given(st.lists(st.text("abAB/", min_size=1, max_size=5), max_size=8))
def test_names_are_distinct_exactly_when_they_are_so_in_capitals(names):
    names = [n for n in names if not ({"", ".", ".."} & set(n.split("/")))]
    folders = {n[:i] for n in names for i, c in enumerate(n) if c == "/"}
    fits = (
        len({n.upper() for n in names}) == len(names)
        and len({f.upper() for f in folders}) == len(folders)
        and not {n.upper() for n in names} & {f.upper() for f in folders}
    )
    if fits:
        require_distinct(names)
    else:
        with pytest.raises(ArchiveError):
            require_distinct(names)
