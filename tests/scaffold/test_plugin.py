"""A plugin package comes out ready to install, and its tests pass at once."""

import os
import re
import subprocess
import sys
import sysconfig
from importlib.util import find_spec

import pytest

from rompy.errors import ConfigError, WorkspaceError
from rompy.scaffold.plugin import PluginNames, make_plugin
from rompy.testing import contents


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("waves", ("rompy-waves", "rompy_waves", "waves", "Waves")),
        ("Wave-Watcher", ("rompy-wave-watcher", "rompy_wave_watcher", "wave_watcher", "WaveWatcher")),
        ("rompy_delft3d", ("rompy-delft3d", "rompy_delft3d", "delft3d", "Delft3d")),
        ("a.b__c", ("rompy-a-b-c", "rompy_a_b_c", "a_b_c", "ABC")),
        ("class", ("rompy-class", "rompy_class", "class", "Class")),
    ],
)
def test_names_follow_from_one(given, names):
    found = PluginNames.of(given)
    assert (found.distribution, found.package, found.tag, found.title) == names


@pytest.mark.parametrize(
    "name", ["", "3d", "-x", "x-", "two words", "größe", "../x", "a/b", "x;rm", "rompy-", "x" + "\n"]
)
def test_names_that_packages_cannot_have_are_refused(name, tmp_path):
    with pytest.raises(ConfigError, match="cannot be called"):
        make_plugin(name, tmp_path)
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("name", ["anuga", "Base", "rompy-swan", "shel"])
def test_names_of_known_plugins_are_refused(name, tmp_path):
    with pytest.raises(ConfigError, match="is taken"):
        make_plugin(name, tmp_path)


@pytest.mark.parametrize("kind", ["folder", "file", "dead link"])
def test_what_exists_is_left_as_it_is(kind, tmp_path):
    folder = tmp_path / "rompy-waves"
    if kind == "folder":
        folder.mkdir()
        (folder / "mine.txt").write_text("mine")
    elif kind == "file":
        folder.write_text("mine")
    else:
        folder.symlink_to("nowhere")
    before = contents(tmp_path)
    with pytest.raises(WorkspaceError, match="exists already"):
        make_plugin("waves", tmp_path)
    assert contents(tmp_path) == before


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(WorkspaceError, match="cannot be made"):
        make_plugin("waves", tmp_path / "file")


def test_nothing_bears_the_name_of_the_template(tmp_path):
    folder = make_plugin("wave-watcher", tmp_path)
    for path in folder.rglob("*"):
        assert "mymodel" not in path.name.lower()
        assert path.is_dir() or "mymodel" not in path.read_text().lower()
    assert (folder / "src/rompy_wave_watcher/templates/wave_watcher/{{runtime.staging_dir}}").is_dir()


def test_two_plugins_of_one_name_are_the_same_to_the_byte(tmp_path):
    first, second = make_plugin("waves", tmp_path / "a"), make_plugin("waves", tmp_path / "b")
    assert contents(first) == contents(second)


def _needed(*modules):
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        reason = f"THE NEW PLUGIN IS NOT INSTALLED: needs {', '.join(missing)} (the extra `test` has them)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


def _call(*arguments, cwd):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "PIP_"))}
    done = subprocess.run(
        list(map(str, arguments)),
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, f"{arguments}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder of a new plugin, and the Python of an environment of its own that it is installed in."""
    _needed("pip", "hatchling", "editables", "pytest")
    root = tmp_path_factory.mktemp("plugin")
    folder = make_plugin("wave-watcher", root)
    _call(sys.executable, "-m", "venv", "--without-pip", root / "venv", cwd=root)
    python = root / "venv" / "bin" / "python"
    packages = _call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=root).strip()
    # The environment sees what this one has, editable installs included, and keeps to itself what is installed in it.
    ours = sysconfig.get_path("purelib")
    (root.joinpath(packages) / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--no-index")
    _call(sys.executable, "-m", "pip", "--python", python, "install", *options, "-e", folder, cwd=root)
    return folder, python


def test_its_own_tests_pass_at_once(installed):
    folder, python = installed
    told = _call(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=folder)
    assert re.search(r"\d\d passed, 1 skipped in", told), told  # a table has nothing to be lazy about


def test_its_example_runs_from_the_command_line(installed):
    folder, python = installed
    assert "wave_watcher" in _call(python, "-m", "rompy", "plugins", "rompy.config", cwd=folder)
    _call(python, "-m", "rompy", "run", "examples/waves.yml", cwd=folder)
    lines = (folder / "simulations" / "waves" / "waves.csv").read_text().splitlines()
    assert lines[0] == "time,hs,tp"
    assert len(lines) == 6


def test_its_code_passes_its_own_linter(installed):
    _needed("ruff")
    folder, _ = installed
    _call(sys.executable, "-m", "ruff", "check", "--no-cache", ".", cwd=folder)
    _call(sys.executable, "-m", "ruff", "format", "--no-cache", "--check", ".", cwd=folder)
