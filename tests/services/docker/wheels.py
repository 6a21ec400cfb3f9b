"""Makes wheels of distributions that are installed, with all that they require: no network, and the same bytes.

Usage: python wheels.py FOLDER NAME [NAME ...]

Tests of the distributions themselves are left out.
"""

import base64
import csv
import hashlib
import io
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LEFT_OUT = {"__pycache__", "tests", "RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}


def required(names):
    """Distributions by their names, what they require included."""
    found, waiting = {}, list(names)
    while waiting:
        dist = distribution(waiting.pop())
        if canonicalize_name(dist.metadata["Name"]) in found:
            continue
        found[canonicalize_name(dist.metadata["Name"])] = dist
        wanted = map(Requirement, dist.requires or ())
        waiting += [one.name for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    return found


def wheel_name(dist):
    about = [line for line in (dist.read_text("WHEEL") or "").splitlines() if line.startswith("Tag: ")]
    tags = [line.removeprefix("Tag: ").strip().split("-") for line in about]
    joined = "-".join(".".join(dict.fromkeys(parts)) for parts in zip(*tags, strict=True))
    return f"{canonicalize_name(dist.metadata['Name']).replace('-', '_')}-{dist.version}-{joined}.whl"


def pack(dist, folder):
    """Write the wheel of one distribution."""
    rows = []
    with zipfile.ZipFile(folder / wheel_name(dist), "w", zipfile.ZIP_STORED) as wheel:
        for file in sorted(dist.files or (), key=str):
            path = Path(file.locate())
            if file.parts[0] == ".." or LEFT_OUT & set(file.parts) or not path.is_file():
                continue
            content = path.read_bytes()
            wheel.writestr(zipfile.ZipInfo(str(file)), content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            rows.append((str(file), f"sha256={digest}", len(content)))
        record = next(str(f) for f in dist.files if f.name == "RECORD")
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([*rows, (record, "", "")])
        wheel.writestr(zipfile.ZipInfo(record), text.getvalue())


def main(folder, *names):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for dist in required(names).values():
        pack(dist, folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
