"""Runs the model of one workspace and tells the truth about how it ended.

Usage: python3 .rompy/supervise.py [--time-limit S] [--grace S] [--attempt N] [--inherit-output]

This file is copied into the workspace, so that the model is started in the same way everywhere, also where rompy is
not installed: it needs nothing but the standard library of any Python from 3.6 on, on a POSIX system.

Three processes, so that no single death leaves a model without an owner:

* the *guardian* (the process that was started) adopts whatever the others leave behind. When the supervisor is
  killed, it ends the model and writes that the job is lost;
* the *supervisor* starts ``launch.sh`` in a session of its own, enforces the time limit, looks for the file CANCEL,
  writes ``heartbeat.json``, measures, and writes ``result.json`` whole or not at all;
* the *model*, with ``stdout.log`` and ``stderr.log`` as its output: no pipe, so any amount of it costs nothing.

All paths are relative to the workspace, which may therefore be renamed while the model runs. The lock on the
workspace is handed down to the model: it is free only when the last of its processes has gone.

Some models end with 0 after they have failed. What success looks like may be said in ``success.json``: files that must
or must not be there, patterns that a log must or must not hold; ``result.json`` names the rule that was broken.

Exit status: 0 the model succeeded; its own exit code when it failed (1 when only a rule says so); 124 time limit;
130 cancelled; 74 the result could not be written; 75 another run uses the workspace, or a later attempt has been made;
70 the supervisor died.
"""
# ruff: noqa: UP006, UP035, UP045, B905 - Python 3.6 knows no newer spelling
# ruff: noqa: PTH100, PTH105, PTH110, PTH112, PTH113, PTH115, PTH116, PTH118, PTH119, PTH120, PTH123, PTH207, PTH208 - pathlib would double the start time
# ruff: noqa: PERF203 - the loops here wait, they do not hurry

import errno
import fcntl
import json
import os
import re
import resource
import select
import signal
import stat
import sys
import time
from collections import namedtuple
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:  # this file starts once for each run: what is not imported need not be waited for
    from typing import Any, Callable, Dict, List, NoReturn, Optional, Set, Tuple

HIDDEN = ".rompy"
LAUNCH = os.path.join(HIDDEN, "launch.sh")
RESULT = os.path.join(HIDDEN, "result.json")
INTERRUPTED = os.path.join(HIDDEN, "interrupted.json")
HEARTBEAT = os.path.join(HIDDEN, "heartbeat.json")
PROGRAMS = os.path.join(HIDDEN, "programs.json")
CANCEL = os.path.join(HIDDEN, "CANCEL")
LOCK = os.path.join(HIDDEN, "lock")
LOGS = {"stdout": os.path.join(HIDDEN, "stdout.log"), "stderr": os.path.join(HIDDEN, "stderr.log")}
SUCCESS = os.path.join(HIDDEN, "success.json")
RECORD = os.path.join(HIDDEN, "job.json")

RESULT_FORMAT = "rompy-result/1"
HEARTBEAT_FORMAT = "rompy-heartbeat/1"
PROGRAMS_FORMAT = "rompy-programs/1"

TICK = 0.25
"""Seconds between looks at CANCEL and the time limit. The end of the model is noticed at once."""
BEAT = 5.0
"""Seconds between heartbeats, in the steady state; the first ones come faster."""
LEFTOVER_GRACE = 5.0
"""Seconds that processes get which the model left behind when it ended."""
UNKILLABLE = 15.0
"""Seconds to wait for killed processes to go (one that waits for a dead file server cannot be killed)."""
SAME_REQUEST = 1.0
"""Seconds within which two stop signals are one request."""
SAME_MOMENT = 0.3
"""Seconds within which a signal reaches all processes of a job."""
VANISHED = 3.0
"""Seconds that the folder must be missing before the run is given up."""
LOCK_PATIENCE = 5.0
"""Seconds to wait for a lock that a mere look at the workspace may hold for an instant."""
RESERVE = 32768
"""Bytes kept on disk for the result, so that a full disk cannot swallow it."""
OURS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
"""How files are opened to be written: what a link leads to is somebody else's."""
MARK = "ROMPY_SUPERVISOR"
"""Environment variable by which processes of a model are known, see ``mark``."""
OWNER_BYTES = 512
"""Room for the owner's facts in the lock file."""
WORDS = 2000
"""Characters of the model's last output that go into the reason."""

EXIT_DIED, EXIT_UNWRITTEN, EXIT_IN_USE, EXIT_TIMEOUT, EXIT_CANCELLED = 70, 74, 75, 124, 130


# --- processes ---------------------------------------------------------------------------------------------------


Process = namedtuple("Process", ["parent", "session", "zombie", "start", "rss"])
"""A row of the process table: pid of the parent, session, whether it has ended and waits to be collected, clock ticks
from boot to its start (with the pid and the boot these name a process for ever), resident memory in bytes."""


_BOOT = []  # type: List[str]


