"""What arrives takes its place as a whole; what fails leaves the old."""

import pytest

from rompy.testing import contents
from rompy.transfer.arrival import arriving


def _file(path, text="x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize("former", ["nothing", "file", "folder", "link", "read-only folder"])
@pytest.mark.parametrize("new", ["file", "folder", "link"])
def test_anything_takes_the_place_of_anything(former, new, tmp_path):
    target, precious = tmp_path / "target", _file(tmp_path / "elsewhere" / "precious")
    if former == "file":
        _file(target)
    elif former == "link":
        target.symlink_to(precious.parent)
    elif "folder" in former:
        _file(target / "sub" / "old")
        if "read-only" in former:
            (target / "sub").chmod(0o500)
    with arriving(target) as place:
        if new == "file":
            place.write_text("new")
        elif new == "link":
            place.symlink_to("elsewhere")
        else:
            _file(place / "new")
    assert precious.read_text() == "x"
    found = {name: value for name, value in contents(tmp_path).items() if name != "elsewhere/precious"}
    assert list(found) == (["target/new"] if new == "folder" else ["target"])
    assert target.is_symlink() == (new == "link")


@pytest.mark.parametrize("former", ["file", "folder"])
def test_a_failure_leaves_the_former_thing_and_no_trace(former, tmp_path):
    target = tmp_path / "target"
    _file(target if former == "file" else target / "old")
    before = contents(tmp_path)
    with pytest.raises(KeyboardInterrupt), arriving(target) as place:
        _file(place / "half")
        raise KeyboardInterrupt
    assert contents(tmp_path) == before


def test_a_block_that_makes_nothing_leaves_the_former_thing(tmp_path):
    target = _file(tmp_path / "target" / "old").parent
    with pytest.raises(FileNotFoundError), arriving(target):
        pass
    assert contents(tmp_path).keys() == {"target/old"}


def test_the_longest_legal_name_arrives(tmp_path):
    with arriving(tmp_path / ("x" * 255)) as place:
        place.write_text("new")
    assert (tmp_path / ("x" * 255)).read_text() == "new"
