"""A real single-node Grid Engine, from Debian's packages, without systemd.

It lives where the packages put it (/var/lib/gridengine, ports 6444 and 6445), so it is started only when asked for::

    apt-get install gridengine-master gridengine-exec gridengine-client
    ROMPY_TEST_SGE=1 python -m pytest tests/services/sge
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

PROGRAMS = ("sge_qmaster", "sge_execd", "qconf", "qsub", "qstat", "qdel")
ROOT = Path("/var/lib/gridengine")

HOST = """hostname {host}
load_scaling NONE
complex_values NONE
user_lists NONE
xuser_lists NONE
projects NONE
xprojects NONE
usage_scaling NONE
report_variables NONE
"""
SEVERAL_SLOTS = """pe_name smp
slots 999
user_lists NONE
xuser_lists NONE
start_proc_args NONE
stop_proc_args NONE
allocation_rule $pe_slots
control_slaves TRUE
job_is_first_task TRUE
urgency_slots min
accounting_summary FALSE
qsort_args NONE
"""
QUEUE = {
    "qname": "all.q",
    "hostlist": "{host}",
    "slots": "4",
    "pe_list": "smp",
    "shell": "/bin/bash",
    "shell_start_mode": "unix_behavior",
    "load_thresholds": "NONE",
    "min_cpu_interval": "00:00:02",
}


def missing():
    """Why it cannot be started here; empty when it can."""
    if os.environ.get("ROMPY_TEST_SGE") != "1":
        return "ROMPY_TEST_SGE=1 is not set (it uses the machine's own folder and ports)"
    lacking = [name for name in PROGRAMS if shutil.which(name) is None]
    if lacking:
        packages = "gridengine-master gridengine-exec gridengine-client"
        return f"not installed: {', '.join(lacking)} (apt-get install {packages})"
    return "" if os.geteuid() == 0 else "it needs root"


class GridEngine:
    """Master and execution daemon. Ended by the ids of the processes that it started."""

    def __init__(self, folder):
        self.folder, self.host = Path(folder), socket.gethostname()
        self.env = {**os.environ, "SGE_ROOT": str(ROOT), "SGE_CELL": "default"}
        self.pids = []

    def start(self):
        common = ROOT / "default" / "common"
        (common / "host_aliases").write_text(f"{self.host} localhost\n")
        (common / "act_qmaster").write_text(f"{self.host}\n")
        self._daemon("sge_qmaster")
        self._until(lambda: self.call("qconf", "-sh").returncode == 0, "the master does not answer")
        for kind, name in (("-am", "root"), ("-ao", "root"), ("-ah", self.host), ("-as", self.host)):
            self.call("qconf", kind, name)
        self._give("-Ae", HOST.format(host=self.host))
        self._daemon("sge_execd")
        self._give("-Ap", SEVERAL_SLOTS)
        queue = {name: value.format(host=self.host) for name, value in QUEUE.items()}
        self._give("-Aq", self._changed("-sq", **queue))
        # Look at once instead of every 15 s, and let root run jobs.
        self._give("-Msconf", self._changed("-ssconf", schedule_interval="0:0:1"))
        self._give("-Mconf", self._changed("-sconf", min_uid="0", min_gid="0"), "global")
        self._until(
            lambda: (
                "-NA-" not in self.call("qstat", "-f").stdout and "all.q" in self.call("qstat", "-f").stdout
            ),
            "the node does not report",
        )
        return self

    def stop(self):
        self.call("qdel", "-f", "-u", "*")
        self.call("qconf", "-ke", "all")
        self.call("qconf", "-km")
        for pid in self.pids:
            for _ in range(100):
                if not Path(f"/proc/{pid}").exists():
                    break
                time.sleep(0.1)
            else:
                os.kill(pid, signal.SIGKILL)

    def call(self, *words):
        return subprocess.run(words, env=self.env, capture_output=True, text=True, timeout=60, check=False)

    def _daemon(self, name):
        if _pids(name):
            raise RuntimeError(f"a {name} runs already, which is not ours")
        subprocess.run([name], env=self.env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._until(lambda: _pids(name), f"{name} does not stay")
        self.pids += _pids(name)

    def _give(self, option, text, name="settings"):
        path = self.folder / name
        path.write_text(text)
        self.call("qconf", option, str(path))  # what is there already from a former time is left as it is

    def _changed(self, option, **values):
        """A table of settings as it is, with some values changed."""
        words = ["qconf", option] + (["global"] if option == "-sconf" else [])
        rows = self.call(*words).stdout.splitlines()
        names = [row.split(None, 1)[0] if row.strip() else "" for row in rows]
        return "".join(
            f"{name} {values[name]}\n" if name in values else f"{row}\n"
            for name, row in zip(names, rows, strict=True)
        )

    def _until(self, condition, why):
        for _ in range(300):
            if condition():
                return
            time.sleep(0.1)
        raise RuntimeError(f"Grid Engine: {why}")


def _pids(name):
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if _is_alive(folder, name)]


def _is_alive(folder, name):
    try:
        of_that_name = (folder / "comm").read_text().strip() == name
        return of_that_name and (folder / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
