"""What breaks model plugins although it looks harmless: one test for each trap, numbered as in the list we keep.

Small stand-ins use the core the way published plugins do, so that the checks hold without any plugin installed; the
plugins themselves are run in test_swan, test_schism and test_xbeach.
"""

import importlib
import json
import time
from pathlib import Path
from typing import Annotated, Any, Literal, Union

import numpy as np
import pytest
from pydantic import BaseModel, ConfigDict, Field, field_serializer, model_serializer, model_validator

from rompy.core.config import BaseConfig
from rompy.core.grid import BaseGrid, RegularGrid
from rompy.core.time import TimeRange
from rompy.core.types import DatasetCoords, RompyBaseModel
from rompy.model import ModelRun

NAMES = json.loads((Path(__file__).parent / "plugin_names.json").read_text())
"""Names that published plugins define in subclasses of each core class and that are not the core's own."""

DAY = TimeRange(start="20230101", end="20230102", interval="6h")
GRID = RegularGrid(x0=0, y0=0, dx=1, dy=1, nx=4, ny=3)


class PluginGrid(BaseGrid):
    """A grid whose overridden methods take other arguments than the core's."""

    x_points: list[float] = [0.0, 3.0, 3.0, 0.0]
    y_points: list[float] = [0.0, 0.0, 2.0, 2.0]

    @property
    def x(self):
        return np.array(self.x_points)

    @property
    def y(self):
        return np.array(self.y_points)

    def boundary(self):
        raise AssertionError("the outline of a plugin's grid is not the core's business")

    def boundary_points(self, spacing=None):
        return self.x, self.y


@pytest.fixture
def currents(tmp_path):
    """A file with a variable along time, depth, latitude and longitude."""
    import pandas as pd
    import xarray as xr

    time_, depth = pd.date_range("2022-12-31", "2023-01-03", freq="6h"), [0.0, 10.0]
    lat, lon = np.arange(-3.0, 6), np.arange(-3.0, 8)
    shape = (time_.size, len(depth), lat.size, lon.size)
    u = np.arange(np.prod(shape), dtype=float).reshape(shape)
    coords = {"time": time_, "depth": depth, "latitude": lat, "longitude": lon}
    xr.Dataset({"u": (tuple(coords), u), "v": (tuple(coords), -u)}, coords).to_netcdf(
        tmp_path / "currents.nc"
    )
    return {"model_type": "file", "uri": str(tmp_path / "currents.nc")}


@pytest.fixture
def spectra(tmp_path):
    """A file of wave spectra whose positions are data variables."""
    import pandas as pd
    import xarray as xr

    lon, lat = (a.ravel() for a in np.meshgrid(np.arange(-1.0, 5), np.arange(-1.0, 4)))
    time_, freq, dir_ = (
        pd.date_range("2023-01-01", periods=5, freq="6h"),
        [0.05, 0.1, 0.2],
        [0.0, 90, 180, 270],
    )
    efth = np.random.default_rng(1).random((5, lon.size, 3, 4))
    ds = xr.Dataset(
        {"efth": (("time", "site", "freq", "dir"), efth), "lon": ("site", lon), "lat": ("site", lat)},
        {"time": time_, "site": np.arange(lon.size), "freq": freq, "dir": dir_},
    )
    ds.to_netcdf(tmp_path / "spectra.nc")
    return {"model_type": "file", "uri": str(tmp_path / "spectra.nc")}


@pytest.fixture
def generated(tmp_path):
    """``generated(config)`` generates a run of it and gives its workspace."""

    def make(config, **kwargs):
        return ModelRun(run_id="trap", output_dir=tmp_path / "runs", config=config, **kwargs).generate()

    return make


@pytest.fixture
def template(tmp_path):
    """``template(text)``: a template folder with one file."""

    def make(text):
        project = tmp_path / "template" / "{{runtime.staging_dir}}"
        project.mkdir(parents=True, exist_ok=True)
        (project / "file.txt").write_text(text)
        return str(tmp_path / "template")

    return make


@pytest.mark.filterwarnings(
    "ignore:A custom validator is returning a value other than"
)  # rompy ignores it for users
def test_01_validators_of_plugins_may_assign_fields_and_set_undeclared_private_attributes(currents):
    from rompy.core.data import DataGrid

    class Forcing(DataGrid):
        z1: str | None = None

        @model_validator(mode="after")
        def _add_variable(self):
            self.variables = [*self.variables, self.z1]
            self._seen = True
            return self

    class Config(BaseConfig):
        model_type: Literal["trap01"] = "trap01"
        data: Forcing | None = None
        order: int = 1

        @model_validator(mode="after")
        def _set(self):
            self.order = "anything"

    class Open(RompyBaseModel):
        model_config = ConfigDict(extra="allow", validate_assignment=True, populate_by_name=True)
        uwind_name: str | None = None

    config = Config(data={"source": currents, "z1": "u"})
    assert config.data.variables == ["u"]
    assert config.data._seen
    assert config.order == "anything"
    extra = Open(uwind="u10")
    extra.uwind_name = "u"
    assert extra.uwind == "u10"


