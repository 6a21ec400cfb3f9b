import io
import json
from datetime import date

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from rompy.core.describing.place import Mark
from rompy.core.yaml_loader import (
    IncludeLoader,
    YamlError,
    load_yaml_with_includes,
    read_file,
    read_text,
    safe_load_with_includes,
)
from rompy.errors import ConfigError, MissingFileError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder, **files):
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_plain_data_of_every_kind():
    text = "a: 1\nb: [x, 2.5, ~, {c: no}]\nd: |\n  two\n  lines\ne: '1'\nf: 2023-02-01\n7: seven\n"
    assert safe_load_with_includes(text) == {
        "a": 1,
        "b": ["x", 2.5, None, {"c": False}],
        "d": "two\nlines\n",
        "e": "1",
        "f": date(2023, 2, 1),
        7: "seven",
    }


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(codec="ascii")),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text("abcxyz", min_size=1), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_json_is_yaml(data):
    assert safe_load_with_includes(json.dumps(data)) == data


def test_escapes_of_json_are_whole_characters():
    assert safe_load_with_includes('{"name": "\\ud83d\\ude00\\n"}') == {"name": "\U0001f600\n"}
    with pytest.raises(YamlError, match="half a character"):
        safe_load_with_includes('name: "\\ud83d"')


def test_an_empty_file_is_nothing(folder):
    write(folder, a="# only a comment\n")
    assert load_yaml_with_includes("a.yml") is None


def test_positions_of_every_key_and_value(folder):
    write(folder, a="run_id: x\nconfig:\n  grid:\n    - 1\n    - x0: 2\n")
    _, place = read_file("a.yml")
    assert place.at(["run_id"]).key == Mark("a.yml", 1, 1)
    assert place.at(["run_id"]).value == Mark("a.yml", 1, 9)
    assert place.at(["config", "grid", 0]).value == Mark("a.yml", 4, 7)
    assert place.at(["config", "grid", 1, "x0"]).key == Mark("a.yml", 5, 7)


def test_positions_point_into_included_files(folder):
    write(folder, a="config: !include parts/grid.yml\n", parts__grid="x0: 1\nfile: !include more.yml\n")
    write(folder, parts__more="deep: 1\n")
    data, place = read_file("a.yml")
    assert data == {"config": {"x0": 1, "file": {"deep": 1}}}
    assert place.at(["config"]).mark == Mark("a.yml", 1, 1)
    assert place.at(["config", "x0"]).mark == Mark("parts/grid.yml", 1, 1)
    assert place.at(["config", "file", "deep"]).mark == Mark("parts/more.yml", 1, 1)


def test_includes_are_relative_to_the_including_file_or_absolute(folder, monkeypatch):
    write(folder, parts__a="one: !include b.yml\n", parts__b="1")
    monkeypatch.setenv("PARTS", str(folder / "parts"))
    assert safe_load_with_includes("x: !include parts/a.yml", folder) == {"x": {"one": 1}}
    assert safe_load_with_includes("x: !include $PARTS/b.yml") == {"x": 1}
    assert safe_load_with_includes("x: !include ${PARTS}/b.yml") == {"x": 1}
    assert safe_load_with_includes("x: !include ${NO_SUCH_VARIABLE:-parts}/b.yml") == {"x": 1}


def test_an_unset_variable_in_an_include_says_where(folder):
    write(folder, a="x: 1\ny: !include ${NO_SUCH_VARIABLE}/b.yml\n")
    with pytest.raises(YamlError, match=r"^a\.yml:2: the variable NO_SUCH_VARIABLE is not set"):
        load_yaml_with_includes("a.yml")


def test_json_files_can_be_read_and_included(folder):
    (folder / "b.json").write_text('{\n\t"x": 1}')
    assert load_yaml_with_includes("b.json") == {"x": 1}
    assert safe_load_with_includes("a: !include b.json") == {"a": {"x": 1}}
    (folder / "b.json").write_text('{"x": 1,\n "x": }')
    with pytest.raises(YamlError, match=r"^b\.json:2: not JSON"):
        load_yaml_with_includes("b.json")
    (folder / "b.json").write_text('{"x": 1, "x": 2}')
    with pytest.raises(YamlError, match="'x' is given twice"):
        load_yaml_with_includes("b.json")


def test_streams_can_be_read(folder):
    assert load_yaml_with_includes(io.StringIO("a: 1")) == {"a": 1}
    write(folder, parts__a="x: !include b.yml", parts__b="2")
    with (folder / "parts" / "a.yml").open() as stream:
        assert load_yaml_with_includes(stream) == {"x": 2}
    with (folder / "parts" / "a.yml").open("rb") as stream:
        assert load_yaml_with_includes(stream) == {"x": 2}


def test_the_loader_works_with_pyyaml(folder):
    write(folder, b="2")
    assert pyyaml.load("x: !include b.yml", Loader=IncludeLoader) == {"x": 2}


def test_a_missing_file_is_named(folder):
    with pytest.raises(FileNotFoundError, match=r"the file nope\.yml does not exist"):
        load_yaml_with_includes("nope.yml")
    write(folder, a="x: 1\ny: !include nope.yml\n")
    with pytest.raises(MissingFileError, match=r"^a\.yml:2: the included file nope\.yml does not exist"):
        load_yaml_with_includes("a.yml")


