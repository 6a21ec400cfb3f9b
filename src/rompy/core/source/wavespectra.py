"""Source: wave spectra in any format that wavespectra reads."""

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from rompy.core.noting.noted_values import noting_answer
from rompy.core.resolve import existing
from rompy.core.source.base import SourceBase
from rompy.errors import ConfigError, DataError, PluginError

if TYPE_CHECKING:
    import xarray as xr


class SourceWavespectra(SourceBase):
    """Directional wave spectra, in wavespectra's conventions: ``efth`` (m2 Hz-1 degree-1) over time, site, freq, dir;
    directions are those that waves come from, clockwise from north."""

    model_type: Literal["wavespectra"] = "wavespectra"  # type: ignore[assignment]
    uri: str | Path
    """Path, ``package://name/inner/path`` or an address that the reader understands."""
    reader: str
    """Name of wavespectra's function that reads the format, such as ``read_swan`` or ``read_ww3``."""
    kwargs: dict[str, Any] = Field(default_factory=dict)
    """Keywords for the reader."""

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
