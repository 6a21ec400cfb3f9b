"""Plugins with one fault each, for test_suites.py, which runs this file and looks at what fails."""

import os
import shutil
import time
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import model_serializer

from rompy.backends import BaseBackendConfig, LocalConfig
from rompy.core.config import BaseConfig
from rompy.core.launch import Launch
from rompy.core.resolve import existing
from rompy.core.source import SourceBase, SourceFile
from rompy.postprocess import BasePostprocessorConfig
from rompy.testing import (
    ConfigSuite,
    PostprocessorSuite,
    RunBackendSuite,
    SourceSuite,
    TransferSuite,
    faked_plugins,
)
from rompy.testing.fixtures import tiny_dataset, tiny_netcdf, tiny_period, tiny_run, tiny_workspace  # noqa: F401
from rompy.transfer import FileTransfer

# ruff: noqa: F811 - fixtures bear the names of what is imported


class _Config(ConfigSuite):
    cls: Any = None

    @pytest.fixture(autouse=True)
    def _known(self):
        with faked_plugins({"rompy.config": {"sloppy": self.cls}}):
            yield

    @pytest.fixture
    def config_class(self):
        return self.cls

    @pytest.fixture
    def description(self):
        return {"model_type": "sloppy"}


class Sloppy(BaseConfig):
    model_type: Literal["sloppy"] = "sloppy"
    depth: float = 2.0

    def __call__(self, runtime):
        (runtime.staging_dir / "input.txt").write_text(self.text(runtime))

    def text(self, runtime):
        return f"{self.depth}\n"


class LocalTime(Sloppy):
    def text(self, runtime):
        return time.strftime("%z")


class OwnFolder(Sloppy):
    def text(self, runtime):
        return str(runtime.staging_dir)


class HashOrder(Sloppy):
    def text(self, runtime):
        return " ".join({"m2", "s2", "n2", "k1", "o1", "p1", "q1"})


class FolderOrder(Sloppy):
    def text(self, runtime):
        return " ".join(path.name for path in Path(__file__).parent.iterdir())


class WritesBeside(Sloppy):
    def text(self, runtime):
        Path("notes.txt").write_text("made a run")
        return ""


class ChangesFolder(Sloppy):
    def text(self, runtime):
        os.chdir(runtime.staging_dir)
        return ""


class LaunchesFromHome(Sloppy):
    def launch(self):
        return Launch((str(Path.home() / "bin" / "model"),), progress="/tmp/progress")


class ForgetsWhenDumped(Sloppy):
    @model_serializer
    def _dump(self):
        return {"model_type": "sloppy"}


class Hoards(Sloppy):
    model_config = {"extra": "forbid"}

    def __str__(self):
        return object.__repr__(self)


class TestGoodConfig(_Config):
    cls = Sloppy


class TestLocalTime(_Config):
    cls = LocalTime


class TestOwnFolder(_Config):
    cls = OwnFolder


class TestHashOrder(_Config):
    cls = HashOrder


class TestFolderOrder(_Config):
    cls = FolderOrder


class TestWritesBeside(_Config):
    cls = WritesBeside


class TestChangesFolder(_Config):
    cls = ChangesFolder


class TestLaunchesFromHome(_Config):
    cls = LaunchesFromHome


class TestForgetsWhenDumped(_Config):
    cls = ForgetsWhenDumped

    @pytest.fixture
    def description(self):
        return {"model_type": "sloppy", "depth": 3.0}


class TestPrintsAnObject(_Config):
    cls = Hoards


class TestWrongEntryPoint(_Config):
    cls = Sloppy

    @pytest.fixture
    def config_class(self):
        return LocalTime

    @pytest.fixture
    def description(self):
        return {"model_type": "sloppy"}

    @pytest.fixture(autouse=True)
    def _known(self):
        with faked_plugins({"rompy.config": {"sloppy": Sloppy}}):
            yield


class _Source(SourceSuite):
    cls: Any = None

    @pytest.fixture(autouse=True)
    def _known(self):
        with faked_plugins({"rompy.source": {"sloppy": self.cls}}):
            yield

    @pytest.fixture
    def source_class(self):
        return self.cls

    @pytest.fixture
    def description(self, tiny_netcdf):
        return {"model_type": "sloppy", "uri": str(tiny_netcdf)}

    @pytest.fixture
    def missing(self, tmp_path):
        return {"model_type": "sloppy", "uri": str(tmp_path / "nothing.nc")}


class SloppySource(SourceBase):
    model_type: Literal["sloppy"] = "sloppy"
    uri: str

    def _open(self):
        import xarray as xr

        return xr.open_dataset(existing(self.uri))


