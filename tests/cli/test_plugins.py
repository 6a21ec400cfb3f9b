import json

from rompy import plugins


def test_the_table_tells_who_provides_what_and_why_it_is_broken(rompy):
    with plugins.registered(
        "rompy.source", "ice:grid", ImportError("no module named ice"), distribution="rompy-ice"
    ):
        lines = rompy("plugins").stdout.splitlines()
    assert lines[0].split() == ["name", "group", "distribution", "version", "state", "reason"]
    broken = next(line for line in lines if line.startswith("ice:grid"))
    assert broken.split()[1:5] == ["rompy.source", "rompy-ice", "0", "broken"]
    assert broken.endswith("no module named ice")
    assert not any("puddle" in line and "broken" in line for line in lines)


def test_json(rompy):
    rows = json.loads(rompy("plugins", "--json").stdout)["plugins"]
    puddle = next(row for row in rows if row["name"] == "puddle")
    assert puddle["group"] == "rompy.config"
    assert puddle["state"] == "loaded"


def test_one_group_only(rompy):
    rows = json.loads(rompy("plugins", "rompy.run", "--json").stdout)["plugins"]
    assert {row["group"] for row in rows} == {"rompy.run"}
    assert {row["state"] for row in rows} == {"loaded"}


def test_an_unknown_group_is_a_usage_error(rompy):
    assert rompy("plugins", "rompy.nope").exit_code == 2


def test_nothing_needs_to_be_imported(process):
    result = process("plugins", "--no-import", "--json")
    assert {row["state"] for row in json.loads(result.stdout)["plugins"]} <= {
        "available",
        "shadowed",
        "loaded",
    }
