"""Generating records from what, by what, where and when; nothing that goes wrong with it fails the generation."""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any, Literal

import pytest

import rompy
from rompy import plugins, secrets
from rompy.core.config import BaseConfig
from rompy.core.data import DataBlob
from rompy.errors import DataError
from rompy.manifest import read_manifest
from rompy.manifest.generation import digest_limit
from rompy.model import ModelRun


class Copier(BaseConfig):
    """Copies a file into the workspace."""

    model_type: Literal["copier"] = "copier"
    blob: DataBlob
    size: float = 1.0
    note: Any = None

    def __call__(self, runtime: Any) -> Any:
        self.blob.get(runtime.staging_dir)
        return {}


@pytest.fixture(autouse=True)
def _installed(monkeypatch):
    monkeypatch.setattr(secrets, "_known", {})
    with plugins.registered("rompy.config", "copier", Copier):
        yield


@pytest.fixture
def describe(tmp_path):
    (tmp_path / "wind.txt").write_text("wind")

    def make(**changes):
        blob = {"source": str(tmp_path / "wind.txt")}
        config = {"model_type": "copier", "blob": blob, **changes.pop("config", {})}
        period = {"start": "2023-01-01", "duration": "1d", "interval": "1h"}
        return {
            "run_id": "r",
            "output_dir": str(tmp_path / "out"),
            "period": period,
            "config": config,
            **changes,
        }

    return make


def test_the_manifest_tells_from_what_by_what_where_and_when(describe, tmp_path, monkeypatch):
    monkeypatch.setenv("LOADEDMODULES", "gcc/12:openmpi/4")
    folder = ModelRun(**describe()).generate()
    found = read_manifest(folder)
    assert (found.schema_, found.run_id, found.model_type) == (2, "r", "copier")
    [wind] = found.inputs
    assert (wind.field, wind.uri) == ("config.blob", str(tmp_path / "wind.txt"))
    assert wind.sha256 == hashlib.sha256(b"wind").hexdigest()
    assert found.files["wind.txt"].sha256 == wind.sha256
    text = (folder / ".rompy/run.yml").read_bytes()
    assert found.description.sha256 == hashlib.sha256(text).hexdigest()
    assert found.code.rompy == rompy.__version__
    assert found.code.distributions["pydantic"]
    assert found.code.distributions["rompy"] == found.code.rompy
    assert [(one.name, one.distribution) for one in found.code.plugins] == [("copier", "test-plugin")]
    assert found.code.template.uri == "rompy/templates/base"
    assert len(found.code.template.sha256) == 64
    assert found.modules == ["gcc/12", "openmpi/4"]
    assert found.host["cpus"] >= 1
    assert found.phases.generate.started <= found.phases.generate.ended
    assert found.phases.run == []


def test_the_meaning_of_a_description_does_not_depend_on_how_it_is_written(describe):
    base = ModelRun(**describe()).meaning_sha256()
    end = {"start": "20230101", "end": "2023-01-02T00:00", "interval": 3600}
    same = [
        describe(output_dir="elsewhere", delete_existing=True, run_id_subdir=False),
        describe(period=end),
        dict(reversed(describe().items())),
        describe(config={"size": 1}) | {"period": end},
    ]
    found = [ModelRun(**one).meaning_sha256() for one in same]
    assert found[:3] == [base] * 3
    assert (
        ModelRun(**describe(config={"size": 1})).meaning_sha256()
        == ModelRun(**describe(config={"size": "1.0"})).meaning_sha256()
    )
    assert len({found[3], base}) == 2  # plugins may ask whether a default was given


@pytest.mark.parametrize(
    "change",
    [
        {"run_id": "s"},
        {"period": {"start": "2023-01-01", "duration": "2d", "interval": "1h"}},
        {"period": {"start": "2023-01-01", "duration": "1d", "interval": "2h"}},
        {"config": {"size": 2}},
        {"config": {"note": "x"}},
        {"config": {"note": 1}},
        {"config": {"blob": {"source": "other.txt"}}},
    ],
)
def test_every_change_of_the_description_changes_its_meaning(describe, change):
    assert ModelRun(**describe(**change)).meaning_sha256() != ModelRun(**describe()).meaning_sha256()


