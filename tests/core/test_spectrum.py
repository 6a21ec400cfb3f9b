"""Frequencies: three of four numbers make a geometric row."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rompy.core.spectrum import Frequency, LogFrequency


def test_frequencies_one_by_one():
    freqs = Frequency(freq=[0.04, 0.05, 0.1])
    assert (freqs.f0, freqs.f1, freqs.nf, freqs.flen) == (0.04, 0.1, 3, 3)
    assert Frequency(model_type="FREQUENCY", freq=[1]).nf == 1


@pytest.mark.parametrize("freq", [[], [0.1, 0.1], [0.2, 0.1], [0, 1], [-1]])
def test_frequencies_ascend(freq):
    with pytest.raises(ValidationError):
        Frequency(freq=freq)


@given(st.floats(0.001, 1), st.floats(0.01, 1), st.integers(1, 60))
def test_any_three_numbers_give_the_fourth(f0, finc, nbin):
    f1 = f0 * (1 + finc) ** nbin
    for missing in ("f0", "f1", "finc", "nbin"):
        given_three = {
            k: v for k, v in {"f0": f0, "f1": f1, "finc": finc, "nbin": nbin}.items() if k != missing
        }
        freqs = LogFrequency(**given_three)
        assert (freqs.f0, freqs.f1, freqs.finc) == pytest.approx((f0, f1, finc), rel=1e-6)
        assert freqs.nbin == nbin
        assert len(freqs) == freqs.nf == freqs.flen == nbin + 1
        np.testing.assert_allclose(freqs()[1:] / freqs()[:-1], freqs.gamma)
        assert (freqs[0], freqs[-1]) == pytest.approx((f0, f1))
        again = LogFrequency(**freqs.model_dump(exclude_unset=True, exclude={"model_type"}))
        np.testing.assert_allclose(again(), freqs())


def test_the_increment_is_adjusted_to_a_whole_number_of_intervals():
    freqs = LogFrequency(f0=0.04, f1=1.0, finc=0.1)
    assert freqs.nbin == 34
    assert freqs.finc == pytest.approx(0.0993, abs=1e-4)
    assert freqs[-1] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"f0": 0.1, "f1": 1}, "Three .only. of"),
        ({"f0": 0.1, "f1": 1, "finc": 0.1, "nbin": 3}, "Three .only. of"),
        ({"f0": 1, "f1": 0.1, "nbin": 3}, "must be higher"),
        ({"f0": 0, "f1": 0.1, "nbin": 3}, "greater than 0"),
        ({"f0": 0.1, "f1": 1, "finc": 0}, "greater than 0"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(numbers, message):
    with pytest.raises(ValidationError, match=message):
        LogFrequency(**numbers)