def boot_id() -> str:
    """Names this boot of this machine; empty where the system does not tell."""
    if not _BOOT:
        try:
            with open("/proc/sys/kernel/random/boot_id") as file:
                _BOOT.append(file.read().strip())
        except OSError:
            return ""
    return _BOOT[0]


def start_mark(pid: int) -> "Optional[str]":
    """What tells a process from a later one with the same pid; None when there is no such live process."""
    if os.path.isdir("/proc/self"):
        process = _read_stat(pid)
        return None if process is None or process.zombie else process.start
    rows = _ps(("stat", "lstart"), "-p", str(pid))
    return None if not rows or rows[0].startswith("Z") else " ".join(rows[0].split()[1:])


def is_alive(pid: int, mark: "Optional[str]", boot: str) -> bool:
    """Whether the process that ``start_mark`` and ``boot_id`` described still runs on this machine."""
    return boot == boot_id() and mark is not None and start_mark(pid) == mark


def _read_stat(pid: int) -> "Optional[Process]":
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name in parentheses may hold anything, also blanks and parentheses.
            fields = file.read().rpartition(b")")[2].split()
        return Process(
            parent=int(fields[1]),
            session=int(fields[3]),
            zombie=fields[0] in (b"Z", b"X"),
            start=fields[19].decode(),
            rss=int(fields[21]) * resource.getpagesize(),
        )
    except (OSError, IndexError, ValueError):  # ended in between
        return None


def process_table() -> "Dict[int, Process]":
    """All processes of the machine that can be seen."""
    if not os.path.isdir("/proc/self"):
        return _table_from_ps()
    table = {}
    for name in os.listdir("/proc"):
        process = _read_stat(int(name)) if name.isdigit() else None
        if process is not None:
            table[int(name)] = process
    return table


def _table_from_ps() -> "Dict[int, Process]":
    table = {}
    for line in _ps(("pid", "ppid", "sess", "stat", "rss"), "-A"):
        fields = line.split()
        if len(fields) == 5:
            session = int(fields[2]) if fields[2].isdigit() else 0
            table[int(fields[0])] = Process(
                int(fields[1]), session, fields[3].startswith("Z"), "", int(fields[4]) * 1024
            )
    return table


