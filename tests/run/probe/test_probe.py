"""What is found on a machine. Slurm is asked for real in tests/services; the others' words are recorded ones."""

import pytest

from rompy.run.probe import lsf, modules, mpi, pbs, probe_site, scratch, sge, slurm
from rompy.sites import SiteProfile
from rompy.sites.text import yaml_of

SINFO = """normal*|up|2-00:00:00|1:00:00|100|48|192000|(null)|1-64
normal*|up|2-00:00:00|1:00:00|4|64|512000|gpu:a100:4(S:0-1)|1-64
short|up|30:00|n/a|10|48|192000|gpu:2|1-infinite
maint|drain|infinite|n/a|1|48|192000|(null)|1
"""


def test_partitions_of_slurm_with_several_kinds_of_nodes(stand_in):
    stand_in("sinfo", SINFO)
    stand_in("scontrol", "Configuration data\nMaxArraySize            = 10001\nMaxDBDMsgs = 1\n")
    found = slurm.survey()
    assert (found.default_queue, found.max_array_size) == ("normal", 10001)
    normal, short, maint = (found.queues[name] for name in ("normal", "short", "maint"))
    assert (normal.max_walltime, normal.default_walltime, normal.max_nodes) == ("48:00:00", "1:00:00", 64)
    assert (normal.nodes, normal.cores_per_node, normal.memory_per_node_mb) == (104, 64, 512000)
    assert normal.gpus_per_node == {"a100": 4}
    assert (short.max_walltime, short.default_walltime, short.max_nodes) == ("0:30:00", None, None)
    assert short.gpus_per_node == {"gpu": 2}
    assert (maint.max_walltime, maint.available) == ("infinite", False)


def test_a_slurm_that_does_not_answer_is_not_written_down(stand_in):
    stand_in("sinfo", "", status=1, errors="slurm_load_partitions: Unable to contact slurm controller")
    assert slurm.survey() is None


QSTAT_B = """Server: pbs01
    server_state = Active
    default_queue = workq
    max_array_size = 10000
    pbs_version = 22.05.11
"""
QSTAT_Q = """Queue: workq
    queue_type = Execution
    total_jobs = 0
    resources_max.walltime = 48:00:00
    resources_max.nodect = 8
    resources_default.walltime = 01:00:00
    enabled = True
    started = True

Queue: gpu
    queue_type = Execution
    enabled = True
    started = False

Queue: route
    queue_type = Route
    enabled = True
    started = True
"""
PBSNODES = """node1
     Mom = node1.cluster
     state = free
     resources_available.mem = 196608000kb
     resources_available.ncpus = 48

node2
     Mom = node2.cluster
     state = free
     resources_available.mem = 196608000kb
     resources_available.ncpus = 48

gpu1
     queue = gpu
     resources_available.mem = 512gb
     resources_available.ncpus = 64
     resources_available.ngpus = 4
"""


def test_queues_of_pbs(stand_in):
    stand_in("pbsnodes", PBSNODES)
    stand_in("qstat", f"{QSTAT_B}\n{QSTAT_Q}")
    found = pbs.survey()
    assert (found.version, found.default_queue, found.max_array_size) == ("22.05.11", "workq", 10000)
    workq, gpu = found.queues["workq"], found.queues["gpu"]
    assert (workq.max_walltime, workq.default_walltime, workq.max_nodes) == ("48:00:00", "1:00:00", 8)
    assert (workq.nodes, workq.cores_per_node, workq.memory_per_node_mb) == (2, 48, 192000)
    assert (gpu.max_walltime, gpu.nodes, gpu.gpus_per_node, gpu.available) == (
        "infinite",
        1,
        {"gpu": 4},
        False,
    )
    assert "route" not in found.queues


QCONF = """all.q
qname                 all.q
hostlist              vm
slots                 2
s_rt                  INFINITY
h_rt                  24:00:00
max_aj_instances             2000
max_aj_tasks                 75000
SGE 8.1.9
"""
QHOST = """<?xml version='1.0'?>
<qhost>
 <host name='global'><hostvalue name='num_proc'>-</hostvalue></host>
 <host name='vm'>
   <hostvalue name='num_proc'>2</hostvalue>
   <hostvalue name='mem_total'>23.5G</hostvalue>
   <queue name='all.q'><queuevalue qname='all.q' name='qtype_string'>BIP</queuevalue></queue>
 </host>
</qhost>
"""


def test_queues_of_grid_engine(stand_in, tmp_path):
    """As gridengine 8.1.9 says it."""
    stand_in("qhost", QHOST)
    program = stand_in("qconf", QCONF)
    program.write_text(
        '#!/bin/sh\ncase $1 in -sql) echo all.q ;; -sq) sed -n 2,6p "$0.out" ;; -sconf) sed -n 7,8p "$0.out" ;; '
        "*) echo SGE 8.1.9 ;; esac\n"
    )
    found = sge.survey()
    assert (found.version, found.default_queue, found.max_array_size) == ("8.1.9", None, 75000)
    queue = found.queues["all.q"]
    assert (queue.max_walltime, queue.nodes, queue.cores_per_node, queue.memory_per_node_mb) == (
        "24:00:00",
        1,
        2,
        24064,
    )


