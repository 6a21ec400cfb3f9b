from importlib import metadata

import pytest

from rompy.provenance.cite.packages import citations_of_package, from_cff

CFF = """
cff-version: 1.2.0
title: Waves
authors:
  - family-names: Beek
    name-particle: van der
    given-names: Anna
  - name: Institute of Waves
version: 2.0
date-released: 2021-03-04
doi: 10.5281/zenodo.1
repository-code: https://example.org/waves
preferred-citation:
  type: article
  title: On waves
  authors: [{family-names: Beek, given-names: Anna}]
  journal: Journal of Water
  year: 2020
  volume: 7
  start: 12
  end: 19
"""


def test_a_citation_file_gives_the_preferred_work_and_the_software():
    paper, software = from_cff(CFF, "2.1", fallback="waves")
    assert (paper.kind, paper.title, paper.year) == ("article", "On waves", 2020)
    assert paper.fields == {"journal": "Journal of Water", "volume": "7", "pages": "12--19"}
    assert software.authors == ("van der Beek, Anna", "{Institute of Waves}")
    assert (software.kind, software.year, software.fields["version"]) == ("software", 2021, "2.1")
    assert software.fields["url"] == "https://example.org/waves"


@pytest.mark.parametrize("text", ["", "[]", "title: x"])
def test_what_is_no_citation_file_is_refused(text):
    with pytest.raises(ValueError, match="no citation file"):
        from_cff(text)


def test_a_package_without_one_is_told_from_its_metadata():
    (found,) = citations_of_package("xarray")
    assert found.title.startswith("xarray: ")
    assert found.fields["version"] == metadata.version("xarray")
    assert found.authors == ("{xarray Developers}",)


def test_a_package_that_is_not_installed_is_named_with_the_version_that_was_used():
    (found,) = citations_of_package("no-such-package", "1.2")
    assert (found.title, found.kind, found.fields) == ("no-such-package", "software", {"version": "1.2"})


def test_rompy_itself_is_told_from_its_citation_file():
    (found,) = citations_of_package("rompy")
    assert found.title == "rompy"
    assert found.authors == ("{The rompy developers}",)
