"""A plugin of the shape of rompy-ww3, which is on no package index, runs on this core.

The classes below are stand-ins of our own. They use the core in the ways that such a plugin does: components that walk
their own fields, namelists whose values fetch themselves, configurations without a template, restart files whose
address holds the start of the run, and a postprocessor that sends output away and answers with an object of its own.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Union

import numpy as np
import pytest
import xarray as xr
from pydantic import Field, field_validator, model_serializer, model_validator

from rompy.backends import LocalConfig
from rompy.core.boundary import BoundaryWaveStation
from rompy.core.config import BaseConfig
from rompy.core.data import DataBase, DataBlob, DataGrid
from rompy.core.grid import BaseGrid
from rompy.core.launch import Launch
from rompy.core.source import SourceBase
from rompy.core.time import TimeRange
from rompy.core.types import RompyBaseModel
from rompy.model import ModelRun
from rompy.postprocess import load_processor_config
from rompy.postprocess.config import BasePostprocessorConfig
from rompy.testing import ConfigSuite, PostprocessorSuite, SourceSuite, faked_plugins
from rompy.transfer import TransferFailurePolicy, TransferManager, get_transfer

# Such plugins ask instances for model_fields, which pydantic wants asked of classes; that is theirs to change.
pytestmark = pytest.mark.filterwarnings("ignore:Accessing the 'model_fields' attribute on the instance")

HOURS = np.arange("2023-01-01T00", "2023-01-03T00", dtype="datetime64[h]").astype("datetime64[ns]")


class Component(RompyBaseModel):
    """A block of a namelist. Its keys may be given in capitals, as they are in Fortran."""

    @model_validator(mode="before")
    @classmethod
    def _lower_case(cls, data: Any) -> Any:
        return {key.lower(): value for key, value in data.items()} if isinstance(data, dict) else data

    @model_serializer
    def serialize_model(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if value is not None}


class Dates(Component):
    start: datetime | None = None
    stop: datetime | None = None
    stride: int | None = None
    """Seconds."""


class Domain(Component):
    start: datetime | None = None
    stop: datetime | None = None

    def set_default_dates(self, period):
        self.start, self.stop = self.start or period.start, self.stop or period.end


class ModelGrid(BaseGrid):
    """A regular grid, told apart by model_type instead of grid_type."""

    model_type: Literal["ww3_rect"] = "ww3_rect"
    nx: int
    ny: int

    @property
    def x(self):
        return np.broadcast_to(np.linspace(110, 112, self.nx), (self.ny, self.nx))

    @property
    def y(self):
        return np.broadcast_to(np.linspace(-36, -34, self.ny)[:, None], (self.ny, self.nx))


class Forcing(DataGrid):
    """A field that ends up as the name of a file in a namelist."""

    model_type: Literal["ww3_forcing"] = "ww3_forcing"

    def get(self, destdir, grid=None, time=None, **kwargs):
        path = super().get(destdir, grid=grid, time=time)
        names = [self.coords.x, self.coords.y, *self.variables]
        Path(destdir, f"{self.id}.nml").write_text(f"{path.name}: {' '.join(names)}\n")
        return path


class Restart(DataBlob):
    """A restart file whose address holds the time it is of; a cold start without one."""

    model_type: Literal["ww3_restart"] = "ww3_restart"

    def get(self, destdir=None, time=None, *args, **kwargs):
        address = str(self.source).format(start_time=f"{time.start:%Y%m%d.%H%M%S}")
        try:
            result = get_transfer(address).get(
                uri=address, destdir=destdir, name="restart.ww3", link=self.link
            )
        except FileNotFoundError:
            return None
        self._copied = str(result)
        return result


class Points(DataBase):
    """Output points, which come from nowhere but the description."""

    model_type: Literal["ww3_points"] = "ww3_points"
    points: list[tuple[float, float]] = []

    def get(self, destdir, *args, **kwargs):
        path = Path(destdir) / "points.list"
        path.write_text("".join(f"{x} {y}\n" for x, y in self.points))
        return path


class Spectra(BoundaryWaveStation):
    """Boundary spectra with the list of their files."""

    model_type: Literal["ww3_spectra"] = "ww3_spectra"

    def get(self, destdir, grid, time=None):
        self._filter_grid(grid)
        if time is not None:
            self._filter_time(time)
        spectra = self._sel_boundary(grid).sortby("dir")
        path = Path(destdir) / f"{self.id}.nc"
        spectra.drop_encoding().to_netcdf(path)
        (path.parent / "spec.list").write_text(f"{path.name}\n")
        return path


class Shel(Component):
    domain: Domain = Domain()
    output: Dates = Dates()
    wind: Forcing | None = None
    restart: Restart | None = None
    points: Points | None = None
    spectra: Spectra | None = None

    def default_dates(self, period):
        """Walks over whatever there is, as a plugin does that knows its components but not the core's classes."""
        for component in self.__dict__.values():
            if hasattr(component, "set_default_dates"):
                component.set_default_dates(period)
            elif hasattr(component, "model_fields") and hasattr(component, "stride"):
                component.start = component.start or period.start
                component.stop = component.stop or period.end
                if component.stride is None and period.interval:
                    component.stride = int(period.interval.total_seconds())

    def rendered(self, destdir, grid, time):
        lines = []
        for name in type(self).model_fields:
            value = getattr(self, name)
            if hasattr(value, "model_dump") and callable(getattr(value, "get", None)):
                path = value.get(destdir=destdir, grid=grid, time=time)
                value = None if path is None else path.name
            elif hasattr(value, "model_dump"):
                value = value.model_dump()
            lines.append(f"{name} = {value}\n")
        return "".join(lines)


