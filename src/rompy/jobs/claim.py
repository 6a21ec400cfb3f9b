"""A claim on a workspace between machines, where no lock of the operating system is shared."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from rompy.core.json_file import parsed
from rompy.jobs import supervise
from rompy.jobs.heartbeat import owner_is_alive

STALE = 300.0
"""Seconds after which a claim of another machine is taken for left behind. Handing a job over takes a moment; whatever
comes after is told by the job's heartbeat."""
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)


class Claimed(Exception):  # noqa: N818 - turned into an error with words for people by the lock
    """Somebody else has the claim."""

    def __init__(self, owner: dict[str, Any]) -> None:
        super().__init__(owner)
        self.owner = owner


class Claim:
    """The symbolic link ``.rompy/claim``, which points nowhere and whose target is the text of the owner's facts.

    A link comes into being whole, and only where there is none yet, on network file systems too. A claim whose owner
    has died is taken over: at once on the same machine, after ``STALE`` seconds from another one. Where there are no
    links, there is no claim.
    """

    def __init__(self, hidden: Path) -> None:
        self._path = hidden / "claim"
        self._held = False

    def take(self, owner: Mapping[str, Any], now: float) -> None:
        """Make the claim.

        Args:
            owner: facts about this process.
            now: the present time by the clock of the file system.

        Raises:
            Claimed: somebody else was faster.
            OSError: the folder cannot be written.
        """
        text = json.dumps(owner, sort_keys=True)
        for _ in range(3):
            try:
                os.symlink(text, self._path)  # noqa: PTH211
            except FileExistsError:  # noqa: PERF203
                self._set_aside(now)
            except OSError as error:
                if error.errno in _NO_LINKS:
                    return
                raise
            else:
                self._held = True
                return
        raise Claimed(_facts(_text(self._path)))

    def release(self) -> None:
        """Give it back, if it was got."""
        if self._held:
            self._held = False
            with suppress(OSError):
                self._path.unlink()

    def _set_aside(self, now: float) -> None:
        """Remove a claim that was left behind; of two who do so at the same time, one is refused."""
        try:
            text, age = _text(self._path), now - self._path.lstat().st_mtime
        except FileNotFoundError:
            return
        owner = _facts(text)
        here = owner.get("boot_id") == supervise.boot_id()
        if owner_is_alive(owner) if here else abs(age) < STALE:
            raise Claimed(owner)
        aside = self._path.with_name(f"claim.{os.urandom(6).hex()}")
        try:
            self._path.rename(aside)
        except FileNotFoundError:
            return
        taken = _text(aside)
        if taken != text:  # it was somebody else's new one already: give it back
            with suppress(OSError):
                os.symlink(taken, self._path)  # noqa: PTH211
        with suppress(OSError):
            aside.unlink()
        if taken != text:
            raise Claimed(_facts(taken))


def _text(path: Path) -> str:
    try:
        return str(os.readlink(path))  # noqa: PTH115 - a Path would change the text
    except OSError:
        return ""


def _facts(text: str) -> dict[str, Any]:
    try:
        facts = parsed(os.fsencode(text))
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}
