import sys

import pytest

from rompy.backends import LocalConfig
from rompy.errors import SubmitError
from rompy.run.command import local_command, runs_itself, shown


def test_python_is_the_one_that_runs_here(new_run):
    launch = local_command(new_run("python", "run_case.py", "case.json"), LocalConfig())
    assert launch.argv == (sys.executable, "run_case.py", "case.json")


def test_only_the_first_word_can_mean_python(new_run):
    launch = local_command(new_run("swan", "python"), LocalConfig())
    assert launch.argv == ("swan", "python")


def test_the_settings_command_comes_first_and_keeps_the_progress_file(new_run):
    run = new_run("python", "run.py", progress="progress.jsonl", env={"A": "1"}, ranks=4)
    launch = local_command(run, LocalConfig(command="./mine.sh --x | tee log"))
    assert launch.argv == ("sh", "-c", "./mine.sh --x | tee log")
    assert (launch.progress, launch.ranks, launch.env) == ("progress.jsonl", 1, {"A": "1"})


def test_without_a_shell_a_command_is_split_into_words(new_run):
    launch = local_command(new_run(), LocalConfig(command="./run 'two words' $HOME", shell=False))
    assert launch.argv == ("./run", "two words", "$HOME")
    with pytest.raises(SubmitError, match="command"):
        local_command(new_run(), LocalConfig(command="./run 'open", shell=False))


def test_variables_of_the_settings_win(new_run):
    run = new_run("swan", env={"OMP_NUM_THREADS": "1", "B": "2"})
    assert local_command(run, LocalConfig(env_vars={"OMP_NUM_THREADS": "8"})).env == {
        "OMP_NUM_THREADS": "8",
        "B": "2",
    }


def test_several_ranks_get_the_launcher_of_the_settings(new_run):
    run = new_run("python", "run.py", ranks=4)
    launch = local_command(run, LocalConfig(mpiexec="mpirun --oversubscribe"))
    assert launch.argv == ("mpirun", "--oversubscribe", "-n", "4", sys.executable, "run.py")


def test_the_launcher_beside_python_comes_before_the_path(new_run, tmp_path, monkeypatch):
    python, launcher = tmp_path / "python", tmp_path / "mpiexec"
    for path in (python, launcher):
        path.touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    assert local_command(new_run("swan", ranks=2), LocalConfig()).argv == (str(launcher), "-n", "2", "swan")
    launcher.unlink()
    on_path = tmp_path / "bin"
    on_path.mkdir()
    (on_path / "mpirun").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(on_path))
    assert local_command(new_run("swan", ranks=2), LocalConfig()).argv[0] == str(on_path / "mpirun")


def test_without_any_launcher_it_says_what_to_install(new_run, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SubmitError, match="mpiexec") as caught:
        local_command(new_run("swan", ranks=2), LocalConfig())
    assert 'pip install "rompy[mpi]"' in caught.value.hint


def test_nothing_is_said_means_none(new_run):
    run = new_run()
    assert local_command(run, LocalConfig()) is None
    assert not runs_itself(run)


def test_a_command_is_shown_as_one_would_type_it():
    assert shown(("swan", "two words")) == "swan 'two words'"
    assert shown(("sh", "-c", "cd x && ./run")) == "cd x && ./run"
