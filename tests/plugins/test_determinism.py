"""Published model plugins generate the same bytes whoever generates, where and when, as far as they allow it."""

import pytest

from rompy.testing.elsewhere import generated_elsewhere

# rompy-schism takes the constituents of the tide out of a set: their order follows the seed of hashes.
CASES = {"swan": ("rompy_swan", None), "schism": ("rompy_schism", 0), "xbeach": ("rompy_xbeach", None)}


@pytest.mark.parametrize("case", CASES)
def test_input_files_are_the_same_bytes_in_all_circumstances(
    case, published, described, files_of, monkeypatch, tmp_path
):
    package, seed = CASES[case]
    published(package, *(["pyTMD.arguments"] if case == "schism" else []))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    description = described(case)
    here = generated_elsewhere(description, tmp_path / "here", number=0, hash_seed=seed)
    there = generated_elsewhere(description, tmp_path / "far away", number=3, hash_seed=seed)
    files, others = files_of(here), files_of(there)
    assert sorted(files) == sorted(others)
    assert [name for name in files if files[name] != others[name]] == []
