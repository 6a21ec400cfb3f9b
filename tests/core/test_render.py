"""Templates are rendered by cookiecutter's conventions, sandboxed, and stay inside the workspace."""

import os
from pathlib import Path

import pytest

from rompy.core.render import render
from rompy.core.time import TimeRange
from rompy.errors import ConfigError, MissingFileError


@pytest.fixture
def template(tmp_path):
    def make(files, project="{{runtime.staging_dir}}"):
        root = tmp_path / "template"
        for name, content in files.items():
            path = root / project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        (root / "__init__.py").touch()
        return root

    return make


@pytest.fixture
def render_to(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(template, config=None):
        context = {"runtime": {"staging_dir": Path("out/r1"), "run_id": "r1", "_by": "me"}, "config": config}
        return render(context, template, "out")

    return call


def test_contents_and_names_are_rendered(template, render_to):
    source = template(
        {"{{config.n}}.txt": "{{runtime.run_id}} {{runtime._by}}", "d/{{config.n}}/x": "{{config.get('q')}}"}
    )
    folder = render_to(source, {"n": "seven"})
    assert folder == Path("out/r1")
    assert (folder / "seven.txt").read_text() == "r1 me"
    assert (folder / "d/seven/x").read_text() == "None"


def test_a_relative_project_name_goes_below_the_output_folder(template, render_to):
    assert render_to(template({"a": ""}, "{{runtime.run_id}}")) == Path("out/r1")
    assert Path("out/r1/a").exists()


def test_layout_of_text_is_kept_and_binary_files_are_copied(template, render_to):
    source = template({"dos": "a\r\nb\r\n", "unix": "a\n\n", "bin": b"\0{{config.x}}", "latin": b"\xe9{{"})
    (source / "{{runtime.staging_dir}}" / "unix").chmod(0o750)
    folder = render_to(source)
    assert (folder / "dos").read_bytes() == b"a\r\nb\r\n"
    assert (folder / "unix").read_bytes() == b"a\n\n"
    assert (folder / "bin").read_bytes() == b"\0{{config.x}}"
    assert (folder / "latin").read_bytes() == b"\xe9{{"
    assert os.stat(folder / "unix").st_mode & 0o777 == 0o750


def test_existing_files_are_overwritten_and_others_stay(template, render_to):
    Path("out/r1").mkdir(parents=True)
    Path("out/r1/a").write_text("old")
    Path("out/r1/b").write_text("other")
    render_to(template({"a": "new"}))
    assert Path("out/r1/a").read_text() == "new"
    assert Path("out/r1/b").read_text() == "other"


def test_an_undefined_name_is_an_error_with_file_and_line(template, render_to):
    with pytest.raises(ConfigError, match="nothing") as caught:
        render_to(template({"a": "line\n{{config.nothing}}\n"}), {})
    assert caught.value.file.name == "a"
    assert caught.value.line == 2


def test_a_syntax_error_is_named_with_its_line(template, render_to):
    with pytest.raises(ConfigError, match="syntax") as caught:
        render_to(template({"a": "\n{% if %}"}))
    assert caught.value.line == 2


@pytest.mark.parametrize(
    "expression",
    [
        "{{config.__class__.__mro__}}",
        "{{''.__class__.__base__.__subclasses__()}}",
        "{{config.items.__globals__}}",
    ],
)
def test_templates_cannot_reach_into_python(template, render_to, expression):
    with pytest.raises(ConfigError):
        render_to(template({"a": expression}), {"x": 1})


@pytest.mark.parametrize("name", ["../../evil", "..", "a/b"])
def test_names_cannot_leave_the_workspace(template, render_to, name):
    with pytest.raises(ConfigError):
        render_to(template({"{{config.n}}": "x"}), {"n": name})
    assert not Path("evil").exists()


def test_a_project_cannot_lie_outside_the_output_folder(template, render_to):
    with pytest.raises(ConfigError, match="outside"):
        render_to(template({"a": ""}, "{{'..'}}{{'/'}}{{runtime.run_id}}".replace("/", "\\x2f")))


def test_extensions_of_cookiecutter_are_there(template, render_to):
    assert (
        render_to(template({"a": "{{'A b'|slugify}} {{[1]|jsonify}}"})) / "a"
    ).read_text() == "a-b [\n    1\n]"


def test_hooks_are_not_executed(template, render_to, caplog):
    source = template({"a": ""})
    (source / "hooks").mkdir()
    (source / "hooks" / "pre_gen_project.sh").write_text("touch $PWD/hooked")
    render_to(source)
    assert "not executed" in caplog.text
    assert not list(Path().rglob("hooked"))


def test_a_missing_template_and_one_without_project_are_explained(tmp_path, render_to):
    with pytest.raises(MissingFileError, match="does not exist"):
        render_to(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="0 project folders"):
        render_to(tmp_path / "empty")


def test_two_renderings_are_identical(template, render_to):
    source = template(
        {"a": "{{config|jsonify}}", "b": "{% for k, v in config.items() %}{{k}}={{v}};{% endfor %}"}
    )
    first = {p.name: p.read_bytes() for p in render_to(source, {"x": 1, "y": 2}).iterdir()}
    assert {p.name: p.read_bytes() for p in render_to(source, {"x": 1, "y": 2}).iterdir()} == first


def test_a_project_named_after_the_run_is_the_workspace_wherever_that_lies(template, tmp_path):
    source = template({"a": "{{_template}}"}, "{{runtime.run_id}}")
    context = {"runtime": {"staging_dir": tmp_path / "flat", "run_id": "r1"}}
    assert render(context, source, tmp_path / "flat") == tmp_path / "flat"
    assert (tmp_path / "flat" / "a").read_text() == str(source)


def test_the_template_of_an_installed_package_is_mentioned_by_a_name_that_holds_on_every_host(tmp_path):
    from rompy import TEMPLATES_DIR

    context = {
        "runtime": {
            "staging_dir": tmp_path / "r1",
            "run_id": "r1",
            "period": TimeRange(start="20230101", end="20230102"),
            "_datefmt": "%Y%m%d",
            "_generated_at": "",
            "_generated_by": "",
            "_generated_on": "",
        }
    }
    text = (render(context, TEMPLATES_DIR / "base", tmp_path) / "INPUT").read_text()
    assert "rompy/templates/base" in text
    assert str(TEMPLATES_DIR) not in text
