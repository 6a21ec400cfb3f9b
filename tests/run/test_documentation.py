"""The programs in the documentation do what it says."""

import re
from pathlib import Path

from rompy.core.config import BaseConfig
from rompy.core.time import TimeRange
from rompy.model import ModelRun

PAGE = Path(__file__).parents[2] / "docs/running.md"


def test_the_programs_of_the_page_about_running(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)

    def new(name):
        period = TimeRange(start="2023-02-01", duration="1h", interval="1h")
        return ModelRun(run_id=name, period=period, config=BaseConfig(), delete_existing=True)

    names = {"run": new("tide"), "members": [new(f"m{i}") for i in range(3)]}
    section = PAGE.read_text(encoding="utf-8").partition("## From Python")[2]
    programs = re.findall(r"```python\n(.*?)```", section, flags=re.DOTALL)
    assert len(programs) == 2
    for program in programs:
        exec(compile(program, str(PAGE), "exec"), names)
    assert [str(result.state) for result in names["results"]] == ["succeeded"] * 3
