"""A run gives the wave heights that the formulae give."""

import csv

import pytest
from rompy.backends import LocalConfig
from rompy.model import ModelRun


def test_wave_heights_of_a_run(wind, tmp_path):
    run = ModelRun(
        run_id="waves",
        output_dir=tmp_path,
        period={"start": "2023-01-01T00:00", "end": "2023-01-01T12:00"},
        config={
            "model_type": "mymodel",
            "fetch_m": 20000,
            "wind": {"id": "wind", "source": {"model_type": "mymodel_table", "uri": str(wind)}},
        },
    )
    run.run(LocalConfig(timeout=60), run.generate()).check()
    with (run.staging_dir / "waves.csv").open() as file:
        waves = {row["time"]: float(row["hs"]) for row in csv.DictReader(file)}
    # 0.0016 sqrt(9.81 x 20000 / 14^2) 14^2 / 9.81
    assert waves["2023-01-01T06:00:00Z"] == pytest.approx(1.011, abs=1e-3)