def test_02_the_list_of_variables_is_each_instances_own_and_can_be_appended_to(currents):
    from rompy.core.data import DataGrid

    one, other = DataGrid(source=currents), DataGrid(source=currents)
    one.variables.append("u")
    assert (one.variables, other.variables) == (["u"], [])
    one.filter.crop.update({"latitude": slice(0, 1)})
    assert other.filter.crop == {}


def test_03_construction_neither_opens_data_nor_needs_a_source():
    from rompy.core.data import DataGrid

    class Flux(DataGrid):
        model_config = ConfigDict(arbitrary_types_allowed=True, extra="ignore")
        source: Any = None

        def __init__(self, **data):
            source = data.pop("source", None)
            super().__init__(**data)
            self.source = source
            self.variables.append("u")

    assert Flux(source={"not": "opened"}, unknown=1).variables == ["u"]
    lazy = DataGrid(source={"model_type": "file", "uri": "/nowhere/missing.nc"})
    assert str(lazy.source.uri) == "/nowhere/missing.nc"


@pytest.mark.parametrize("returned", [None, {}, "a/path", {"nested": {"path": Path("a/b.nc")}}, 3])
def test_04_a_configuration_may_return_anything_and_render_nothing(generated, returned):
    seen = {}

    class Config(BaseConfig):
        model_type: Literal["trap04"] = "trap04"

        def __call__(self, runtime):
            assert runtime.staging_dir.is_dir()
            (runtime.staging_dir / "made.txt").write_text(f"{runtime.period.start:%Y}")
            return returned

        def render(self, context, output_dir):
            seen.update(context, output_dir=output_dir)

    folder = generated(Config(), period=DAY)
    assert (folder / "made.txt").read_text() == "2023"
    assert seen["config"] == returned
    assert seen["output_dir"] == folder.parent


def test_05_templates_see_dicts_as_dicts_paths_as_paths_and_times_as_times(generated, template):
    class Config(BaseConfig):
        model_type: Literal["trap05"] = "trap05"

        def __call__(self, runtime):
            return {"start": "UP", "_rnday": 1.5, "grid": {"bnd": Path("a/hgrid.gr3")}, "items_of": {"k": 1}}

    text = (
        "{{config.start}} {{config.get('none')}} {{config._rnday}} {{config.grid.bnd.name}} "
        "{% for k, v in config.items() %}{{k}} {% endfor %}"
        "{{runtime.period.start.strftime(runtime._datefmt)}} {{runtime.period.start.year}} "
        "{{runtime.period.interval.seconds/3600}} {{runtime.staging_dir.name}} {{runtime.run_id}} "
        "{{_template|length > 0}} "
        "{% if runtime._generated_at and runtime._generated_on and runtime._generated_by %}stamped{% endif %}"
    )
    folder = generated(Config(template=template(text)), period=DAY)
    assert (folder / "file.txt").read_text() == (
        "UP None 1.5 hgrid.gr3 start _rnday grid items_of 20230101.000000 2023 6.0 trap trap True stamped"
    )


def test_06_boundary_data_are_not_cut_to_the_grid_and_keep_the_order_of_their_dimensions(currents):
    from rompy.core.boundary import DataBoundary

    class Boundary(DataBoundary):
        def _filter_grid(self, grid):
            raise AssertionError("not for boundaries")

    boundary = Boundary(id="ocean", source=currents, variables=["u", "v"])
    grid = PluginGrid()
    selected = boundary._sel_boundary(grid)
    assert selected.u.dims == ("time", "depth", "site")
    np.testing.assert_array_equal(selected.x, grid.x)
    path = boundary.get(Path(currents["uri"]).parent, grid, DAY)
    assert path.name == "ocean.nc"


def test_07_sources_are_opened_with_three_keywords_and_nothing_else(currents, tmp_path):
    from rompy.core.boundary import DataBoundary
    from rompy.core.data import DataGrid
    from rompy.core.source import SourceFile

    calls = []

    class Mixin:
        def open(self, variables=[], filters={}, **kwargs):  # noqa: B006 - as plugins write it
            calls.append(sorted(kwargs))
            return super().open(variables=variables, filters=filters, **kwargs)

    class Crs(Mixin, SourceFile):
        pass

    grid = DataGrid(source=Crs(uri=currents["uri"]), variables=["u"])
    grid.get(tmp_path, GRID, DAY)
    boundary = DataBoundary(id="b", source=Crs(uri=currents["uri"]), variables=["u"])
    boundary.get(tmp_path, GRID, DAY)
    assert calls
    assert all(names in ([], ["coords"]) for names in calls)


