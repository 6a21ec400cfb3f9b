"""Job scripts, and what schedulers say. Slurm itself is in tests/services; PBS, LSF and Grid Engine are not to be had
here, so their words are recorded ones, and their commands are stand-ins that say them."""

import subprocess

import pytest
from pydantic import ValidationError

from rompy.backends import LsfConfig, PbsConfig, SgeConfig, SlurmConfig, load_backend_config
from rompy.errors import SubmitError
from rompy.jobs import JobState
from rompy.jobs.record import JobRecord
from rompy.run import Job
from rompy.run.batch import BatchRunBackend
from rompy.run.lsf import LsfRunBackend, LsfScheduler, rows_in, word_of
from rompy.run.pbs import PbsRunBackend, PbsScheduler
from rompy.run.resume import settings_of
from rompy.run.scheduler import Needs, parts_of, plain_name
from rompy.run.sge import SgeRunBackend, SgeScheduler, accounted, living
from rompy.run.slurm import SlurmRunBackend, quoted
from rompy.run.truth import PlaceSilent


def plan_of(backend, run, config):
    return backend.plan(run, config, run.staging_dir)


def script_of(backend, run, config):
    return plan_of(backend, run, config).files[".rompy/job.sh"]


def test_the_plan_has_the_whole_script_and_touches_nothing(new_run):
    run = new_run("python", "run.py", ranks=4, env={"A": "x y", "API_KEY": "geheim"})
    config = SlurmConfig(
        queue="normal", time_limit="12:30:00", modules=["netcdf/4.9", "a b"], setup=["ulimit -s unlimited"]
    )
    plan = plan_of(SlurmRunBackend(), run, config)
    script = plan.files[".rompy/job.sh"]
    assert plan.command == "sbatch .rompy/job.sh"
    assert plan.env == {"A": "x y", "API_KEY": "***"}
    for line in (
        "#SBATCH --partition=normal",
        "#SBATCH --ntasks=4",
        "#SBATCH --time=12:30:00",
        "module load netcdf/4.9 || exit 73",
        "module load 'a b' || exit 73",
        "{ ulimit -s unlimited\n} || exit 73",
    ):
        assert line in script
    assert "srun -n 4" in plan.model
    assert list(run.staging_dir.iterdir()) == []


@pytest.mark.parametrize(
    ("backend", "config"),
    [
        (SlurmRunBackend(), SlurmConfig(command="true", setup=["x='a b'"], modules=["m"])),
        (PbsRunBackend(), PbsConfig(command="true", after=["7.server"])),
        (SgeRunBackend(), SgeConfig(command="true", slots=4)),
        (LsfRunBackend(), LsfConfig(command="true", after=["7", "8"])),
    ],
)
def test_every_script_is_good_bash(new_run, backend, config):
    script = script_of(backend, new_run(), config)
    assert subprocess.run(["bash", "-n"], input=script.encode(), check=False).returncode == 0


def test_the_model_ends_before_the_wall_time(new_run):
    assert "(3585 - SECONDS)" in script_of(SlurmRunBackend(), new_run(), SlurmConfig(command="x"))
    short = SlurmConfig(command="x", timeout=100)
    assert "(100 - SECONDS)" in script_of(SlurmRunBackend(), new_run(), short)


def test_settings_of_another_backend_are_refused(new_run):
    with pytest.raises(SubmitError, match="settings of its own"):
        PbsRunBackend().submit(new_run(), None)


def test_nothing_to_execute_is_told(new_run):
    with pytest.raises(SubmitError, match="nothing to execute"):
        SlurmRunBackend().plan(new_run(), SlurmConfig())


@pytest.mark.parametrize(
    "settings",
    [
        {"queue": "a\n#SBATCH --wrap=x"},
        {"setup": ["true\nrm -rf /"]},
        {"directives": {"comment": "a\nb"}},
        {"directives": {"a b c": "x"}},
        {"directives": {"; rm": "x"}},
        {"after": ["1; rm"]},
        {"time_limit": "90"},
        {"command": " "},
        {"additional_options": ["gres=gpu"]},
        {"additional_options": ["--a\n#SBATCH --b"]},
    ],
)
def test_settings_that_would_spoil_the_script_are_refused(settings):
    with pytest.raises(ValidationError):
        SlurmConfig(**{"command": "true", **settings})


