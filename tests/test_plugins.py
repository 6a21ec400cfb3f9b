"""Plugins are found from metadata, imported when used, and suffer alone when they are broken."""

import subprocess
import sys
from typing import Literal

import pytest

from rompy import plugins
from rompy.core.config import BaseConfig
from rompy.errors import PluginError

GROUP = "rompy.config"


class Tide(BaseConfig):
    model_type: Literal["tidal", "TIDAL"] = "tidal"


class OtherTide(BaseConfig):
    model_type: Literal["tidal"] = "tidal"


class OwnBase(BaseConfig):
    model_type: Literal["base"] = "base"


def test_listing_imports_no_plugin():
    code = (
        "import sys, rompy.plugins as p; names = [e.name for e in p.entries('rompy.config')];"
        "assert 'anuga' in names and 'base' in names; p.known_tags('rompy.config');"
        "assert 'rompy_anuga' not in sys.modules and 'rompy.core.config' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_load_gives_the_registered_object():
    assert plugins.load(GROUP, "base") is BaseConfig


def test_a_class_is_found_by_any_of_its_tags_whatever_its_entry_is_called():
    with plugins.registered(GROUP, "myentry", Tide):
        assert plugins.class_for_tag(GROUP, "tidal") is Tide
        assert plugins.class_for_tag(GROUP, "TIDAL") is Tide


def test_an_unknown_name_lists_what_there_is_and_guesses():
    with pytest.raises(PluginError, match="Did you mean 'base'") as caught:
        plugins.class_for_tag(GROUP, "bese")
    assert "Installed:" in caught.value.hint


@pytest.mark.parametrize(
    ("tag", "package"),
    [("swan", "rompy-swan"), ("SWAN", "rompy-swan"), ("shel", "rompy-ww3"), ("xbeach", "rompy-xbeach")],
)
def test_a_tag_of_a_known_package_says_how_to_install_it(tag, package):
    if tag in plugins.known_tags(GROUP):
        pytest.skip(f"{package} is installed here")
    with pytest.raises(PluginError, match=package) as caught:
        plugins.class_for_tag(GROUP, tag)
    assert f"pip install {package}" in caught.value.hint


def test_a_broken_plugin_breaks_only_itself(caplog):
    with plugins.registered(GROUP, "wreck", ImportError("no module named foo")):
        assert plugins.load(GROUP, "base") is BaseConfig
        assert BaseConfig in plugins.load_all(GROUP)
        with pytest.raises(PluginError, match="wreck.*no module named foo"):
            plugins.load(GROUP, "wreck")
        state = {p.name: (p.state, p.reason) for p in plugins.survey() if p.group == GROUP}
        assert state["wreck"] == ("broken", "ImportError: no module named foo")
        assert state["base"][0] == "loaded"
    assert "left out" in caplog.text


def test_a_plugin_whose_import_fails_is_marked_with_the_reason():
    plugin = plugins.Plugin(GROUP, "gone", "no_such_module_anywhere:Thing", "some-dist", "1")
    with pytest.raises(PluginError, match="some-dist 1 is broken: ModuleNotFoundError"):
        plugin.load()
    assert plugin.state == "broken"


def test_a_third_party_plugin_wins_over_a_built_in_one():
    with plugins.registered(GROUP, "base", OwnBase, distribution="theirs"):
        assert plugins.load(GROUP, "base") is OwnBase
        assert plugins.class_for_tag(GROUP, "base") is OwnBase
        states = {p.distribution: p.state for p in plugins.entries(GROUP) if p.name == "base"}
        assert states["rompy"] == "shadowed"
    assert plugins.load(GROUP, "base") is BaseConfig


def test_two_third_party_plugins_with_one_tag_are_an_error_only_when_it_is_used():
    with (
        plugins.registered(GROUP, "a", Tide, distribution="one"),
        plugins.registered(GROUP, "b", OtherTide, distribution="two"),
    ):
        assert plugins.load(GROUP, "base") is BaseConfig
        assert plugins.class_for_tag(GROUP, "TIDAL") is Tide
        with pytest.raises(PluginError, match=r"one 0, two 0"):
            plugins.class_for_tag(GROUP, "tidal")


def test_kinds_are_told_apart_by_the_part_after_the_colon():
    with plugins.registered("rompy.source", "mine:timeseries", OwnBase):
        assert [p.name for p in plugins.entries("rompy.source", "timeseries")].count("mine") == 1
        assert "file" not in [p.name for p in plugins.entries("rompy.source", "timeseries")]
        assert plugins.load("rompy.source", "mine") is OwnBase


def test_every_entry_point_of_rompy_itself_loads():
    broken = [(p.group, p.entry, p.reason) for p in plugins.survey() if p.built_in and p.state == "broken"]
    assert broken == []


def test_groups_that_plugins_have_among_themselves_are_found_when_asked_for(tmp_path, monkeypatch):
    info = tmp_path / "reef-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: reef\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[reef.data]\ndate:wind = datetime:date\ntime:tide = datetime:time\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    plugins.refresh()
    try:
        assert [cls.__name__ for cls in plugins.load_all("reef.data")] == ["date", "time"]
        assert [cls.__name__ for cls in plugins.load_all("reef.data", "tide")] == ["time"]
        assert plugins.load_all("reef.unknown") == []
    finally:
        monkeypatch.undo()
        plugins.refresh()
