import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rompy.core.success import Success
from rompy.errors import ConfigError, MissingFileError
from rompy.sites import SiteProfile
from rompy.sites.text import yaml_of
from rompy.sites.walltime import seconds_of, written


def test_what_is_written_is_what_is_read(write, tmp_path):
    profile = SiteProfile.load(write())
    again = SiteProfile.load(write(yaml_of(profile), "again.yml"))
    assert again.model_dump() == profile.model_dump()
    assert yaml_of(again) == yaml_of(profile)


def test_mistakes_are_told_with_file_and_line(write):
    path = write("rompy_site: 1\nschedulers:\n  slurm:\n    queues:\n      normal: {max_waltime: 1h}\n")
    with pytest.raises(
        ConfigError, match=r"gadi.yml:5: schedulers.slurm.queues.normal.max_waltime: unknown key; did"
    ):
        SiteProfile.load(path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rompy_site: 2\nname: x\n", "reads profiles of version 1, not 2"),
        ("name: x\n", "'rompy_site' is missing"),
        ("rompy_site: 1\nname: a/b\n", "cannot be the name of a site"),
        ("rompy_site: 1\nname: none\n", "cannot be the name of a site"),
        ("rompy_site: 1\nmodules: {system: lmod, command: 'module; rm'}\n", "not the name of a command"),
        (
            "rompy_site: 1\nschedulers: {slurm: {queues: {a: {max_walltime: soon}}}}\n",
            "cannot read a duration",
        ),
    ],
)
def test_what_is_no_profile_is_refused(write, text, told):
    with pytest.raises(ConfigError, match=told):
        SiteProfile.load(write(text))


def test_a_profile_without_a_name_has_that_of_its_file(write):
    assert SiteProfile.load(write("rompy_site: 1\n", "setonix.yml")).name == "setonix"


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(MissingFileError):
        SiteProfile.load(tmp_path / "none.yml")


@pytest.mark.parametrize(
    ("limit", "read"),
    [
        ("48:00:00", "48:00:00"),
        ("2-00:00:00", "48:00:00"),
        ("UNLIMITED", "infinite"),
        ("36h", "36:00:00"),
        (90, "0:01:30"),
    ],
)
def test_wall_times_are_read_in_every_usual_form(limit, read):
    profile = SiteProfile(name="x", schedulers={"slurm": {"queues": {"a": {"max_walltime": limit}}}})
    assert profile.schedulers["slurm"].queues["a"].max_walltime == read


@given(st.integers(0, 10**7))
def test_a_wall_time_stays_what_it_is(seconds):
    assert seconds_of(written(seconds)) == seconds


def test_the_rules_of_the_closest_model_hold(write):
    profile = SiteProfile.load(write())
    assert profile.success_for("swan") == Success()
    assert profile.success_for("swan_xl") == Success(must_exist=("done",))
    assert profile.success_for("schism") is None


def test_the_rules_of_a_site_stand_in_for_the_ready_ones(write):
    from types import SimpleNamespace

    from rompy.backends import load_backend_config
    from rompy.run.rules import success_rules

    run = SimpleNamespace(config=SimpleNamespace(model_type="swan"))
    plain = load_backend_config({"type": "slurm", "command": "x"})
    here = load_backend_config({"type": "slurm", "command": "x"}, site=write())
    assert "norm_end" in success_rules(run, plain).must_exist
    assert success_rules(run, here) is None
    own = load_backend_config(
        {"type": "slurm", "command": "x", "success": {"must_exist": ["a"]}}, site=write()
    )
    assert success_rules(run, own) == Success(must_exist=("a",))


def test_the_profile_of_the_documentation_is_a_good_one(write):
    from rompy.backends import load_backend_config
    from rompy.sites.review import review

    page = Path(__file__).parents[2] / "docs/sites.md"
    text = re.search(r"```yaml\n(rompy_site.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)[1]
    profile = SiteProfile.load(write(text))
    assert review(profile) == ([], [])
    config = load_backend_config({"type": "pbs", "command": "x", "nodes": 2}, site=profile)
    assert config.account == "ab12"
    with pytest.raises(ConfigError, match="asks for 433 nodes, but the queue 'normal' has at most 432"):
        load_backend_config({"type": "pbs", "command": "x", "nodes": 433}, site=profile)
