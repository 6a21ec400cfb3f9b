"""Writes a minimal root file system as a tar archive, from files that this machine has: no network, a second or two.

Usage: python minimal_root.py OUTPUT.tar [--python [PROGRAM]] [--library NAME ...] [--mpi FOLDER]

It holds the static busybox with all its commands, users root and model; with ``--python`` the distribution's Python, or
the one whose program is given, and its standard library; with ``--library`` shared libraries of the system, such as
libz.so.1; with ``--mpi`` the launcher of the MPI that is installed in FOLDER (its ``bin``).
"""

import argparse
import io
import re
import shutil
import struct
import subprocess
import tarfile
from pathlib import Path

PASSWD = "root:x:0:0:root:/root:/bin/sh\nmodel:x:4321:4321:model:/tmp:/bin/sh\n"
UTC = b"TZif" + bytes(16) + struct.pack(">6l", 0, 0, 0, 0, 1, 4) + struct.pack(">lbb", 0, 0, 0) + b"UTC\0"
"""The time zone that programs ask for even when they want none (RFC 8536, version 1)."""
GROUP = "root:x:0:\nmodel:x:4321:\n"
UNUSED = {
    *("__pycache__", "test", "idlelib", "lib2to3", "ensurepip", "tkinter", "turtledemo", "pydoc_data"),
    *("dist-packages", "site-packages", "EXTERNALLY-MANAGED"),
}
PYTHON = Path("/usr/bin/python3")
FOLDERS = {
    "tmp": 0o1777,
    "root": 0o700,
    "proc": 0o755,
    "sys": 0o755,
    "dev": 0o755,
    "app": 0o755,
    "usr/local/bin": 0o755,
}


class Root:
    """The archive under construction. ``/bin``, ``/lib`` ... are links into ``/usr``, as in Debian."""

    def __init__(self, tar):
        self.tar = tar
        self.done = set()
        for name, mode in {
            "usr/bin": 0o755,
            "usr/lib": 0o755,
            "usr/lib64": 0o755,
            "etc": 0o755,
            **FOLDERS,
        }.items():
            self.folder(name, mode)
        for name in ("bin", "lib", "lib64"):
            self.link(name, f"usr/{name}")
        self.link("sbin", "usr/bin")
        self.text("etc/passwd", PASSWD)
        self.text("etc/group", GROUP)
        self.data("usr/share/zoneinfo/UTC", UTC)

    def folder(self, name, mode=0o755):
        info = tarfile.TarInfo(name)
        info.type, info.mode = tarfile.DIRTYPE, mode
        self._add(info)

    def link(self, name, target):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = tarfile.SYMTYPE, target
        self._add(info)

    def text(self, name, text, mode=0o644):
        self.data(name, text.encode(), mode)

    def data(self, name, data, mode=0o644):
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(data), mode
        self._add(info, io.BytesIO(data))

    def file(self, path, name=None):
        """A file of this machine, links followed."""
        path = Path(path)
        name = (name or _merged(path)).lstrip("/")
        info = self.tar.gettarinfo(str(path.resolve()), name)
        info.uid = info.gid = 0
        info.type, info.linkname, info.size = tarfile.REGTYPE, "", path.stat().st_size
        with path.open("rb") as file:
            self._add(info, file)

    def program(self, path, name=None):
        """A file with the shared libraries that it needs."""
        self.file(path, name)
        listed = subprocess.run(["ldd", str(path)], capture_output=True, text=True, check=False).stdout
        for library in re.findall(r"(/\S+) \(0x", listed):
            # A library from anywhere else is found in the system's own folder too.
            known = library.startswith(("/lib", "/usr/lib"))
            self.file(library, None if known else f"usr/lib/{Path(library).name}")

    def _add(self, info, file=None):
        if info.name not in self.done:
            self.done.add(info.name)
            self.tar.addfile(info, file)


def _merged(path):
    text = str(path)
    return text if text.startswith("/usr/") else f"/usr{text}"


def add_busybox(root):
    busybox = shutil.which("busybox") or "/bin/busybox"
    root.file(busybox, "usr/bin/busybox")
    listed = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout
    for command in listed.split():
        if command != "busybox":
            root.link(f"usr/bin/{command}", "busybox")


def add_python(root, program):
    asked = "import os, sys; print(os.path.realpath(sys.executable)); print(os.path.dirname(os.__file__))"
    told = subprocess.run(
        [program, "-I", "-S", "-c", asked], capture_output=True, text=True, check=True
    ).stdout
    own, home = map(Path, told.splitlines())
    root.program(own, f"usr/bin/{own.name}")
    root.link("usr/bin/python3", own.name)
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home)
        if not path.is_file() or path.suffix == ".a" or UNUSED & set(name.parts):
            continue
        target = f"usr/lib/{home.name}/{name}"
        if path.suffix == ".so":
            root.program(path, target)
        else:
            root.file(path, target)


def add_library(root, name):
    """A library of the system by the name that programs ask for."""
    listed = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    root.program(re.search(rf"{re.escape(name)} \(.*x86-64.*\) => (\S+)", listed)[1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output")
    parser.add_argument("--python", type=Path, nargs="?", const=PYTHON)
    parser.add_argument("--library", nargs="*", default=[])
    parser.add_argument("--mpi", type=Path)
    options = parser.parse_args()
    with tarfile.open(options.output, "w", format=tarfile.PAX_FORMAT) as tar:
        root = Root(tar)
        add_busybox(root)
        if options.python:
            add_python(root, options.python)
        for name in options.library:
            add_library(root, name)
        if options.mpi:
            for name in ("mpiexec", "hydra_pmi_proxy"):
                root.program(options.mpi / name, f"usr/local/bin/{name}")


if __name__ == "__main__":
    main()
