import json


def test_list_show_and_check(rompy, tmp_path):
    assert "gebco" in rompy("catalog", "list").stdout
    rows = json.loads(rompy("catalog", "list", "--json").stdout)["datasets"]
    assert {"dataset": "hycom", "source": "opendap"}.items() <= next(
        r for r in rows if r["dataset"] == "hycom"
    ).items()
    shown = rompy("catalog", "show", "gebco").stdout
    assert "positive up" in shown
    assert "gebco.net" in shown
    text = (
        "format: rompy-catalog/1\ndatasets:\n  a:\n    title: a\n    source: {model_type: file, uri: nowhere.nc}\n"
        "    licence: a\n    citation: a\n    access: a\n"
    )
    (tmp_path / "own.yml").write_text(text)
    result = rompy("catalog", "check", "--file", str(tmp_path / "own.yml"), "--json")
    assert result.exit_code == 4
    assert '"state": "dead"' in result.stdout
    assert rompy("catalog", "show", "nothing").exit_code == 4
