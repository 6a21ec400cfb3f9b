"""What all gridded input has in common: a source, how to read it, and the way from there to a file of the case."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np

from rompy.core.artefact import prepared
from rompy.core.duration import Duration
from rompy.core.filters import Filter
from rompy.core.tagged import Tagged
from rompy.core.types import DatasetCoords, RompyBaseModel
from rompy.errors import CoverageError, DataError
from rompy_anuga.about import about
from rompy_anuga.crs_field import Crs

if TYPE_CHECKING:
    import xarray as xr

    from rompy_anuga.area import Area
    from rompy_anuga.fields.layer import Layer
    from rompy_anuga.period import Period


@dataclass(frozen=True)
class Setting:
    """What the run needs fields for."""

    area: Area
    crs: str
    """System of the run."""
    period: Period
    folder: Path
    """The workspace."""
    vertical_datum: str | None = None
    """What levels of the run are above, if that is said."""


class GriddedField(RompyBaseModel, ABC):
    """Data on a rectangular grid, from any rompy source that gives one.

    Data in the system of the run are cropped and written as they are. Data in any other system, longitude and latitude
    included, are moved bilinearly to a regular grid that covers the domain with a margin, as fine as the source there
    and at least eleven nodes across. They must cover the domain, have no gaps in it, and, where they change in time,
    cover the period.
    """

    source: Annotated[Any, Tagged("rompy.source")]
    """Where the data come from; ``model_type`` chooses the kind of source."""
    coords: DatasetCoords | None = None
    """Names of the coordinates; found from their attributes and usual names unless given."""
    crs: Crs | None = None
    """System of the coordinates; unless given that of a CF grid mapping, EPSG:4326 for degrees, else the run's."""
    filter: Filter | None = None
    """Selection and renaming before use, for example of one level or member."""

    max_gap: Duration | None = None
    """The longest time that may lie between two times of the data; unless given, steps that stand out are refused as
    gaps."""

    name: ClassVar[str]
    """Key in the configuration; also the name of the file."""
    varies: ClassVar[bool] = False
    """Whether it changes in time."""
    is_level: ClassVar[bool] = False
    """Whether its values are above a vertical datum."""
    limits: ClassVar[tuple[float, float]] = (-np.inf, np.inf)
    """Smallest and largest believable value, in the unit of the model."""

    def write(self, setting: Setting) -> dict[str, str]:
        """Write the file of the case, or take it from a former run; returns what the case file says about it.

        Raises:
            DataError, ConfigError, CoverageError: the data are not fit for this run; says why, with numbers.
        """
        needs = {
            "area": [ring.points for ring in (setting.area.outer, *setting.area.islands)],
            "crs": setting.crs,
            "period": setting.period if self.varies else None,
            "vertical_datum": setting.vertical_datum if self.is_level else None,
        }
        return prepared(
            self,
            setting.folder,
            partial(self.made, setting),
            needs=needs,
            files=lambda told: [told["file"]],
            by_values=True,
        )

    @abstractmethod
    def made(self, setting: Setting) -> dict[str, str]:
        """Write the file of the case; as ``write``."""

    def opened(self) -> xr.Dataset:
        """The data, filtered, still lazy."""
        with about(self.field):
            data = self.source.open(filters=self.filter or {}, coords=self.coords)
        return data if hasattr(data, "data_vars") else data.to_dataset()

    def layer(self, dataset: xr.Dataset, variable: str, setting: Setting) -> Layer:
        """One variable around the domain, and around the period if it changes in time.

        Raises:
            DataError, ConfigError: it is not there, or its grid cannot be used.
            CoverageError: it does not cover the domain or the period.
        """
        from rompy_anuga.fields.layer import layer_of
        from rompy_anuga.fields.regrid import positions

        layer = layer_of(dataset, variable, self.coords, self.crs, setting.crs, self.field)
        self._check_time(layer, variable)
        x0, y0, x1, y1 = setting.area.extent
        outline = setting.area.edge_points(max(x1 - x0, y1 - y0) / 20)
        layer = layer.around(positions(outline, setting.crs, layer.axes.crs), self.what, self.field)
        if not self.varies:
            return layer
        needed = layer.during(setting.period, self.what, self.field)
        setting.period.check_gaps(layer.times, self.max_gap, self.what, self.field)
        return needed

    def _check_time(self, layer: Layer, variable: str) -> None:
        if self.varies and layer.times is None:
            raise DataError(f"{variable!r} has no time axis", field=self.field)
        if not self.varies and layer.times is not None:
            raise DataError(
                f"{variable!r} changes in time; {self.what} may not",
                field=self.field,
                hint="Select one time with filter.",
            )

    @property
    def field(self) -> str:
        """Where in the description this stands, for messages."""
        return f"config.{self.name}"

    @property
    def what(self) -> str:
        """What to call it in messages."""
        return f"the {self.name.replace('_', ' ')}"


