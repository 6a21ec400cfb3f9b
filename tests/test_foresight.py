"""Deeds are told instead of done where that is wanted, and only there."""

import pytest

from rompy.foresight import Deed, NotDoneError, foreseeing, is_foreseeing, tell


def test_outside_of_a_block_telling_does_nothing():
    tell(Deed("write", "wind.nc"))
    assert not is_foreseeing()


def test_what_is_kept_is_told_and_used_and_what_is_not_ends_it():
    kept, wanted = Deed("weights", "bilinear", bytes=3, is_kept=True), Deed("write", "wind.nc")
    with foreseeing() as deeds:
        tell(kept)
        tell(kept)
        with pytest.raises(NotDoneError):
            tell(wanted)
    assert deeds == [kept, wanted]
    assert not is_foreseeing()
