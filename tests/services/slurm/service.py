"""A real single-node Slurm of our own: munged, slurmctld and slurmd, without systemd, database or anything under /etc.

Usage by hand (as root, with the Debian packages slurm-wlm, slurm-wlm-basic-plugins and munge)::

    python tests/services/slurm/service.py start FOLDER      # prints the line to export
    python tests/services/slurm/service.py stop FOLDER
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

MEMORY_GROUPS = Path("/sys/fs/cgroup/memory")
MEMORY_LIMITS = """CgroupPlugin=cgroup/v1
CgroupMountpoint=/sys/fs/cgroup
ConstrainRAMSpace=yes
ConstrainSwapSpace=yes
AllowedSwapSpace=0
"""
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue")


def missing():
    """Why it cannot be started here; empty when it can."""
    lacking = [name for name in PROGRAMS if which(name) is None]
    if lacking:
        return (
            f"not installed: {', '.join(lacking)} (apt-get install slurm-wlm slurm-wlm-basic-plugins munge)"
        )
    return "" if os.geteuid() == 0 else "it needs root"


def cannot_enforce_memory():
    """Why it cannot hold jobs to their memory here; empty when it can."""
    writable = os.access(MEMORY_GROUPS / "memory.limit_in_bytes", os.W_OK)
    return "" if writable else "it needs the memory controller of cgroup v1, writable"


def which(name):
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


class Slurm:
    """Daemons in a folder. Only processes that it has started itself are ever ended, by their ids."""

    def __init__(self, folder, ports=(6817, 6818), cpus=8, memory_mb=4000, enforces_memory=False):
        self.folder = Path(folder)
        self.ports = ports
        self.enforces_memory = enforces_memory
        self.conf = self.folder / "slurm.conf"
        self.cpus, self.memory_mb = cpus, memory_mb

    @property
    def env(self):
        return {**os.environ, "SLURM_CONF": str(self.conf)}

    def start(self):
        for name in ("state", "spool", "munge"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._write_conf()
        if self.enforces_memory:
            (self.folder / "cgroup.conf").write_text(MEMORY_LIMITS)
        self._start_munge()
        self.start_controller()
        self._daemon("slurmd", "-f", str(self.conf))
        self._wait_for_node()
        return self

    def start_controller(self, *options):
        """``-c`` forgets all jobs, as if they had been purged."""
        self._daemon("slurmctld", "-f", str(self.conf), *options)

    def stop_controller(self):
        self._end("slurmctld", self.folder / "slurmctld.pid")

    def stop(self):
        self.call("scancel", "--full", "--signal=KILL", "--state=RUNNING", check=False)
        self._end("slurmd", self.folder / "slurmd.pid")
        self.stop_controller()
        self._end("munged", self.folder / "munge" / "munged.pid")
        if self.enforces_memory:
            group = MEMORY_GROUPS / f"slurm_{socket.gethostname().partition('.')[0]}"
            for place, _, _ in os.walk(group, topdown=False):
                with contextlib.suppress(OSError):
                    Path(place).rmdir()

    def call(self, *argv, check=True):
        done = subprocess.run(argv, env=self.env, capture_output=True, text=True, check=False, timeout=120)
        if check and done.returncode:
            raise AssertionError(f"{argv}: {done.stderr}")
        return done.stdout.strip()

    def _write_conf(self):
        host, folder = socket.gethostname().partition(".")[0], self.folder
        controller, node = self.ports
        self.conf.write_text(
            f"""ClusterName=rompy
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/{"cgroup" if self.enforces_memory else "none"}
MpiDefault=none
ReturnToService=2
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmdSpoolDir={folder}/spool
SlurmdParameters=config_overrides
StateSaveLocation={folder}/state
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=100
SchedulerParameters=sched_min_interval=100000,bf_interval=2,batch_sched_delay=0,default_queue_depth=1000
MinJobAge=86400
MaxArraySize=1001
KillWait=5
MessageTimeout=10
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
NodeName={host} NodeAddr=127.0.0.1 CPUs={self.cpus} RealMemory={self.memory_mb} State=UNKNOWN
PartitionName=debug Nodes=ALL Default=YES MaxTime=INFINITE State=UP
PartitionName=short Nodes=ALL MaxTime=00:30:00 State=UP
""",
            encoding="ascii",
        )

    def _start_munge(self):
        home = self.folder / "munge"
        key = home / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        shutil.chown(home, "munge", "munge")
        shutil.chown(key, "munge", "munge")
        command = ["setpriv", "--reuid=munge", "--regid=munge", "--clear-groups", which("munged"), "--force"]
        files = {"key-file": "munge.key", "socket": "munge.socket", "pid-file": "munged.pid"}
        files |= {"log-file": "munged.log", "seed-file": "munge.seed"}
        command += [f"--{option}={home / name}" for option, name in files.items()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)

    def _daemon(self, name, *options):
        subprocess.run([which(name), *options], env=self.env, check=True, capture_output=True, timeout=120)

    def _wait_for_node(self):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if self.call("sinfo", "-h", "-o", "%t", check=False)[:3] in ("idl", "mix", "all"):
                return
            time.sleep(0.2)
        raise RuntimeError(f"Slurm did not come up; see the logs in {self.folder}")

    def _end(self, name, pid_file):
        try:
            pid = int(pid_file.read_text())
            if Path(f"/proc/{pid}/comm").read_text().strip() != name:
                return
            os.kill(pid, signal.SIGTERM)
        except (OSError, ValueError):
            return
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline and _lives(pid):
            time.sleep(0.05)
        if _lives(pid):
            os.kill(pid, signal.SIGKILL)


def _lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


if __name__ == "__main__":
    service = Slurm(sys.argv[2])
    if sys.argv[1] == "start":
        service.start()
        print(f"export SLURM_CONF={service.conf}")
    else:
        service.stop()
