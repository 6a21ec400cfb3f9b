"""What is known of a machine, from the command line."""

import json
from pathlib import Path

import pytest

PROFILE = """rompy_site: 1
name: gadi
schedulers:
  slurm: {default_queue: normal, queues: {normal: {max_walltime: 48:00:00, nodes: 4}}}
settings:
  slurm: {account: ab12, patience: 1}
"""


@pytest.fixture
def gadi(folder):
    Path("gadi.yml").write_text(PROFILE)
    Path("slurm.yml").write_text("type: slurm\ntime_limit: 72:00:00\n")
    return "gadi.yml"


def test_a_machine_is_probed_into_a_file(rompy):
    result = rompy("site", "probe", "--output", "here.yml", "--description", "my box")
    assert result.exit_code == 0, result.stderr
    shown = json.loads(rompy("site", "show", "./here.yml", "--json").stdout)["site"]
    assert (shown["name"], shown["description"], shown["rompy_site"]) == ("here", "my box", 1)
    assert shown["python"]["version"]
    assert rompy("site", "probe", "--output", "here.yml").exit_code == 3
    assert rompy("site", "probe", "--output", "here.yml", "--force").exit_code == 0


def test_saved_profiles_are_listed_and_chosen_by_name(rompy, describe, gadi, tmp_path):
    own = tmp_path / "config/rompy/sites"
    own.mkdir(parents=True)
    (own / "gadi.yml").write_text(PROFILE)
    (own / "broken.yml").write_text("rompy_site: 1\nnam: x\n")
    rows = {row["name"]: row for row in json.loads(rompy("site", "list", "--json").stdout)["sites"]}
    assert rows["gadi"]["schedulers"] == "slurm"
    assert "unknown key" in rows["broken"]["problem"]
    told = rompy("run", describe(), "--backend-config", "slurm.yml", "--site", "gadi", "--dry-run")
    assert told.exit_code == 3
    assert (
        "slurm.yml:2: time_limit: 72:00:00 is more than the 48:00:00 that the queue 'normal' allows"
        in told.stderr
    )


def test_the_site_is_named_by_option_by_variable_or_is_the_default_one(
    rompy, describe, gadi, tmp_path, monkeypatch
):
    Path("slurm.yml").write_text("type: slurm\n")
    name = describe()

    def account(*options):
        result = rompy("run", name, "--backend-config", "slurm.yml", "--dry-run", "--json", *options)
        settings = {s["name"]: s["value"] for s in json.loads(result.stdout)["settings"]}
        return settings.get("account")

    assert account() is None
    assert account("--site", "gadi.yml") == "ab12"
    monkeypatch.setenv("ROMPY_SITE", "./gadi.yml")
    assert account() == "ab12"
    assert account("--site", "none") is None
    monkeypatch.delenv("ROMPY_SITE")
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "default.yml").write_text(PROFILE.replace("gadi", "box").replace("ab12", "cd34"))
    monkeypatch.setenv("ROMPY_SITES", str(shared))
    assert account() == "cd34"


def test_a_profile_is_checked_with_file_and_line(rompy, gadi):
    assert rompy("site", "check", gadi).stdout == "valid: gadi\n"
    text = PROFILE.replace("patience: 1", "patients: 1").replace(
        "default_queue: normal", "default_queue: norml"
    )
    Path(gadi).write_text(f"{text}  k8s: {{namespace: x}}\n")
    result = rompy("site", "check", gadi)
    assert result.exit_code == 3
    assert "gadi.yml:6: settings.slurm.patients: unknown key; did you mean 'patience'?" in result.stderr
    assert "there is no queue 'norml'" in result.stderr
    assert "settings.k8s: nobody here provides a backend of this type" in result.stderr


def test_a_profile_that_is_out_of_date_is_told_so(rompy, gadi, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    result = rompy("site", "check", gadi, "--here")
    assert result.exit_code == 0
    assert "schedulers.slurm.queues.normal.nodes: the profile says 4, this machine says None" in result.stderr


def test_no_profile_is_an_error_that_helps(rompy):
    assert "rompy site list" in rompy("site", "show").stderr
    result = rompy("site", "show", "gadi")
    assert result.exit_code == 3
    assert "rompy site probe" in result.stderr


def test_settings_are_validated_for_a_site(rompy, gadi):
    assert rompy("backends", "validate", "slurm.yml").exit_code == 0
    result = rompy("backends", "validate", "slurm.yml", "--site", gadi)
    assert result.exit_code == 3
    assert "48:00:00" in result.stderr


def test_a_description_is_validated_for_a_site(rompy, describe, gadi):
    name = describe(backend={"type": "slurm", "time_limit": "72:00:00"})
    assert rompy("validate", name).exit_code == 0
    result = rompy("validate", name, "--site", gadi)
    assert result.exit_code == 3
    assert "backend.time_limit: 72:00:00 is more than the 48:00:00" in result.stderr
