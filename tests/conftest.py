"""What tests of several rooms want: servers that run for real on this machine, a tiny disk, stand-ins for runs."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from urllib.parse import quote, unquote, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import hypothesis
import numpy as np
import pyproj  # noqa: F401 - before eccodes, whose copy of the same library it cannot stand otherwise
import pytest

from rompy.core.workspace import Workspace
from rompy.jobs import supervise

if os.environ.get("CI") == "true":
    _import_or_skip = pytest.importorskip

    def _must_be_there(name, *args, **kwargs):
        """Everything is installed in CI: what is missing there is a mistake, not a reason to leave tests out."""
        try:
            return _import_or_skip(name, *args, **kwargs)
        except pytest.skip.Exception as missing:
            pytest.fail(f"under CI everything has to be installed: {missing}")

    pytest.importorskip = _must_be_there

# The same examples each time, however slow the machine is. To search for others: --hypothesis-profile=default
hypothesis.settings.register_profile(
    "rompy",
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("rompy")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in jobs that a shell puts into the background
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # what the tests start would not hear a Ctrl-C either


@dataclass
class WebServer:
    """A web server whose answers a test sets, by path."""

    url: str
    stop: threading.Event = field(default_factory=threading.Event)
    """Set when the test is over, so that a slow answer ends."""
    files: dict = field(default_factory=dict)
    statuses: dict = field(default_factory=lambda: defaultdict(list))
    """Statuses to answer with before the file itself."""
    headers: dict = field(default_factory=lambda: defaultdict(dict))
    delay: dict = field(default_factory=lambda: defaultdict(float))
    """Seconds of silence before the answer."""
    cut: dict = field(default_factory=lambda: defaultdict(list))
    """Numbers of bytes after which the connection is dropped, one a request."""
    ranges: set = field(default_factory=set)
    """Paths that can be asked for in parts."""
    versions: dict = field(default_factory=dict)
    """Headers that tell the version, by path, such as ``{"ETag": '"1"'}``."""
    then: dict = field(default_factory=lambda: defaultdict(list))
    """Contents and versions that take the place of the former ones, one after each request."""
    drip: dict = field(default_factory=dict)
    """Number of bytes to send at once and seconds of silence after them."""
    stated: dict = field(default_factory=lambda: defaultdict(list))
    """Lengths to state instead of the true ones, one a request."""
    requests: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    """Headers of the requests."""
    heads: list = field(default_factory=list)
    """Paths that were asked for by HEAD alone."""
    sent: int = 0
    """Bytes of all contents that were sent."""

    def put(self, path, content):
        self.files[path] = content
        return f"{self.url}/{quote(path)}"

    def put_version(self, path, content, etag='"1"', ranges=True):
        """A file that tells its version, and can be asked for in parts."""
        self.versions[path] = {"ETag": etag}
        if ranges:
            self.ranges.add(path)
        return self.put(path, content)


def _part_of(server, path, asked):
    """Status, headers and body for what is asked of a file that is there."""
    body, version = server.files[path], server.versions.get(path, {})
    tag, moment = version.get("ETag"), version.get("Last-Modified")
    if (tag and asked.get("If-None-Match") == tag) or (moment and asked.get("If-Modified-Since") == moment):
        return 304, version, b""
    start, _, end = asked.get("Range", "").removeprefix("bytes=").partition("-")
    if path not in server.ranges or not start or asked.get("If-Range") not in (None, tag, moment):
        return 200, version, body
    if int(start) >= len(body):
        return 416, {**version, "Content-Range": f"bytes */{len(body)}"}, b""
    last = min(int(end or len(body)), len(body) - 1)
    stated = {"Content-Range": f"bytes {start}-{last}/{len(body)}"}
    return 206, {**version, **stated}, body[int(start) : last + 1]


def _handler(server):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            path = unquote(urlsplit(self.path).path).lstrip("/")
            server.requests.append(path)
            server.asked.append(dict(self.headers))
            server.stop.wait(server.delay[path])
            status = server.statuses[path].pop(0) if server.statuses[path] else 200
            if status == 200 and path not in server.files:
                status = 404
            headers, body = {}, b"sorry"
            if status == 200:
                status, headers, body = _part_of(server, path, self.headers)
            is_file = status in (200, 206)
            if is_file and server.then[path]:
                server.files[path], server.versions[path] = server.then[path].pop(0)
            sent = server.cut[path].pop(0) if is_file and server.cut[path] else len(body)
            length = server.stated[path].pop(0) if is_file and server.stated[path] else len(body)
            self.send_response(status)
            if status != 304:
                headers = {"Content-Length": str(length), **headers}
            for name, value in {**headers, **server.headers[path]}.items():
                if value is not None:
                    self.send_header(name, value)
            self._end_headers()
            self._send(body[:sent], *server.drip.get(path, (len(body) or 1, 0)))

        def do_HEAD(self):
            path = unquote(urlsplit(self.path).path).lstrip("/")
            server.heads.append(path)
            body, version = server.files.get(path), server.versions.get(path, {})
            ranges = {"Accept-Ranges": "bytes"} if path in server.ranges else {}
            self.send_response(404 if body is None else 200)
            for name, value in {"Content-Length": str(len(body or b"")), **ranges, **version}.items():
                self.send_header(name, value)
            self._end_headers()

        def _end_headers(self):
            """Tells that the connection is about to be closed, or a client may ask over it once more meanwhile."""
            self.send_header("Connection", "close")
            self.end_headers()

        def _send(self, body, size, pause):
            server.sent += len(body)
            for start in range(0, len(body), size):
                self.wfile.write(body[start : start + size])
                self.wfile.flush()
                if server.stop.wait(pause):
                    return

        def log_message(self, *args):
            pass

    return Handler


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that hangs up early is part of the tests."""