class WW3Config(BaseConfig):
    """Writes namelists itself: there is no template."""

    grid: ModelGrid = ModelGrid(nx=5, ny=5)
    ww3_shel: Shel = Shel()

    def _write(self, runtime):
        self.ww3_shel.default_dates(runtime.period)
        text = self.ww3_shel.rendered(runtime.staging_dir, self.grid, runtime.period)
        (runtime.staging_dir / f"ww3_{self.model_type}.nml").write_text(text)

    def render(self, context, output_dir):
        pass

    def launch(self):
        return Launch(("sh", "-c", "echo output > out_grd.ww3"))


class ShelConfig(WW3Config):
    model_type: Literal["shel"] = "shel"

    def __call__(self, runtime):
        self._write(runtime)


class MultiConfig(WW3Config):
    model_type: Literal["multi"] = "multi"

    def __call__(self, runtime):
        self._write(runtime)
        return {}


class MemorySource(SourceBase):
    """A source that says how it is opened and nothing else."""

    model_type: Literal["ww3_memory"] = "ww3_memory"
    hours: int = 48

    def _open(self):
        lon, lat = np.arange(108.0, 115.0), np.arange(-32.0, -39.0, -1.0)
        values = np.arange(float(self.hours * lat.size * lon.size)).reshape(self.hours, lat.size, lon.size)
        coords = {"time": HOURS[: self.hours], "latitude": lat, "longitude": lon}
        return xr.Dataset({"u10": (tuple(coords), values)}, coords)


class Sent:
    """What the postprocessor answers: not a dict, and without the methods of one."""

    def __init__(self, batch):
        self.success = batch.all_succeeded()
        self.transferred_count, self.failed_count = batch.succeeded, batch.failed
        self.results = batch.items

    def __getitem__(self, key):
        return {"success": self.success}[key]

    def __str__(self):
        return f"{self.transferred_count} sent, {self.failed_count} failed"


class WW3Transfer:
    """Sends output away under names that hold the time of its end."""

    def process(self, model_run, destinations, output_types, failure_policy):
        folder = Path(model_run.output_dir) / model_run.run_id
        stop = model_run.period.stop
        files = [folder / name for name in output_types] or sorted(folder.glob("*.ww3"))
        if not files:
            raise FileNotFoundError(f"there is no output in {folder}")
        names = {path: f"{stop:%Y%m%dT%H%M}_{path.name}" for path in files}
        policy = TransferFailurePolicy[failure_policy]
        batch = TransferManager().transfer_files(
            files=files, destinations=destinations, name_map=names, policy=policy
        )
        return Sent(batch)