def test_no_secret_reaches_a_file_and_the_description_makes_the_run_again(describe, tmp_path, monkeypatch):
    monkeypatch.setenv("STORE_TOKEN", "s3cr3t-value")
    monkeypatch.setenv("PLACE", "north")
    note = {"header": "Bearer ${STORE_TOKEN}", "where": "${PLACE}", "price": "$${NOT}"}
    run = ModelRun(**describe(config={"note": note}))
    folder = run.generate()
    everything = [path.read_text() for path in folder.rglob("*") if path.is_file()]
    assert not any("s3cr3t" in text for text in everything)
    recorded = (folder / ".rompy/run.yml").read_text()
    assert "Bearer ${STORE_TOKEN}" in recorded
    assert "where: north" in recorded
    from rompy.core.describing.description import Description

    again = ModelRun(**Description.load(folder / ".rompy/run.yml").data)
    assert again.config.note == {"header": "Bearer s3cr3t-value", "where": "north", "price": "${NOT}"}
    before = run.meaning_sha256()
    assert again.meaning_sha256() == before
    monkeypatch.setenv("STORE_TOKEN", "another-value")
    assert ModelRun(**describe(config={"note": note})).meaning_sha256() == before
    monkeypatch.delenv("STORE_TOKEN")
    with pytest.raises(ValueError, match="STORE_TOKEN is not set"):
        ModelRun(**Description.load(folder / ".rompy/run.yml").data)


def test_what_cannot_be_recorded_is_a_warning(describe, monkeypatch, caplog):
    def broken(*args):
        raise RuntimeError("no facts today")

    for name in ("in_use", "host_facts", "plugins_of", "template_facts"):
        monkeypatch.setattr(f"rompy.manifest.generation.{name}", broken)
    folder = ModelRun(**describe()).generate()
    found = read_manifest(folder)
    assert found.code.distributions == {}
    assert found.files["wind.txt"].bytes == 4
    assert "no facts today" in caplog.text


def test_a_check_of_the_manifest_can_refuse_the_generation(describe, tmp_path):
    def refuse(facts):
        assert facts["inputs"][0]["kind"] == "file"
        raise DataError("not that wind")

    with pytest.raises(DataError, match="not that wind"):
        ModelRun(**describe()).generate(check=refuse)
    assert not (tmp_path / "out").exists()


def test_the_git_state_of_a_template_is_told(describe, tmp_path):
    template = tmp_path / "template"
    (template / "{{runtime.staging_dir}}").mkdir(parents=True)
    (template / "{{runtime.staging_dir}}" / "INPUT").write_text("{{runtime.run_id}}")
    git = ["git", "-C", str(template), "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *words], check=True)
    run = describe(config={"template": str(template)}, delete_existing=True)
    first = read_manifest(ModelRun(**run).generate()).code.template
    assert first.uri == str(template)
    assert len(first.git.commit) == 40
    assert first.git.dirty is False
    (template / "{{runtime.staging_dir}}" / "INPUT").write_text("other")
    second = read_manifest(ModelRun(**run).generate()).code.template
    assert second.git.dirty is True
    assert second.sha256 != first.sha256
    assert second.git.commit == first.git.commit


def test_the_limit_of_what_is_read_for_digests_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("ROMPY_DIGEST_LIMIT", "2 GB")
    assert digest_limit() == 2 * 10**9


def test_generating_twice_gives_the_same_record_but_for_times(describe):
    records = []
    for _ in range(2):
        folder = ModelRun(**describe(delete_existing=True)).generate()
        record = json.loads((Path(folder) / ".rompy/manifest.json").read_text())
        record["phases"] = record["self_sha256"] = record["description"]["sha256"] = None
        records.append(record)
    assert records[0] == records[1]
