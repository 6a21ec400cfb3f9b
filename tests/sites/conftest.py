import pytest

PROFILE = """rompy_site: 1
name: gadi
schedulers:
  slurm:
    default_queue: normal
    queues:
      normal: {max_walltime: 2-00:00:00, nodes: 20, max_nodes: 4, cores_per_node: 48, memory_per_node_mb: 190000}
      long: {max_walltime: infinite}
      shut: {available: false}
containers:
  docker: {answers: false, reason: permission denied}
settings:
  slurm:
    account: ab12
    queue: normal
    modules: [openmpi, netcdf]
    directives: {constraint: haswell, nice: 1}
    env_vars: {OMP_NUM_THREADS: 4}
success:
  swan: {}
  swan_x: {must_exist: [done]}
"""


@pytest.fixture
def write(tmp_path):
    def write(text=PROFILE, name="gadi.yml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    """Places of profiles of our own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("ROMPY_SITES", str(tmp_path / "shared"))
    monkeypatch.delenv("ROMPY_SITE", raising=False)