def _ps(columns: "Tuple[str, ...]", *which: str) -> "List[str]":
    import subprocess

    command = ["ps", *which]
    for column in columns:
        command += ["-o", column + "="]
    try:
        output = subprocess.check_output(command, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return []
    return [line.strip() for line in output.decode("ascii", "replace").splitlines() if line.strip()]


def family(table: "Dict[int, Process]", ancestor: int, session: "Optional[int]" = None) -> "Set[int]":
    """Live processes below ``ancestor``, and those of a session even when they have left its line."""
    children = {}  # type: Dict[int, List[int]]
    for pid, process in table.items():
        children.setdefault(process.parent, []).append(pid)
    found = set()  # type: Set[int]
    waiting = [ancestor]
    if session is not None:
        waiting += [pid for pid, process in table.items() if process.session == session]
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += children.get(pid, [])
    return {pid for pid in found - {ancestor, os.getpid()} if pid in table and not table[pid].zombie}


def adopt_orphans() -> bool:
    """Make processes whose parent dies ours instead of init's, so that none can slip away. Linux only.

    Whether it is so: then a process without children has no descendants at all.
    """
    return _prctl(36, 1)  # PR_SET_CHILD_SUBREAPER


def die_with_parent(parent: int) -> None:
    """Let this process be killed when its parent dies, whoever else dies with it. Linux only."""
    _prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:  # it has died before
        os.kill(os.getpid(), signal.SIGKILL)


def _prctl(option: int, value: int) -> bool:
    with suppress(ImportError, OSError, AttributeError):
        import ctypes

        return bool(ctypes.CDLL(None).prctl(option, value, 0, 0, 0) == 0)
    return False


def mark(pid: int, start: "Optional[str]") -> str:
    """Value of the environment variable ``MARK`` in all processes of a model, by which they are found when both of
    those that watched them have been killed."""
    return f"{boot_id()} {pid} {start}"


def send(pids: "Set[int]", signum: int) -> None:
    """Signal processes; those that are gone or not ours are passed over."""
    for pid in pids:
        with suppress(OSError):
            os.kill(pid, signum)


def print_trace() -> None:
    """Write the present exception to standard error, whatever has become of ``sys.stderr``."""
    import traceback  # only needed when things go wrong

    with suppress(OSError):
        os.write(2, traceback.format_exc().encode("utf-8", "replace"))


# --- files -------------------------------------------------------------------------------------------------------


def utc(stamp: float) -> str:
    """A time as RFC 3339 text in UTC."""
    seconds, milliseconds = divmod(int(stamp * 1000), 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{milliseconds:03d}Z"


def get(path: str) -> "Any":
    """Read JSON. Raises OSError, also for what is no regular file (a pipe would be waited for), or ValueError."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.ENXIO, "it is no regular file", path)
        try:
            return json.loads(file.read().decode("utf-8"))
        except RecursionError:
            raise ValueError("it is nested too deeply") from None


def put(path: str, value: "Any", sync: bool = True) -> None:
    """Write JSON whole or not at all. Overwrites a reserved file in place, which needs no new space on disk."""
    part = _part_of(path)
    with os.fdopen(os.open(part, OURS, 0o666), "r+b") as file:
        file.write((json.dumps(value, sort_keys=True, indent=1) + "\n").encode("ascii"))
        file.truncate()
        file.flush()
        if sync:
            os.fsync(file.fileno())
    os.replace(part, path)


def reserve(path: str) -> float:
    """Claim the space on disk that ``put`` will need. Returns the present time by the clock of the file system."""
    with os.fdopen(os.open(_part_of(path), OURS | os.O_TRUNC, 0o666), "wb") as file:
        file.write(b" " * RESERVE)
        file.flush()
        os.fsync(file.fileno())
        return os.fstat(file.fileno()).st_mtime


def _part_of(path: str) -> str:
    return os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.part")


def last_words(path: str, lines: int = 5) -> "List[str]":
    """The last non-empty lines of a log, safe to show: no control characters, no broken encoding."""
    try:
        with open(path, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 4 * WORDS))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return []
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)  # colours and cursor movements
    shown = [
        re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "", line).rstrip() for line in re.split(r"[\r\n]+", text)
    ]
    kept = [line for line in shown if line.strip()][-lines:]
    while len(kept) > 1 and sum(map(len, kept)) > WORDS:
        kept.pop(0)
    return [line[-WORDS:] for line in kept]


# --- lock --------------------------------------------------------------------------------------------------------


def owner_facts(role: str) -> "Dict[str, Any]":
    """Who holds the lock, for the message that another one will get."""
    return {
        "boot_id": boot_id(),
        "host": os.uname().nodename,
        "pid": os.getpid(),
        "pid_start": start_mark(os.getpid()),
        "role": role,
        "since": utc(time.time()),
    }


def write_owner(lock_fd: int, facts: "Optional[Dict[str, Any]]") -> None:
    """Note the owner in the lock file; None clears it.

    The file keeps its length: cutting one short makes some file systems write it to the disk at once, and on a full
    disk a new owner finds the place of the last one.
    """
    text = b"" if facts is None else json.dumps(facts, sort_keys=True).encode("ascii")
    with suppress(OSError):  # a full disk must not stop a run; the lock itself holds
        os.pwrite(lock_fd, text.ljust(max(OWNER_BYTES, os.fstat(lock_fd).st_size) - 1) + b"\n", 0)


def take_lock(patience: float = LOCK_PATIENCE) -> "Optional[int]":
    """Lock the workspace; None when another run holds it. File systems without locks are taken as they are."""
    handle = os.open(LOCK, OURS, 0o666)
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return handle
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EINTR):
                return handle
            if time.monotonic() >= deadline:
                os.close(handle)
                return None
            time.sleep(0.05)


# --- what an end means -------------------------------------------------------------------------------------------


def signal_name(number: int) -> str:
    """``SIGKILL`` for 9; real-time signals have no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def machine() -> "Dict[str, Any]":
    """What the results may depend on of this machine, by the names that `rompy.manifest.host` has for it."""
    system = os.uname()
    facts = {
        "name": system.nodename,
        "system": system.sysname,
        "release": system.release,
        "machine": system.machine,
        "cpus": os.cpu_count(),
    }  # type: Dict[str, Any]
    with suppress(OSError, ValueError):
        facts["memory_bytes"] = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):
        facts["libc"] = os.confstr("CS_GNU_LIBC_VERSION")
    with suppress(OSError), open("/proc/cpuinfo", errors="replace") as file:
        names = (line.partition(":")[2].strip() for line in file if line.startswith("model name"))
        facts["processor"] = next(names, None)
    return {name: fact for name, fact in facts.items() if fact}


def oom_kills() -> "Optional[int]":
    """How often this kernel has killed a process for want of memory since it booted."""
    with suppress(OSError, ValueError), open("/proc/vmstat") as file:
        for line in file:
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return None


MEANINGS = {
    126: "the command is there but cannot be executed",
    127: "command not found",
}
SIGNAL_MEANINGS = {
    "SIGSEGV": "it touched memory that is not its own",
    "SIGBUS": "bad memory access, or the disk below a mapped file is full",
    "SIGFPE": "arithmetic error such as a division by zero",
    "SIGILL": "the program was built for another processor",
    "SIGABRT": "it gave up by itself",
    "SIGXCPU": "the limit on CPU time was reached",
    "SIGXFSZ": "the limit on file size was reached",
}


def explain(exit_code: "Optional[int]", signame: "Optional[str]", oom_seen: bool) -> str:
    """The end of a model that failed, in words."""
    if exit_code is not None:
        if exit_code > 128 and exit_code - 128 in set(signal.Signals):
            name = signal_name(exit_code - 128)  # how shells and mpiexec report a signal of their child
            meaning = _after_colon(_meaning(name, oom_seen))
            return f"exit code {exit_code}, which stands for {name}{meaning}"
        return f"exit code {exit_code}{_after_colon(MEANINGS.get(exit_code))}"
    return f"killed by {signame}{_after_colon(_meaning(signame, oom_seen))}"


def _after_colon(text: "Optional[str]") -> str:
    return f": {text}" if text else ""


def _meaning(signame: "Optional[str]", oom_seen: bool) -> "Optional[str]":
    if signame == "SIGKILL" and oom_seen:
        return "out of memory (the kernel ended a process for want of memory during the run)"
    if signame == "SIGKILL":
        return "not by rompy; often out of memory, or somebody ended it by hand"
    return SIGNAL_MEANINGS.get(signame or "")


# --- what success looks like -------------------------------------------------------------------------------------


def broken_rule(since: float) -> "Optional[Tuple[str, str]]":
    """The first rule of ``success.json`` that does not hold, as its name and what is wrong; None when all hold.

    Files that are older than ``since`` (a stamp of the same file system) were left by somebody else and do not count.
    """
    try:
        rules = get(SUCCESS)
    except FileNotFoundError:
        return None
    for pattern in rules.get("must_not_exist", ()):
        for path in _fresh(pattern, since):
            words = last_words(path)
            says = ", which says:\n  " + "\n  ".join(words) if words else ""
            return f"must_not_exist: {pattern}", f"the model wrote {path}{says}"
    for rule in rules.get("must_not_match", ()):
        for path in _fresh(rule["file"], since):
            line = _line_with(path, rule["pattern"])
            if line is not None:
                return f"must_not_match: {rule['pattern']}", f"{path} says:\n  {line}"
    for pattern in rules.get("must_exist", ()):
        if not _fresh(pattern, since):
            return f"must_exist: {pattern}", f"the model has not written {pattern}"
    for rule in rules.get("must_match", ()):
        if all(_line_with(path, rule["pattern"]) is None for path in _fresh(rule["file"], since)):
            return f"must_match: {rule['pattern']}", f"{rule['file']} does not say {rule['pattern']!r}"
    return None


def _fresh(pattern: str, since: float) -> "List[str]":
    """Files with something in them that match a pattern and were written by this run: an empty one says nothing, and
    many models open their error file at the start."""
    if pattern in LOGS:
        return [LOGS[pattern]] if os.path.exists(LOGS[pattern]) else []
    import glob

    found = []
    for path in sorted(glob.glob(pattern, recursive=True)):
        with suppress(OSError):
            status = os.stat(path)
            if os.path.isfile(path) and status.st_size and status.st_mtime >= since:
                found.append(path)
    return found


def _line_with(path: str, pattern: str) -> "Optional[str]":
    expression = re.compile(pattern.encode("utf-8"))
    with suppress(OSError), open(path, "rb") as file:
        while True:
            line = file.readline(65536)  # binary data may have no line ends at all
            if not line:
                break
            if expression.search(line):
                return re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", line.decode("utf-8", "replace")).strip()[-WORDS:]
    return None


# --- what is executed --------------------------------------------------------------------------------------------


class Programs:
    """The programs that the model consists of and the libraries they load, as the kernel tells (Linux only).

    They are looked for at heartbeats, and digests are made beside the run; nothing that goes wrong here matters to it.
    """

    LOOKS = 6
    """How often a process is looked at: libraries may be loaded late."""
    MOST = 64
    """Processes that are looked at; the ranks of a large job are all the same."""

    def __init__(self, attempt: int) -> None:
        self.attempt = attempt
        self.main = None  # type: Optional[str]
        self.looks = {}  # type: Dict[int, int]
        self.programs = {}  # type: Dict[str, Dict[str, Any]]
        self.libraries = {}  # type: Dict[str, Dict[str, Any]]
        self.hashed = None  # type: Any

    def look(self, pids: "Set[int]", model: int) -> None:
        """Look at processes, and write down what is new."""
        known = len(self.programs) + len(self.libraries)
        for pid in sorted(pids):
            if pid in self.looks or len(self.looks) < self.MOST:
                self.looks[pid] = self.looks.get(pid, 0) + 1
                if self.looks[pid] <= self.LOOKS:
                    with suppress(OSError):
                        self.look_at(pid, pid == model)
        if len(self.programs) + len(self.libraries) > known:
            self.digest_programs()
            self.write()

    def look_at(self, pid: int, is_main: bool) -> None:
        """Take up the program of a process and what it has mapped to execute."""
        program = os.readlink(f"/proc/{pid}/exe")
        if is_main:
            self.main = program
        self.add(program, self.programs)
        with open(f"/proc/{pid}/maps", "rb") as file:
            for line in file:
                fields = line.rstrip(b"\n").split(None, 5)
                if len(fields) == 6 and b"x" in fields[1] and fields[5].startswith(b"/"):
                    path = os.fsdecode(fields[5])
                    if path not in self.programs:
                        self.add(path, self.libraries)

    def add(self, path: str, kind: "Dict[str, Dict[str, Any]]") -> None:
        """Remember a file by its size and time of modification."""
        if path not in kind:
            with suppress(OSError):
                status = os.stat(path)
                kind[path] = {"bytes": status.st_size, "modified_ns": status.st_mtime_ns}

    def digest_programs(self) -> None:
        """Read the programs for their digests, in a thread."""
        if self.hashed is None:
            import threading

            self.hashed = threading.Thread(target=self.read_programs, daemon=True)
            self.hashed.start()

    def read_programs(self) -> None:
        import hashlib

        for path in list(self.programs):
            digest = hashlib.sha256()
            with suppress(OSError), open(path, "rb") as file:
                for block in iter(lambda: file.read(1 << 18), b""):
                    digest.update(block)
                self.programs[path]["sha256"] = digest.hexdigest()

    def write(self) -> None:
        """Write what is known."""
        found = {
            "attempt": self.attempt,
            "format": PROGRAMS_FORMAT,
            "libraries": self.libraries,
            "machine": machine(),
            "main": self.main,
            "modules": [name for name in os.environ.get("LOADEDMODULES", "").split(":") if name],
            "programs": {path: dict(facts) for path, facts in self.programs.items()},
        }
        with suppress(OSError, ValueError, RuntimeError):
            put(PROGRAMS, found, sync=False)


# --- the supervisor ----------------------------------------------------------------------------------------------


class Supervisor:
    """Watches one run of the model from its start to its result."""

    SEES_MODEL = True
    """Whether the model is among its children: else their programs, time and memory tell nothing of it."""

    def __init__(self, options: "Options", entry: "Callable[[], int]") -> None:
        self.options = options
        self.entry = entry
        self.started = time.time()
        self.clock = time.monotonic()
        self.model = 0
        self.status = None  # type: Optional[int]
        self.stops = []  # type: List[Tuple[float, str]]
        self.notes = []  # type: List[str]
        self.peak = 0
        self.beats = 0
        self.missing_since = None  # type: Optional[float]
        self.childless = False
        self.has_heirs = False
        self.born = 0.0
        self.rule = None  # type: Optional[str]
        self.ooms = oom_kills()
        self.programs = Programs(options.attempt)
        self.wake_read, wake_write = os.pipe()
        for end in (self.wake_read, wake_write):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake_write)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(
                number, lambda number, frame: self.stops.append((self.elapsed(), signal_name(number)))
            )

    def run(self) -> int:
        """Run the model and write the result."""
        self.has_heirs = adopt_orphans()
        try:
            self.born = reserve(RESULT)
            state, reason = self.supervise()
        except Exception as error:  # noqa: BLE001 - whatever goes wrong here, the model must end and the result be written
            print_trace()
            self.end_tree(LEFTOVER_GRACE)
            state, reason = "failed", f"rompy could not run the model: {type(error).__name__}: {error}"
        return self.finish(state, reason)

    def supervise(self) -> "Tuple[str, str]":
        """Start the model, wait for its end; state and reason."""
        if os.path.exists(CANCEL):
            return "cancelled", "cancelled before the model was started"
        try:
            self.start_model()
        except OSError as error:
            return "failed", f"the model could not be started: {error}"
        self.beat()
        verdict = self.wait_for_end()
        if verdict is not None:
            self.end_tree(self.options.grace)
            return verdict
        self.end_leftovers()
        return self.judge()

    def start_model(self) -> None:
        """Fork the model off into its own session with the logs as its output."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        outputs = (
            []
            if self.options.inherit_output
            else [os.open(LOGS[n], flags, 0o666) for n in ("stdout", "stderr")]
        )
        own_pid = os.getpid()
        os.environ[MARK] = mark(own_pid, start_mark(own_pid))
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
        self.model = os.fork()
        if self.model == 0:
            self.become_model(outputs, own_pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))
        for handle in outputs:
            os.close(handle)

    def become_model(self, outputs: "List[int]", parent: int) -> "NoReturn":
        """In the child: take off everything that is the supervisor's, then run. Never returns."""
        code = 126
        try:
            os.setsid()
            die_with_parent(parent)
            signal.set_wakeup_fd(-1)
            for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGCHLD", "SIGPIPE", "SIGXFSZ"):
                signal.signal(getattr(signal, name), signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            for handle, target in zip(outputs, (1, 2)):
                os.dup2(handle, target)
            code = self.entry()
        except BaseException:  # noqa: BLE001 - this process must not live on as a second supervisor
            print_trace()
        finally:
            os._exit(code)

    def wait_for_end(self) -> "Optional[Tuple[str, str]]":
        """None when the model ended by itself; else why it has to be ended."""
        limit = self.options.time_limit
        next_beat, beat = self.elapsed() + 0.1, 0.1
        while True:
            self.pause(TICK if not limit else min(TICK, max(0.0, limit - self.elapsed())))
            self.reap()
            if self.status is not None:
                return None
            if self.stops:
                return "cancelled", f"stopped by {self.stops[0][1]}"
            if os.path.exists(CANCEL):
                return "cancelled", "cancelled on request"
            if limit and self.elapsed() >= limit:
                return "timeout", f"the time limit of {limit:g} s was reached"
            if self.has_vanished():
                return "lost", "the workspace was deleted while the model ran"
            outside = self.ended_from_outside()
            if outside is not None:
                return outside
            if self.elapsed() >= next_beat:
                self.beat()
                beat = min(2 * beat, BEAT)
                next_beat = self.elapsed() + beat

    def ended_from_outside(self) -> "Optional[Tuple[str, str]]":
        """Why the place where the model runs wants its end, for kinds that know; None to go on."""
        return None

    def judge(self) -> "Tuple[str, str]":
        """State and reason for a model that ended by itself."""
        exit_code, signame = self.exit()
        if exit_code == 0:
            return self.judge_by_rules()
        if self.was_stopped_together(exit_code, signame):
            return "cancelled", f"stopped by {self.stops[0][1]}"
        before, after = self.ooms, oom_kills()
        reason = explain(exit_code, signame, before is not None and after is not None and after > before)
        for stream in ("stderr", "stdout"):  # many models complain on stdout only
            words = [] if self.options.inherit_output else last_words(LOGS[stream])
            if words:
                return "failed", "{}; its last words on {}:\n  {}".format(reason, stream, "\n  ".join(words))
        return "failed", reason

    def was_stopped_together(self, exit_code: "Optional[int]", signame: "Optional[str]") -> bool:
        """Whether the model was ended by a signal that we got too: schedulers signal all processes of a job at once."""
        by_signal = signame in ("SIGTERM", "SIGINT") or (exit_code or 0) > 128
        deadline = self.elapsed() + SAME_MOMENT
        while by_signal and not self.stops and self.elapsed() < deadline:
            self.pause(0.02)
        return by_signal and bool(self.stops)

    def judge_by_rules(self) -> "Tuple[str, str]":
        """State and reason for a model that says itself that it succeeded."""
        broken = broken_rule(self.born)
        if broken is None:
            return "succeeded", "the model ended normally"
        self.rule, wrong = broken
        return "failed", f"the model ended with exit code 0, but {wrong}"

    def exit(self) -> "Tuple[Optional[int], Optional[str]]":
        """Exit code or signal of the model, as far as it ended."""
        if self.status is None:
            return None, None
        if os.WIFSIGNALED(self.status):
            return None, signal_name(os.WTERMSIG(self.status))
        return os.WEXITSTATUS(self.status), None

    def finish(self, state: str, reason: str) -> int:
        """Write the result and turn it into our own exit status."""
        self.sample()
        if self.SEES_MODEL:
            self.programs.write()
        exit_code, signame = self.exit()
        wall = self.elapsed()
        result = {
            "attempt": self.options.attempt,
            "boot_id": boot_id(),
            "ended": utc(self.started + wall),  # not the wall clock, which may have been set back meanwhile
            "exit_code": exit_code,
            "format": RESULT_FORMAT,
            "host": os.uname().nodename,
            "logs": {} if self.options.inherit_output else LOGS,
            "notes": self.notes,
            "pid": os.getpid(),
            "pid_start": start_mark(os.getpid()),
            "reason": reason,
            "resources": {"wall_s": round(wall, 3), **(self.spent() if self.SEES_MODEL else {})},
            "rule": self.rule,
            "signal": signame,
            "started": utc(self.started),
            "state": state,
        }
        # A scheduler that starts jobs again also stops them by a signal: then it knows whether this is the end.
        stopped = state == "cancelled" and bool(self.stops) and not os.path.exists(CANCEL)
        if not write_result(result, INTERRUPTED if stopped and self.options.may_restart else RESULT):
            return EXIT_UNWRITTEN
        if state in ("timeout", "cancelled"):
            return EXIT_TIMEOUT if state == "timeout" else EXIT_CANCELLED
        return 0 if state == "succeeded" else (exit_code or 1)

    def spent(self) -> "Dict[str, Any]":
        """Processor time and memory that the model has taken."""
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {
            "cpu_system_s": round(usage.ru_stime, 3),
            "cpu_user_s": round(usage.ru_utime, 3),
            "max_rss_bytes": max(self.peak, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)),
        }

    def elapsed(self) -> float:
        """Seconds since the start, whatever is done to the clock."""
        return time.monotonic() - self.clock

    def pause(self, seconds: float) -> None:
        """Sleep until a signal (the model's end among them) or the time is over."""
        if select.select([self.wake_read], [], [], seconds)[0]:
            with suppress(OSError):
                os.read(self.wake_read, 4096)

    def reap(self) -> None:
        """Collect every child that ended, adopted ones too; remember the model's own status."""
        while True:
            try:
                pid, status, _ = os.wait3(os.WNOHANG)
            except ChildProcessError:
                self.childless = True
                return
            if pid == 0:
                return
            if pid == self.model:
                self.status = status

    def sample(self) -> "Set[int]":
        """Look at the model's processes and keep the peak of their memory together."""
        if self.childless and self.has_heirs:  # the process table of a large machine takes a while to read
            return set()
        table = process_table()
        alive = family(table, os.getpid(), self.model or None)
        self.peak = max(self.peak, sum(table[pid].rss for pid in alive))
        return alive

    def beat(self) -> None:
        """Tell the world that this job lives. A count besides the time, for clocks that differ or are set back."""
        alive = self.sample() if self.beats else {self.model}
        if self.beats and self.SEES_MODEL:  # at the first one the model is still about to become itself
            self.programs.look(alive, self.model)
        self.beats += 1
        heartbeat = {
            "attempt": self.options.attempt,
            "beat": self.beats,
            "boot_id": boot_id(),
            "elapsed_s": round(self.elapsed(), 3),
            "format": HEARTBEAT_FORMAT,
            "host": os.uname().nodename,
            "interval_s": BEAT,
            "max_rss_bytes": self.peak if self.SEES_MODEL else None,
            "model_pid": self.model,
            "pid": os.getpid(),
            "pid_start": start_mark(os.getpid()),
            "processes": len(alive),
            "started": utc(self.started),
            "time": utc(time.time()),
        }
        with suppress(OSError):  # a missed beat does no harm
            put(HEARTBEAT, heartbeat, sync=False)

    def has_vanished(self) -> bool:
        """Whether the folder is gone for good, rather than for the blink of a file server."""
        if os.path.isdir(HIDDEN):
            self.missing_since = None
        elif self.missing_since is None:
            self.missing_since = time.monotonic()
        return self.missing_since is not None and time.monotonic() - self.missing_since >= VANISHED

    def end_leftovers(self) -> None:
        """End what the model left behind: when its first process ends, the run has ended."""
        left = self.remaining()
        if left:
            self.notes.append(f"{len(left)} process(es) that the model left behind were ended")
            self.end_tree(min(LEFTOVER_GRACE, self.options.grace))

    def end_tree(self, grace: float) -> None:
        """End the model with all its processes: TERM, a time of grace, KILL. One more stop signal ends the grace."""
        told = set()  # type: Set[int]
        begun = self.elapsed()
        # A scheduler signals guardian and supervisor at once, so one request may arrive twice within a moment.
        while self.elapsed() < begun + grace and not any(
            when > begun + SAME_REQUEST for when, _ in self.stops
        ):
            alive = self.remaining()
            if not alive:
                return
            send(alive - told, signal.SIGTERM)
            send(alive - told, signal.SIGCONT)  # a stopped process could not react
            told |= alive
            self.pause(0.05)
        deadline = time.monotonic() + UNKILLABLE
        while time.monotonic() < deadline:
            alive = self.remaining()
            if not alive:
                return
            send(alive, signal.SIGKILL)
            self.pause(0.02)
        self.notes.append(f"{len(self.remaining())} process(es) could not be ended")

    def remaining(self) -> "Set[int]":
        """Processes of the model that still live."""
        self.reap()
        alive = self.sample()
        self.reap()
        return alive