@pytest.mark.parametrize("value", ["a b", "a'b", 'a"b', "a$b", "a`b`", "a\\b"])
def test_schedulers_without_quotes_refuse_what_they_would_misread(new_run, value):
    with pytest.raises(SubmitError, match="cannot hold"):
        script_of(PbsRunBackend(), new_run(), PbsConfig(command="x", queue=value))
    assert quoted(value)[0] == '"'


def test_names_of_jobs_are_made_plain():
    assert plain_name("tide 'A' ö/x") == "tide_A_x"
    assert plain_name("2023-01") == "run_2023-01"
    assert plain_name("öö") == "run_"


def test_directives_of_pbs():
    config = PbsConfig(
        nodes=2, memory="4gb", account="x", directives={"l place": "excl", "V": True, "j": None}
    )
    lines = PbsScheduler().header(config, Needs("tide", "rompy-1", ranks=8, array=10))
    assert "#PBS -l select=2:ncpus=4:mpiprocs=4:mem=4gb" in lines
    assert "#PBS -l walltime=1:00:00" in lines
    assert "#PBS -l place=excl" in lines
    assert "#PBS -J 0-9" in lines
    assert "#PBS -V" in lines
    assert not any(line.startswith("#PBS -j") for line in lines)


QSTAT = """Job Id: 12[0].pbs01
    Job_Name = tide
    Job_Owner = me@login
    job_state = F
    Exit_status = 0
    exec_host = node7/0*4
    stime = Sun Nov 22 13:00:00 2026
    Variable_List = PBS_O_HOME=/home/me,PBS_O_LANG=C,
\tROMPY_TAG=rompy-1,PBS_O_SHELL=/bin/bash

Job Id: 12[1].pbs01
    job_state = X
    Exit_status = 271
    exec_host = node7/0*4

Job Id: 13.pbs01
    job_state = F
    Exit_status = -29
    exec_host = node8/0

Job Id: 14.pbs01
    job_state = H
    comment = Job held by me on Sun Nov 22

Job Id: 15.pbs01
    job_state = R
    exec_host = node9/1*4+node10/0

Job Id: 16.pbs01
    job_state = F
    comment = Job deleted
"""


def test_the_words_of_pbs(stand_in):
    stand_in("qstat", QSTAT)
    words = PbsScheduler().words(
        ["12[0].pbs01", "12[1].pbs01", "13.pbs01", "14.pbs01", "15.pbs01", "16.pbs01"]
    )
    assert [word.state.value for word in words.values()] == [
        "succeeded",
        "cancelled",
        "timeout",
        "pending",
        "running",
        "cancelled",
    ]
    assert words["12[0].pbs01"].host == "node7"
    assert "held" in words["14.pbs01"].reason
    assert words["16.pbs01"].certain
    assert PbsScheduler().find("rompy-1") == ["12[0].pbs01"]
    assert stand_in.calls("qstat")[0] == "-x -t -f -w 12[].pbs01 13.pbs01 14.pbs01 15.pbs01 16.pbs01"


def test_a_pbs_that_has_forgotten_a_job_and_one_that_does_not_answer(stand_in):
    stand_in("qstat", "", status=153, errors="qstat: Unknown Job Id 99.pbs01")
    assert PbsScheduler().words(["99.pbs01"]) == {}
    stand_in(
        "qstat",
        "",
        status=255,
        errors="Connection refused\nqstat: cannot connect to server pbs01 (errno=111)",
    )
    with pytest.raises(PlaceSilent, match="cannot connect"):
        PbsScheduler().words(["99.pbs01"])


def test_a_run_goes_through_pbs(new_run, stand_in):
    run = new_run()
    stand_in("qsub", "77.pbs01\n")
    stand_in("qstat", "Job Id: 77.pbs01\n    job_state = Q\n")
    stand_in("qdel", "")
    job = PbsRunBackend().submit(run, PbsConfig(command="true"), run.staging_dir)
    assert (job.native_id, stand_in.calls("qsub")) == ("77.pbs01", [".rompy/job.sh"])
    assert job.status().state is JobState.pending
    job.cancel()
    assert stand_in.calls("qdel") == ["77.pbs01"]
    # What the scheduler would do with the script:
    run.workspace.cancel.unlink()
    assert subprocess.run(["bash", run.staging_dir / ".rompy/job.sh"], check=False, cwd="/").returncode == 0
    assert job.status()


