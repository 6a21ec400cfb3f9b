import subprocess
import sys

import pytest
from pydantic import TypeAdapter, ValidationError

from rompy.backends import BackendConfig, BaseBackendConfig, DockerConfig, LocalConfig, SlurmConfig
from rompy.errors import PluginError
from rompy.run import LocalRunBackend


def test_defaults_of_local():
    config = LocalConfig()
    assert config.model_dump() == {
        "timeout": 3600,
        "env_vars": {},
        "working_dir": None,
        "success": None,
        "command": None,
        "shell": True,
        "capture_output": True,
        "stream_output": False,
        "mpiexec": None,
        "grace": 10.0,
    }
    assert config.get_backend_class() is LocalRunBackend


@pytest.mark.parametrize("timeout", [1, 60, 86400, 14 * 86400])
def test_a_time_limit_may_be_short_or_many_days(timeout):
    assert LocalConfig(timeout=timeout).timeout == timeout


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"timeout": 0}, "greater than or equal to 1"),
        ({"env_vars": {"": "x"}}, "non-empty"),
        ({"env_vars": {"A=B": "x"}}, "environment variable"),
        ({"env_vars": {"A": "x\0"}}, "environment variable"),
        ({"env_vars": {"A": 4}}, "valid string"),
        ({"working_dir": "/no/such/folder"}, "does not exist"),
        ({"command": "  "}, "cannot be empty"),
        ({"comand": "x"}, "comand"),
        ({"grace": -1}, "greater than or equal to 0"),
    ],
)
def test_wrong_settings_are_refused(settings, words):
    with pytest.raises(ValidationError, match=words):
        LocalConfig(**settings)


def test_a_file_is_no_working_directory(tmp_path):
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(ValidationError, match="not a directory"):
        LocalConfig(working_dir=path)
    assert LocalConfig(working_dir=tmp_path).working_dir == tmp_path


def test_assignments_are_validated():
    config = LocalConfig()
    config.timeout = 5
    with pytest.raises(ValidationError):
        config.timeout = -5
    assert config.timeout == 5


def test_the_type_may_be_given_but_must_fit():
    assert LocalConfig(type="local", command="true") == LocalConfig(command="true")
    assert DockerConfig(type="docker", image="swan").image == "swan"
    with pytest.raises(ValidationError, match="'docker'"):
        LocalConfig(type="docker")


def test_docker_wants_exactly_one_image(tmp_path):
    (tmp_path / "Dockerfile").touch()
    with pytest.raises(ValidationError, match="Either 'image' or 'dockerfile' must be provided"):
        DockerConfig()
    with pytest.raises(ValidationError, match="Cannot specify both"):
        DockerConfig(image="swan", dockerfile=tmp_path / "Dockerfile")
    config = DockerConfig(
        dockerfile="Dockerfile", build_context=tmp_path, executable="run", cpu=4, mpiexec="mpiexec"
    )
    assert config.dockerfile_path == tmp_path / "Dockerfile"
    with pytest.raises(ValidationError, match="Dockerfile does not exist"):
        DockerConfig(dockerfile="Other", build_context=tmp_path)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"image": "bad image!"}, "Invalid Docker image name"),
        ({"cpu": 0}, "greater than or equal"),
        ({"cpu": 129}, "less than or equal"),
        ({"memory": "2 GB"}, "memory"),
        ({"volumes": ["/tmp"]}, "Invalid volume format"),
        ({"volumes": ["/no/such/path:/data"]}, "does not exist"),
        ({"volumes": ["/tmp:/data:sometimes"]}, "Invalid volume mode"),
        ({"build_context": "/no/such/folder"}, "existing directory"),
        ({"shm_size": "much"}, "memory format"),
        ({"executable": "sh -c 'x"}, "cannot be split"),
        ({"executable": " "}, "cannot be empty"),
        ({"user": ""}, "cannot be empty"),
        ({"gpus": 0}, "gpus"),
        ({"mount": "/elsewhere"}, "mount"),
        ({"supervisor": "none"}, "supervisor"),
    ],
)
def test_wrong_settings_of_docker_are_refused(settings, words):
    with pytest.raises(ValidationError, match=words):
        DockerConfig(**{"image": "swan", **settings})


@pytest.mark.parametrize("image", ["swan", "ghcr.io/rom-py/swan:41.51", "swan@sha256:" + "0" * 64])
def test_names_of_images(image):
    assert DockerConfig(image=image, memory="512m", volumes=["/tmp:/data:ro"]).image == image


def test_defaults_of_slurm():
    config = SlurmConfig(command="srun ./model", queue="normal")
    assert (config.model_type, config.nodes, config.ntasks, config.cpus_per_task, config.time_limit) == (
        "slurm",
        1,
        1,
        1,
        "1:00:00",
    )
    assert config.additional_options == []


@pytest.mark.parametrize(
    "settings",
    [
        {"command": ""},
        {"command": "x", "time_limit": "1h"},
        {"command": "x", "nodes": 101},
        {"command": "x", "cpus_per_task": 129},
    ],
)
def test_wrong_settings_of_slurm_are_refused(settings):
    with pytest.raises(ValidationError):
        SlurmConfig(**settings)


def test_a_backend_that_is_not_installed_is_a_plugin_error():
    from rompy import plugins

    for config in (DockerConfig(image="swan"), SlurmConfig(command="x")):
        if config.backend_type in {plugin.name for plugin in plugins.entries("rompy.run")}:
            continue
        with pytest.raises(PluginError, match=config.backend_type):
            config.get_backend_class()


def test_the_union_takes_any_of_them():
    adapter = TypeAdapter(BackendConfig)
    assert isinstance(adapter.validate_python({"command": "x", "nodes": 2}), SlurmConfig)
    assert isinstance(adapter.validate_python({"image": "swan"}), DockerConfig)
    assert isinstance(adapter.validate_python({"command": "x"}), LocalConfig)


def test_every_field_is_described_in_the_schema():
    for cls in (LocalConfig, DockerConfig, SlurmConfig):
        properties = cls.model_json_schema()["properties"]
        assert [name for name, entry in properties.items() if "description" not in entry] == []


def test_a_third_party_brings_its_own():
    class CloudConfig(BaseBackendConfig):
        region: str

        def get_backend_class(self):
            return LocalRunBackend

    assert CloudConfig(region="x").timeout == 3600
    with pytest.raises(TypeError, match="abstract"):
        BaseBackendConfig()


def test_nothing_heavy_is_imported():
    code = "import sys, rompy.backends.config, rompy.run.local, rompy.jobs.follow; print(*sys.modules)"
    loaded = set(
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.split()
    )
    heavy = {
        "numpy",
        "xarray",
        "pandas",
        "scipy",
        "docker",
        "dask",
        "matplotlib",
        "psutil",
        "rich",
        "cookiecutter",
    }
    assert loaded & heavy == set()