def write_result(result: "Dict[str, Any]", path: str = RESULT, attempts: int = 5) -> bool:
    """Write the result; a few times when the disk refuses."""
    for number in range(attempts):
        try:
            put(path, result)
            return True
        except OSError as error:
            sys.stderr.write(f"cannot write {path}: {error}\n")
            if not os.path.isdir(HIDDEN):
                return False
            time.sleep(number)
    return False


# --- the guardian ------------------------------------------------------------------------------------------------


def guard(
    options: "Options", entry: "Callable[[], int]", kind: "Callable[..., Supervisor]" = Supervisor
) -> int:
    """Run the supervisor in a child; should it be killed, end the model and say that the job is lost."""
    adopt_orphans()
    stop_signals = (signal.SIGTERM, signal.SIGINT)
    signal.pthread_sigmask(signal.SIG_BLOCK, stop_signals)
    supervisor = os.fork()
    if supervisor == 0:
        _become_supervisor(options, kind, entry, stop_signals)
    for number in stop_signals:
        signal.signal(number, lambda number, frame: send({supervisor}, number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, stop_signals)
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == supervisor:
            break
    if options.may_restart and os.WIFEXITED(status) and os.WEXITSTATUS(status) == EXIT_CANCELLED:
        # To the scheduler it has to look as if the signal had ended it: an exit code would be the end of the job.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) != EXIT_DIED:
        return os.WEXITSTATUS(status)
    _clean_up_after(supervisor, status, options)
    return EXIT_DIED


def _become_supervisor(
    options: "Options", kind: "Callable[..., Supervisor]", entry: "Callable[[], int]", stop_signals: "Any"
) -> "NoReturn":
    code = EXIT_DIED
    try:
        watcher = kind(options, entry)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, stop_signals)
        write_owner(options.lock_fd, owner_facts("supervisor"))
        code = watcher.run()
    except BaseException:  # noqa: BLE001 - this process must not live on as a second guardian
        print_trace()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _clean_up_after(supervisor: int, status: int, options: "Options") -> None:
    how = f"killed by {signal_name(os.WTERMSIG(status))}" if os.WIFSIGNALED(status) else "broken"
    deadline = time.monotonic() + UNKILLABLE
    while time.monotonic() < deadline:
        _reap_all()
        alive = family(process_table(), os.getpid())
        if not alive:
            break
        send(alive, signal.SIGKILL)
        time.sleep(0.02)
    if _has_result(options.attempt):
        return
    write_result(
        {
            "attempt": options.attempt,
            "ended": utc(time.time()),
            "exit_code": None,
            "format": RESULT_FORMAT,
            "host": os.uname().nodename,
            "logs": {} if options.inherit_output else LOGS,
            "notes": [],
            "pid": supervisor,
            "reason": f"the supervisor was {how}; how the model would have ended is not known, "
            "and its processes were ended",
            "signal": None,
            "started": None,
            "state": "lost",
        },
        attempts=2,
    )


