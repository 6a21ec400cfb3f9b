"""The commands that compare, repeat, pack and cite runs, called as people call them."""

import json
import os
import shutil
import zipfile

import pytest

from rompy.cli import statuses


@pytest.fixture
def run(rompy, describe):
    """Makes and runs a puddle; returns its folder."""

    def run(name="tide", **changes):
        path = describe(changes, name=f"{name}.yml", run_id=name)
        result = rompy("run", path, "-q")
        assert result.exit_code == 0, result.output
        return f"simulations/{name}"

    return run


def test_two_runs_that_differ_are_told_apart_with_status_1(rompy, run):
    tide, deep = run(), run("deep", depth=2.5)
    result = rompy("diff", tide, deep)
    assert result.exit_code == statuses.DIFFERS == 1
    lines = result.stdout.splitlines()
    assert "  config.depth: not given -> 2.5" in lines
    assert "  puddle.txt: generated with other content" in lines
    document = json.loads(rompy("diff", tide, deep, "--json").stdout)
    assert document["same"] is False
    assert document["levels"]["description"]["differences"][0]["after"] == 2.5


def test_a_run_and_its_copy_are_the_same(rompy, run):
    shutil.copytree(run(), "copy")
    result = rompy("diff", "simulations/tide", "copy", "--map", "map.png")
    assert result.exit_code == 0, result.output
    assert "No map" in result.stderr


def test_levels_can_be_left_out(rompy, run):
    tide, deep = run(), run("deep", depth=2.5)
    ignored = [option for level in ("description", "data", "results") for option in ("--ignore", level)]
    assert rompy("diff", tide, deep, *ignored).exit_code == 0


def test_a_run_is_archived_restored_and_reproduced(rompy, run, folder):
    assert rompy("archive", run()).exit_code == 0
    assert (folder / "tide.rompy.zip").is_file()
    result = rompy("restore", "tide.rompy.zip", "back")
    assert result.exit_code == 0
    assert result.stdout.startswith("back: tide, ")
    assert rompy("diff", "simulations/tide", "back").exit_code == 0
    for source in ("back", "tide.rompy.zip", "simulations/tide"):
        result = rompy("reproduce", source)
        assert result.exit_code == 0, result.output
        assert result.stdout.splitlines()[-1] == "reproduced bit for bit (input)"


def test_what_is_not_reproducible_ends_with_status_11(rompy, run, folder):
    (folder / run() / "puddle.txt").write_text("wet\n")
    result = rompy("reproduce", "simulations/tide", "--json")
    assert result.exit_code == 11
    document = json.loads(result.stdout)
    assert (document["reproduced"], document["changed_originals"]) == (False, ["puddle.txt"])


def test_a_run_is_repeated_with_other_settings_and_kept(rompy, run, folder):
    run()
    (folder / "local.yml").write_text("type: local\ncommand: 'true'\n")
    result = rompy("reproduce", "simulations/tide", "--run", "--to", "again", "--backend-config", "local.yml")
    # The command does nothing, so there is no output to compare.
    assert result.exit_code == 11
    assert (folder / "again" / "tide" / "puddle.txt").is_file()
    assert "results" in result.stdout


def test_a_crate_is_written(rompy, run, folder):
    result = rompy("crate", run(), "-o", "crate", "--license", "MIT", "--author", "Ada <https://orcid.org/1>")
    assert result.exit_code == 0, result.output
    graph = json.loads((folder / "crate" / "ro-crate-metadata.json").read_text())["@graph"]
    root = next(entity for entity in graph if entity["@id"] == "./")
    assert root["license"] == {"@id": "https://spdx.org/licenses/MIT"}
    assert root["author"] == {"@id": "https://orcid.org/1"}
    assert "<h1>tide</h1>" in (folder / "crate" / "ro-crate-preview.html").read_text()
    assert rompy("reproduce", "crate").exit_code == 0
    assert (
        "not known to SPDX" in rompy("crate", "simulations/tide", "-o", "other", "--license", "free").stderr
    )
    assert rompy("crate", "simulations/tide", "-o", "crate").exit_code == 6