def test_an_array_of_pbs_has_its_elements_ids(new_run, stand_in):
    runs = [new_run(run_id=f"r{i}") for i in range(3)]
    stand_in("qsub", "80[].pbs01\n")
    jobs = PbsRunBackend().submit_many(
        [(run, run.staging_dir) for run in runs], PbsConfig(command="echo $PBS_ARRAY_INDEX")
    )
    assert [job.native_id for job in jobs] == ["80[0].pbs01", "80[1].pbs01", "80[2].pbs01"]
    script = runs[0].staging_dir / ".rompy/array.sh"
    done = subprocess.run(
        ["bash", script], env={"PATH": "/usr/bin:/bin", "PBS_ARRAY_INDEX": "2"}, check=False
    )
    assert done.returncode == 0
    assert jobs[2].wait(5).stdout_log.read_text() == "2\n"
    assert not runs[1].workspace.stdout_log.exists()


LIVING = """<?xml version='1.0'?>
<job_info><queue_info>
 <job_list state="running"><JB_job_number>4</JB_job_number><state>r</state><queue_name>all.q@vm</queue_name>
  <tasks>1</tasks></job_list>
 <job_list state="running"><JB_job_number>5</JB_job_number><state>dr</state><queue_name>all.q@vm</queue_name></job_list>
</queue_info><job_info>
 <job_list state="pending"><JB_job_number>4</JB_job_number><state>qw</state><queue_name></queue_name>
  <tasks>2</tasks></job_list>
 <job_list state="pending"><JB_job_number>6</JB_job_number><state>hqw</state></job_list>
 <job_list state="pending"><JB_job_number>7</JB_job_number><state>Eqw</state></job_list>
</job_info></job_info>"""

QACCT = """==============================================================
qname        all.q
hostname     vm
jobnumber    9
failed       0
exit_status  7
ru_wallclock 1s
"""


OVER_TIME = """hostname     vm
jobnumber    13
failed       37  : qmaster enforced h_rt, h_cpu, or h_vmem limit
exit_status  137                  (Killed)
ru_wallclock 7s
category     -l h_rt=6
"""


def test_the_words_of_grid_engine(stand_in):
    words = dict(living(LIVING))
    assert {name: word.state.value for name, word in words.items()} == {
        "4.1": "running",
        "5": "running",
        "4.2": "pending",
        "6": "pending",
        "7": "pending",
    }
    assert "held" in words["6"].reason
    assert "could not start" in words["7"].reason
    assert (accounted(QACCT).state, accounted(QACCT).exit_code) == (JobState.failed, 7)
    assert accounted(OVER_TIME).state is JobState.timeout
    over_memory = accounted(OVER_TIME.replace("7s", "2s"))
    assert (over_memory.state, "h_vmem" in over_memory.reason) == (JobState.failed, True)
    stand_in("qstat", LIVING)
    stand_in("qacct", "", status=1, errors="error: job id 10 not found")
    assert "10" not in SgeScheduler().words(["4.1", "10"])


def test_an_array_of_grid_engine_is_understood(new_run, stand_in):
    runs = [new_run(run_id=f"r{i}") for i in range(3)]
    stand_in("qsub", "4.1-3:1\n")
    jobs = SgeRunBackend().submit_many(
        [(run, run.staging_dir) for run in runs], SgeConfig(command="true", slots=4)
    )
    assert [job.native_id for job in jobs] == ["4.1", "4.2", "4.3"]
    script = (runs[0].staging_dir / ".rompy/array.sh").read_text()
    assert "#$ -t 1-3\n" in script
    assert "#$ -pe smp 4\n" in script


BJOBS = """101^0^PEND^-^-^-^rompy-1
102^0^RUN^-^4*node7^-^-
103^1^DONE^0^node7^-^-
103^2^EXIT^3^node7^-^-
104^0^EXIT^140^node7^TERM_RUNLIMIT: job killed after reaching LSF run time limit^-
105^0^EXIT^130^-^TERM_OWNER: job killed by owner^-
106^0^EXIT^137^node7^TERM_MEMLIMIT: job killed after reaching LSF memory usage limit^-
107^0^PSUSP^-^-^-^-
108^0^ZOMBI^-^node7^-^-
"""


def test_the_words_of_lsf(stand_in):
    stand_in("bjobs", BJOBS)
    words = LsfScheduler().words(["101", "103[1]", "103[2]"])
    assert {name: word.state.value for name, word in words.items()} == {
        "101": "pending",
        "102": "running",
        "103[1]": "succeeded",
        "103[2]": "failed",
        "104": "timeout",
        "105": "cancelled",
        "106": "failed",
        "107": "pending",
        "108": "lost",
    }
    assert words["103[2]"].exit_code == 3
    assert "out of memory" in words["106"].reason
    assert LsfScheduler().find("rompy-1") == ["101"]
    assert word_of(rows_in(BJOBS)[1]).host


