"""Settings for running on a cluster of Dask."""

import pytest
from pydantic import ValidationError

from rompy.backends import load_backend_config
from rompy.backends.dask import DaskConfig
from rompy.errors import ConfigError


@pytest.fixture
def pem(tmp_path):
    path = tmp_path / "x.pem"
    path.write_text("")
    return str(path)


@pytest.mark.parametrize(
    "place",
    [
        {"scheduler": "tcp://host:8786"},
        {"scheduler": "tls://[::1]:8786"},
        {"scheduler_file": "scheduler.json"},
        {"cluster": "LocalCluster", "workers": 2},
        {"cluster": "my_site.clusters.OurCluster", "cluster_kwargs": {"queue": "short"}},
    ],
)
def test_a_place_can_be_named(place):
    config = load_backend_config({"type": "dask", **place})
    assert isinstance(config, DaskConfig)
    assert config.get_backend_class().name == "dask"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "give one of"),
        ({"scheduler": "tcp://a:1", "cluster": "LocalCluster"}, "not scheduler and cluster"),
        ({"scheduler": "host:8786"}, "address of a scheduler"),
        ({"scheduler": "tcp://user@host:8786"}, "address of a scheduler"),
        ({"cluster": "os; rm"}, "name of a class"),
        ({"scheduler": "tcp://a:1", "workers": 2}, "workers is for a  cluster"),
        ({"scheduler": "tcp://a:1", "cluster_kwargs": {"a": 1}}, "cluster_kwargs is for a  cluster"),
        ({"scheduler": "tls://a:1", "tls_ca_file": "nowhere.pem"}, "TLS needs"),
        ({"cluster": "LocalCluster", "command": " "}, "command cannot be empty"),
    ],
)
def test_a_mistake_is_told(settings, says):
    with pytest.raises(ConfigError, match=says):
        load_backend_config({"type": "dask", **settings})


def test_files_of_tls_must_be_there(pem):
    files = {"tls_ca_file": pem, "tls_cert_file": pem}
    assert DaskConfig(scheduler="tls://a:1", **files, tls_key_file=pem)
    with pytest.raises(ValidationError, match="there is no file"):
        DaskConfig(scheduler="tls://a:1", **files, tls_key_file="nowhere.pem")
