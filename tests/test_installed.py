"""Entry points are found as installers leave them, wherever on the path."""

import zipfile
from importlib import metadata

import pytest

from rompy.installed import entry_points

POINTS = """# plugins
[reef.data]
wind = reef:Wind [fast]
wave:tide=reef.sub:Wave

[console_scripts]
reef = reef:main
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def install(
    folder, *, points=POINTS, head="Metadata-Version: 2.1\nName: Coral_Reef\nVersion: 1.2\n\nName: not this\n"
):
    folder.mkdir()
    (folder / ("METADATA" if folder.suffix == ".dist-info" else "PKG-INFO")).write_text(head)
    if points is not None:
        (folder / "entry_points.txt").write_text(points)


def found(group="reef.data"):
    return [
        (p.name, p.value, p.distribution.name, p.distribution.version)
        for p in entry_points(lambda g: g == group)
    ]


@pytest.mark.parametrize("folder", ["coral_reef-1.2.dist-info", "coral_reef.egg-info"])
def test_points_of_a_distribution(place, folder):
    install(place / folder)
    expected = [
        ("wind", "reef:Wind [fast]", "coral-reef", "1.2"),
        ("wave:tide", "reef.sub:Wave", "coral-reef", "1.2"),
    ]
    assert found() == expected
    assert found("reef.nothing") == []


def test_the_first_on_the_path_counts(place, tmp_path_factory, monkeypatch):
    install(place / "coral_reef-1.2.dist-info")
    before = tmp_path_factory.mktemp("before")
    install(before / "coral_reef-1.2.dist-info", points="[reef.data]\nother = reef:Other\n")
    monkeypatch.syspath_prepend(before)
    assert [name for name, *_ in found()] == ["other"]


def test_what_cannot_be_read_is_passed_by(place):
    install(place / "none-1.dist-info", points=None)
    install(place / "bad-1.dist-info", points="[reef.data\nnonsense\n")
    (place / "alone-3.dist-info").mkdir()
    (place / "alone-3.dist-info" / "entry_points.txt").write_text("[reef.data]\na = b:C\n")
    assert found() == [("a", "b:C", "alone", "3")]


def test_archives_on_the_path_are_read_too(tmp_path, monkeypatch):
    archive = tmp_path / "reef.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(
            "coral_reef-1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: coral-reef\nVersion: 1.2\n"
        )
        file.writestr("coral_reef-1.2.dist-info/entry_points.txt", POINTS)
    monkeypatch.syspath_prepend(archive)
    assert [name for name, *_ in found()] == ["wind", "wave:tide"]
    assert {(name, version) for *_, name, version in found()} == {("coral-reef", "1.2")}


def test_nothing_is_missed_that_importlib_knows():
    ours = {(p.group, p.name, p.value) for p in entry_points(lambda group: group.startswith("rompy."))}
    known = [point for distribution in metadata.distributions() for point in distribution.entry_points]
    theirs = {(p.group, p.name, p.value) for p in known if p.group.startswith("rompy.")}
    assert theirs <= ours
    assert ours
