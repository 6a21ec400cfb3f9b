import ast
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rompy.jobs import supervise
from rompy.jobs.lock import is_locked

SOURCE = Path(supervise.__file__)


def test_the_syntax_is_that_of_python_3_6():
    ast.parse(SOURCE.read_text(encoding="utf-8"), feature_version=(3, 6))


def test_it_needs_nothing_but_the_standard_library():
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    assert names <= set(sys.stdlib_module_names)


def test_it_runs_a_model_with_the_oldest_python_present(model, oldest_python):
    model.shell("echo out; echo 'wörds' >&2; exit 3")
    status, result = model.run(python=oldest_python)
    assert status == 3
    assert (result["state"], result["exit_code"], result["signal"]) == ("failed", 3, None)
    assert "wörds" in result["reason"]


def test_a_model_that_ends_with_zero_succeeds(model):
    status, result = model.shell("echo hello; echo trouble >&2").run("--attempt", "7")
    assert status == 0
    assert (result["state"], result["exit_code"], result["attempt"]) == ("succeeded", 0, 7)
    assert model.workspace.stdout_log.read_text() == "hello\n"
    assert model.workspace.stderr_log.read_text() == "trouble\n"
    assert result["started"] <= result["ended"]


def test_a_failure_tells_the_last_words(model):
    _, result = model.shell("for i in 1 2 3 4 5 6 7; do echo line $i >&2; done; echo; exit 2").run()
    assert result["state"] == "failed"
    assert result["reason"].splitlines() == [
        "exit code 2; its last words on stderr:",
        *(f"  line {i}" for i in range(3, 8)),
    ]


def test_the_last_words_on_stdout_count_when_stderr_is_silent(model):
    _, result = model.shell("echo ' ERROR: depth is negative'; exit 1").run()
    assert "stdout" in result["reason"]
    assert "depth is negative" in result["reason"]


def test_binary_garbage_in_the_log_makes_a_readable_reason(model):
    model.python(
        r"""
        import os
        os.write(2, bytes(range(256)) * 40 + b"\n\x1b[31mred\x1b[0m alert\r\n")
        os._exit(1)
        """
    )
    _, result = model.run()
    assert result["reason"].endswith("  red alert")
    assert not any(ord(c) < 32 and c != "\n" for c in result["reason"])
    assert len(result["reason"]) < 2500


@pytest.mark.parametrize(
    ("name", "hint"),
    [("SIGSEGV", "memory that is not its own"), ("SIGABRT", "gave up"), ("SIGKILL", "out of memory")],
)
def test_a_signal_is_named_and_explained(model, name, hint):
    _, result = model.shell(f"kill -{name[3:]} $$").run()
    assert (result["state"], result["signal"], result["exit_code"]) == ("failed", name, None)
    assert f"killed by {name}" in result["reason"]
    assert hint in result["reason"]


def test_an_exit_code_that_stands_for_a_signal_is_explained(model):
    _, result = model.shell("exit 139").run()
    assert result["exit_code"] == 139
    assert "SIGSEGV" in result["reason"]


def test_a_command_that_is_missing_is_told(model):
    _, result = model.command("no_such_model", "--now").run()
    assert result["exit_code"] == 127
    assert "command not found" in result["reason"]
    assert "no_such_model" in result["reason"]


def test_a_command_that_cannot_be_executed_is_told(model):
    (model.workspace.root / "input.txt").write_text("data\n")
    _, result = model.command("./input.txt").run()
    assert result["exit_code"] == 126
    assert "cannot be executed" in result["reason"]


def test_a_missing_launch_script_is_a_failure_with_a_result(model):
    model.shell("true")
    model.workspace.launch_sh.unlink()
    status, result = model.run()
    assert status != 0
    assert result["state"] == "failed"


def test_logs_that_cannot_be_opened_are_a_failure_with_a_result(model):
    model.shell("true")
    model.workspace.stdout_log.mkdir()
    _, result = model.run()
    assert result["state"] == "failed"
    assert "could not be started" in result["reason"]


def run_until(model, came_far, *options):
    """Run the model with a time limit: a longer one when it has not come far enough by then."""
    for limit in (1, 5, 25):
        status, result = model.run("--time-limit", str(limit), *options)
        assert model.alive() == []
        assert (status, result["state"]) == (124, "timeout")
        assert limit <= result["resources"]["wall_s"] < limit + 60
        assert f"time limit of {limit} s" in result["reason"]
        if came_far():
            return result
        (model.workspace.root / "pids").unlink(missing_ok=True)
    raise AssertionError("the model did not come far in 25 s")


def test_the_time_limit_ends_the_whole_tree(model, stubborn_tree):
    result = run_until(model.python(stubborn_tree), lambda: len(model.pids()) == 3, "--grace", "0.3")
    assert result["signal"] == "SIGKILL"


def test_a_model_may_use_the_time_of_grace(model):
    model.shell("trap 'echo saved > state; exit 0' TERM; echo $$ > pids; while :; do sleep 0.05; done")
    result = run_until(model, model.pids, "--grace", "60")
    assert result["exit_code"] == 0
    assert (model.workspace.root / "state").read_text() == "saved\n"


