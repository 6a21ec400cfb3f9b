"""What every transfer must do, and what it must say when it cannot."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from rompy import plugins
from rompy.errors import RompyError
from rompy.testing.folder import contents
from rompy.transfer import TransferBase, UnsupportedOperation, get_transfer, join_prefix, parse_scheme

Seed = Callable[[str, bytes], str]

NAMES = ("plain.nc", "two words.nc", 'it\'s "quoted".nc', "Größe-水深.nc", "100%41.nc", "a+b&c=d.nc")
"""File names that are legal everywhere and that careless code trips over."""
CONTENT = bytes(range(256)) * 300
"""Neither text nor of a round length."""


class TransferSuite:
    """Tests of a subclass of TransferBase.

    Places are made below ``root`` by ``seed``, which must not go through the transfer under test.
    """

    can: ClassVar[frozenset[str]] = frozenset({"exists", "list", "put", "delete", "stat"})
    """Operations besides ``get`` that are supported; add ``link`` for local files. The others must refuse."""
    names: ClassVar[tuple[str, ...]] = NAMES
    """File names to try; leave out what the place itself does not allow."""

    @pytest.fixture
    def transfer(self) -> TransferBase:
        """The transfer under test."""
        raise NotImplementedError("supply a fixture `transfer`")

    @pytest.fixture
    def root(self) -> str:
        """Address of an empty folder at the other end."""
        raise NotImplementedError("supply a fixture `root`")

    @pytest.fixture
    def seed(self) -> Seed:
        """A function of a name relative to ``root`` and bytes that puts a file there and returns its address."""
        raise NotImplementedError("supply a fixture `seed`")

    @pytest.fixture
    def local(self, tmp_path: Path) -> Path:
        """A local folder that does not exist yet."""
        return tmp_path / "a new" / "folder"

    @pytest.fixture
    def local_file(self, tmp_path: Path) -> Path:
        """A local file to send."""
        path = tmp_path / "to send.nc"
        path.write_bytes(CONTENT)
        return path

    def need(self, operation: str) -> None:
        """Skip the test when the transfer does not offer an operation."""
        if operation not in self.can:
            pytest.skip(f"does not offer {operation}")

    def test_is_found_by_its_scheme(self, transfer: TransferBase, root: str) -> None:
        names = [plugin.name.lower() for plugin in plugins.entries("rompy.transfer")]
        assert parse_scheme(root) in names, (
            "no entry point in the group rompy.transfer has the name of the scheme"
        )
        assert type(get_transfer(root)) is type(transfer)

    def test_get_brings_every_byte_into_a_folder_that_it_makes(
        self, transfer: TransferBase, seed: Seed, local: Path
    ) -> None:
        path = transfer.get(seed("data.nc", CONTENT), local)
        assert path == local / "data.nc"
        assert path.read_bytes() == CONTENT

    def test_get_of_an_empty_file(self, transfer: TransferBase, seed: Seed, local: Path) -> None:
        assert transfer.get(seed("empty.nc", b""), local).read_bytes() == b""

    def test_get_under_another_name(self, transfer: TransferBase, seed: Seed, local: Path) -> None:
        path = transfer.get(seed("data.nc", CONTENT), local, name="hgrid two.gr3")
        assert contents(local).keys() == {"hgrid two.gr3"}
        assert path.read_bytes() == CONTENT

    def test_get_accepts_the_folder_as_text(self, transfer: TransferBase, seed: Seed, local: Path) -> None:
        assert transfer.get(seed("data.nc", CONTENT), str(local)).read_bytes() == CONTENT

    def test_names_with_blanks_quotes_and_letters_of_all_languages(
        self, transfer: TransferBase, seed: Seed, local: Path
    ) -> None:
        for name in self.names:
            path = transfer.get(seed(name, name.encode()), local)
            assert (path.name, path.read_bytes()) == (name, name.encode())

    @pytest.mark.parametrize("name", ["../escaped", "/escaped", "a/../../escaped", ""])
    def test_a_name_cannot_lead_out_of_the_folder(
        self, name: str, transfer: TransferBase, seed: Seed, local: Path
    ) -> None:
        address = seed("data.nc", CONTENT)
        with pytest.raises((RompyError, ValueError)):
            transfer.get(address, local, name=name)
        assert contents(local.parent) == {}

    def test_what_is_missing_raises_and_leaves_nothing(
        self, transfer: TransferBase, root: str, local: Path
    ) -> None:
        with pytest.raises(FileNotFoundError, match="nothing here"):
            transfer.get(join_prefix(root, "nothing here"), local)
        assert contents(local) == {}

    def test_a_failed_get_leaves_a_former_file_as_it_was(
        self, transfer: TransferBase, root: str, local: Path
    ) -> None:
        local.mkdir(parents=True)
        (local / "data.nc").write_bytes(b"")
        with pytest.raises(FileNotFoundError):
            transfer.get(join_prefix(root, "nothing"), local, name="data.nc")
        assert [p.name for p in local.iterdir()] == ["data.nc"]

    def test_get_replaces_a_link_and_does_not_write_through_it(
        self, transfer: TransferBase, seed: Seed, local: Path
    ) -> None:
        local.mkdir(parents=True)
        precious = local.parent / "precious"
        precious.write_bytes(b"")
        (local / "data.nc").symlink_to(precious)
        transfer.get(seed("data.nc", CONTENT), local)
        assert precious.read_bytes() == b""
        assert not (local / "data.nc").is_symlink()

    def test_getting_does_not_change_what_is_there(
        self, transfer: TransferBase, seed: Seed, local: Path
    ) -> None:
        address = seed("data.nc", CONTENT)
        transfer.get(address, local)
        assert transfer.get(address, local / "again").read_bytes() == CONTENT

    def test_get_of_a_folder_brings_everything_in_it(
        self, transfer: TransferBase, root: str, seed: Seed, local: Path
    ) -> None:
        self.need("list")
        seed("folder/a.nc", b"a")
        seed("folder/deep er/b.nc", b"b")
        seed("folder2/c.nc", b"c")
        path = transfer.get(join_prefix(root, "folder"), local)
        assert path == local / "folder"
        assert contents(local).keys() == {"folder/a.nc", "folder/deep er/b.nc"}

    def test_a_folder_that_is_fetched_again_is_replaced(
        self, transfer: TransferBase, root: str, seed: Seed, local: Path
    ) -> None:
        self.need("list")
        seed("folder/a.nc", b"a")
        transfer.get(join_prefix(root, "folder"), local)
        seed("folder/a.nc", b"another")
        seed("folder/b.nc", b"b")
        path = transfer.get(join_prefix(root, "folder"), local)
        assert contents(local).keys() == {"folder/a.nc", "folder/b.nc"}
        assert (path / "a.nc").read_bytes() == b"another"

    def test_a_folder_with_files_of_somebody_else_is_not_replaced(
        self, transfer: TransferBase, root: str, seed: Seed, local: Path
    ) -> None:
        address = seed("folder/a.nc", b"a")
        mine = local / "folder" / "mine.nc"
        mine.parent.mkdir(parents=True)
        mine.write_bytes(b"mine")
        with pytest.raises(RompyError, match=r"mine\.nc"):
            transfer.get(address, local, name="folder")
        if "list" in self.can:
            with pytest.raises(RompyError, match=r"mine\.nc"):
                transfer.get(join_prefix(root, "folder"), local)
        assert contents(local).keys() == {"folder/mine.nc"}

    def test_a_link_leads_to_the_source_or_is_refused(
        self, transfer: TransferBase, seed: Seed, local: Path
    ) -> None:
        address = seed("data.nc", CONTENT)
        if "link" not in self.can:
            with pytest.raises(UnsupportedOperation):
                transfer.get(address, local, link=True)
            assert contents(local) == {}
            return
        path = transfer.get(address, local, link=True)
        assert path.is_symlink()
        assert not os.path.isabs(os.readlink(path)), "an absolute link breaks when both are moved together"  # noqa: PTH115, PTH117
        assert path.read_bytes() == CONTENT

    def test_linking_never_destroys_the_source(self, transfer: TransferBase, seed: Seed, local: Path) -> None:
        self.need("link")
        address = seed("data.nc", CONTENT)
        first = transfer.get(address, local, link=True)
        assert transfer.get(address, local, link=True) == first
        assert transfer.get(str(first), local, link=True).read_bytes() == CONTENT
        assert transfer.get(address, local).read_bytes() == CONTENT
        assert transfer.get(address, local / "again").read_bytes() == CONTENT

    def test_exists(self, transfer: TransferBase, root: str, seed: Seed) -> None:
        self.need("exists")
        address = seed("folder/data.nc", CONTENT)
        assert transfer.exists(address)
        assert transfer.exists(join_prefix(root, "folder"))
        assert not transfer.exists(join_prefix(root, "nothing"))
        assert not transfer.exists(join_prefix(root, "folder/data"))

    def test_list_gives_sorted_addresses_that_can_be_used(
        self, transfer: TransferBase, root: str, seed: Seed, local: Path
    ) -> None:
        self.need("list")
        addresses = [seed(f"folder/{name}", name.encode()) for name in self.names]
        seed("folder/deeper/e.nc", b"")
        found = transfer.list(join_prefix(root, "folder"))
        assert found == sorted(found)
        assert len(found) == len(addresses) + 1, "what lies deeper is not listed"
        files = [address for address in found if not address.rstrip("/").endswith("deeper")]
        assert {transfer.get(address, local).read_bytes() for address in files} == {
            n.encode() for n in self.names
        }

    def test_list_of_a_file_is_the_file(self, transfer: TransferBase, seed: Seed) -> None:
        self.need("list")
        address = seed("data.nc", CONTENT)
        assert transfer.list(address) == [address]

    def test_list_of_nothing_raises(self, transfer: TransferBase, root: str) -> None:
        self.need("list")
        with pytest.raises(FileNotFoundError):
            transfer.list(join_prefix(root, "nothing"))

    def test_put_makes_folders_and_returns_the_address(
        self, transfer: TransferBase, root: str, local_file: Path, local: Path
    ) -> None:
        self.need("put")
        address = join_prefix(root, "made/for it/data.nc")
        assert transfer.put(local_file, address) == address
        assert transfer.get(address, local).read_bytes() == CONTENT
        assert local_file.read_bytes() == CONTENT

    def test_put_replaces_a_file(
        self, transfer: TransferBase, seed: Seed, local_file: Path, local: Path
    ) -> None:
        self.need("put")
        address = seed("data.nc", b"a former file that is longer" * 10_000)
        transfer.put(local_file, address)
        assert transfer.get(address, local).read_bytes() == CONTENT

    def test_put_below_an_address_that_ends_with_a_slash(
        self, transfer: TransferBase, root: str, local_file: Path, local: Path
    ) -> None:
        self.need("put")
        address = transfer.put(local_file, join_prefix(root, "folder") + "/")
        assert address == join_prefix(root, f"folder/{local_file.name}")
        assert transfer.get(address, local).name == local_file.name

    def test_put_of_a_folder_keeps_other_files_there(
        self, transfer: TransferBase, root: str, seed: Seed, tmp_path: Path, local: Path
    ) -> None:
        self.need("put")
        seed("folder/other.nc", b"other")
        seed("folder/a.nc", b"old")
        (tmp_path / "sent" / "deep er").mkdir(parents=True)
        (tmp_path / "sent" / "a.nc").write_bytes(b"new")
        (tmp_path / "sent" / "deep er" / "b.nc").write_bytes(b"b")
        transfer.put(tmp_path / "sent", join_prefix(root, "folder"))
        folder = transfer.get(join_prefix(root, "folder"), local)
        assert contents(folder).keys() == {"a.nc", "other.nc", "deep er/b.nc"}
        assert (folder / "a.nc").read_bytes() == b"new"

    def test_put_of_what_is_missing_raises(self, transfer: TransferBase, root: str, tmp_path: Path) -> None:
        self.need("put")
        address = join_prefix(root, "data.nc")
        with pytest.raises(FileNotFoundError):
            transfer.put(tmp_path / "nothing", address)
        if "exists" in self.can:
            assert not transfer.exists(address)

    def test_delete_of_a_file(self, transfer: TransferBase, root: str, seed: Seed) -> None:
        self.need("delete")
        address, other = seed("folder/data.nc", CONTENT), seed("folder/data.nc.old", b"")
        transfer.delete(address)
        assert (transfer.exists(address), transfer.exists(other)) == (False, True)

    def test_delete_of_a_full_folder_must_be_meant(
        self, transfer: TransferBase, root: str, seed: Seed
    ) -> None:
        self.need("delete")
        inside, beside = seed("folder/data.nc", CONTENT), seed("folder2/data.nc", CONTENT)
        folder = join_prefix(root, "folder")
        with pytest.raises(RompyError, match="recursive"):
            transfer.delete(folder)
        assert transfer.exists(inside)
        transfer.delete(folder, recursive=True)
        assert (transfer.exists(inside), transfer.exists(beside)) == (False, True)

    def test_delete_of_nothing_raises(self, transfer: TransferBase, root: str) -> None:
        self.need("delete")
        with pytest.raises(FileNotFoundError):
            transfer.delete(join_prefix(root, "nothing"))

    def test_stat_of_a_file_and_a_folder(self, transfer: TransferBase, root: str, seed: Seed) -> None:
        self.need("stat")
        address = seed("folder/data.nc", CONTENT)
        found = transfer.stat(address)
        assert (found["uri"], found["type"], found["size"]) == (address, "file", len(CONTENT))
        assert _is_utc(found["modified"])
        assert transfer.stat(join_prefix(root, "folder"))["type"] == "directory"

    def test_stat_of_nothing_raises(self, transfer: TransferBase, root: str) -> None:
        self.need("stat")
        with pytest.raises(FileNotFoundError):
            transfer.stat(join_prefix(root, "nothing"))

    def test_what_is_not_supported_says_so(self, transfer: TransferBase, root: str, local_file: Path) -> None:
        for operation in sorted({"exists", "list", "put", "delete", "stat"} - self.can):
            arguments: list[Any] = [local_file] if operation == "put" else []
            with pytest.raises(UnsupportedOperation, match=operation) as caught:
                getattr(transfer, operation)(*arguments, join_prefix(root, "data.nc"))
            assert (caught.value.scheme, caught.value.operation) == (parse_scheme(root), operation)


def _is_utc(moment: datetime | None) -> bool:
    return moment is None or moment.utcoffset() == timedelta(0)