class ReadsEverything(SloppySource):
    def _open(self):
        return super()._open().load()


class LeavesAFileOpen(SloppySource):
    def _open(self):
        _left.append(Path(existing(self.uri)).open("rb"))  # noqa: SIM115
        return super()._open()


_left = []


class HidesWhatIsMissing(SloppySource):
    def _open(self):
        import xarray as xr

        return super()._open() if Path(self.uri).exists() else xr.Dataset()


class ChangesItself(SloppySource):
    times_opened: int = 0

    def _open(self):
        self.times_opened += 1
        return super()._open()


class KeepsOneDataset(SloppySource):
    """Hands out what its users change."""

    def open(self, variables=(), filters=None, **kwargs):
        if self.uri not in _kept:
            _kept[self.uri] = SourceFile(uri=self.uri).open().load()
            _kept[self.uri].close()
        return _kept[self.uri] if not variables and not filters else super().open(variables, filters)


_kept = {}


class TestGoodSource(_Source):
    cls = SloppySource


class TestReadsEverything(_Source):
    cls = ReadsEverything


class TestLeavesAFileOpen(_Source):
    cls = LeavesAFileOpen

    @pytest.fixture(autouse=True)
    def _closed(self):
        yield
        while _left:
            _left.pop().close()


class TestHidesWhatIsMissing(_Source):
    cls = HidesWhatIsMissing


class TestChangesItself(_Source):
    cls = ChangesItself


class TestKeepsOneDataset(_Source):
    cls = KeepsOneDataset


class YesBackend:
    def run(self, model_run, config, workspace_dir=None):
        return True


class YesConfig(BaseBackendConfig):
    command: str | None = None

    def get_backend_class(self):
        return YesBackend


class TestSaysYes(RunBackendSuite):
    patience = 0.2

    @pytest.fixture
    def make_settings(self):
        return YesConfig


class ChdirConfig(LocalConfig):
    def get_backend_class(self):
        return ChdirBackend


class ChdirBackend(LocalConfig().get_backend_class()):
    def run(self, model_run, config, workspace_dir=None):
        os.environ.update(config.env_vars)
        return super().run(model_run, config, workspace_dir)


class TestChangesTheEnvironment(RunBackendSuite):
    @pytest.fixture(autouse=True)
    def _known(self):
        points = {"rompy.run": {"chdir": ChdirBackend}, "rompy.backend.config": {"chdir": ChdirConfig}}
        with faked_plugins(points), pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "environ", os.environ.copy())
            yield

    @pytest.fixture
    def make_settings(self):
        return ChdirConfig


class Optimist:
    def process(self, model_run, **settings):
        return {"success": True}


class Mover:
    def process(self, model_run, **settings):
        folder = model_run.staging_dir
        (folder / "out.nc").rename(folder / "processed.nc")
        return {"success": True}


class OptimistConfig(BasePostprocessorConfig):
    type: Literal["sloppy"] = "sloppy"

    def get_postprocessor_class(self):
        return Optimist


class MoverConfig(OptimistConfig):
    def get_postprocessor_class(self):
        return Mover


class _Processor(PostprocessorSuite):
    cls: Any = None

    @pytest.fixture(autouse=True)
    def _known(self):
        with faked_plugins({"rompy.postprocess.config": {"sloppy": self.cls}}):
            yield

    @pytest.fixture
    def settings(self):
        return self.cls()

    @pytest.fixture
    def finished_run(self, tiny_run, tiny_workspace):
        (tiny_workspace / "out.nc").write_bytes(b"output")
        return tiny_run


class TestOptimist(_Processor):
    cls = OptimistConfig


class TestMover(_Processor):
    cls = MoverConfig


class Careless(FileTransfer):
    """Copies straight to the target."""

    def get(self, uri, destdir, name=None, link=False):
        target = Path(destdir) / (name or Path(uri).name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if link:
            target.unlink(missing_ok=True)
            target.symlink_to(uri)
        elif Path(uri).is_dir():
            shutil.copytree(uri, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(uri, target)
        return target


class TestCareless(TransferSuite):
    can = frozenset({"exists", "list", "put", "delete", "stat", "link"})

    @pytest.fixture(autouse=True)
    def _known(self):
        with faked_plugins({"rompy.transfer": {"file": Careless}}):
            yield

    @pytest.fixture
    def transfer(self):
        return Careless()

    @pytest.fixture
    def root(self, tmp_path):
        (tmp_path / "other").mkdir()
        return str(tmp_path / "other")

    @pytest.fixture
    def seed(self, root):
        def put(name, content):
            path = Path(root, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            return str(path)

        return put
