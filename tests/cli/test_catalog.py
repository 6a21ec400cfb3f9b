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


CATALOG = """
format: rompy-catalog/1
datasets:
  {name}:
    title: Winds of {name}
    source: {{model_type: file, uri: "{uri}"}}
    extent: {{longitude: [140, 150], latitude: [-40, -30], start: 2020-01-01, end: 2021-01-01}}
    licence: a
    citation: a
    access: a
"""


def test_own_catalogues_are_listed_with_where_they_are(rompy, folder, monkeypatch):
    assert "catalogue" not in rompy("catalog", "list").stdout.splitlines()[0]
    own = folder.parent / "config" / "rompy" / "catalogs"
    own.mkdir(parents=True)
    (own / "mine.yml").write_text(CATALOG.format(name="bay", uri="bay.nc"))
    listed = rompy("catalog", "list").stdout
    assert "Winds of bay" in listed
    assert str(own / "mine.yml") in listed
    assert "era5" in listed
    (own / "bad.yml").write_text("format: rompy-catalog/7\n")
    result = rompy("catalog", "list")
    assert result.exit_code == 3
    assert "bad.yml:1: format: this catalogue has version 7" in result.stderr


def test_checks_tell_what_answers_and_what_is_covered_and_fetch_nothing(rompy, folder, web):
    web.put("wind.nc", bytes(2**20))
    (folder / "own.yml").write_text(CATALOG.format(name="bay", uri=f"{web.url}/wind.nc"))
    check = ("catalog", "check", "--file", "own.yml")
    assert rompy(*check, "--bbox", 141, -39, 149, -31, "--start", "2020-02-01").exit_code == 0
    result = rompy(*check, "--bbox", 141, -39, 155, -31, "--start", "2019-12-01", "--end", "2022-01-01")
    assert result.exit_code == 4
    for text in (
        "uncovered",
        "longitudes 140 to 150, not 141 to 155",
        "times from 2020-01-01",
        "times to 2021-01-01",
    ):
        assert text in result.stdout
    assert (web.sent, web.requests) == (0, [])
    web.files.clear()
    result = rompy(*check)
    assert result.exit_code == 4
    assert "dead" in result.stdout