def _reap_all() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _has_result(attempt: int) -> bool:
    try:
        return bool(get(RESULT)["attempt"] == attempt)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def is_superseded(attempt: int) -> bool:
    """Whether this attempt has been given up for another, while it waited in a queue, or has ended before."""
    try:
        return bool(get(RECORD)["attempts"][-1]["number"] > attempt)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return False


# --- start -------------------------------------------------------------------------------------------------------


def run_launch_script() -> int:
    """Become the model."""
    os.execv("/bin/sh", ["/bin/sh", LAUNCH])


class Options:
    """What the command line says."""

    def __init__(self) -> None:
        self.time_limit = 0.0
        self.grace = 10.0
        self.attempt = 1
        self.inherit_output = False
        self.may_restart = False
        self.lock_fd = -1


HELP = {
    "--time-limit": "seconds; 0 for none",
    "--grace": "seconds between TERM and KILL",
    "--attempt": "number of this attempt, kept in the result",
    "--inherit-output": "write no logs",
    "--may-restart": "a stop signal is no end: the scheduler may start the job again",
}
"""Options for people, who will ask for --help. One more, --lock-fd, hands a held lock down."""


def parse(arguments: "List[str]") -> "Options":
    """Options of the command line, as ``--name value`` or ``--name=value``. Ends the process on a mistake."""
    options = Options()
    words = [part for word in arguments for part in (word.split("=", 1) if word.startswith("--") else [word])]
    while words:
        word = words.pop(0)
        name = word[2:].replace("-", "_")
        kind = type(vars(options).get(name)) if word.startswith("--") else type(None)  # type: Any
        if kind is bool:
            setattr(options, name, True)
            continue
        try:
            setattr(options, name, kind(words.pop(0)))
        except (IndexError, TypeError, ValueError):
            _tell_usage(word)
    return options


