"""What comes from a server: asked for its version, fetched only when a run is made."""

import os
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Literal

import pytest

from rompy import plugins
from rompy.core.config import BaseConfig
from rompy.core.data import DataBlob
from rompy.model import ModelRun
from rompy.provenance.plan import plan_of


class Fetching(BaseConfig):
    """Copies a file from elsewhere."""

    model_type: Literal["fetching"] = "fetching"
    template: None = None
    wind: DataBlob

    def __call__(self, runtime):
        self.wind.get(runtime.staging_dir, name="wind.txt")

    def render(self, context, output_dir):
        """There is no template."""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        """Says nothing."""


@pytest.fixture
def address(tmp_path):
    (tmp_path / "served").mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "served")))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/wind.txt"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_elsewhere_is_fetched_when_it_is_new_or_has_changed(address, tmp_path, monkeypatch):
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("ROMPY_STATE_DIR", str(tmp_path / "state"))
    wind = tmp_path / "served" / "wind.txt"
    wind.write_text("12 m/s")
    os.utime(wind, (1_600_000_000, 1_600_000_000))

    def planned():
        plan = plan_of(model_run)
        return [
            (step.action, step.bytes, step.reasons) for step in plan.steps if step.what in (address, "input")
        ]

    with plugins.registered("rompy.config", "fetching", Fetching):
        model_run = ModelRun(run_id="a", output_dir=tmp_path, config=Fetching(wind=DataBlob(source=address)))
        before = planned()
        assert before == [
            ("fetched", 6, ("it is not in the cache",)),
            ("built", None, ("there is no former run of this name",)),
        ]
        assert not (tmp_path / "cache" / "fetched").exists()
        model_run.generate()
        assert planned() == [("reused", 6, ())]
        wind.write_text("13 m/s!")
        os.utime(wind, (1_600_000_100, 1_600_000_100))
        fetched, built = planned()
        assert fetched == ("fetched", 7, ("it has changed",))
        assert built[0] == "built"
        assert "another version" in built[2][0]
