"""Which version of a dataset a service holds, by what it tells about the dataset."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urlsplit

from rompy.transfer.http import explained
from rompy.transfer.version import DESCRIBED, Version

STAMPS = ("date_modified", "date_created", "creation_date", "history", "last_modified", "tracking_id")
"""Attributes of a whole dataset that change when it is made anew (ACDD and CF), in lower case. Without one of them a
description may stay the same while values change."""


def dap_version(uri: str) -> Version:
    """The version of a dataset on an OPeNDAP server: by the tag or time in its headers, or else by its description.

    The description (DDS and DAS) tells the lengths of axes, so that it changes when data are added, and counts as a
    version only if it states when or how the dataset was made.

    Raises:
        TransferError: the server cannot be reached.
    """
    from rompy.transfer.asking import ask

    base = re.sub(r"^dap[24]?://", "http://", uri).partition("?")[0].rstrip("/")
    with explained(base):
        answers = [ask(f"{base}.{kind}") for kind in ("dds", "das")]
    told = [Version.of_headers(answer.headers, None) for answer in answers]
    stamps = [stamp for one in told for stamp in (one.etag, one.modified) if stamp]
    text = "\n".join(_without_requests(answer.text, urlsplit(base).path) for answer in answers)
    if not stamps and not states_its_making(re.findall(r"\b(?:String|Url)\s+\"?([\w.]+)\"?", text)):
        return Version()
    return described("\n".join([*stamps, text]))


def _without_requests(text: str, path: str) -> str:
    """A description without the lines of its history that tell of this very request, as ERDDAP adds them."""
    told = ("(local files)", f"{path}.das", f"{path}.dds")
    return "\n".join(line for line in text.splitlines() if not any(sign in line for sign in told))


def states_its_making(attributes: list[str]) -> bool:
    """Whether names of attributes of a dataset include one that tells when or how it was made."""
    return any(name.lower() in STAMPS for name in attributes)


def described(text: str) -> Version:
    """The version that a description stands for."""
    return Version(etag=DESCRIBED + hashlib.sha256(text.encode()).hexdigest())