def test_what_to_cite_is_printed_as_bibtex(rompy, run):
    result = rompy("cite", run())
    assert result.exit_code == 0
    assert result.stdout.startswith("@misc{rompy-")
    assert "nothing is known of how to cite the model puddle" in result.stderr
    assert json.loads(rompy("cite", "simulations/tide", "--json").stdout)["roles"]["rompy"]
    csl = json.loads(rompy("cite", "simulations", "--format", "csl-json").stdout)
    assert {item["type"] for item in csl} == {"software"}
    text = rompy("cite", "simulations", "--format", "text").stdout
    assert "The rompy developers: rompy, version" in text


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["diff", "nothing", "nothing"], 6),
        (["cite", "."], 6),
        (["crate", "."], 6),
        (["archive", "."], 6),
        (["reproduce", "."], 6),
        (["reproduce", "nothing"], 6),
        (["restore", "nothing.zip", "x"], 4),
        (["restore", "text", "x"], 4),
        (["reproduce", "text"], 4),
        (["restore", "text", "x", "--max-size", "much"], 2),
        (["diff", ".", ".", "--ignore", "weather"], 2),
        (["diff", ".", ".", "--variable", "level"], 2),
        (["diff", ".", ".", "--map", "map.pdf"], 2),
        (["diff", ".", ".", "--map", "nowhere/map.png"], 6),
        (["archive", ".", "-o", "tide.tar.gz"], 2),
        (["crate", ".", "-o", "tide.tgz"], 2),
    ],
)
def test_mistakes_are_told_in_words_with_their_status(rompy, folder, arguments, status):
    (folder / "text").write_text("no archive")
    before = sorted(folder.rglob("*"))
    result = rompy(*arguments)
    assert result.exit_code == status, result.output
    assert "Error" in result.stderr
    assert "Traceback" not in result.output
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("change", ['"tide"', '"schema": 2'])
def test_an_edited_record_and_one_of_a_later_rompy_are_not_relied_on(rompy, run, folder, change):
    path = folder / run() / ".rompy" / "manifest.json"
    path.write_text(path.read_text().replace(change, change.replace("tide", "ebb").replace("2", "99")))
    before = path.read_bytes()
    for command in (["diff", "simulations/tide", "simulations/tide"], ["cite", "simulations/tide"],
                    ["crate", "simulations/tide"], ["reproduce", "simulations/tide"]):  # fmt: skip
        result = rompy(*command)
        assert result.exit_code == 11, result.output
        assert "edited" in result.stderr or "schema 99" in result.stderr
    assert path.read_bytes() == before
    assert not list(folder.glob("*.zip"))


def test_a_hostile_archive_is_refused_with_its_reason(rompy, folder):
    with zipfile.ZipFile("evil.zip", "w") as file:
        file.writestr("../evil", "x")
        listed = {
            "../evil": {
                "bytes": 1,
                "sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
            }
        }
        file.writestr(".rompy/archive.json", json.dumps({
            "format": "rompy-archive/1", "title": "x", "inputs": "by-value", "files": listed, "links": {}, "copies": {},
            "references": []}))  # fmt: skip
    result = rompy("restore", "evil.zip", "x", "--json")
    assert result.exit_code == 4
    assert "'../evil'" in json.loads(result.stdout)["error"]["message"]
    assert not (folder.parent / "evil").exists()


def test_an_archive_that_asks_for_a_command_is_refused_unless_it_is_trusted(rompy, describe, folder):
    (folder / "own.yml").write_text("type: local\ncommand: touch done\n")
    assert rompy("run", describe(), "--backend-config", "own.yml", "-q").exit_code == 0
    assert rompy("archive", "simulations/tide", "-o", "tide.zip").exit_code == 0
    result = rompy("reproduce", "tide.zip", "--run", "--json")
    assert result.exit_code == 11
    error = json.loads(result.stdout)["error"]
    assert error["code"] == "reproducibility.trust"
    assert "to run the model with command: touch done (backend local)" in error["message"]
    assert rompy("reproduce", "tide.zip", "--run", "--trust").exit_code == 0
    assert rompy("reproduce", "simulations/tide", "--run").exit_code == 0


def test_names_of_files_do_not_act_on_the_terminal(rompy, run, folder):
    workspace = folder / run()
    (workspace / "x\x1b[2J\nverified").write_text("")
    (workspace / os.fsdecode(b"caf\xe9")).write_text("")
    result = rompy("verify", workspace)
    assert "\x1b" not in result.output
    assert r"added      file        x\x1b[2J\nverified" in result.stdout
    assert r"caf\udce9" in result.stdout
    names = [
        one["name"]
        for one in json.loads(rompy("verify", workspace, "--json").stdout)["workspaces"][0]["findings"]
    ]
    assert sorted(map(os.fsencode, names)) == [b"caf\xe9", b"x\x1b[2J\nverified"]


@pytest.mark.parametrize("command", ["archive", "restore", "cite", "crate", "diff", "reproduce"])
def test_the_help_has_examples(rompy, command):
    result = rompy(command, "--help")
    assert result.exit_code == 0
    assert f"rompy {command} " in result.stdout.split("Examples:")[1]
