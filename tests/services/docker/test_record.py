"""What is recorded of runs in containers, and what is noticed of their images."""

import os
import re
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from shutil import rmtree, which

import pytest
from docker.errors import ImageNotFound

from rompy.manifest import read_manifest
from rompy.model import ModelRun
from rompy.provenance.lock.program import Program
from rompy.provenance.plan.former import former_run
from rompy.provenance.reproduce import reproduce
from rompy.provenance.run_again import backend_of
from rompy.provenance.verify import verify


@pytest.fixture
def carried_out(tmp_path):
    def carried_out(config):
        model_run = ModelRun(run_id="tide", output_dir=tmp_path)
        model_run.generate()
        model_run.run(config, workspace_dir=model_run.staging_dir).check()
        return model_run

    return carried_out


def test_what_is_not_the_model_s_is_not_recorded_as_such(carried_out, new_config, client, side):
    """What attends a container from outside is a Python of this machine, with libraries, time and memory of its own."""
    image = {"inside": "rompy-python", "outside": "rompy-plain"}[side]
    model_run = carried_out(new_config("echo 1 > out", image=f"localhost/{image}"))
    [phase] = read_manifest(model_run.staging_dir).phases.run
    assert phase.image["id"] == client.images.get(f"localhost/{image}").id
    assert (
        phase.executable is None
    )  # it ended before anybody looked, and the engine's shell is not this machine's
    assert (phase.machine is None) is (side == "outside")
    assert (phase.resources["cpu_user_s"] is None) is (side == "outside")
    assert phase.machine is None or {"processor", "release"} < set(phase.machine)


@pytest.fixture
def registry():
    """Address of a registry of images on this machine."""
    if which("docker-registry") is None:
        refuse = pytest.fail if os.environ.get("CI") else pytest.skip
        refuse("REGISTRIES OF IMAGES ARE NOT TESTED: apt-get install --no-install-recommends docker-registry")
    folder = Path(tempfile.mkdtemp(prefix="rr"))
    (folder / "settings.yml").write_text(
        f'version: 0.1\nstorage: {{filesystem: {{rootdirectory: "{folder}/images"}}}}\nhttp: {{addr: "127.0.0.1:0"}}\n'
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["docker-registry", "serve", folder / "settings.yml"], stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + 60
        while not (told := re.search(r"listening on ([\d.]+:\d+)", (folder / "log").read_text())):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.05)
        yield told[1]
    finally:
        process.kill()
        process.wait()
        rmtree(folder, ignore_errors=True)


@pytest.fixture
def name(client, registry):
    """Of an image in the registry. The engine forgets it in the end."""
    yield f"{registry}/models/tide:1"
    for image in client.images.list(f"{registry}/models/tide"):
        for known in [*image.tags, *image.attrs["RepoDigests"]]:
            if known.startswith(registry):
                with suppress(ImageNotFound):  # the last digest goes with the last tag
                    client.images.remove(known)


def publish(client, image_id, name):
    client.images.get(image_id).tag(name)
    told = list(client.images.push(name, stream=True, decode=True))
    assert not any("error" in line for line in told), told


def test_a_tag_that_was_moved_in_its_registry_is_noticed_and_the_former_image_taken_again(
    carried_out, new_config, client, name
):
    plain = client.images.get("localhost/rompy-plain").id
    publish(client, plain, name)
    client.images.remove(name)
    config, always = (new_config("echo 1 > out", image=name, pull=pull) for pull in ("missing", "always"))
    model_run = carried_out(config)
    root = model_run.staging_dir
    image = read_manifest(root).phases.run[-1].image
    assert image["digests"] == client.images.get(name).attrs["RepoDigests"]
    pinned = Program.of_run(model_run, config)
    assert list(pinned.differences(Program.of_run(model_run, always))) == []
    assert verify(root, inputs=True)

    container = client.api.create_container(plain, "true")["Id"]
    publish(client, client.api.commit(container)["Id"], name)
    client.images.get(plain).tag(name)  # what is here stays as it was: it is the registry that counts
    assert list(pinned.differences(Program.of_run(model_run, config))) == []
    assert "the image is another one" in next(pinned.differences(Program.of_run(model_run, always)))

    client.images.remove(name)
    assert "the image is another one" in former_run(root, model_run, config).not_run[0]
    assert [(one.kind, one.what) for one in verify(root, inputs=True).findings] == [("changed", "image")]
    assert backend_of(read_manifest(root)).image == image["digests"][0]
    again = reproduce(root, run=True)
    assert again, str(again)
    assert not any("image" in one.what for one in again.comparison.levels["environment"].differences)
