"""Published model plugins generate the same bytes whoever generates, where and when, as far as they allow it."""

import pytest

from rompy.testing.elsewhere import generated_elsewhere

CASES = {
    "swan": {},
    # bctides.py takes the constituents out of a set (line 183), whose order follows the seed of hashes, and pyTMD works
    # out arguments of the tide by products of matrices, whose last digits depend on the kind of processor.
    "schism": {"hash_seed": 0, "same_processor": True},
    # grid.py turns the grid by a product of matrices (line 338).
    "xbeach": {"same_processor": True},
}


@pytest.mark.parametrize("case", CASES)
def test_input_files_are_the_same_bytes_in_all_circumstances(
    case, published, described, files_of, monkeypatch, tmp_path
):
    published(f"rompy_{case}", *(["pyTMD.arguments"] if case == "schism" else []))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    description = described(case)
    here = generated_elsewhere(description, tmp_path / "here", number=0, **CASES[case])
    there = generated_elsewhere(description, tmp_path / "far away", number=3, **CASES[case])
    files, others = files_of(here), files_of(there)
    assert sorted(files) == sorted(others)
    assert [name for name in files if files[name] != others[name]] == []
