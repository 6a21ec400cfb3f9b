"""Frequencies of wave spectra."""

from math import log
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator
from typing_extensions import Self

from rompy.core.types import RompyBaseModel
from rompy.errors import ConfigError


class Frequency(RompyBaseModel):
    """Frequencies given one by one."""

    model_type: Literal["frequency", "FREQUENCY"] = "frequency"
    freq: Annotated[list[float], Field(min_length=1)]
    """Frequencies (Hz), ascending."""

    @model_validator(mode="after")
    def _is_ascending(self) -> Self:
        if not self.freq[0] > 0 or any(b <= a for a, b in zip(self.freq, self.freq[1:], strict=False)):
            raise ConfigError("frequencies must be positive and ascending")
        return self

    @property
    def f0(self) -> float:
        """Lowest frequency (Hz)."""
        return self.freq[0]

    @property
    def f1(self) -> float:
        """Highest frequency (Hz)."""
        return self.freq[-1]

    @property
    def nf(self) -> int:
        """Number of frequencies."""
        return len(self.freq)

    @property
    def flen(self) -> int:
        """Number of frequencies."""
        return len(self.freq)


class LogFrequency(RompyBaseModel):
    """Frequencies that grow by a constant factor, as most wave models have them.

    Three of the four numbers are given and the fourth follows. As ``nbin`` is whole, ``finc`` is adjusted so that the
    highest frequency is met.

    >>> freqs = LogFrequency(f0=0.04, f1=1.0, nbin=30)
    >>> len(freqs), round(freqs.finc, 4), round(float(freqs[-1]), 6)
    (31, 0.1133, 1.0)
    """

    model_type: Literal["log", "LOG"] = "log"
    f0: Annotated[float, Field(gt=0)] | None = None
    """Lowest frequency (Hz)."""
    f1: Annotated[float, Field(gt=0)] | None = None
    """Highest frequency (Hz)."""
    finc: Annotated[float, Field(gt=0)] | None = None
    """Growth from one frequency to the next: 0.1 for a factor of 1.1."""
    nbin: Annotated[int, Field(gt=0)] | None = None
    """Number of intervals, one less than that of frequencies."""

    @model_validator(mode="before")
    @classmethod
    def _three_of_four(cls, data: Any) -> Any:
        names = ("f0", "f1", "finc", "nbin")
        if isinstance(data, dict) and sum(data.get(name) is not None for name in names) != 3:
            raise ConfigError("Three (only) of (f0, f1, finc, nbin) must be provided")
        return data

    @model_validator(mode="after")
    def _fourth(self) -> Self:
        f0, f1, finc, nbin = self.f0 or 0.0, self.f1 or 0.0, self.finc or 0.0, self.nbin or 0
        f0 = f0 or f1 / (1 + finc) ** nbin
        f1 = f1 or f0 * (1 + finc) ** nbin
        if not f1 > f0:
            raise ConfigError(f"f1 ({f1}) must be higher than f0 ({f0})")
        nbin = nbin or max(round(log(f1 / f0) / log(1 + finc)), 1)
        # Written past pydantic, so that the fields that were set stay the three that the user gave.
        self.__dict__.update(f0=f0, f1=f1, finc=(f1 / f0) ** (1 / nbin) - 1, nbin=nbin)
        return self

    @property
    def gamma(self) -> float:
        """Factor from one frequency to the next."""
        return 1 + (self.finc or 0.0)

    @property
    def nf(self) -> int:
        """Number of frequencies."""
        return (self.nbin or 0) + 1

    @property
    def flen(self) -> int:
        """Number of frequencies."""
        return self.nf

    def __call__(self) -> np.ndarray:
        """The frequencies (Hz)."""
        return np.asarray((self.f0 or 0.0) * self.gamma ** np.arange(self.nf))

    def __getitem__(self, index: Any) -> Any:
        return self()[index]

    def __len__(self) -> int:
        return self.nf
