"""Distributions in use are those of which something was imported."""

import json
import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from rompy.manifest import distributions


def _run(program, **env):
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


TELL = "import json, rompy.manifest.distributions as d; print(json.dumps(d.in_use()))"


def test_only_what_was_imported_is_in_use(tmp_path):
    env = {"ROMPY_CACHE_DIR": str(tmp_path)}
    few, more = (
        _run(TELL, **env),
        _run(f"import yaml, numpy; {TELL}" if _has("yaml") else f"import numpy; {TELL}", **env),
    )
    assert "numpy" not in few
    assert more["numpy"] == metadata.version("numpy")
    assert few["rompy"] == metadata.version("rompy")
    assert set(few) <= set(more)
    assert (tmp_path / "distributions.json").is_file()


def test_names_are_those_of_the_distributions_and_not_of_the_modules(tmp_path):
    found = _run(f"import ruamel.yaml, typing_extensions, dateutil; {TELL}", ROMPY_CACHE_DIR=str(tmp_path))
    assert {"ruamel-yaml", "typing-extensions", "python-dateutil"} <= set(found)


def _has(module):
    from importlib.util import find_spec

    return find_spec(module) is not None


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder of installed distributions on the path, alone."""
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "site"
    folder.mkdir()

    def install(name, version, *files, **more):
        info = folder / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
        for file, text in more.items():
            (info / file.replace("__", ".")).write_text(text)

    monkeypatch.setattr(sys, "path", [str(folder)])
    return install


def test_packages_that_share_a_namespace_are_told_apart(place, monkeypatch):
    place("Cloud_A", "1", "cloud/a/__init__.py")
    place("cloud-b", "2", "cloud/b/__init__.py", "single.py")
    monkeypatch.setattr(sys, "modules", {"cloud": None, "cloud.a.x": None})
    assert distributions.in_use() == {"cloud-a": "1"}
    monkeypatch.setattr(sys, "modules", {"single": None})
    assert distributions.in_use() == {"cloud-b": "2"}


def test_what_is_installed_later_is_seen(place, monkeypatch):
    monkeypatch.setattr(sys, "modules", {"new": None})
    assert distributions.in_use() == {}
    place("new-one", "3.1", "new/__init__.py")
    assert distributions.in_use() == {"new-one": "3.1"}
    assert distributions.installed_versions() == {"new-one": "3.1"}


def test_another_build_of_a_version_is_told_apart(place):
    place("one", "1", "one/__init__.py")
    first = distributions.builds_sha256()
    assert distributions.builds_sha256() == first
    shutil.rmtree(next(Path(sys.path[0]).glob("one-1.dist-info")))
    place("one", "1", "one/__init__.py", "one/more.py")
    os.utime(sys.path[0], (1, 1))  # the clock of the file system need not have moved on
    assert distributions.builds_sha256() != first
    assert distributions.installed_versions() == {"one": "1"}


def test_editable_ones_are_known_by_their_folder(place, tmp_path):
    url = {"url": (tmp_path / "my code").as_uri(), "dir_info": {"editable": True}}
    place("mine", "0", direct_url__json=json.dumps(url), entry_points__txt="[x]\na = minelib.sub:Thing\n")
    place("other", "0", direct_url__json='{"url": "https://x", "archive_info": {}}')
    place("broken", "0", direct_url__json="{")
    assert distributions.editable() == {"mine": tmp_path / "my code"}


def test_a_damaged_memory_is_made_anew(place, monkeypatch, tmp_path):
    place("new-one", "3.1", "new/__init__.py")
    monkeypatch.setattr(sys, "modules", {"new": None})
    for text in ("{", "[]", '{"key": 1}'):
        (tmp_path / "cache").mkdir(exist_ok=True)
        Path(tmp_path / "cache" / "distributions.json").write_text(text)
        assert distributions.in_use() == {"new-one": "3.1"}
