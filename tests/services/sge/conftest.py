"""A real Grid Engine for the tests of this folder, when it is asked for."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def sge(tmp_path_factory):
    spec = importlib.util.spec_from_file_location("sge_service", Path(__file__).with_name("service.py"))
    service = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(service)
    why = service.missing()
    if why:
        pytest.skip(f"GRID ENGINE IS NOT TESTED: {why}")
    running = service.GridEngine(tmp_path_factory.mktemp("sge"))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("SGE_ROOT", "SGE_CELL"):
            patch.setenv(name, running.env[name])
        try:
            yield running.start()
        finally:
            running.stop()
