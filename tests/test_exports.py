"""Names that packages offer are there, listed, and imported only when they are used."""

import subprocess
import sys
from importlib import import_module

import pytest

PACKAGES = (
    "rompy",
    "rompy.backends",
    "rompy.core.regrid",
    "rompy.core.source",
    "rompy.digest",
    "rompy.fetch",
    "rompy.jobs",
    "rompy.manifest",
    "rompy.pipeline",
    "rompy.postprocess",
    "rompy.provenance.diff",
    "rompy.run",
    "rompy.sites",
    "rompy.testing",
    "rompy.transfer",
)


@pytest.mark.parametrize("name", PACKAGES)
def test_every_public_name_is_there_and_listed(name):
    package = import_module(name)
    for public in package.__all__:
        assert getattr(package, public) is not None
        assert public in dir(package)


def test_an_unknown_name_is_an_attribute_error_that_names_it():
    with pytest.raises(AttributeError, match="module 'rompy.run' has no attribute 'nothing'"):
        import_module("rompy.run").nothing  # noqa: B018 - asking is the test


def test_nothing_below_is_imported_before_it_is_used():
    code = "import sys, rompy.jobs; print(any(name.startswith('rompy.jobs.') for name in sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"