class ScalarField(GriddedField):
    """One variable on a rectangular grid."""

    variable: str
    """Name of the variable in the data."""
    units: str | None = None
    """Unit of the data; that of the data themselves unless given, and the model's own if they state none."""

    target: ClassVar[tuple[str, dict[str, str]]]
    """Name and attributes of the variable in the case's file; its unit is the model's."""

    def made(self, setting: Setting) -> dict[str, str]:
        from rompy_anuga.fields.regrid import on_run_grid

        name, attributes = self.target
        layer = self.layer(self.opened(), self.variable, setting)
        self.check_reference(layer.values, setting)
        values = self.converted(layer.values)
        values = on_run_grid(type(layer)(values, layer.axes), setting.area, setting.crs)
        path = setting.folder / f"{self.name}.nc"
        write_fields({name: values.assign_attrs(attributes)}, setting, path)
        check_fields(path, {name: self.limits}, setting, self.what, self.field)
        return {"file": path.name, "variable": name}

    def check_reference(self, values: xr.DataArray, setting: Setting) -> None:
        """Check that values which refer to something refer to what the run does; most refer to nothing."""

    def converted(self, values: xr.DataArray) -> xr.DataArray:
        """The values in the unit of the model; attributes dropped."""
        from rompy_anuga.fields.units import factor

        wanted = self.target[1]["units"]
        found = self.units or values.attrs.get("units")
        scale = factor(found, wanted, f"{self.what} ({self.variable!r})")
        values = values.drop_attrs()
        values = values if values.dtype.kind == "f" else values.astype(float)
        return values if scale == 1.0 else values * scale


def write_fields(variables: dict[str, xr.DataArray], setting: Setting, path: Path) -> None:
    """Write variables on one projected grid, with CF attributes and the grid mapping."""
    import xarray as xr

    from rompy.core.netcdf import write_netcdf
    from rompy_anuga import cf

    dataset = xr.Dataset(
        {name: values.assign_attrs(grid_mapping="crs") for name, values in variables.items()}
    )
    dataset["crs"] = cf.grid_mapping(setting.crs)
    for axis, attributes in cf.AXIS_ATTRS.items():
        if axis in dataset.coords:
            dataset[axis].attrs = attributes
    dataset.attrs = dict(cf.CONVENTIONS)
    write_netcdf(dataset.drop_encoding(), path)


def check_fields(
    path: Path, limits: dict[str, tuple[float, float]], setting: Setting, what: str, field: str
) -> None:
    """Read a file of the case back and look at every value that the model can see.

    Raises:
        CoverageError: some of them are missing; says how many, where and when.
        DataError: some are beyond belief, as they are when a unit is wrong.
    """
    import xarray as xr

    from rompy_anuga.fields.axes import Axes
    from rompy_anuga.fields.regrid import used_nodes

    with xr.open_dataset(path, engine="netcdf4") as dataset:
        axes = Axes(dataset["x"].to_numpy(), dataset["y"].to_numpy(), setting.crs)
        used = used_nodes(setting.area, axes)
        for name, (lowest, highest) in limits.items():
            variable = dataset[name]
            steps = range(variable.sizes["time"]) if "time" in variable.dims else [None]
            for step in steps:
                values = (variable if step is None else variable.isel(time=step)).to_numpy()
                when = (
                    ""
                    if step is None
                    else f" at {np.datetime_as_string(dataset['time'].values[step], unit='s')}Z"
                )
                _check_gaps(values, used, axes, f"{what}{when}", field)
                seen = values[used]
                if seen.min() < lowest or seen.max() > highest:
                    raise DataError(
                        f"{what}{when} runs from {seen.min():.6g} to {seen.max():.6g} {variable.attrs['units']}; "
                        f"believable is {lowest:g} to {highest:g}",
                        field=field,
                        hint="Is the unit right? State it with units.",
                    )


def _check_gaps(values: Any, used: Any, axes: Any, what: str, field: str) -> None:
    gaps = used & ~np.isfinite(values)
    if not gaps.any():
        return
    x, y = (nodes[gaps] for nodes in axes.nodes)
    raise CoverageError(
        f"{what} has no value at {gaps.sum()} of {used.sum()} grid nodes that the domain touches, "
        f"between x {x.min():.7g} and {x.max():.7g}, y {y.min():.7g} and {y.max():.7g}",
        field=field,
        hint="Fill the gaps, draw the domain smaller, or use data that cover it.",
    )
