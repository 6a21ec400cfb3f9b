"""Servers that run for real on the loopback interface, for tests of whatever talks to one."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from urllib.parse import quote, unquote, urlsplit

import pytest


@dataclass
class WebServer:
    """A web server whose answers a test sets, by path."""

    url: str
    files: dict = field(default_factory=dict)
    statuses: dict = field(default_factory=lambda: defaultdict(list))
    """Statuses to answer with before the file itself."""
    headers: dict = field(default_factory=lambda: defaultdict(dict))
    delay: dict = field(default_factory=lambda: defaultdict(float))
    """Seconds of silence before the answer."""
    cut: dict = field(default_factory=lambda: defaultdict(list))
    """Numbers of bytes after which the connection is dropped, one a request."""
    requests: list = field(default_factory=list)

    def put(self, path, content):
        self.files[path] = content
        return f"{self.url}/{quote(path)}"


def _handler(server):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            path = unquote(urlsplit(self.path).path).lstrip("/")
            server.requests.append(path)
            time.sleep(server.delay[path])
            status = server.statuses[path].pop(0) if server.statuses[path] else 200
            if status == 200 and path not in server.files:
                status = 404
            body = server.files[path] if status == 200 else b"sorry"
            sent = server.cut[path].pop(0) if status == 200 and server.cut[path] else len(body)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **server.headers[path]}.items():
                if value is not None:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[:sent])
            self.close_connection = True

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
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture(scope="session")
def s3_endpoint():
    """Address of an S3 server on this machine, started for these tests."""
    missing = [name for name in ("moto", "flask", "flask_cors", "s3fs") if find_spec(name) is None]
    if missing:
        reason = f"S3 IS NOT TESTED: install {', '.join(missing)} (the extra `test` has them)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _wait_until_open(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
        process.stderr.close()


def _wait_until_open(process, port):
    for _ in range(300):
        if process.poll() is not None:
            pytest.fail(f"the S3 server did not start: {process.stderr.read().decode()[-500:]}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the S3 server did not start within 30 s")


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