@pytest.fixture
def web():
    """A web server on this machine."""
    server = WebServer("")
    httpd = _QuietServer(("127.0.0.1", 0), _handler(server))
    server.url = f"http://127.0.0.1:{httpd.server_port}"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.stop.set()
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture(scope="session")
def start_server(tmp_path_factory):
    """Starts a program that serves at a port of its own choice, and returns the address that it tells: a port that is
    chosen before may be somebody else's by then."""
    processes = []

    def start_server(*command):
        folder = tmp_path_factory.mktemp("server")
        with (folder / "log").open("wb") as log:  # of a pipe that nobody reads, it would wait for room
            processes.append(subprocess.Popen(command, cwd=folder, stdout=log, stderr=log))
        return _told_address(processes[-1], folder / "log")

    yield start_server
    for process in processes:
        process.kill()
        process.wait()


def _told_address(process, log, seconds=240):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        told = re.search(r"(?:Running|listens) on (http://[\d.]+:\d+)\b", log.read_text())
        if told:
            return told[1]
        if process.poll() is not None:
            break
        time.sleep(0.05)
    pytest.fail(f"{process.args[0]} did not start: {log.read_text()[-500:]}")


@pytest.fixture(scope="session")
def s3_endpoint(start_server):
    """Address of an S3 server on this machine, started for these tests."""
    missing = [name for name in ("moto", "flask", "flask_cors", "s3fs") if find_spec(name) is None]
    if missing:
        reason = f"S3 IS NOT TESTED: install {', '.join(missing)} (the extra `test` has them)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return start_server(sys.executable, "-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0")


@pytest.fixture
def s3(s3_endpoint, monkeypatch):
    """A file system of S3 with an empty bucket called ``bucket``, reached through the environment alone."""
    import fsspec

    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    store = fsspec.filesystem("s3", use_listings_cache=False)
    store.mkdir("bucket")
    yield store
    store.rm("bucket", recursive=True)


_SWITCHES = ("ROMPY_TEST_", "ROMPY_DOCKER_STORAGE", "ROMPY_UPDATE_GOLDEN", "ROMPY_PUBLISHED_PLUGINS")
"""Beginnings of variables that are meant for the tests."""


