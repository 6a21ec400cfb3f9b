"""A server whose values change, while all that it tells of them stays the same, is found out."""

from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import xarray as xr

from rompy import plugins
from rompy.core.config import BaseConfig
from rompy.core.data import DataGrid
from rompy.model import ModelRun
from rompy.provenance.diff import compare_runs
from rompy.provenance.lock import Lock, LockError
from rompy.provenance.plan import plan_of
from rompy.provenance.reproduce import reproduce
from rompy.provenance.verify import verify


class Kite(BaseConfig):
    """Needs wind."""

    model_type: Literal["kite"] = "kite"
    template: None = None
    wind: DataGrid

    def __call__(self, runtime):
        self.wind.get(runtime.staging_dir, time=runtime.period)
        return {}

    def render(self, context, output_dir):
        """There is no template."""


@pytest.fixture
def winds():
    """What an OPeNDAP server serves: wind at seven hours."""
    pytest.importorskip("pydap.handlers.lib")
    from pydap.model import BaseType, DatasetType

    found = DatasetType("winds")
    found.attributes = {"NC_GLOBAL": {"history": "made first"}}
    axes = {"time": np.arange(7.0), "latitude": np.arange(3.0), "longitude": np.arange(4.0)}
    found["u10"] = BaseType("u10", np.zeros((7, 3, 4)), dims=tuple(axes), units="m s-1")
    for name, values in axes.items():
        units = "hours since 2023-01-01" if name == "time" else "degrees"
        found[name] = BaseType(name, values, dims=(name,), units=units)
    return found


@pytest.fixture
def kite(winds, serve, tmp_path, monkeypatch):
    """Makes descriptions of a run with that wind."""
    from pydap.handlers.lib import BaseHandler

    monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("ROMPY_OFFLINE", raising=False)
    uri = f"{serve(BaseHandler(winds))[0]}/winds"

    def describe(folder, **source):
        wind = {"id": "wind", "source": {"model_type": "opendap", "uri": uri, **source}, "variables": ["u10"]}
        return ModelRun(
            run_id="kite",
            output_dir=tmp_path / folder,
            period={"start": "2023-01-01T01", "duration": "3h", "interval": "1h"},
            config={"model_type": "kite", "wind": wind},
        )

    with plugins.registered("rompy.config", "kite", Kite):
        yield describe


@pytest.mark.parametrize("source", [{}, {"kwargs": {"mask_and_scale": False}}])
def test_changed_values_are_noticed_though_the_server_tells_of_no_change(
    source, kite, winds, tmp_path, monkeypatch
):
    """In the first case a part is kept in the cache, in the second values are read as they are used."""
    run = kite("runs", **source)
    lock = Lock.of_run(run)
    first = Path(run.generate())
    assert verify(first, inputs=True)
    assert reproduce(first)

    winds["u10"].data = winds["u10"].data + 1
    found = verify(first, inputs=True)
    assert [(one.kind, one.what) for one in found.findings] == [("changed", "input")]
    again = reproduce(first)
    assert not again
    assert "data differ" in str(again)

    monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "elsewhere"))  # as another machine sees it
    other = kite("others", **source)
    with pytest.raises(LockError, match="has changed"):
        other.generate(check=lock.run("kite").check_manifest)
    assert not other.staging_dir.exists()
    other.generate()
    data = compare_runs(first, other.staging_dir).levels["data"]
    assert any("other content" in str(one) for one in data.differences)
    with xr.open_dataset(other.staging_dir / "wind.nc") as ds:
        assert float(ds.u10.min()) == 1.0


def test_the_part_that_a_service_would_be_asked_for_is_planned(kite, winds, tmp_path):
    def steps(run):
        """What comes from elsewhere, or would."""
        return [
            (step.action, step.what.rpartition("/")[2]) for step in plan_of(run).steps if "/" in step.what
        ]

    run = kite("runs")
    part = "winds (u10, time 2023-01-01 01:00:00 to 2023-01-01 04:00:00)"
    assert steps(run) == [("fetched", part)]
    assert not run.staging_dir.exists()
    run.generate()
    assert steps(kite("others")) == [("reused", part)]
    winds.attributes["NC_GLOBAL"]["history"] = "made anew"
    assert steps(kite("others")) == [("fetched", part)]
