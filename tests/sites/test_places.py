from pathlib import Path

import pytest

from rompy.errors import ConfigError
from rompy.sites import SiteProfile, default_site, known_sites, load_site


def test_a_profile_is_found_by_name_by_file_and_as_it_is(write, tmp_path):
    write(name="config/rompy/sites/gadi.yml")
    assert load_site("gadi").name == "gadi"
    assert load_site(tmp_path / "config/rompy/sites/gadi.yml").name == "gadi"
    profile = SiteProfile(name="x")
    assert load_site(profile) is profile
    assert load_site("none") is None


def test_ones_own_profile_hides_the_shared_one(write):
    write("rompy_site: 1\ndescription: shared\n", "shared/gadi.yml")
    write("rompy_site: 1\ndescription: shared\n", "shared/other.yaml")
    write("rompy_site: 1\ndescription: own\n", "config/rompy/sites/gadi.yml")
    assert [(one.name, one.shared) for one in known_sites()] == [("gadi", False), ("other", True)]
    assert load_site("gadi").description == "own"
    assert load_site("other").description == "shared"


def test_the_one_called_default_is_taken_when_there_is_one(write):
    assert default_site() is None
    write("rompy_site: 1\n", "shared/default.yml")
    assert default_site().name == "default"


def test_an_unknown_name_is_told_with_the_closest(write):
    write(name="shared/gadi.yml")
    with pytest.raises(ConfigError, match="did you mean 'gadi'"):
        load_site("gady")


def test_a_file_of_this_folder_is_not_taken_for_a_name(write, tmp_path, monkeypatch):
    write(name="gadi.yml")
    monkeypatch.chdir(tmp_path)
    assert load_site("gadi.yml").name == "gadi"
    assert load_site(Path("gadi.yml")).name == "gadi"
    with pytest.raises(ConfigError):
        load_site("gadi")
