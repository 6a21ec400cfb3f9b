import shutil
import subprocess

import pytest

from rompy import plugins


def complete(rompy, line, cursor):
    env = {"_ROMPY_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(cursor)}
    result = rompy(env=env, prog_name="rompy")
    return [row.split(",")[1] for row in result.stdout.splitlines()]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script_with_a_word_on_where_to_keep_it(rompy, shell):
    result = rompy("completion", shell)
    assert result.exit_code == 0
    assert "_ROMPY_COMPLETE" in result.stdout
    assert result.stdout.startswith(f"# Save it for good: rompy completion {shell} > ~/")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_can_read_its_script(rompy, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = rompy("completion", shell).stdout
    subprocess.run([shell, "-n"], input=script, text=True, check=True)


def test_the_shell_in_use_is_the_default(rompy):
    assert "fish" in rompy("completion", env={"SHELL": "/usr/bin/fish"}).stdout
    assert rompy("completion", env={"SHELL": "/bin/tcsh"}).exit_code == 2


def test_commands_options_and_plugins_are_completed(rompy):
    assert complete(rompy, "rompy gen", 1) == ["generate"]
    assert complete(rompy, "rompy run --skip", 2) == ["--skip-generate"]
    assert complete(rompy, "rompy schema pud", 2) == ["puddle"]
    assert complete(rompy, "rompy plugins rompy.conf", 2) == ["rompy.config"]
    assert complete(rompy, "rompy backends create --backend-type lo", 4) == ["local"]
    with plugins.registered("rompy.postprocess.config", "painter", object):
        assert complete(rompy, "rompy backends validate --processor-type pai", 4) == ["painter"]
