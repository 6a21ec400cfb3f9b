"""Images that are built from a Dockerfile."""

import docker.errors
import pytest

from rompy.backends import DockerConfig
from rompy.errors import SubmitError
from rompy.run.containers.build import image_tag
from rompy.run.docker import DockerRunBackend

BACKEND = DockerRunBackend()

DOCKERFILE = """
FROM localhost/rompy-python
ARG GREETING=none
COPY data /data
RUN echo "$GREETING" > /greeting
"""


@pytest.fixture
def context(tmp_path, client):
    folder = tmp_path / "a cöntext"
    (folder / "data").mkdir(parents=True)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "data" / "file one").write_text("1")
    yield folder
    for image in client.images.list(filters={"label": "rompy.image"}):
        client.images.remove(image.id, force=True)


def config_of(context, **settings):
    return DockerConfig(dockerfile="Dockerfile", build_context=context, network="none", **settings)


def test_an_image_is_built_with_its_context_and_arguments(new_run, context, client):
    config = config_of(
        context,
        build_args={"GREETING": 'it\'s "me" $HOME'},
        executable="sh -c 'cat /greeting \"/data/file one\" > out'",
    )
    run = new_run()
    result = BACKEND.run(run, config)
    assert result, str(result)
    assert run.read("out") == 'it\'s "me" $HOME\n1'
    assert run.facts["image"]["name"] == f"{image_tag(config)}:latest"
    assert run.facts["image"]["id"] == client.images.get(image_tag(config)).id
    assert "COPY data /data" in BACKEND.logs(_job(run))["image"].read_text()


def _job(run):
    from rompy.run.job import Job

    return Job.open(run.staging_dir)


def test_the_same_content_is_built_once(new_run, context, client):
    first, second = new_run(name="1"), new_run(name="2")
    assert BACKEND.run(first, config_of(context, executable="true"))
    assert BACKEND.run(second, config_of(context, executable="true"))
    assert first.facts["image"] == second.facts["image"]
    assert not (second.workspace.hidden / "image.log").exists()


def test_the_tag_follows_from_all_that_counts(context, tmp_path):
    tags = [image_tag(config_of(context))]
    assert image_tag(config_of(context)) == tags[0]
    tags.append(image_tag(config_of(context, build_args={"GREETING": "x"})))
    (context / "data" / "file one").write_text("2")
    tags.append(image_tag(config_of(context)))
    (context / "data" / "file one").chmod(0o755)
    tags.append(image_tag(config_of(context)))
    (context / "data" / "link").symlink_to("file one")
    tags.append(image_tag(config_of(context)))
    (context / "Dockerfile").write_text(DOCKERFILE + "RUN true\n")
    tags.append(image_tag(config_of(context)))
    assert len(set(tags)) == len(tags)
    (context / ".dockerignore").write_text("ignored\n")
    before = image_tag(config_of(context))
    (context / "ignored").write_text("x")
    assert image_tag(config_of(context)) == before


def test_without_a_context_it_is_the_dockerfile_s_folder(new_run, context):
    run = new_run()
    config = DockerConfig(
        dockerfile=context / "Dockerfile", network="none", executable="cat '/data/file one'"
    )
    assert BACKEND.run(run, config)


def test_a_build_that_fails_tells_why(new_run, context, client):
    (context / "Dockerfile").write_text(DOCKERFILE + "RUN echo the compiler is missing >&2; exit 3\n")
    run = new_run()
    with pytest.raises(SubmitError, match=r"(?s)could not be built.*the compiler is missing") as caught:
        BACKEND.run(run, config_of(context, executable="true"))
    assert "image.log" in str(caught.value)
    assert not run.workspace.job_json.exists()
    with pytest.raises(docker.errors.ImageNotFound):
        client.images.get(image_tag(config_of(context)))


def test_a_dockerfile_with_an_unknown_instruction(new_run, context):
    (context / "Dockerfile").write_text("FROM localhost/rompy-python\nFETCH x\n")
    with pytest.raises(SubmitError, match="FETCH"):
        BACKEND.run(new_run(), config_of(context, executable="true"))
