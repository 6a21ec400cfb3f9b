"""Services on the loopback interface for tests of sources."""

import threading
from urllib.parse import unquote
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest


class Quiet(WSGIRequestHandler):
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

        server = make_server("127.0.0.1", 0, noted, handler_class=Quiet)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}", asked

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()
