"""The built-in transfers keep what rompy.testing demands of every transfer."""

import os
from urllib.parse import quote

import fsspec
import pytest

from rompy.testing import TransferSuite, faked_plugins
from rompy.transfer import CloudTransfer, FileTransfer, HttpTransfer
from rompy.transfer.remote import RemoteTransfer

ALL = frozenset({"exists", "list", "put", "delete", "stat"})


class TestFileTransfer(TransferSuite):
    can = ALL | {"link"}

    @pytest.fixture
    def transfer(self):
        return FileTransfer()

    @pytest.fixture
    def place(self, tmp_path):
        place = tmp_path / "the other end"
        place.mkdir()
        return place

    @pytest.fixture
    def root(self, place):
        return str(place)

    @pytest.fixture
    def seed(self, place):
        def put(name, content):
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            return str(path)

        return put


class TestFileTransferByUri(TestFileTransfer):
    @pytest.fixture
    def root(self, place):
        return place.as_uri()

    @pytest.fixture
    def seed(self, place):
        def put(name, content):
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            return "file://" + quote(os.fspath(path))

        return put


class TestHttpTransfer(TransferSuite):
    can = frozenset()

    @pytest.fixture
    def transfer(self):
        return HttpTransfer()

    @pytest.fixture
    def root(self, web):
        return web.url

    @pytest.fixture
    def seed(self, web):
        return web.put


class MemoryTransfer(RemoteTransfer):
    """The common part of all remote transfers, on a store that lives in this process."""

    def _filesystem(self, scheme):
        return fsspec.filesystem("memory")


class TestRemoteTransfer(TransferSuite):
    can = ALL

    @pytest.fixture(autouse=True)
    def _registered(self):
        with faked_plugins({"rompy.transfer": {"memory": MemoryTransfer}}):
            yield
        fsspec.filesystem("memory").store.clear()

    @pytest.fixture
    def transfer(self):
        return MemoryTransfer()

    @pytest.fixture
    def root(self):
        return "memory://store/place"

    @pytest.fixture
    def seed(self, root):
        def put(name, content):
            fsspec.filesystem("memory").pipe_file(f"/store/place/{name}", content)
            return f"{root}/{name}"

        return put


class TestCloudTransferToS3(TransferSuite):
    can = ALL

    @pytest.fixture
    def transfer(self, s3):
        return CloudTransfer()

    @pytest.fixture
    def root(self, s3):
        return "s3://bucket/some place"

    @pytest.fixture
    def seed(self, s3, root):
        def put(name, content):
            s3.pipe_file(f"bucket/some place/{name}", content)
            return f"{root}/{name}"

        return put
