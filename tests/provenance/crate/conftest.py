"""The validator of RO-Crates, a program of its own, without a network.

It wants to fetch the context of RO-Crate; the one that the package rocrate brings is put into its cache instead.
"""

import json
import os
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

FILL = """
import io, sys
import requests_cache
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

cache, document = sys.argv[1], open(sys.argv[2], "rb").read()

class Local(HTTPAdapter):
    def send(self, request, **kwargs):
        headers = {"Content-Type": "application/ld+json"}
        raw = HTTPResponse(io.BytesIO(document), headers, 200, preload_content=False, request_url=request.url)
        return self.build_response(request, raw)

with requests_cache.CachedSession(cache, backend="sqlite", expire_after=-1) as session:
    session.mount("https://w3id.org", Local())
    for version in ("1.1", "1.2", "1.3"):
        for headers in ({}, {"Accept": "application/ld+json"}):
            session.get(f"https://w3id.org/ro/crate/{version}/context", headers=headers)
"""


@pytest.fixture(scope="session")
def validator():
    """The program, from an environment beside that of the tests, or from the path."""
    beside = Path(sys.prefix) / "validator" / "bin" / "rocrate-validator"
    found = str(beside) if beside.is_file() else shutil.which("rocrate-validator")
    if found is None:
        reason = "CRATES ARE NOT VALIDATED: there is no rocrate-validator; make test installs it"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return Path(found)


@pytest.fixture(scope="session")
def contexts(validator, tmp_path_factory):
    """A cache of what the validator would fetch."""
    path = tmp_path_factory.mktemp("contexts") / "cache"
    python = validator.with_name("python")
    with resources.as_file(resources.files("rocrate") / "data" / "ro-crate.jsonld") as document:
        subprocess.run([python, "-c", FILL, path, document], check=True, timeout=120)
    return path


@pytest.fixture
def problems(validator, contexts, tmp_path):
    """``problems(crate, level)``: what the validator finds wrong with it as a Process Run Crate."""

    def problems(crate, level):
        told = tmp_path / "report.json"
        command = [
            validator,
            "--disable-color",
            "validate",
            "--offline",
            "--cache-path",
            contexts,
            "--no-paging",
        ]
        command += ["-p", "process-run-crate", "-l", level, "-f", "json", "-o", told, crate]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
        assert told.is_file(), done.stdout + done.stderr
        report = json.loads(told.read_text())
        assert report["passed"] == (done.returncode == 0) == (not report["issues"]), done.stdout + done.stderr
        assert report["statistics"]["total_checks"] >= 40
        return [f"{issue['message']} ({issue.get('violatingEntity')})" for issue in report["issues"]]

    return problems