def test_a_folder_is_no_file(folder):
    with pytest.raises(MissingFileError, match="is a directory"):
        load_yaml_with_includes(folder)


def test_files_that_include_themselves(folder):
    write(folder, a="x: !include b.yml\n", b="y: !include a.yml\n")
    with pytest.raises(YamlError, match=r"^b\.yml:1: a\.yml includes itself") as caught:
        load_yaml_with_includes("a.yml")
    assert caught.value.hint == "a.yml -> b.yml"


def test_too_many_files_that_include_one_another(folder):
    write(folder, **{f"f{i}": f"x: !include f{i + 1}.yml\n" for i in range(20)})
    with pytest.raises(ValueError, match="more than 10 files include one another"):
        load_yaml_with_includes("f0.yml")


def test_only_descriptions_can_be_included(folder):
    with pytest.raises(YamlError, match=r"cannot include '/etc/passwd': not one of \.yml, \.yaml, \.json"):
        safe_load_with_includes("x: !include /etc/passwd")


def test_a_key_given_twice_is_an_error_with_both_lines(folder):
    write(folder, a="run_id: x\nperiod: 1\nrun_id: y\n")
    with pytest.raises(ConfigError, match=r"^a\.yml:3: the key 'run_id' is given twice, first in line 1"):
        load_yaml_with_includes("a.yml")


def test_anchors_aliases_and_merges():
    text = "base: &base {a: 1, b: 2}\nother:\n  <<: *base\n  b: 3\nlist: [*base]\n"
    data, place = read_text(text, name="x.yml")
    assert data["other"] == {"a": 1, "b": 3}
    assert data["list"][0] == data["base"]
    assert data["list"][0] is not data["base"]
    assert place.at(["other", "a"]).mark.line == 1
    assert place.at(["other", "b"]).mark.line == 4
    assert safe_load_with_includes("a: {<<: [{x: 1}, {x: 2, y: 3}]}") == {"a": {"x": 1, "y": 3}}


def test_an_included_file_can_be_merged(folder):
    write(folder, base="a: 1\nb: 2\n")
    data, place = read_text("<<: !include base.yml\nb: 3\n")
    assert data == {"a": 1, "b": 3}
    assert place.at(["a"]).mark == Mark("base.yml", 1, 1)


def test_a_merge_of_something_else_is_an_error():
    with pytest.raises(YamlError, match="<< needs a mapping"):
        safe_load_with_includes("<<: 3")


def test_aliases_cannot_fill_the_memory():
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    with pytest.raises(YamlError, match="aliases expand to more than"):
        safe_load_with_includes("\n".join(rows))


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("a: 1\nb: c: d", 2, "mapping values are not allowed here", "quotes"),
        ("a:\n\t- x", 2, "cannot start any token", "not with tabs"),
        ("a: 1\nb: @x", 2, "cannot start any token", "quotes"),
        ("a: [1,", 1, "stream end", "brackets are not closed"),
        ("a: 'x", 1, "end of stream", "Quotes"),
        ("a:\n  - 1\n b: 2", 3, "expected", "indentation"),
        ("a: *x", 1, r"\*x refers to an anchor", None),
        ("a: &x [*x]", 1, r"\*x refers to itself", None),
        ("a: 1\n---\nb: 2", 2, "a second document begins here", "one document"),
        ("? [1]\n: 2", 1, "a key must be a word or a number", None),
        ("a: !!int x", 1, "'x' is not of the type !!int", None),
    ],
)
def test_what_is_no_yaml_says_where_and_what_to_do(text, line, message, hint):
    with pytest.raises(YamlError, match=message) as caught:
        read_text(text, name="x.yml")
    assert (caught.value.file, caught.value.line) == ("x.yml", line)
    assert hint is None or hint in caught.value.hint


@pytest.mark.parametrize(
    "text", ["!!python/object/apply:os.system [ls]", "a: !foo 1", "a: !foo [1]", "!foo {a: 1}"]
)
def test_no_tag_makes_an_object(text):
    with pytest.raises(YamlError, match="is not known"):
        safe_load_with_includes(text)


def test_standard_tags():
    assert safe_load_with_includes("[!!str 1, !!int '1', !!float 1, !!str no]") == ["1", 1, 1.0, "no"]


@pytest.mark.parametrize(
    "text", ["[" * 150 + "]" * 150, "- " * 150 + "x", "".join(" " * i + "a:\n" for i in range(150))]
)
def test_deep_nesting_does_not_break_the_program(text):
    with pytest.raises(YamlError, match="nested too deeply"):
        safe_load_with_includes(text)


def test_files_must_be_text_in_utf8(folder):
    (folder / "a.yml").write_bytes("a: 1\nb: ü".encode("latin-1"))
    with pytest.raises(YamlError, match=r"^a\.yml:2: not text in UTF-8"):
        load_yaml_with_includes("a.yml")
    (folder / "a.yml").write_bytes("a: ü".encode("utf-8-sig"))
    assert load_yaml_with_includes("a.yml") == {"a": "ü"}
    (folder / "a.yml").write_bytes(b"a: \x00")
    with pytest.raises(YamlError, match=r"^a\.yml: not YAML"):
        load_yaml_with_includes("a.yml")
