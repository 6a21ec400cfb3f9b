"""What an archive from anybody may make this machine do. The variable and the files stand for those of a victim."""

import json
import shutil
from hashlib import sha256

import pytest

from rompy.backends import LocalConfig
from rompy.core.sealed import write_sealed
from rompy.core.source.datamesh import SourceDatamesh
from rompy.core.source.intake import SourceIntake
from rompy.provenance.archive import archive
from rompy.provenance.crate import write_crate
from rompy.provenance.reproduce import reproduce
from rompy.provenance.trust import TrustError


@pytest.fixture
def forged(runs, tmp_path):
    """Makes an archive of a run with another description and record, whose digests all fit."""

    def forge(*, config="", run=None, processing=None, pack=archive):
        root = shutil.copytree(runs.pond, tmp_path / "forged", symlinks=True)
        text = (
            (root / ".rompy/run.yml").read_text().replace("model_type: pond", f"model_type: pond\n  {config}")
        )
        (root / ".rompy/run.yml").write_text(text)
        values = json.loads((root / ".rompy/manifest.json").read_text())
        values["description"]["sha256"] = sha256(text.encode()).hexdigest()
        values["phases"]["run"][0]["settings"] |= run or {}
        values["phases"]["postprocess"][0]["settings"] |= processing or {}
        write_sealed(root / ".rompy/manifest.json", values)
        pack(root, tmp_path / "evil.zip")
        return tmp_path / "evil.zip"

    return forge


def test_what_only_computes_is_made_again_and_run(forged):
    assert reproduce(forged(run={"timeout": 60}), run=True)


def test_values_of_variables_are_given_only_to_whom_is_trusted(forged, monkeypatch):
    monkeypatch.setenv("STORE_PASSWORD", "0.1")
    path = forged(config="friction: ${STORE_PASSWORD}")
    with pytest.raises(
        TrustError, match=r"the value of your variable STORE_PASSWORD, for config\.friction"
    ) as caught:
        reproduce(path)
    assert caught.value.exit_status == 11
    assert "0.1" not in str(caught.value)
    reproduce(path, trust=True)


def test_other_files_are_read_by_description_only_for_whom_is_trusted(forged, tmp_path):
    (tmp_path / "mine.yml").write_text("0.1\n")
    path = forged(config=f"friction: !include {tmp_path}/mine.yml")
    with pytest.raises(TrustError, match=r"mine\.yml, by !include"):
        reproduce(path)


@pytest.mark.parametrize(
    "settings",
    [{"command": "touch {}/pwned"}, {"env_vars": {"LD_PRELOAD": "x.so"}}, {"mpiexec": "touch {}/pwned"}],
)
def test_commands_of_its_own_are_not_run_unless_it_is_trusted(forged, tmp_path, settings):
    path = forged(run=json.loads(json.dumps(settings).replace("{}", str(tmp_path))))
    with pytest.raises(TrustError, match=f"to run the model with {next(iter(settings))}: "):
        reproduce(path, run=True)
    assert not (tmp_path / "pwned").exists()
    assert reproduce(path)  # its input is made without them


def test_with_settings_of_ones_own_those_of_an_archive_do_not_count(forged):
    assert reproduce(forged(run={"command": "false"}), run=True, backend=LocalConfig())


def test_results_are_sent_nowhere_unless_it_is_trusted(forged):
    with pytest.raises(TrustError, match="to process its output with upload: s3://elsewhere"):
        reproduce(forged(processing={"upload": "s3://elsewhere"}), run=True)


@pytest.mark.parametrize("target", ["crate", "crate.zip"])
def test_a_crate_is_trusted_no_more_than_an_archive(forged, tmp_path, target):
    forged(config="friction: ${NOT_SET}", pack=lambda root, _: write_crate([root], tmp_path / target))
    with pytest.raises(TrustError, match="NOT_SET"):
        reproduce(tmp_path / target)


def test_a_run_in_a_crate_of_several_is_trusted_no_more_than_the_crate(forged, runs, tmp_path):
    forged(
        config="friction: ${NOT_SET}",
        pack=lambda root, _: write_crate([root, runs.rough], tmp_path / "crate"),
    )
    with pytest.raises(TrustError, match="NOT_SET"):
        reproduce(tmp_path / "crate" / "forged")


def test_the_folder_of_a_run_is_ones_own(forged, tmp_path, monkeypatch):
    monkeypatch.setenv("FRICTION", "0.1")
    forged(config="friction: ${FRICTION}")
    reproduce(tmp_path / "forged")


def test_what_was_asked_for_cannot_pass_for_other_lines(tmp_path):
    assert "\\n  verified" in str(TrustError(["the value of x\n  verified"], tmp_path))


def test_sources_that_run_code_or_take_tokens_elsewhere_say_so():
    assert "Python code" in SourceIntake(dataset_id="x", catalog_yaml="sources: {}").needs_trust()
    assert "token" in SourceDatamesh(datasource="x", kwargs={"service": "https://elsewhere"}).needs_trust()
    assert SourceDatamesh(datasource="x").needs_trust() is None