class WW3TransferConfig(BasePostprocessorConfig):
    type: Literal["ww3_transfer"] = "ww3_transfer"
    destinations: list[str] = Field(min_length=1)
    output_types: dict[str, Any] = {}
    failure_policy: Literal["CONTINUE", "FAIL_FAST"] = "CONTINUE"

    @field_validator("destinations")
    @classmethod
    def _not_blank(cls, destinations):
        assert all(destination.strip() for destination in destinations)
        return destinations

    def get_postprocessor_class(self):
        return WW3Transfer


@pytest.fixture(autouse=True)
def _installed():
    """The plugin, with entry points whose names differ from the tags, as such plugins have them."""
    points = {
        "rompy.config": {"ww3shel": ShelConfig, "ww3multi": MultiConfig},
        "rompy.source": {"ww3_memory": MemorySource},
        "rompy.postprocess.config": {"ww3_transfer": WW3TransferConfig},
    }
    with faked_plugins(points, distribution="ww3-like"):
        yield


@pytest.fixture
def period():
    return TimeRange(start=datetime(2023, 1, 1, 6), end=datetime(2023, 1, 1, 18), interval=timedelta(hours=1))


@pytest.fixture
def restarts(tmp_path):
    folder = tmp_path / "restarts"
    folder.mkdir()
    (folder / "20230101.060000.restart").write_bytes(b"hot")
    return folder


@pytest.fixture
def shel(restarts):
    """Namelists in the capitals of Fortran."""
    return {
        "DOMAIN": {"START": "2023-01-01T07:00"},
        "OUTPUT": {},
        "WIND": {
            "model_type": "ww3_forcing",
            "id": "wind",
            "source": {"model_type": "ww3_memory"},
            "variables": ["u10"],
            "buffer": 1,
        },
        "RESTART": {"model_type": "ww3_restart", "source": f"{restarts}/{{start_time}}.restart"},
        "POINTS": {"model_type": "ww3_points", "points": [(111.0, -35.0)]},
    }


@pytest.fixture
def make_run(tmp_path, period):
    def make(config, **kwargs):
        return ModelRun(
            **{"run_id": "ww3", "output_dir": tmp_path / "runs", "period": period, **kwargs}, config=config
        )

    return make


def _namelist(run):
    lines = (run.staging_dir / f"ww3_{run.config.model_type}.nml").read_text().splitlines()
    return dict(line.split(" = ", 1) for line in lines)


@pytest.mark.parametrize("tag", ["shel", "multi"])
def test_a_configuration_without_template_writes_its_files_itself(tag, make_run, shel):
    run = make_run({"model_type": tag, "ww3_shel": shel})
    run.generate()
    assert {path.name for path in run.staging_dir.iterdir() if path.name != ".rompy"} == {
        f"ww3_{tag}.nml", "wind.nc", "wind.nml", "restart.ww3", "points.list",
    }  # fmt: skip
    namelist = _namelist(run)
    assert (namelist["wind"], namelist["restart"], namelist["points"]) == (
        "wind.nc",
        "restart.ww3",
        "points.list",
    )
    assert (run.staging_dir / "restart.ww3").read_bytes() == b"hot"
    assert (run.staging_dir / "wind.nml").read_text() == "wind.nc: longitude latitude u10\n"


def test_forcing_is_cut_to_the_grid_with_its_margin_and_to_the_period(make_run, shel):
    run = make_run({"model_type": "shel", "ww3_shel": shel})
    run.generate()
    with xr.open_dataset(run.staging_dir / "wind.nc") as wind:
        assert wind.longitude.values.tolist() == [109, 110, 111, 112, 113]
        assert sorted(wind.latitude.values.tolist()) == [-37, -36, -35, -34, -33]
        assert (wind.time.values[0], wind.time.values[-1]) == (HOURS[6], HOURS[18])