def test_08_where_a_blob_was_copied_to_is_text(tmp_path):
    from rompy.core.data import DataBlob

    (tmp_path / "hgrid.gr3").write_text("grid")
    (tmp_path / "run").mkdir()
    blob = DataBlob(source=tmp_path / "hgrid.gr3")
    assert not blob._copied
    assert isinstance(blob.source, Path)
    path = blob.get(str(tmp_path / "run"), name="other.gr3")
    assert isinstance(path, Path)
    assert isinstance(blob._copied, str)
    assert blob._copied.name == "other.gr3"
    assert Path(blob._copied).read_text() == "grid"


def test_09_a_blob_takes_a_grid_and_times_as_other_data_do(tmp_path):
    from rompy.core.data import DataBlob

    (tmp_path / "mod_def.ww3").write_text("grid")
    blob = DataBlob(source=str(tmp_path / "mod_def.ww3"))
    assert blob.get(destdir=tmp_path / "a", grid=GRID, time=DAY).name == "mod_def.ww3"
    assert blob.get(tmp_path / "b", None, GRID, DAY).is_file()
    assert (
        DataBlob(source="s3://bucket/{start_time}_restart.ww3").source
        == "s3://bucket/{start_time}_restart.ww3"
    )


def test_10_a_postprocessor_returns_what_it_likes_and_takes_only_its_own_settings(tmp_path):
    from rompy.postprocess.config import BasePostprocessorConfig

    class Outcome:
        success = True

        def __getitem__(self, name):
            return getattr(self, name)

    outcome = Outcome()

    class Processor:
        def process(self, model_run, destinations, failure_policy):
            self.where = Path(model_run.output_dir) / model_run.run_id
            assert (destinations, failure_policy) == (["file:///a"], "CONTINUE")
            return outcome

    class Settings(BasePostprocessorConfig):
        type: Literal["trap10"] = "trap10"
        destinations: list[str]
        failure_policy: str = "CONTINUE"

        def get_postprocessor_class(self):
            return Processor

    run = ModelRun(output_dir=tmp_path)
    assert run.postprocess(Settings(destinations=["file:///a"])) is outcome


def test_11_the_check_for_misspelt_keys_knows_aliases_rewritten_keys_and_open_models():
    class Aliased(RompyBaseModel):
        breaktype: str | None = Field(default=None, alias="break")

    class Lowering(RompyBaseModel):
        start_year: int = 0

        @model_validator(mode="before")
        @classmethod
        def _lower(cls, values):
            return {key.lower(): value for key, value in values.items()}

    class Ignoring(RompyBaseModel):
        model_config = ConfigDict(extra="ignore")
        weight: int = 0

    class Consuming(RompyBaseModel):
        air_1: int = 0

        def __init__(self, **data):
            data["air_1"] = data.pop("air", 0)
            super().__init__(**data)

    class Parent(RompyBaseModel):
        child: Consuming

    assert Aliased(**{"break": "a"}).breaktype == "a"
    with pytest.raises(ValueError, match="Did you mean 'break'"):
        Aliased(brek="a")
    assert Lowering(START_YEAR=2).start_year == 2
    assert Ignoring(weigth=1).weight == 0
    assert Consuming(air=4).air_1 == 4
    assert Parent(child={"air": 5}).child.air_1 == 5


def test_12_the_logging_configuration_is_one_object_and_cheap_to_ask_for():
    from rompy.logging import LoggingConfig

    one = LoggingConfig()
    before = (one.use_ascii, str(one.format))
    begin = time.process_time()
    assert all(LoggingConfig() is one for _ in range(1000))
    assert time.process_time() - begin < 1
    assert (one.use_ascii, str(one.format)) == before
    assert isinstance(one.format == "simple", bool)


