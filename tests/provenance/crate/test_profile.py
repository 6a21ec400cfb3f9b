"""A crate of runs of every kind, held against the validator of the community."""

import json
import re
import shutil
from types import SimpleNamespace

import pytest

from rompy.backends import LocalConfig
from rompy.core.workspace import Workspace
from rompy.manifest.writing import adding_to
from rompy.provenance.crate import Credits, Named, write_crate
from rompy.provenance.crate.graph import path_id

IMAGE = {
    "name": "registry.example.org:5000/waves/pond:2.1",
    "id": "sha256:" + "c" * 64,
    "digests": ["registry.example.org:5000/waves/pond@sha256:" + "a" * 64],
}
CREDITS = Credits(
    (Named.parse("Ada Lovelace <https://orcid.org/0000-0002-1825-0097>"), Named("Mary Somerville")),
    affiliation=Named.parse("Society of Ponds <https://ror.org/03yrm5c26>"),
    publisher=Named.parse("Archive of Ponds <https://ponds.example.org>"),
)
NO_HOME = "url|absolute URI"
"""What packages that tell no address on the web, rompy among them, cannot have: addresses are not made up."""


def failed(folder, runs):
    """A run that failed, and failed again."""
    run = runs.describe(folder.parent, run_id="failed")
    run.generate()
    for command in ("echo wrong >&2; exit 3", "exit 4"):
        run.run(LocalConfig(command=command), workspace_dir=run.staging_dir)
    return shutil.copytree(run.staging_dir, folder / "failed")


def in_an_image(folder, runs):
    """A run as it is recorded when its model ran in a container; its folder and files have strange names."""
    root = shutil.copytree(runs.pond, folder / "50 % ünder #1?")
    (root / "a&b <c>.txt").write_text("</script><script>alert(1)</script>")
    with adding_to(Workspace(root)) as manifest:
        manifest["phases"]["run"][0] |= {"image": IMAGE, "executable": None}
        manifest["phases"]["run"][0]["settings"]["env_vars"] = {"OMP_NUM_THREADS": "4", "API_TOKEN": "***"}
        manifest["inputs"] += [
            {"field": "config.wind", "uri": "https://data.example.org/wind.nc?v=2", "kind": "remote", "bytes": 9,
             "sha256": "b" * 64, "version": {"etag": "x1"}, "slice": {"time": ["2024", "2025"]}},
            {"field": "config.tide", "uri": "memory:obj", "kind": "memory", "bytes": 8, "sha256": "d" * 64},
        ]  # fmt: skip
    return root


@pytest.fixture(scope="module")
def crate(runs, tmp_path_factory):
    """A crate of an ensemble: one run was generated only, one failed twice, one ran in an image."""
    folder = tmp_path_factory.mktemp("ensemble")
    ensemble = folder / "ensemble"
    ensemble.mkdir()
    shutil.copy(runs.folder / "bed.nc", folder)
    failed(ensemble, runs)
    in_an_image(ensemble, runs)
    shutil.copytree(runs.describe(folder, run_id="generated").generate(), ensemble / "generated")
    made = write_crate([ensemble], folder / "crate", licence="cc-by-4.0", credited=CREDITS)
    entities = json.loads((made.path / "ro-crate-metadata.json").read_text())["@graph"]
    return SimpleNamespace(path=made.path, of={entity["@id"]: entity for entity in entities})


def test_the_validator_finds_nothing_wrong_and_nothing_missing_that_is_known(crate, problems):
    found = problems(crate.path, "recommended")
    assert [one for one in found if not re.search(NO_HOME, one)] == []


def test_all_that_is_referred_to_is_told_and_every_term_is_known(crate):
    def references(value):
        if isinstance(value, dict):
            return [value["@id"]]
        return [one for item in value for one in references(item)] if isinstance(value, list) else []

    document = json.loads((crate.path / "ro-crate-metadata.json").read_text())
    outside = ("http://qudt.org/", "https://w3id.org/")
    for entity in document["@graph"]:
        for value in entity.values():
            for reference in references(value):
                assert reference in crate.of or reference.startswith(outside), entity["@id"]
    # The context of RO-Crate 1.1 does not know these.
    assert {"sha256", "environment", "containerImage", "resourceUsage"} <= set(document["@context"][1])


def test_runs_are_folders_and_share_what_they_share(crate):
    folder = path_id("50 % ünder #1?/")
    assert [one["@id"] for one in crate.of["./"]["hasPart"]] == [folder, "failed/", "generated/"]
    assert crate.of["generated/"]["temporalCoverage"].startswith("2024-02-01T00:00:00")
    inputs = {
        name: {one["@id"] for one in crate.of[f"#{name}/generate"]["object"]}
        for name in ("failed", "generated")
    }
    assert len(inputs["failed"] & inputs["generated"]) == 1  # but each has its own description
    assert len(inputs["failed"] | inputs["generated"]) == 3
    steps = [one["@id"] for one in crate.of["./"]["mentions"]]
    assert steps[3:] == ["#failed/generate", "#failed/run-1", "#failed/run-2", "#generated/generate"]


def test_attempts_tell_how_they_ended_and_with_what(crate):
    first, second = crate.of["#failed/run-1"], crate.of["#failed/run-2"]
    assert (first["@type"], second["@type"]) == (
        "ActivateAction",
        "CreateAction",
    )  # only the last left something
    assert "4" in second["error"]
    assert [one["@id"] for one in second["result"]] == [
        "failed/.rompy/stderr.log",
        "failed/.rompy/stdout.log",
    ]
    assert {crate.of[one["@id"]]["propertyID"] for one in second["resourceUsage"]} >= {"wall_s"}


def test_images_variables_and_inputs_are_told_and_secrets_are_not(crate):
    run = crate.of["#50%20%25%20%C3%BCnder%20%231%3F/run-1"]
    image = crate.of[run["containerImage"]["@id"]]
    assert (image["registry"], image["name"], image["tag"], image["sha256"]) == (
        "registry.example.org:5000", "waves/pond", "2.1", "a" * 64,
    )  # fmt: skip
    assert crate.of[run["environment"]["@id"]]["name"] == "OMP_NUM_THREADS"
    wind = crate.of["#input/wind.nc"]
    assert wind["url"] == "https://data.example.org/wind.nc?v=2"
    assert "sha256" not in wind  # it is of what was read, not of the file
    assert wind["identifier"] == "sha256:" + "b" * 64


def test_the_page_for_people_tells_it_all_and_runs_nothing(crate):
    page = (crate.path / "ro-crate-preview.html").read_text(encoding="utf-8")
    assert page.count("<script") == 1
    assert (
        'href="50%20%25%20%C3%BCnder%20%231%3F/a%26b%20%3Cc%3E.txt">50 % ünder #1?/a&amp;b &lt;c&gt;.txt</a>'
        in page
    )
    assert "failed:" in page
    embedded = json.loads(page.partition('ld+json">')[2].partition("</script>")[0])
    assert embedded == json.loads((crate.path / "ro-crate-metadata.json").read_text())


def test_the_library_of_the_community_reads_it(crate):
    from rocrate.rocrate import ROCrate

    found = ROCrate(crate.path)
    assert found.root_dataset["license"].id == "https://spdx.org/licenses/CC-BY-4.0"
    assert [author["name"] for author in found.root_dataset["author"]] == ["Ada Lovelace", "Mary Somerville"]
    assert found.preview.id == "ro-crate-preview.html"
    assert not [one.id for one in found.data_entities if one.type == "File" and not one.source.is_file()]