def _tell_usage(word: str) -> "NoReturn":
    usage = ["Run the model of this workspace under supervision. Options:"]
    usage += [f"  {name:16}  {text}" for name, text in HELP.items()]
    if word in ("-h", "--help"):
        sys.stdout.write("\n".join(usage) + "\n")
        sys.exit(0)
    sys.stderr.write("\n".join([f"no such option, or no such value of it: {word}", *usage]) + "\n")
    sys.exit(2)


def main(
    arguments: "List[str]",
    workspace: "Optional[str]" = None,
    entry: "Callable[[], int]" = run_launch_script,
    kind: "Callable[..., Supervisor]" = Supervisor,
) -> int:
    """Run the model of a workspace; by default of the one that this file lies in."""
    options = parse(arguments)
    os.chdir(workspace or os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if options.lock_fd < 0:
        lock_fd = take_lock()
        if lock_fd is None:
            sys.stderr.write("another run uses this workspace\n")
            return EXIT_IN_USE
        options.lock_fd = lock_fd
        if is_superseded(options.attempt):
            sys.stderr.write(
                "a later attempt at this workspace has been made: this one is not run any more\n"
            )
            return EXIT_IN_USE
    os.set_inheritable(options.lock_fd, True)
    return guard(options, entry, kind)


def run(arguments: "List[str]", workspace: "Optional[str]" = None) -> "NoReturn":
    """As ``main``, for a process that has nothing else to do: it ends without taking itself apart first."""
    status = main(arguments, workspace)
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    run(sys.argv[1:])
