"""Names of files become paths, and files that are not there are explained."""

import subprocess
import sys
from pathlib import Path

import pytest

from rompy.core.resolve import existing, resolve
from rompy.errors import ConfigError, MissingFileError, TransferError


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("a/b.nc", "a/b.nc"),
        (Path("a/b.nc"), "a/b.nc"),
        ("file:///a/b%20c.nc", "/a/b c.nc"),
        ("file://localhost/a.nc", "/a.nc"),
        ("file://./a.nc", "a.nc"),
        ("file://../a.nc", "../a.nc"),
        ("with%20percent.nc", "with%20percent.nc"),
    ],
)
def test_paths(uri, path):
    assert resolve(uri) == Path(path)


def test_relative_paths_start_at_the_base(tmp_path):
    assert resolve("a.nc", tmp_path) == tmp_path / "a.nc"
    assert resolve("/a.nc", tmp_path) == Path("/a.nc")
    assert resolve("~/a.nc", tmp_path) == Path.home() / "a.nc"


@pytest.mark.parametrize("uri", ["https://example.org/a.nc", "s3://bucket/a", "oceanum://x"])
def test_other_schemes_are_left_alone(uri):
    assert existing(uri) == resolve(uri) == uri


def test_files_of_other_machines_are_refused():
    with pytest.raises(TransferError, match=r"(?s)machine 'data'.*file:///data/a.nc"):
        resolve("file://data/a.nc")


def test_files_that_a_package_brings():
    path = existing("package://rompy/core/resolve.py")
    assert Path(path).name == "resolve.py"


def test_a_package_is_not_imported_for_its_files(tmp_path):
    package = tmp_path / "loud"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('imported')")
    (package / "table.txt").write_text("1")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from rompy.core.resolve import existing; "
    code += "print(existing('package://loud/table.txt'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(package / "table.txt")


def test_a_missing_package_says_what_to_install():
    with pytest.raises(
        MissingFileError, match=r"(?s)'no_such_thing', which is not installed.*pip install no_such_thing"
    ):
        resolve("package://no_such_thing/a.nc")


def test_a_missing_package_of_an_extra_names_the_extra(monkeypatch):
    monkeypatch.setattr("rompy.core.resolve.find_spec", lambda name: None)
    with pytest.raises(MissingFileError, match=r'pip install "rompy\[anuga\]"'):
        resolve("package://anuga/parallel/data/mesh.tsh")


@pytest.mark.parametrize(
    "uri", ["package://", "package://rompy", "package://rompy/../x", "package:///etc/passwd"]
)
def test_names_that_leave_the_package_are_refused(uri):
    with pytest.raises(ConfigError, match="names no file in a package"):
        resolve(uri)


def test_a_missing_file_is_explained_by_its_neighbours(tmp_path):
    (tmp_path / "era5-2023.nc").touch()
    (tmp_path / "other.txt").touch()
    with pytest.raises(
        MissingFileError, match=r"(?s)there is no file .*era5_2023\.nc.*there is: era5-2023\.nc"
    ) as caught:
        existing("era5_2023.nc", tmp_path)
    assert "other" not in str(caught.value)
    assert isinstance(caught.value, FileNotFoundError)


def test_a_missing_folder_is_told_from_a_missing_file(tmp_path):
    with pytest.raises(MissingFileError, match=f"no folder {tmp_path / 'a/b'}; it ends at {tmp_path}"):
        existing(tmp_path / "a/b/c.nc")
