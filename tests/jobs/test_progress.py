import json
import os

import pytest

from rompy.jobs.progress import Progress, ProgressMeter, parse_progress, read_progress


def line(model_time, wall=None, **extras):
    values = {"model_time_s": model_time, "duration_s": 44640.0, **extras}
    return json.dumps(values if wall is None else {**values, "wall_s": wall}) + "\n"


def test_the_last_complete_line_counts(tmp_path):
    path = tmp_path / "progress.jsonl"
    assert read_progress(path) is None
    path.write_text(line(600.0, 1.0) + line(1200.0, 2.0, step=7) + '{"model_time_s": 99')
    progress = read_progress(path)
    assert (progress.model_time_s, progress.duration_s, progress.wall_s) == (1200.0, 44640.0, 2.0)
    assert progress.extras == {"step": 7}
    assert progress.fraction == pytest.approx(1200 / 44640)


def test_lines_that_make_no_sense_are_passed_over(tmp_path):
    path = tmp_path / "progress.jsonl"
    path.write_bytes(
        line(600.0).encode()
        + b"\xff\xfe\x00\n[]\n{}\n"
        + b'{"model_time_s": "soon"}\n{"model_time_s": NaN}\n'
    )
    assert read_progress(path).model_time_s == 600.0


def test_a_long_file_is_read_at_its_end_only(tmp_path):
    path = tmp_path / "progress.jsonl"
    path.write_text("".join(line(float(i)) for i in range(20_000)))
    assert path.stat().st_size > 10 * 65536
    assert read_progress(path).model_time_s == 19_999.0


def test_rate_and_time_left_come_from_the_model_s_own_clock(tmp_path):
    path = tmp_path / "progress.jsonl"
    meter = ProgressMeter(path)
    assert meter.read() is None
    path.write_text(line(6000.0, 10.0))
    assert meter.read().rate == pytest.approx(600.0)
    with path.open("a") as file:
        file.write(line(12000.0, 30.0))
    progress = meter.read()
    assert progress.rate == pytest.approx(300.0)  # lately
    assert progress.eta_s == pytest.approx((44640 - 12000) / 300.0)
    assert meter.read() is None  # nothing new


def test_a_rewritten_file_starts_over(tmp_path):
    path = tmp_path / "progress.jsonl"
    meter = ProgressMeter(path)
    path.write_text(line(6000.0, 10.0))
    meter.read()
    path.write_text(line(10.0, 1.0))
    os.utime(path, (1, 1))
    assert meter.read().rate == pytest.approx(10.0)


def test_it_reads_as_words():
    assert str(Progress(4800.0, 44640.0, 3.4, 1430.0, 27.9)) == (
        "1 h 20 min of 12 h 24 min (11 %), 1,430 x real time, 28 s left"
    )
    assert str(Progress(60.0)) == "1 min"


def test_fraction_stays_between_nothing_and_all():
    assert Progress(50000.0, 44640.0).fraction == 1.0
    assert Progress(-5.0, 44640.0).fraction == 0.0
    assert Progress(5.0, 0.0).fraction is None
    assert parse_progress(b"{}") is None
