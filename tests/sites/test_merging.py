from typing import ClassVar

import pytest

from rompy import plugins
from rompy.backends import BaseBackendConfig, SlurmConfig, load_backend_config
from rompy.errors import ConfigError
from rompy.sites import sources_of

RUN = """type: slurm
command: ./x
time_limit: 24:00:00
account: null
modules: ["...", swan]
directives:
  nice: 7
"""


@pytest.fixture
def loaded(write):
    def loaded(text=RUN, **options):
        return load_backend_config(write(text, "slurm.yml"), site=write(), **options)

    return loaded


def test_settings_of_the_run_win_and_the_rest_comes_from_the_site(loaded):
    config = loaded()
    assert (config.time_limit, config.queue, config.account) == ("24:00:00", "normal", None)
    assert config.directives == {"constraint": "haswell", "nice": 7}
    assert config.modules == ["openmpi", "netcdf", "swan"]
    assert config.env_vars == {"OMP_NUM_THREADS": "4"}


def test_a_list_of_the_run_replaces_that_of_the_site(loaded):
    assert loaded("type: slurm\ncommand: x\nmodules: [own]\n").modules == ["own"]
    assert loaded("type: slurm\ncommand: x\nmodules: []\n").modules == []


def test_the_beginning_of_a_list_stands_for_nothing_without_a_site(write):
    assert load_backend_config(write(RUN, "slurm.yml")).modules == ["swan"]


def test_every_value_tells_where_it_came_from(loaded, tmp_path):
    sources = {setting.name: setting.source for setting in sources_of(loaded())}
    assert sources["time_limit"] == f"{tmp_path}/slurm.yml:3"
    assert sources["queue"] == f"site gadi, {tmp_path}/gadi.yml:15"
    assert sources["directives.nice"] == f"{tmp_path}/slurm.yml:7"
    assert sources["directives.constraint"] == f"site gadi, {tmp_path}/gadi.yml:17"
    assert sources["nodes"] == "default"
    assert "mail_user" not in sources


def test_settings_in_code_have_no_places_but_defaults():
    assert {setting.source for setting in sources_of(SlurmConfig(command="x"))} == {"default"}


def test_secrets_are_masked(write):
    text = "type: slurm\ncommand: x\nenv_vars: {API_TOKEN: geheim}\n"
    told = sources_of(load_backend_config(write(text, "s.yml")))
    assert "geheim" not in str(told)
    assert "env_vars.API_TOKEN" in {setting.name for setting in told}


def test_the_settings_may_name_their_site(write):
    path = write()
    config = load_backend_config({"type": "slurm", "command": "x", "site": str(path)})
    assert config.queue == "normal"
    assert (
        load_backend_config({"type": "slurm", "command": "x", "site": str(path)}, site="none").queue is None
    )


def test_an_unknown_site_is_told_where_it_is_named(write):
    path = write("type: slurm\ncommand: x\nsite: gadj\n", "slurm.yml")
    with pytest.raises(ConfigError, match=r"slurm.yml:3: site: no site is known as 'gadj'"):
        load_backend_config(path)


def test_a_wrong_value_of_the_site_is_told_in_its_file(write):
    site = write("rompy_site: 1\nsettings:\n  slurm:\n    hold: maybe\n")
    with pytest.raises(ConfigError, match=r"gadi.yml:4: hold: expected true or false"):
        load_backend_config({"type": "slurm", "command": "x"}, site=site)


def test_expressions_of_the_profile_are_resolved_when_they_are_used(write, monkeypatch):
    site = write("rompy_site: 1\nsettings:\n  slurm: {account: '${PROJECT}'}\n")
    monkeypatch.setenv("PROJECT", "ab12")
    assert load_backend_config({"type": "slurm", "command": "x"}, site=site).account == "ab12"


def test_settings_are_equal_wherever_they_came_from(write):
    given = load_backend_config({"type": "slurm", "command": "x", "queue": "long"})
    site = write("rompy_site: 1\nsettings: {slurm: {queue: long}}\n")
    assert load_backend_config({"type": "slurm", "command": "x"}, site=site) == given


def test_backends_of_third_parties_are_completed_and_checked_too(write):
    class PodConfig(BaseBackendConfig):
        backend_type: ClassVar[str] = "pod"
        container_runtimes: ClassVar[tuple[str, ...]] = ("apptainer",)
        namespace: str

        def get_backend_class(self):
            raise NotImplementedError

    with plugins.registered("rompy.backend.config", "pod", PodConfig):
        site = write("rompy_site: 1\nsettings: {pod: {namespace: waves}}\n", "a.yml")
        assert load_backend_config({"type": "pod"}, site=site).namespace == "waves"
        site = write("rompy_site: 1\ncontainers: {}\nsettings: {pod: {namespace: waves}}\n", "b.yml")
        with pytest.raises(ConfigError, match="the site b has no apptainer"):
            load_backend_config({"type": "pod"}, site=site)
