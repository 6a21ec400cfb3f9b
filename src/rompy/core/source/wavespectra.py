"""Source: wave spectra in any format that wavespectra reads."""

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from rompy.core.noting.holding import holds_its_values
from rompy.core.noting.noted_values import noting_answer
from rompy.core.resolve import existing, resolve
from rompy.core.source.base import SourceBase
from rompy.errors import ConfigError, DataError, PluginError

if TYPE_CHECKING:
    import xarray as xr

_NETCDF_READERS = frozenset(
    {"read_era5", "read_ncswan", "read_netcdf", "read_wavespectra", "read_ww3", "read_wwm"}
)
"""Readers that open a file of netCDF and nothing else."""
_TEXT_READERS = frozenset({"read_awac", "read_funwave", "read_json", "read_octopus", "read_ww3_station"})
"""Readers of one file of text. Others may take files along that lie beside it, or the time of day."""


class SourceWavespectra(SourceBase):
    """Directional wave spectra, in wavespectra's conventions: ``efth`` (m2 Hz-1 degree-1) over time, site, freq, dir;
    directions are those that waves come from, clockwise from north."""

    model_type: Literal["wavespectra"] = "wavespectra"  # type: ignore[assignment]
    is_settled: ClassVar[bool] = True
    _name_counts: ClassVar[bool] = True
    uri: str | Path
    """Path, ``package://name/inner/path`` or an address that the reader understands."""
    reader: str
    """Name of wavespectra's function that reads the format, such as ``read_swan`` or ``read_ww3``."""
    kwargs: dict[str, Any] = Field(default_factory=dict)
    """Keywords for the reader."""

    def _gives_the_same(self) -> bool:
        """If the reader reads one file on this machine and nothing else."""
        place = resolve(self.uri)
        if not super()._gives_the_same() or not isinstance(place, Path) or not place.is_file():
            return False
        if any(sign in str(place) for sign in "*?["):  # readers take such names for patterns
            return False
        if self.reader == "read_swan":
            return _is_complete(place)
        return self.reader in _TEXT_READERS or (
            self.reader in _NETCDF_READERS and holds_its_values(place, self.kwargs)
        )

    def _open(self) -> "xr.Dataset":
        try:
            import wavespectra
        except ImportError as error:
            raise PluginError(
                "wave spectra need wavespectra", hint="Install it: pip install wavespectra"
            ) from error

        readers = sorted(name for name in dir(wavespectra) if name.startswith("read_"))
        if self.reader not in readers:
            close = get_close_matches(self.reader, readers, n=1)
            guess = f" Did you mean {close[0]!r}?" if close else ""
            raise ConfigError(
                f"wavespectra has no reader {self.reader!r}.{guess}",
                field="reader",
                hint=f"Readers: {', '.join(readers)}",
            )
        place = existing(self.uri)
        try:
            ds = getattr(wavespectra, self.reader)(place, **self.kwargs)
        except Exception as error:  # readers raise whatever they like for a file that is not theirs
            raise DataError(
                f"{place} cannot be read by {self.reader}: {type(error).__name__}: {error}"
            ) from error
        # Files name themselves as the origin of what is read of them; folders, which are stores, and services do not.
        return ds if isinstance(place, Path) and place.is_file() else noting_answer(ds, str(place))

    def __str__(self) -> str:
        return f"SourceWavespectra(uri={self.uri}, reader={self.reader})"


def _is_complete(place: Path) -> bool:
    """Whether a file of SWAN tells its times, in whose place the time of day is taken, and no table of that name lies
    beside it, which wind and depth are taken from."""
    try:
        with place.open("rb") as file:
            lines = file.read(2**12).splitlines()
    except OSError:
        return False
    return any(line.startswith(b"TIME") for line in lines) and not place.with_suffix(".tab").exists()
