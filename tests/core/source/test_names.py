"""All sources have their name in the package, and none is imported before it is used."""

import subprocess
import sys
from types import ModuleType

import pytest

import rompy.core.source as sources
from rompy.core.source import memory


def test_every_name_leads_to_its_class():
    for name in sources.__all__:
        assert getattr(sources, name).__name__ == name
        assert name in dir(sources)
    with pytest.raises(AttributeError, match="SourceNothing"):
        _ = sources.SourceNothing


def test_importing_the_package_imports_no_source():
    code = "import sys, rompy.core.source; heavy = ('xarray', 'pandas', 'intake', 'numpy'); "
    code += "print([m for m in sys.modules if m in heavy or m.startswith('rompy.core.source.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["SourceDataset", "SourceTimeseriesDataFrame"])
def test_sources_in_memory_say_where_they_moved(monkeypatch, name):
    monkeypatch.setitem(sys.modules, "rompy_binary_datasources", None)
    for place in (memory, sources):
        monkeypatch.delitem(vars(place), name, raising=False)
    with pytest.raises(ImportError, match="pip install rompy_binary_datasources"):
        getattr(sources, name)(obj=1)


def test_sources_in_memory_are_the_real_ones_when_installed(monkeypatch):
    package, module = ModuleType("rompy_binary_datasources"), ModuleType("rompy_binary_datasources.source")
    module.SourceDataset = type("SourceDataset", (), {})
    monkeypatch.setitem(sys.modules, "rompy_binary_datasources", package)
    monkeypatch.setitem(sys.modules, "rompy_binary_datasources.source", module)
    for place in (memory, sources):
        monkeypatch.delitem(vars(place), "SourceDataset", raising=False)
    assert sources.SourceDataset is module.SourceDataset
