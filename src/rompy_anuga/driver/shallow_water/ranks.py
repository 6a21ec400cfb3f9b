"""One process, or several that share the mesh under MPI.

What several processes must do together (sum a volume, agree on failing) is done here, so that none is left waiting
for another for ever: MPI ranks wait at full speed and without end.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable
from typing import IO, Any, TypeVar

from .problems import InputError

T = TypeVar("T")


class Ranks:
    """The processes of this run.

    Args:
        communicator: mpi4py's COMM_WORLD, or None where there is no MPI.
    """

    def __init__(self, communicator: Any = None) -> None:
        self._communicator = communicator
        self.size: int = communicator.Get_size() if communicator else 1
        self.rank: int = communicator.Get_rank() if communicator else 0

    @property
    def is_first(self) -> bool:
        """Whether this process speaks for all."""
        return self.rank == 0

    def on_first(self, work: Callable[[], T]) -> T | None:
        """Do something on the first rank only; where it refuses the input, all ranks do.

        Raises:
            InputError: on every rank, with the same message.
        """
        return self.together(work if self.is_first else lambda: None)

    def together(self, work: Callable[[], T]) -> T:
        """Do something on every rank; where one refuses the input, all do.

        Raises:
            InputError: on every rank, with the message of the first that refused.
        """
        if self.size == 1:
            return work()
        refusal = None
        try:
            result = work()
        except InputError as error:
            refusal = str(error)
        refusals = [message for message in self._communicator.allgather(refusal) if message is not None]
        if refusals:
            raise InputError(refusals[0])
        return result

    def largest(self, value: float) -> float:
        """The largest of all ranks' values. Every rank must call it."""
        if self.size == 1:
            return value
        from mpi4py import MPI

        return float(self._communicator.allreduce(value, op=MPI.MAX))

    def end(self) -> None:
        """Take leave of each other at the end of a good run. Nothing collective may follow."""
        if self.size > 1:
            self._communicator.Barrier()

    def abort(self, status: int) -> None:
        """End the other ranks too, as soon as it is heard why; does nothing where this process is alone."""
        if self.size > 1:
            _wait_until_read(sys.stderr)
            self._communicator.Abort(status)


def _wait_until_read(stream: IO[str], seconds: float = 5.0) -> None:
    """Wait until the other end of a pipe has taken what was written: mpiexec drops what it has not read by an abort."""
    import fcntl
    import termios

    stream.flush()
    descriptor = stream.fileno()
    deadline = time.monotonic() + seconds
    while stat.S_ISFIFO(os.fstat(descriptor).st_mode) and time.monotonic() < deadline:
        unread = fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4))
        if not any(unread):
            return
        time.sleep(0.01)


def join() -> Ranks:
    """The ranks that were started together with this one.

    Raises:
        InputError: several were started, but there is no working mpi4py to tell them apart.
    """
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:  # the latter where it is installed but no MPI library is
        started = os.environ.get("PMI_SIZE") or os.environ.get("OMPI_COMM_WORLD_SIZE") or "1"
        if started != "1":
            raise InputError(f"{started} ranks were started, but mpi4py cannot be used: {error}") from error
        sys.modules["mpi4py"] = None  # type: ignore[assignment]  # or anuga trips over it again
        return Ranks()
    return Ranks(MPI.COMM_WORLD)


def check_size(ranks: Ranks, wanted: int) -> None:
    """Refuse to run with another number of ranks than the case asks for.

    Raises:
        InputError: the numbers differ.
    """
    if ranks.size != wanted:
        raise InputError(
            f"numerics.ranks: the case asks for {wanted} and {ranks.size} started; "
            + (f"start it with mpiexec -n {wanted}" if wanted > 1 else "start it without mpiexec")
        )