def test_a_stopped_model_is_ended_too(model):
    model.shell("echo $$ > pids; kill -STOP $$")
    result = run_until(model, model.pids, "--grace", "60")
    assert result["signal"] == "SIGTERM"
    assert result["resources"]["wall_s"] < 60


def test_the_file_cancel_ends_the_tree(model, stubborn_tree, wait_for):
    process = model.python(stubborn_tree).start("--grace", "0.2")
    wait_for(lambda: len(model.pids()) == 3)
    model.workspace.cancel.touch()
    assert process.wait(60) == 130
    assert model.alive() == []
    assert model.result()["state"] == "cancelled"


def test_a_run_cancelled_before_its_turn_never_starts(model):
    model.shell("touch started")
    model.workspace.cancel.touch()
    status, result = model.run()
    assert (status, result["state"]) == (130, "cancelled")
    assert not (model.workspace.root / "started").exists()


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_stop_signal_cancels(model, wait_for, name):
    process = model.shell("echo $$ > pids; exec sleep 60").start()
    wait_for(model.pids)
    process.send_signal(getattr(signal, name))
    assert process.wait(60) == 130
    assert model.alive() == []
    result = model.result()
    assert result["state"] == "cancelled"
    assert name in result["reason"]
    assert result["signal"] == "SIGTERM"


def test_a_signal_to_all_processes_at_once_leaves_the_time_of_grace(model, wait_for):
    model.python(
        """
        import os, signal, sys, time
        def save(*_):
            time.sleep(0.6)
            open("state", "w").write("saved")
            sys.exit(0)
        signal.signal(signal.SIGTERM, save)
        open("pids", "w").write("%d" % os.getpid())
        while True:
            time.sleep(0.05)
        """
    )
    model.change("SAME_REQUEST = 1.0", "SAME_REQUEST = 60.0")
    process = model.start("--grace", "60")
    wait_for(model.pids)
    supervisor = wait_for(model.heartbeat)["pid"]
    for pid in (process.pid, supervisor):
        os.kill(pid, signal.SIGTERM)
    process.wait(60)
    assert (model.workspace.root / "state").read_text() == "saved"


def test_a_second_stop_signal_ends_the_time_of_grace(model, wait_for):
    model.shell("trap 'touch told' TERM; echo $$ > pids; while :; do sleep 0.05; done")
    process = model.start("--grace", "600")
    wait_for(model.pids)
    process.terminate()
    wait_for((model.workspace.root / "told").exists)
    process.terminate()  # so soon after the first it is the same request
    time.sleep(supervise.SAME_REQUEST + 0.1)
    assert model.alive()
    process.terminate()
    assert process.wait(60) == 130
    assert model.alive() == []


def test_processes_left_behind_are_ended_and_noted(model):
    model.shell("sleep 60 & echo $! > pids; setsid sleep 60 & echo $! >> pids; exit 0")
    _, result = model.run()
    assert result["state"] == "succeeded"
    assert len(model.pids()) == 2
    assert model.alive() == []
    assert "left behind" in result["notes"][0]


def test_a_killed_supervisor_leaves_no_model_and_the_job_is_lost(model, stubborn_tree, wait_for):
    process = model.python(stubborn_tree).start()
    wait_for(lambda: len(model.pids()) == 3)
    os.kill(wait_for(model.heartbeat)["pid"], signal.SIGKILL)
    assert process.wait(60) == supervise.EXIT_DIED
    assert model.alive() == []
    assert model.result()["state"] == "lost"
    assert "SIGKILL" in model.result()["reason"]


def test_a_killed_guardian_changes_nothing(model, wait_for):
    process = model.shell("sleep 1; echo done").start()
    heartbeat = wait_for(model.heartbeat)
    process.kill()
    process.wait()
    assert wait_for(model.result)["state"] == "succeeded"
    assert not supervise.is_alive(heartbeat["pid"], heartbeat["pid_start"], "another boot")
    assert model.workspace.stdout_log.read_text() == "done\n"


def test_what_outlives_both_of_them_keeps_the_lock(model, wait_for):
    model.shell("setsid sleep 60 & echo $! > pids; echo $$ > own; wait")
    process = model.start()
    supervisor = wait_for(model.heartbeat)["pid"]
    wait_for(lambda: model.pids("own"))
    os.kill(process.pid, signal.SIGSTOP)  # so that it cannot clean up
    os.kill(supervisor, signal.SIGKILL)
    process.kill()
    process.wait()
    wait_for(lambda: not model.alive("own"))  # the model itself dies with its supervisor
    assert len(model.alive()) == 1
    assert is_locked(model.workspace)
    assert model.result() is None
    os.kill(model.pids()[0], signal.SIGKILL)
    wait_for(lambda: not is_locked(model.workspace))


def test_a_second_supervisor_in_the_folder_refuses_and_writes_nothing(model, wait_for):
    first = model.shell("sleep 60").start()
    wait_for(model.heartbeat)
    model.change("LOCK_PATIENCE = 5.0", "LOCK_PATIENCE = 0.1")
    status, result = model.run("--attempt", "2", stderr=subprocess.DEVNULL)
    assert status == supervise.EXIT_IN_USE
    assert result is None
    first.terminate()
    first.wait(60)
    assert model.result()["attempt"] == 1


