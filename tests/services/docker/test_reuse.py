"""Results of a run in a container are used again as long as the image is the same."""

from rompy.model import ModelRun
from rompy.provenance.plan.former import former_run


def test_a_run_in_a_container_is_used_again_while_its_image_is_the_same(client, new_config, tmp_path):
    name = "localhost/rompy-mine"
    client.images.get("localhost/rompy-python").tag(name)
    config = new_config("echo 1 > out", image=name)
    model_run = ModelRun(run_id="tide", output_dir=tmp_path)
    root = model_run.generate()
    model_run.run(config, workspace_dir=root).check()
    former = former_run(root, model_run, config)
    assert former.has_results, former.not_run
    assert not former_run(root, model_run).has_results  # by nobody knows what

    client.images.get("localhost/rompy-plain").tag(name)
    assert "the image is another one" in former_run(root, model_run, config).not_run[0]
    client.images.remove(name)
    assert f"the image {name} is not here" in former_run(root, model_run, config).not_run[0]
