"""`rompy init plugin` makes a package and says what to do with it."""

import json


def test_a_plugin_is_made_in_the_current_folder(rompy, folder):
    done = rompy("init", "plugin", "Wave-Watcher")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0] == "made rompy-wave-watcher with the model_type wave_watcher"
    assert "pytest" in done.stdout
    assert (folder / "rompy-wave-watcher" / "pyproject.toml").is_file()


def test_a_plugin_is_made_in_another_folder(rompy, folder):
    done = rompy("init", "plugin", "waves", "--directory", "two words", "--json")
    assert json.loads(done.stdout)["folder"] == "two words/rompy-waves"
    assert (folder / "two words" / "rompy-waves" / "README.md").is_file()


def test_a_name_that_is_not_possible_is_one_clear_message(rompy, folder):
    done = rompy("init", "plugin", "3d")
    assert done.exit_code == 3
    assert "cannot be called '3d'" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(folder.iterdir()) == []


def test_what_exists_is_not_overwritten(rompy, folder):
    assert rompy("init", "plugin", "waves").exit_code == 0
    (folder / "rompy-waves" / "README.md").write_text("mine")
    done = rompy("init", "plugin", "waves")
    assert done.exit_code == 6
    assert (folder / "rompy-waves" / "README.md").read_text() == "mine"
