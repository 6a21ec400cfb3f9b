"""Mistakes that show before anything is made: missing files, and what configurations find themselves."""

from typing import Any, Literal

import pytest

from rompy.core.config import BaseConfig
from rompy.core.data import DataBlob, DataGrid
from rompy.core.describing.explain import DescriptionError
from rompy.core.preflight import missing_files, problems_of, raise_together
from rompy.core.source import SourceFile, SourceTimeseriesCSV
from rompy.errors import ConfigError, MissingFileError
from rompy.model import ModelRun


class Config(BaseConfig):
    model_type: Literal["base"] = "base"
    data: dict[str, Any] = {}
    restart: DataBlob | None = None


def grid(uri):
    return DataGrid(source=SourceFile(uri=uri))


def test_each_missing_file_is_named_with_its_field(tmp_path):
    (tmp_path / "wind.nc").touch()
    config = Config(
        data={
            "wind": grid(tmp_path / "wind.nc"),
            "tide": [grid(tmp_path / "wint.nc"), grid("package://nobody/x.nc")],
        },
        restart=DataBlob(source=tmp_path / "hot.nc"),
    )
    found = {error.field: error for error in missing_files(config, "config")}
    assert set(found) == {
        "config.data.tide.0.source.uri",
        "config.data.tide.1.source.uri",
        "config.restart.source",
    }
    assert "wind.nc" in found["config.data.tide.0.source.uri"].hint
    assert all(isinstance(error, MissingFileError) for error in found.values())


@pytest.mark.parametrize(
    "uri", ["https://example.org/a.nc", "s3://bucket/a.nc", "winds/{time:%Y}.nc", "winds/*.nc"]
)
def test_what_cannot_be_told_without_opening_is_left_alone(uri):
    assert not list(missing_files(Config(data={"wind": grid(uri)})))


def test_tables_are_files_too(tmp_path):
    source = SourceTimeseriesCSV(filename=tmp_path / "tide.csv")
    assert [error.field for error in missing_files({"tide": source})] == ["tide.filename"]


def test_sources_that_may_do_without_some_files_are_left_alone(tmp_path):
    (tmp_path / "b.nc").touch()
    there, missing = (
        {"source": {"model_type": "file", "uri": str(tmp_path / name)}} for name in ("b.nc", "a.nc")
    )
    data = DataGrid(source={"model_type": "fallback", "alternatives": [missing, there]})
    assert not list(missing_files(data))


def test_blobs_of_plugins_may_make_their_own_files(tmp_path):
    class Restart(DataBlob):
        pass

    assert not list(missing_files(Config(restart=Restart(source=tmp_path / "later.nc"))))


def test_one_mistake_keeps_its_class_and_several_become_one_error(tmp_path):
    run = ModelRun(run_id="a", output_dir=tmp_path, config=Config(data={"wind": grid(tmp_path / "a.nc")}))
    with pytest.raises(MissingFileError, match=r"config\.data\.wind\.source\.uri: there is no file"):
        raise_together(problems_of(run))
    run.config.data["rain"] = grid(tmp_path / "b.nc")
    with pytest.raises(DescriptionError) as error:
        raise_together(problems_of(run))
    assert [problem.field for problem in error.value.problems] == [
        "config.data.wind.source.uri",
        "config.data.rain.source.uri",
    ]
    raise_together([])


def test_nothing_is_made_when_a_file_is_missing(tmp_path):
    run = ModelRun(
        run_id="a", output_dir=tmp_path / "out", config=Config(data={"wind": grid(tmp_path / "a.nc")})
    )
    with pytest.raises(MissingFileError):
        run.generate()
    assert not (tmp_path / "out").exists()


def test_a_postprocessor_is_asked_about_the_run(tmp_path):
    class Settings:
        def check(self, model_run):
            yield ConfigError(f"no station in {model_run.run_id}", field="postprocessor.stations")
            yield ConfigError(f"no station in {model_run.run_id}", field="postprocessor.stations")

    run = ModelRun(run_id="bay", output_dir=tmp_path, config=Config())
    assert [error.message for error in problems_of(run, Settings())] == ["no station in bay"]
