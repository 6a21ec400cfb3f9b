"""Oceanum storage asks for its token before anything else."""

import sys
from importlib.util import find_spec

import pytest

from rompy.errors import PluginError, TransferError
from rompy.transfer import OceanumTransfer


def test_a_missing_token_is_said_when_it_is_made(monkeypatch):
    monkeypatch.delenv("DATAMESH_TOKEN", raising=False)
    with pytest.raises(TransferError, match="DATAMESH_TOKEN"):
        OceanumTransfer()


def test_a_missing_package_is_named_with_its_extra(monkeypatch, tmp_path):
    monkeypatch.setenv("DATAMESH_TOKEN", "geheim")
    if find_spec("oceanum") is not None:
        monkeypatch.setitem(sys.modules, "oceanum.storage", None)
    with pytest.raises(PluginError, match=r'pip install "rompy\[oceanum\]"') as caught:
        OceanumTransfer().get("oceanum://folder/x.nc", tmp_path)
    assert "geheim" not in str(caught.value)
