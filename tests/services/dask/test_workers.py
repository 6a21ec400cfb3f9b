"""What workers see and get."""

import json
import os
import shutil

import pytest

from rompy.backends.dask import DaskConfig
from rompy.errors import SubmitError
from rompy.jobs import JobState


def test_a_worker_that_does_not_see_the_workspace_is_told_at_once(new_cluster, new_run, backend, wait_for):
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        why = "A WORKER WITHOUT THE FILE SYSTEM IS NOT TESTED: it needs root and unshare"
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    run = new_run()
    cluster = new_cluster(workers=0)
    hide = 'mount -t tmpfs none "$1" && shift && exec "$@"'
    cluster.add_worker(within=("unshare", "-m", "sh", "-c", hide, "sh", str(run.staging_dir)))
    wait_for(lambda: "Registered to" in (cluster.folder / "worker-0.log").read_text())
    with pytest.raises(SubmitError, match="does not see") as caught:
        backend.submit(run, DaskConfig(command="true", **cluster.settings), run.staging_dir)
    assert "shared file system" in str(caught.value)
    (attempt,) = json.loads(run.workspace.job_json.read_text())["attempts"]
    assert attempt["state"] == "failed"


def test_who_has_no_certificate_of_this_cluster_is_kept_out(shared_cluster, new_run, backend, tmp_path):
    (tmp_path / "others").mkdir()
    others = shared_cluster.certificates(tmp_path / "others")
    strangers = [{}, {f"tls_{name}_file": path for name, path in others.items()}]
    for number, files in enumerate(strangers):
        run = new_run(str(number))
        config = DaskConfig(command="true", scheduler=shared_cluster.address, connect_timeout=3, **files)
        with pytest.raises(SubmitError, match="cannot be reached"):
            backend.submit(run, config, run.staging_dir)
        assert not run.workspace.job_json.exists()


def test_a_secret_reaches_the_model_and_no_file(shared_cluster, submit):
    value = 'it\'s "a" $secret\nof two lines'
    command = 'test "$(printf %s "$MY_TOKEN" | wc -c)" = "$LENGTH"'
    variables = {"MY_TOKEN": value, "LENGTH": str(len(value))}
    run, job = submit(shared_cluster, command, env_vars=variables)
    result = job.wait(60)
    assert result.state is JobState.succeeded, str(result)
    files = [path for path in run.staging_dir.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"$secret" in path.read_bytes()]
