"""Talks to the scheduler of a Dask cluster."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rompy.errors import PluginError, SubmitError
from rompy.run.truth import PlaceSilent

KNOWN = 15.0
"""Seconds until a scheduler must know a task that it has been given."""


class SchedulerGone(Exception):  # noqa: N818 - not an error of anybody here
    """Nothing listens at the address of a scheduler any more, or another one does."""


@dataclass(frozen=True)
class Address:
    """Where a scheduler listens, and how to talk to it."""

    url: str
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    host: str | None = None
    """Machine for which the address holds, when it is one of this machine alone."""
    timeout: float = 10.0

    @property
    def facts(self) -> dict[str, Any]:
        """For the record."""
        return asdict(self)

    @classmethod
    def at(cls, url: str, files: Sequence[str | None]) -> Address:
        """Of a scheduler that this machine reaches.

        Args:
            files: of TLS: authorities, certificate and key.
        """
        loopback = socket_of(url)[0] in ("127.0.0.1", "localhost", "::1")
        ca, cert, key = files
        return cls(url, ca, cert, key, socket.gethostname() if loopback else None)

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Address:
        """From the record."""
        return cls(**{name: facts[name] for name in cls.__dataclass_fields__ if name in facts})


@dataclass(frozen=True)
class Task:
    """One run, as plain words."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    """Variables that are kept in no file."""


class Scheduler:
    """A scheduler to which there is a connection."""

    def __init__(self, client: Any, address: Address, identity: str) -> None:
        self._client = client
        self.address = address
        self.id = identity

    def states(self, names: Sequence[str]) -> dict[str, str | None]:
        """Dask's own word for the state of tasks; None for one that it does not know (any more)."""
        found = self._ask(self._client.scheduler.get_task_status, keys=list(names))
        return {name: found.get(name) for name in names}

    def submit(self, tasks: Sequence[Task], *, resources: Mapping[str, float], priority: int) -> None:
        """Give it tasks that it does whether or not anybody waits for them. Returns when it knows them.

        A task is a call of a function of Python's own library with words as its arguments: nothing of rompy is sent,
        so that a worker needs nothing of it.

        Raises:
            SubmitError: it does not take them.
        """
        from distributed import fire_and_forget

        held = []  # until they are known: what nobody wants is forgotten
        for task in tasks:
            future = self._client.submit(
                subprocess.run,
                list(task.argv),
                input=json.dumps(dict(task.env)).encode("ascii"),
                key=task.name,
                pure=False,
                resources=dict(resources) or None,
                priority=priority,
            )
            fire_and_forget(future)
            held.append(future)
        names = [task.name for task in tasks]
        deadline = time.monotonic() + KNOWN
        while names:
            states = self.states(names)
            names = [name for name in names if states[name] is None]
            if names and time.monotonic() > deadline:
                raise SubmitError(
                    f"the Dask scheduler at {self.address.url} did not take {len(names)} task(s)"
                )
            time.sleep(0.005 if names else 0)

    def drop(self, names: Sequence[str]) -> None:
        """Forget tasks that have not been started. What runs is not touched by this."""
        from distributed import Future

        known = [name for name, state in self.states(names).items() if state is not None]
        if not known:
            return
        self._client.cancel([Future(name, client=self._client) for name in known], force=True)
        deadline = time.monotonic() + KNOWN
        while time.monotonic() < deadline and any(self.states(known).values()):
            time.sleep(0.01)

    def blind_workers(self, path: Path) -> list[str]:
        """Workers that are there and do not see a file."""
        try:
            seen = self._ask(
                self._client.run, os.path.isfile, str(path), on_error="return", asynchronous=True
            )
        except PlaceSilent:  # a worker that hangs
            return []
        return sorted(worker for worker, answer in seen.items() if answer is False)

    def is_idle(self) -> bool:
        """Whether it has nothing to do, and has had nothing to do when it was last asked."""
        return self._ask(self._client.scheduler.check_idle) is not None

    def _ask(self, question: Any, *words: Any, **values: Any) -> Any:
        async def asked() -> Any:
            return await question(*words, **values)

        try:
            return self._client.sync(asked, callback_timeout=timedelta(seconds=self.address.timeout))
        except (OSError, asyncio.TimeoutError, TimeoutError) as error:
            raise PlaceSilent(_text(error)) from error