def test_dates_and_strides_are_filled_in_where_the_user_left_them_out(make_run, shel):
    run = make_run({"model_type": "shel", "ww3_shel": shel})
    before = run.to_yaml()
    run.generate()
    namelist = _namelist(run)
    assert "datetime.datetime(2023, 1, 1, 7, 0)" in namelist["domain"]
    assert "datetime.datetime(2023, 1, 1, 18, 0)" in namelist["domain"]
    assert "'stride': 3600" in namelist["output"]
    assert run.to_yaml() == before, "the run was changed by being generated"


def test_a_period_without_an_interval_gives_no_stride(make_run, shel, period):
    period = TimeRange(start=period.start, end=period.end, interval=None)
    run = make_run({"model_type": "shel", "ww3_shel": shel}, period=period)
    run.generate()
    assert "stride" not in _namelist(run)["output"]


def test_a_run_without_period_has_one(tmp_path):
    run = ModelRun(run_id="ww3", output_dir=tmp_path, config={"model_type": "shel"})
    run.generate()
    assert run.period.interval.total_seconds() == 900
    assert "'stride': 900" in _namelist(run)["output"]


def test_a_missing_restart_is_a_cold_start(make_run, shel, restarts):
    for path in restarts.iterdir():
        path.unlink()
    run = make_run({"model_type": "shel", "ww3_shel": shel})
    run.generate()
    assert _namelist(run)["restart"] == "None"
    assert not (run.staging_dir / "restart.ww3").exists()


def test_a_restart_comes_from_any_scheme_with_the_time_in_its_address(make_run, shel, web):
    web.put("20230101.060000.restart", b"from afar")
    shel["RESTART"]["source"] = f"{web.url}/{{start_time}}.restart"
    run = make_run({"model_type": "shel", "ww3_shel": shel})
    run.generate()
    assert (run.staging_dir / "restart.ww3").read_bytes() == b"from afar"
    assert web.requests == ["20230101.060000.restart"]


def test_a_restart_can_be_linked(make_run, shel, restarts):
    shel["RESTART"]["link"] = True
    run = make_run({"model_type": "shel", "ww3_shel": shel})
    run.generate()
    assert (run.staging_dir / "restart.ww3").resolve() == (restarts / "20230101.060000.restart").resolve()


def test_boundary_spectra_are_selected_around_the_grid(make_run, shel, tmp_path):
    sites = [(lon, lat) for lon in (109.0, 111.0, 113.0) for lat in (-37.0, -35.0, -33.0)] + [(150.0, 10.0)]
    lon, lat = np.array(sites).T
    shape = (HOURS.size, lon.size, 4, 6)
    spectra = xr.Dataset(
        {
            "efth": (("time", "site", "freq", "dir"), np.ones(shape)),
            "lon": ("site", lon),
            "lat": ("site", lat),
        },
        {"time": HOURS, "freq": [0.05, 0.1, 0.2, 0.4], "dir": np.arange(300.0, -1, -60.0)},
    )
    spectra.to_netcdf(tmp_path / "spectra.nc")
    shel["SPECTRA"] = {
        "model_type": "ww3_spectra",
        "id": "spectra",
        "source": {
            "model_type": "wavespectra",
            "uri": str(tmp_path / "spectra.nc"),
            "reader": "read_wavespectra",
        },
        "grid_type": "boundary_wave_station",
    }
    run = make_run({"model_type": "shel", "ww3_shel": shel})
    run.generate()
    assert (run.staging_dir / "spec.list").read_text() == "spectra.nc\n"
    with xr.open_dataset(run.staging_dir / "spectra.nc") as ds:
        assert set(ds.efth.dims) == {"time", "site", "freq", "dir"}
        assert ds.dir.values.tolist() == [0, 60, 120, 180, 240, 300]
        assert (ds.lon.min() >= 110, ds.lon.max() <= 112) == (True, True)


def test_core_classes_among_components_are_not_taken_for_components(shel):
    """Components are recognised by attributes, which the core's own classes must therefore not have."""
    loaded = Shel(**shel)
    for value in (loaded.wind, loaded.restart, loaded.points):
        for name in ("stride", "timestride", "set_default_dates", "get_template_context"):
            assert not hasattr(value, name)
    for value in (loaded.domain, loaded.output):
        assert not callable(getattr(value, "get", None)), "it would be taken for data to be fetched"


