"""MyModelTable keeps what rompy demands of every source, and reads what is written."""

import pytest
from rompy.errors import DataError
from rompy.testing import SourceSuite

from rompy_mymodel.source import MyModelTable


class TestMyModelTable(SourceSuite):
    lazy = False  # a small table, read at once

    @pytest.fixture
    def source_class(self):
        return MyModelTable

    @pytest.fixture
    def description(self, wind):
        return {"model_type": "mymodel_table", "uri": str(wind)}

    @pytest.fixture
    def missing(self, tmp_path):
        return {"model_type": "mymodel_table", "uri": str(tmp_path / "nothing.txt")}

    def test_values_are_those_of_the_file(self, whole):
        assert whole["wind_speed"].sel(time="2023-01-01T06:00").item() == 14.0

    def test_a_file_of_something_else_is_refused(self, tmp_path):
        (tmp_path / "prose.txt").write_text("All the winds are sighing\n")
        with pytest.raises(DataError, match="not a table"):
            MyModelTable(uri=tmp_path / "prose.txt").open()