@dataclass(frozen=True)
class Answer:
    """What a scheduler says when it is asked."""

    id: str
    """Names this scheduler for as long as it lives; one that is started anew has another."""
    states: Mapping[str, str | None]
    """Dask's own word for the state of tasks; None for one that it does not know (any more)."""


def ask(address: Address, names: Sequence[str] = ()) -> Answer:
    """Ask a scheduler for tasks, with nothing but two small questions. Takes no longer than the address allows.

    Raises:
        PlaceSilent: it does not answer.
        SchedulerGone: nothing listens there.
    """
    require_distributed()
    if address.host not in (None, socket.gethostname()):
        raise PlaceSilent(f"its scheduler listens on {address.host} only; ask there")
    try:
        return _answer(address, list(names), min(SOON, address.timeout))
    except _NO_ANSWER as error:
        _knock(address)  # Dask itself tries a dead address until its patience is over
        if not isinstance(error, (asyncio.TimeoutError, TimeoutError)):
            raise PlaceSilent(f"{address.url}: {_text(error)}") from error
    try:
        return _answer(address, list(names), address.timeout)
    except _NO_ANSWER as error:
        raise PlaceSilent(f"{address.url}: {_text(error)}") from error


def _answer(address: Address, names: list[str], seconds: float) -> Answer:
    from distributed.core import rpc

    security = _security(address)

    async def questions() -> Answer:
        connection = rpc(address.url, timeout=seconds, connection_args=security.get_connection_args("client"))
        try:
            identity = await connection.identity(n_workers=0)
            states = await connection.get_task_status(keys=names) if names else {}
        finally:
            await connection.close_rpc()
        return Answer(str(identity["id"]), states)

    async def in_time() -> Answer:
        return await asyncio.wait_for(questions(), seconds)

    # In a thread of its own, for the caller may have an event loop that runs.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, in_time()).result()


_NO_ANSWER = (OSError, asyncio.TimeoutError, TimeoutError, ValueError, TypeError, RuntimeError)
SOON = 1.0
"""Seconds within which a scheduler answers as a rule."""


@contextmanager
def connected(address: Address) -> Iterator[Scheduler]:
    """A connection that tasks can be given over.

    Raises:
        PlaceSilent: it does not answer.
        SchedulerGone: nothing listens there.
    """
    identity = ask(address).id  # a client would wait for ever for one that listens and does not answer
    from distributed import Client

    try:
        client = Client(
            address.url, security=_security(address), set_as_default=False, timeout=address.timeout
        )
    except _NO_ANSWER as error:
        raise PlaceSilent(_text(error)) from error
    try:
        yield Scheduler(client, address, identity)
    finally:
        client.close()


def require_distributed() -> None:
    """Raise a PluginError unless Dask's distributed part is installed."""
    if find_spec("distributed") is None:
        raise PluginError("running on Dask needs distributed", hint='pip install "rompy[dask]"')


def socket_of(url: str) -> tuple[str, int]:
    """Host and port of an address."""
    host, _, port = url.partition("://")[2].rpartition(":")
    return host.strip("[]"), int(port)


def _security(address: Address) -> Any:
    from distributed.security import Security

    if address.ca_file is None:
        return Security()
    return Security(
        require_encryption=True,
        tls_ca_file=address.ca_file,
        tls_client_cert=address.cert_file,
        tls_client_key=address.key_file,
    )


def _knock(address: Address) -> None:
    """Whether anybody listens at all. For an address that was silent: a mere knock is a warning in the log of TLS."""
    if not address.url.startswith(("tcp://", "tls://")):
        return
    try:
        socket.create_connection(socket_of(address.url), timeout=address.timeout).close()
    except ConnectionRefusedError as error:
        raise SchedulerGone(f"nothing listens at {address.url}") from error
    except OSError as error:
        raise PlaceSilent(f"{address.url}: {error.strerror or error}") from error


def _text(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