BQUEUES = """QUEUE: normal
  -- For normal low priority jobs. This is the default queue.

PARAMETERS/STATISTICS
PRIO NICE STATUS          MAX JL/U JL/P JL/H NJOBS  PEND   RUN SSUSP USUSP  RSV PJOBS
 30    0  Open:Active       -    -    -    -     0     0     0     0     0    0     0

DEFAULT LIMITS:
 RUNLIMIT
 60.0 min

MAXIMUM LIMITS:
 RUNLIMIT
 1440.0 min of hostA

SCHEDULING PARAMETERS
           r15s   r1m  r15m   ut      pg    io   ls    it    tmp    swp    mem

USERS: all
HOSTS:  all

------------------------------------------------------------------------------

QUEUE: gpu
  -- No description provided.

PARAMETERS/STATISTICS
PRIO NICE STATUS          MAX JL/U JL/P JL/H NJOBS  PEND   RUN SSUSP USUSP  RSV PJOBS
 20    0  Closed:Active     -    -    -    -     0     0     0     0     0    0     0

USERS: all
HOSTS:  node2
"""
LSHOSTS = """HOST_NAME                       type       model  cpuf ncpus maxmem maxswp server RESOURCES
node1                         X86_64  Intel_E5  12.5    40  187.4G   3.9G    Yes (mg)
node2                         X86_64  Intel_E5  12.5    64  500G     3.9G    Yes ()
login                         X86_64  Intel_E5  12.5     8   16G     3.9G     No ()
"""


def test_queues_of_lsf(stand_in):
    stand_in("lsid", "IBM Spectrum LSF Standard 10.1.0.9, Oct 16 2019\nMy cluster name is c\n")
    stand_in("bqueues", BQUEUES)
    stand_in("lshosts", LSHOSTS)
    stand_in("bparams", "        MAX_JOB_ARRAY_SIZE = 1000\n        MAX_JOBID = 9999999\n")
    found = lsf.survey()
    assert (found.version, found.default_queue, found.max_array_size) == ("10.1.0.9", "normal", 1000)
    normal, gpu = found.queues["normal"], found.queues["gpu"]
    assert (normal.max_walltime, normal.default_walltime) == ("24:00:00", "1:00:00")
    assert (normal.nodes, normal.cores_per_node, normal.memory_per_node_mb) == (2, 64, 512000)
    assert (gpu.max_walltime, gpu.nodes, gpu.cores_per_node, gpu.available) == ("infinite", 1, 64, False)


@pytest.mark.parametrize(
    ("said", "system", "version"),
    [
        ("\nModules based on Lua: Version 8.6.19  2022-09-14 13:17 -05:00\n", "lmod", "8.6.19"),
        ("Modules Release 5.2.0 (2022-11-08)\n", "environment-modules", "5.2.0"),
    ],
)
def test_the_system_of_modules(tmp_path, monkeypatch, said, system, version):
    init = tmp_path / "init" / "bash"
    init.parent.mkdir()
    init.write_text(f"module() {{ cat <<'END' >&2\n{said}END\n}}\n")
    monkeypatch.setenv("MODULESHOME", str(tmp_path))
    monkeypatch.delenv("LMOD_PKG", raising=False)
    found = modules.module_system()
    assert (found.system, found.version, found.init) == (system, version, str(init))


@pytest.mark.parametrize(
    ("said", "flavour", "version"),
    [
        (
            "mpirun (Open MPI) 4.1.4\n\nReport bugs to http://www.open-mpi.org/community/help/\n",
            "openmpi",
            "4.1.4",
        ),
        ("HYDRA build details:\n    Version:                                 4.0.2\n", "mpich", "4.0.2"),
        ("Intel(R) MPI Library for Linux* OS, Version 2021.10 Build 20230619\n", "intelmpi", "2021.10"),
        ("nobody knows\n", None, None),
    ],
)
def test_the_launcher_of_mpi(stand_in, said, flavour, version):
    stand_in("mpiexec", said)
    found = mpi.mpi_launcher()
    assert (found.flavour, found.version) == (flavour, version)


def test_folders_for_large_files_are_told_once(tmp_path, monkeypatch):
    for name in (*scratch.VARIABLES, "USER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(scratch, "USUAL", (str(tmp_path),))
    monkeypatch.setenv("SCRATCH", str(tmp_path))
    monkeypatch.setenv("WORK", str(tmp_path / "none"))
    (found,) = scratch.scratch_folders()
    assert (found.path, found.variable) == (str(tmp_path), "SCRATCH")
    assert found.free_gb > 0


def test_a_machine_without_anything_has_a_profile_too(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    monkeypatch.setattr(modules, "INITS", ())
    monkeypatch.delenv("MODULESHOME", raising=False)
    monkeypatch.delenv("LMOD_PKG", raising=False)
    found = probe_site("bare")
    assert (found.schedulers, found.modules, found.containers, found.mpi) == ({}, None, {}, None)
    (tmp_path / "bare.yml").write_text(yaml_of(found))
    assert SiteProfile.load(tmp_path / "bare.yml").model_dump() == found.model_dump()
