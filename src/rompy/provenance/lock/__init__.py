"""A lock: what a run is made with, pinned in a file that later runs are held to."""

from rompy.provenance.lock.environment import Environment
from rompy.provenance.lock.error import LockError
from rompy.provenance.lock.lock import FORMAT, NAME, Lock
from rompy.provenance.lock.run import PinnedRun

__all__ = ["FORMAT", "NAME", "Environment", "Lock", "LockError", "PinnedRun"]