def test_lsf_reads_the_script_from_its_standard_input(new_run, stand_in):
    run = new_run()
    stand_in("bsub", "Job <101> is submitted to queue <normal>.\n")
    job = LsfRunBackend().submit(run, LsfConfig(command="true", after=["7", "8"]), run.staging_dir)
    assert job.native_id == "101"
    script = stand_in.input("bsub")
    assert '#BSUB -w "done(7) && done(8)"' in script
    assert "#BSUB -W 1:00" in script


def test_a_machine_without_the_scheduler_says_so(new_run, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    run = new_run()
    with pytest.raises(SubmitError, match="no command bsub"):
        LsfRunBackend().submit(run, LsfConfig(command="true"), run.staging_dir)


def test_ids_from_a_file_are_checked():
    with pytest.raises(SubmitError, match="not the id"):
        PbsScheduler().cancel(["1; rm -rf /"])
    with pytest.raises(SubmitError, match="not the id"):
        SlurmRunBackend.scheduler.words(["1,2 --me"])


def test_every_backend_has_its_capabilities():
    for backend in (SlurmRunBackend, PbsRunBackend, SgeRunBackend, LsfRunBackend):
        assert issubclass(backend, BatchRunBackend)
        assert backend.capabilities.arrays
        assert backend.capabilities.shared_files


def test_modules_come_from_where_the_site_says(new_run, tmp_path):
    site = tmp_path / "site.yml"
    site.write_text("rompy_site: 1\nmodules: {system: lmod, command: ml, init: '/opt/l mod/init'}\n")
    config = load_backend_config({"type": "slurm", "command": "x", "modules": ["swan"]}, site=site)
    script = script_of(SlurmRunBackend(), new_run(), config)
    assert "type ml >/dev/null 2>&1 || for file in '/opt/l mod/init' " in script
    assert "\nml load swan || exit 73\n" in script
    assert subprocess.run(["bash", "-n"], input=script.encode(), check=False).returncode == 0


def test_only_what_was_given_is_recorded_so_that_a_later_attempt_is_the_same(new_run, stand_in):
    run = new_run("model", ranks=4)
    stand_in("qsub", "77.pbs01\n")
    job = PbsRunBackend().submit(run, PbsConfig(time_limit="12:00:00"), run.staging_dir)
    again = settings_of(job.record)
    assert again.model_fields_set == {"time_limit", "env_vars"}
    assert (job.workspace / ".rompy/job.sh").read_text().count("ncpus=4") == 1
    assert "ncpus=4" in script_of(PbsRunBackend(), run, again)
    assert job.record.time_limit_s == 12 * 3600 - 15


QSTAT_J = """==============================================================
job_number:                 6
env_list:                   TERM=NONE
context:                    ROMPY_TAG=rompy-abc
==============================================================
job_number:                 7
context:                    ROMPY_TAG=rompy-abcd,OTHER=1
"""


def test_a_job_of_grid_engine_is_found_again_by_its_tag(new_run, stand_in):
    stand_in("qstat", QSTAT_J)
    assert SgeScheduler().find("rompy-abcd") == ["7"]
    assert SgeScheduler().find("rompy-abc") == ["6"]
    script = script_of(SgeRunBackend(), new_run(), SgeConfig(command="x"))
    assert "#$ -ac ROMPY_TAG=rompy-" in script


def test_an_element_whose_id_was_never_learnt_is_found_in_the_array_again(new_run, stand_in):
    runs = [new_run(run_id=f"r{i}") for i in range(2)]
    stand_in("qsub", "80[].pbs01\n")
    jobs = PbsRunBackend().submit_many([(run, run.staging_dir) for run in runs], PbsConfig(command="x"))
    tag = jobs[1].record.facts["tag"]
    with JobRecord.changing(jobs[1].place) as record:
        record.last.native_id = None
    states = "".join(
        f"Job Id: 80[{i}].pbs01\n    job_state = Q\n    Variable_List = A=1,ROMPY_TAG={tag}\n\n"
        for i in range(2)
    )
    stand_in("qstat", states)
    assert jobs[1].status().state is JobState.pending
    assert Job.open(jobs[1].workspace).native_id == "80[1].pbs01"


def test_a_job_that_was_taken_out_of_a_queue_that_forgets_it_was_cancelled(new_run, stand_in):
    run = new_run()
    stand_in("qsub", "9\n")
    job = SgeRunBackend().submit(run, SgeConfig(command="true", patience=0.0), run.staging_dir)
    stand_in("qstat", "<job_info><queue_info/><job_info/></job_info>")
    stand_in("qacct", "", status=1, errors="error: job id 9 not found")
    stand_in("qdel", "root has deleted job 9\n")
    job.cancel()
    status = job.status()
    assert (status.state, status.reason) == (
        JobState.cancelled,
        "taken out of the queue before it was started",
    )


def test_the_array_is_as_large_as_the_scheduler_takes(new_run, stand_in):
    runs = [new_run(run_id=f"r{i}") for i in range(5)]
    stand_in("qstat", "Server: pbs01\n    max_array_size = 2\n")
    stand_in("qsub", "80[].pbs01\n")
    jobs = PbsRunBackend().submit_many([(run, run.staging_dir) for run in runs], PbsConfig(command="x"))
    assert [job.native_id for job in jobs] == ["80[0].pbs01", "80[1].pbs01"] * 2 + ["80[0].pbs01"]
    assert len({job.record.facts["tag"] for job in jobs}) == 3
    assert stand_in.calls("qsub") == [".rompy/array.sh"] * 3
    assert "#PBS -J 0-1\n" in (runs[2].staging_dir / ".rompy/array.sh").read_text()


def test_runs_with_different_secrets_are_no_array(new_run, stand_in):
    stand_in("qsub", "80[].pbs01\n")
    runs = [new_run("model", run_id=f"r{i}", env={"API_TOKEN": f"secret{i}"}) for i in range(2)]
    with pytest.raises(SubmitError, match="different values of the secret API_TOKEN"):
        PbsRunBackend().submit_many([(run, run.staging_dir) for run in runs], PbsConfig())


def test_many_are_cancelled_by_one_command_and_one_by_one_where_that_fails(stand_in):
    stand_in("qdel", "")
    PbsScheduler().cancel([f"{i}.pbs01" for i in range(3)])
    assert stand_in.calls("qdel") == ["0.pbs01 1.pbs01 2.pbs01"]
    stand_in("qdel", "", status=153, errors="qdel: Unknown Job Id 4.pbs01")
    PbsScheduler().cancel(["4.pbs01", "5.pbs01"])
    assert stand_in.calls("qdel")[1:] == ["4.pbs01 5.pbs01", "4.pbs01", "5.pbs01"]
    stand_in("qdel", "", status=1, errors="qdel: Permission denied")
    with pytest.raises(SubmitError, match=r"did not cancel 4.pbs01: qdel: Permission denied"):
        PbsScheduler().cancel(["4.pbs01", "5.pbs01"])


@pytest.mark.parametrize(
    ("job_id", "parts"),
    [
        ("80[2].pbs01", ("80", 2)),
        ("7_3", ("7", 3)),
        ("7.3", ("7", 3)),
        ("7[3]", ("7", 3)),
        ("7.server", ("7", None)),
        ("80[].pbs01", ("80", None)),
        ("abc", ("abc", None)),
    ],
)
def test_the_element_of_an_array_is_known_by_its_id(job_id, parts):
    assert parts_of(job_id) == parts


def test_a_later_attempt_knows_its_site_but_takes_nothing_new_from_it(new_run, stand_in, tmp_path, caplog):
    site = tmp_path / "site.yml"
    text = (
        "rompy_site: 1\nmodules: {system: lmod, init: /opt/lmod/init}\nsettings: {pbs: {modules: [swan]}}\n"
    )
    site.write_text(text)
    config = load_backend_config({"type": "pbs", "command": "x"}, site=site)
    run = new_run()
    stand_in("qsub", "77.pbs01\n")
    job = PbsRunBackend().submit(run, config, run.staging_dir)
    site.write_text(text.replace("modules: [swan]", "modules: [other], queue: new"))
    again = settings_of(job.record)
    assert (again.modules, again.queue) == (["swan"], None)
    assert "/opt/lmod/init" in script_of(PbsRunBackend(), run, again)
    site.unlink()
    assert settings_of(job.record).modules == ["swan"]
    assert "is not there any more" in caplog.text