def test_13_spectra_come_with_their_accessor_although_nobody_imported_wavespectra(spectra):
    import subprocess
    import sys

    code = (
        "import sys\n"
        "from rompy.core.boundary import BoundaryWaveStation\n"
        "from rompy.core.source import SourceFile\n"
        "assert 'wavespectra' not in sys.modules\n"
        f"assert hasattr(SourceFile(uri={spectra['uri']!r}).open(), 'spec')\n"
        f"station = BoundaryWaveStation(id='w', source={spectra!r})\n"
        "assert hasattr(station.ds, 'spec')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("dotted", sorted(NAMES))
def test_14_no_attribute_of_the_core_bears_a_name_that_plugins_use_for_their_own(dotted):
    module, _, name = dotted.rpartition(".")
    cls = getattr(importlib.import_module(module), name)
    ours = {*dir(cls), *cls.model_fields, *cls.__private_attributes__} - {*dir(BaseModel)}
    assert not ours & set(NAMES[dotted])
    base = {*dir(RompyBaseModel), *RompyBaseModel.model_fields} - {*dir(BaseModel)}
    assert not base & set(NAMES["rompy.core.types.RompyBaseModel"])


def test_15_a_run_has_a_period_by_default_and_a_period_may_lack_an_interval():
    period = ModelRun().period
    assert period.end - period.start == period.duration
    assert period.interval.total_seconds() == 900
    assert not TimeRange(start="20230101", end="20230102", interval=None).interval


def test_16_the_outline_of_a_plugins_grid_is_asked_for_with_nothing_but_a_spacing(
    currents, spectra, tmp_path
):
    from rompy.core.boundary import BoundaryWaveStation, DataBoundary
    from rompy.core.data import DataGrid

    grid = PluginGrid()
    DataGrid(source=currents).get(tmp_path, grid, DAY)
    DataBoundary(id="b", source=currents, spacing=1.0).get(tmp_path, grid, DAY)
    BoundaryWaveStation(id="w", source=spectra).get(tmp_path, grid, DAY)


def test_17_a_run_is_dumped_and_generated_whatever_objects_its_configuration_holds(generated):
    from enum import Enum

    from pyproj import CRS

    class Kind(Enum):
        A = "a"

    class Opaque:
        pass

    class Grid(RompyBaseModel):
        model_config = ConfigDict(arbitrary_types_allowed=True)
        crs: Any = CRS.from_epsg(4326)
        kind: Kind = Kind.A
        depth: Any = np.float32(1.5)
        layers: Any = np.arange(2)
        mesh: Any = Field(default_factory=Opaque)

        @model_serializer
        def serialize_model(self, **kwargs):
            return {name: getattr(self, name) for name in ("crs", "kind", "depth", "layers", "mesh")}

    class Config(BaseConfig):
        model_type: Literal["trap17"] = "trap17"
        grid: Grid = Field(default_factory=Grid)
        random: bool = True

        @field_serializer("random")
        def _as_int(self, value):
            return int(value)

        def render(self, context, output_dir):
            assert isinstance(context["runtime"], dict)

    run = ModelRun(config=Config())
    dumped = run.model_dump()
    assert dumped["config"]["random"] == 1
    folder = generated(Config())
    assert "EPSG:4326" in (folder / ".rompy" / "run.yml").read_text()


def test_18_core_classes_within_plugins_components_look_like_no_component_themselves():
    from rompy.core.data import DataBlob, DataGrid

    for cls in (RompyBaseModel, DataBlob, DataGrid, DatasetCoords, TimeRange, BaseGrid):
        for name in ("stride", "timestride", "set_default_dates", "get_template_context"):
            assert not hasattr(cls, name), (cls, name)
            assert name not in cls.model_fields


def test_19_the_base_model_has_no_get():
    assert not hasattr(RompyBaseModel, "get")
    assert not hasattr(BaseConfig, "get")
    assert not hasattr(BaseGrid, "get")


def test_20_plugins_build_discriminated_unions_of_registered_classes(currents):
    from rompy.core.data import DataGrid
    from rompy.core.source import SourceFile
    from rompy.utils import create_import_error_class, load_entry_points

    sources, series = load_entry_points("rompy.source"), load_entry_points("rompy.source", "timeseries")
    assert SourceFile in sources
    assert series
    assert load_entry_points("rompy.source", etype="timeseries") == series
    for cls in sources:
        assert "model_type" in cls.model_fields

    class Missing(create_import_error_class("SourceDataset")):
        pass

    class Gridded(DataGrid):
        source: Union[(*sources, Missing)] = Field(discriminator="model_type")

    class One(RompyBaseModel):
        source: Annotated[Union[series[:1]], Field(discriminator="model_type")] | None = None  # noqa: UP007

    assert isinstance(Gridded(source=currents).source, SourceFile)
    assert One(source={"model_type": "csv", "filename": "wind.csv"}).source.model_type == "csv"
    with pytest.raises(ValueError, match="model_type"):
        Gridded(source={"model_type": "nothing"})
    with pytest.raises(ImportError, match="rompy_binary_datasources"):
        Missing()
