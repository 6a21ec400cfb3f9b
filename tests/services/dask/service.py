"""A real Dask cluster of our own on this machine: a scheduler and workers, started by their own commands."""

import datetime
import ipaddress
import json
import os
import subprocess
import sys
import time
from pathlib import Path


class Dask:
    """Processes that are ended by their ids, and only those that were started here."""

    def __init__(self, folder, *, tls=False):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self.folder / "scheduler.json"
        self.tls = certificates(self.folder) if tls else {}
        self.scheduler = None
        self.workers = []

    @staticmethod
    def certificates(folder):
        return certificates(folder)

    @property
    def address(self):
        return json.loads(self.file.read_text())["address"]

    @property
    def settings(self):
        """Of a backend that runs here."""
        return {
            "scheduler": self.address,
            **{f"tls_{name}_file": str(path) for name, path in self.tls.items()},
        }

    def start(self, workers=2, *options, port=0):
        protocol = "tls" if self.tls else "tcp"
        command = ["scheduler", "--host", f"{protocol}://127.0.0.1", "--port", str(port), "--no-dashboard"]
        self.scheduler = self._run("scheduler", *command, "--scheduler-file", str(self.file))
        self._wait(lambda: self.file.is_file() and self.file.read_text().endswith("}"))
        for _ in range(workers):
            self.add_worker(*options)
        return self

    def add_worker(self, *options, within=()):
        """Start one more, by a program that changes its surroundings if need be."""
        # Without a nanny, so that a worker that is killed stays away.
        where = ["--host", "127.0.0.1"]
        words = ["worker", self.address, *where, "--nthreads", "1", "--memory-limit", "0", "--no-dashboard"]
        words += ["--no-nanny", *options]
        self.workers.append(self._run(f"worker-{len(self.workers)}", *words, within=within))

    def stop(self):
        """At once: what they should hold on to has been looked at by then, and a model ends with its worker."""
        for process in [*self.workers, self.scheduler]:
            if process is not None:
                process.kill()
                process.wait()

    def _run(self, name, *words, within=()):
        files = {"ca": "ca-file", "cert": "cert", "key": "key"}
        tls = [word for role, path in self.tls.items() for word in (f"--tls-{files[role]}", str(path))]
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [*within, sys.executable, "-m", "dask", *words, *tls],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={**os.environ, "PYTHONWARNINGS": "default"},
            )

    def _wait(self, condition, seconds=120):
        deadline = time.monotonic() + seconds
        while not condition():
            if self.scheduler.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "scheduler.log").read_text()[-2000:])
            time.sleep(0.02)


def certificates(folder):
    """An authority of our own, and a certificate that it has signed for this machine."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    now = datetime.datetime.now(datetime.timezone.utc)
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("ca", "cert")}
    names = {name: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"rompy {name}")]) for name in keys}
    paths = {"ca": folder / "ca.pem", "cert": folder / "cert.pem", "key": folder / "own.pem"}
    for name in keys:
        made = (
            x509.CertificateBuilder()
            .subject_name(names[name])
            .issuer_name(names["ca"])
            .public_key(keys[name].public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=name == "ca", path_length=None), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
                critical=False,
            )
            .sign(keys["ca"], hashes.SHA256())
        )
        paths[name].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths["key"].write_bytes(
        keys["cert"].private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return paths