@pytest.fixture(scope="session", autouse=True)
def own_settings():
    """Keeps settings of whoever runs the tests out of them: of rompy, of passwords, and of ways to other machines."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("ROMPY_") and not name.startswith(_SWITCHES):
                patch.delenv(name)
        patch.setenv("NETRC", os.devnull)
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, "127.0.0.1,localhost")
        yield


@pytest.fixture(scope="session", autouse=True)
def own_cache(own_settings, tmp_path_factory):
    """Keeps what the tests fetch out of the cache of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROMPY_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def own_index_of_runs(own_settings, tmp_path_factory):
    """Keeps the runs of the tests out of the index of whoever runs them."""
    former = os.environ.get("ROMPY_STATE_DIR")
    os.environ["ROMPY_STATE_DIR"] = str(tmp_path_factory.mktemp("state"))
    yield
    if former is None:
        del os.environ["ROMPY_STATE_DIR"]
    else:
        os.environ["ROMPY_STATE_DIR"] = former


@pytest.fixture
def wait_for():
    """Wait until a condition holds, and return what it gave. The limit is far from what it takes: it ends a failure."""

    def wait(condition, seconds=60.0, pause=0.02):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            time.sleep(pause)
        raise AssertionError("it did not happen in time")

    return wait


@pytest.fixture
def delete_under_its_job(wait_for):
    """Delete the folder of a job that is alive, which may write between the listing of a folder and its end."""

    def is_gone(folder):
        shutil.rmtree(folder, ignore_errors=True)
        return not folder.exists()

    return lambda folder: wait_for(lambda: is_gone(folder))


class StandInConfiguration:
    """A configuration that knows how to start its model, if a launch is given."""

    def __init__(self, launch=None):
        self._launch = launch

    def launch(self):
        return self._launch


class StandInRun:
    """What a backend sees of a ModelRun, and what its tests want to know of its folder."""

    def __init__(self, folder, run_id="tide", launch=None):
        self.staging_dir, self.run_id, self.config = folder, run_id, StandInConfiguration(launch)
        self.generated = 0

    def generate(self):
        self.generated += 1
        self.staging_dir.mkdir(parents=True, exist_ok=True)
        return self.staging_dir

    @property
    def workspace(self):
        return Workspace(self.staging_dir)

    @property
    def facts(self):
        """What the backend noted about the last attempt."""
        return json.loads(self.workspace.job_json.read_text())["attempts"][-1]["facts"]

    def write(self, text, name="model.py"):
        (self.staging_dir / name).write_text(textwrap.dedent(text), encoding="utf-8")

    def read(self, name):
        return (self.staging_dir / name).read_text(encoding="utf-8")

    def has(self, name):
        return (self.staging_dir / name).exists()

    def alive(self, name="pids"):
        """Those of the noted processes that live."""
        pids = [int(line) for line in self.read(name).split()] if self.has(name) else []
        return [pid for pid in pids if supervise.start_mark(pid) is not None]


@pytest.fixture
def stand_in_run():
    """Makes a stand-in for a ModelRun with an empty workspace."""

    def stand_in_run(folder, run_id="tide", launch=None):
        run = StandInRun(folder, run_id, launch)
        run.generate()
        return run

    return stand_in_run


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of 256 kB."""
    target = tmp_path / "disk"
    target.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(target)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("SKIPPED: mounting a small file system needs root and the right to mount")
    yield target
    subprocess.run(["umount", "--lazy", str(target)], check=True)


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def serve():
    """A function that serves a WSGI application, and returns its address and the paths that were asked for."""
    servers = []

    def start(app):
        asked = []

        def noted(environ, respond):
            asked.append(unquote(f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"))
            return app(environ, respond)

        server = make_server("127.0.0.1", 0, noted, handler_class=_QuietHandler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}", asked

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def stable_wavespectra():
    """wavespectra whose choice among stations at equal distances is not the processor's: the first ones."""

    class Numpy:
        argsort = staticmethod(partial(np.argsort, kind="stable"))

        def __getattr__(self, name):
            return getattr(np, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wavespectra.core.select.np", Numpy())
        yield