def test_misspelt_keys_are_found_behind_the_capitals():
    with pytest.raises(ValueError, match=r"domian.*domain"):
        Shel(DOMIAN={})


def test_a_plugins_own_union_of_its_classes_works():
    class Holder(RompyBaseModel):
        data: Annotated[Union[Forcing, Restart, Points], Field(discriminator="model_type")]  # noqa: UP007

    assert type(Holder(data={"model_type": "ww3_points"}).data) is Points


@pytest.fixture
def finished(make_run, shel):
    run = make_run({"model_type": "shel", "ww3_shel": shel})
    run.run(LocalConfig(timeout=60), run.generate()).check()
    return run


def test_output_is_sent_under_names_with_the_end_of_the_run(finished, tmp_path):
    settings = WW3TransferConfig(
        destinations=[str(tmp_path / "archive"), (tmp_path / "mirror").as_uri()],
        output_types={"out_grd.ww3": {}},
    )
    result = finished.postprocess(settings)
    assert isinstance(result, Sent)
    assert (result.success, result["success"], result.transferred_count) == (True, True, 2)
    assert (tmp_path / "archive" / "20230101T1800_out_grd.ww3").read_text() == "output\n"
    assert (tmp_path / "mirror" / "20230101T1800_out_grd.ww3").read_text() == "output\n"


def test_going_on_after_a_failed_transfer_reports_it(finished, tmp_path):
    settings = WW3TransferConfig(
        destinations=["gopher://nowhere", str(tmp_path / "archive")], output_types={"out_grd.ww3": {}}
    )
    result = finished.postprocess(settings)
    assert (result.success, result.transferred_count, result.failed_count) == (False, 1, 1)
    assert "gopher" in result.results[0].error


def test_failing_fast_raises(finished, tmp_path):
    settings = WW3TransferConfig(
        destinations=[str(tmp_path)], output_types={"missing.ww3": {}}, failure_policy="FAIL_FAST"
    )
    with pytest.raises(FileNotFoundError):
        finished.postprocess(settings)


def test_a_pipeline_keeps_a_result_that_is_not_a_dict(make_run, shel, tmp_path):
    processor = load_processor_config({"type": "ww3_transfer", "destinations": [str(tmp_path / "archive")]})
    run = make_run({"model_type": "shel", "ww3_shel": shel})
    result = run.pipeline(backend_config=LocalConfig(timeout=60), processor=processor)
    assert result["success"], result["message"]
    assert isinstance(result["postprocess_results"], Sent)
    assert result["processor"] == "ww3_transfer"


def test_a_failed_transfer_fails_the_pipeline(make_run, shel):
    run = make_run({"model_type": "shel", "ww3_shel": shel})
    processor = WW3TransferConfig(destinations=["gopher://nowhere"])
    result = run.pipeline(backend_config=LocalConfig(timeout=60), processor=processor)
    assert (result["success"], result["stage"]) == (False, "postprocess")
    assert result["stages_completed"] == ["generate", "run"]


class TestShelConfig(ConfigSuite):
    @pytest.fixture
    def config_class(self):
        return ShelConfig

    @pytest.fixture
    def description(self, shel):
        return {"model_type": "shel", "ww3_shel": shel}

    @pytest.fixture
    def period(self, period):
        return period


class TestMultiConfig(TestShelConfig):
    @pytest.fixture
    def config_class(self):
        return MultiConfig

    @pytest.fixture
    def description(self, shel):
        return {"model_type": "multi", "ww3_shel": shel}


class TestMemorySource(SourceSuite):
    lazy = False

    @pytest.fixture
    def source_class(self):
        return MemorySource

    @pytest.fixture
    def description(self):
        return {"model_type": "ww3_memory", "hours": 24}


class TestWW3Transfer(PostprocessorSuite):
    @pytest.fixture
    def settings(self, tmp_path):
        return WW3TransferConfig(destinations=[str(tmp_path / "archive")])

    @pytest.fixture
    def finished_run(self, finished):
        return finished