def test_the_folder_may_be_renamed_meanwhile(model, wait_for):
    process = model.shell("echo $$ > pids; sleep 1; echo here > output").start()
    wait_for(lambda: model.heartbeat() and model.pids())
    moved = model.workspace.root.with_name("moved")
    model.workspace.root.rename(moved)
    assert process.wait(60) == 0
    assert (moved / "output").read_text() == "here\n"
    assert (moved / ".rompy" / "result.json").exists()


def test_a_deleted_folder_ends_the_model(model, wait_for, delete_under_its_job, tmp_path):
    process = model.shell(f"echo $$ > '{tmp_path}/pid'; exec sleep 60").start(stderr=subprocess.DEVNULL)
    wait_for(model.heartbeat)
    pid = int(wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text()))
    delete_under_its_job(model.workspace.root)
    assert process.wait(60) == supervise.EXIT_UNWRITTEN
    assert supervise.start_mark(pid) is None


def test_much_output_is_kept_to_the_last_byte(model):
    model.python(
        """
        import sys
        line = b"x" * 99 + b"\\n"
        for _ in range(500):
            sys.stdout.buffer.write(line * 1000)
        """
    )
    _, result = model.run()
    assert result["state"] == "succeeded"
    assert model.workspace.stdout_log.stat().st_size == 50_000_000


def test_cpu_and_memory_of_all_processes_are_measured(model):
    model.python(
        """
        import json, os, time
        children, (wait, go) = [], os.pipe()
        for _ in range(2):
            pid = os.fork()
            if pid == 0:
                os.close(go)
                block = bytearray(60_000_000)
                for i in range(0, len(block), 4096):
                    block[i] = 1
                end = time.process_time() + 0.4
                while time.process_time() < end:
                    pass
                os.read(wait, 1)  # until the parent closes the other end
                os._exit(0)
            children.append(pid)
        while True:  # until the supervisor has looked while both had all their memory
            if os.path.exists(".rompy/heartbeat.json"):
                with open(".rompy/heartbeat.json") as file:
                    if json.load(file)["max_rss_bytes"] >= 120_000_000:
                        break
            time.sleep(0.05)
        os.close(go)
        for pid in children:
            os.waitpid(pid, 0)
        """
    )
    _, result = model.run()
    spent = result["resources"]
    assert spent["cpu_user_s"] + spent["cpu_system_s"] >= 0.75
    assert spent["max_rss_bytes"] >= 120_000_000
    assert spent["wall_s"] >= 0.4


def test_the_heartbeat_tells_who_lives(model, wait_for):
    process = model.shell("sleep 60").start("--attempt", "4")
    first = wait_for(model.heartbeat)
    later = wait_for(lambda: model.heartbeat()["beat"] > first["beat"] and model.heartbeat())
    assert later["attempt"] == 4
    assert later["model_pid"] == first["model_pid"]
    assert supervise.is_alive(later["pid"], later["pid_start"], later["boot_id"])
    process.terminate()
    process.wait(60)
    assert not supervise.is_alive(later["pid"], later["pid_start"], later["boot_id"])


def test_a_reused_pid_is_not_the_same_process():
    mark = supervise.start_mark(os.getpid())
    assert supervise.is_alive(os.getpid(), mark, supervise.boot_id())
    assert not supervise.is_alive(os.getpid(), str(int(mark) + 1), supervise.boot_id())
    assert not supervise.is_alive(os.getpid(), mark, "another boot")


def test_the_table_from_ps_agrees_with_proc():
    if shutil.which("ps") is None:
        pytest.skip("this machine has no ps")
    table = supervise._table_from_ps()
    assert table[os.getpid()].parent == os.getppid()
    assert table[os.getpid()].rss > 1_000_000


def test_the_output_may_go_to_the_caller_instead_of_logs(model):
    process = model.shell("echo straight on").start("--inherit-output", stdout=subprocess.PIPE)
    output, _ = process.communicate(timeout=60)
    assert output == b"straight on\n"
    assert model.result()["logs"] == {}
    assert not model.workspace.stdout_log.exists()


def test_the_model_gets_default_signals_and_no_input(model):
    model.python(
        """
        import signal, sys
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
        assert not signal.pthread_sigmask(signal.SIG_BLOCK, ())
        assert sys.stdin.read() == ""
        """
    )
    assert model.run()[1]["state"] == "succeeded"
    _, result = model.shell("yes | head -n 1").run()  # SIGPIPE must end yes, as it does in a terminal
    assert result["state"] == "succeeded"


def test_a_full_disk_cannot_swallow_the_result(model, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a small file system: {mounted.stderr.decode().strip()}")
    try:
        shutil.move(model.workspace.root, disk / "run")
        model.workspace.root = disk / "run"
        model.shell("cat /dev/zero > fill; echo full; exit 5")
        status, result = model.run(stderr=subprocess.DEVNULL)
        assert (status, result["state"], result["exit_code"]) == (5, "failed", 5)
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
