import subprocess
import sys
from pathlib import Path

import click
import pytest

from rompy import __version__
from rompy.cli import COMMANDS, cli, statuses
from rompy.errors import RompyError


def subclasses(cls):
    return {cls} | {deeper for sub in cls.__subclasses__() for deeper in subclasses(sub)}


def commands(group, path=()):
    context = click.Context(group)
    for name in [*group.list_commands(context), *getattr(group, "hidden_commands", ())]:
        command = group.get_command(context, name)
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


ALL = list(commands(cli))


def test_help_lists_the_commands_and_the_exit_statuses(rompy):
    result = rompy("--help")
    assert result.exit_code == 0
    for name in COMMANDS:
        assert (f"  {name} " in result.stdout) == (name != "legacy")
    for status, meaning in statuses.MEANINGS.items():
        assert f"{status:>3}  {meaning}" in result.stdout


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_every_command_has_a_help_with_examples(rompy, path, command):
    text = rompy(*path, "-h").stdout
    assert "Example" in text
    assert f"rompy {' '.join(path[:1])}" in text


def test_the_list_of_commands_says_what_their_own_help_says():
    context = click.Context(cli)
    for name, short in COMMANDS.items():
        assert cli.get_command(context, name).get_short_help_str(200) == short


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_every_command_has_the_common_options(path, command):
    if not isinstance(command, click.Group):
        names = {
            name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)
        }
        assert names >= {
            "--verbose", "--quiet", "--json", "--log-dir", "--show-warnings", "--hide-warnings",
            "--ascii-only", "--unicode", "--simple-logs", "--detailed-logs",
        }  # fmt: skip


def test_every_kind_of_error_has_a_documented_status():
    for kind in subclasses(RompyError) - {RompyError}:
        assert kind.exit_status in statuses.MEANINGS


def test_the_version_names_the_models(rompy):
    result = rompy("--version")
    assert result.exit_code == 0
    first, second = result.stdout.splitlines()
    assert first == f"ROMPY Version: {__version__}"
    assert second.startswith("Available models: ")
    assert "puddle" in second


def test_an_unknown_command_is_guessed(rompy):
    result = rompy("genrate")
    assert result.exit_code == 2
    assert "No such command 'genrate'. Did you mean 'generate'?" in result.stderr


def test_an_unknown_option_is_a_usage_error(rompy):
    assert rompy("generate", "--nope").exit_code == 2


def test_the_help_imports_no_command_and_nothing_heavy():
    code = (
        "import sys; from rompy.cli import cli\n"
        "try: cli(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'pydantic', 'rich', 'ruamel', 'numpy', 'rompy.model', 'rompy.cli.run', 'importlib.metadata'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stderr == "[]\n"


def test_the_version_imports_no_plugin():
    code = (
        "import sys; from rompy.cli import cli\n"
        "try: cli(['--version'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'pydantic', 'rich', 'numpy', 'rompy_anuga'} & set(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stderr == "[]\n"


def test_the_documentation_lists_the_same_statuses():
    text = (Path(__file__).parents[2] / "docs" / "command_line.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line[2:3].isdigit()]
    assert {int(status): meaning for status, meaning in rows} == statuses.MEANINGS


def test_an_interrupt_before_a_command_begins_is_no_answer_of_it(rompy, monkeypatch):
    def interrupted(name):
        raise KeyboardInterrupt

    monkeypatch.setattr("rompy.cli.lazy.import_module", interrupted)
    result = rompy("diff", "one", "other")
    assert (result.exit_code, result.stderr) == (statuses.INTERRUPTED, "Error: interrupted\n")
