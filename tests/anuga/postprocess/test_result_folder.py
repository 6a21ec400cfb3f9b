import pytest

from rompy.errors import PostprocessError, WorkspaceError
from rompy_anuga.postprocess.result_folder import filling

PRODUCTS = ("a.txt", "b.txt")


def test_files_appear_together_at_the_end(tmp_path):
    target = tmp_path / "deep" / "results"
    with filling(target, PRODUCTS) as folder:
        (folder / "a.txt").write_text("1")
        assert not target.exists()
    assert (target / "a.txt").read_text() == "1"
    assert [path.name for path in target.parent.iterdir()] == ["results"]


def test_a_failure_leaves_the_old_results_as_they_were(tmp_path):
    target = tmp_path / "results"
    target.mkdir()
    (target / "a.txt").write_text("old")
    with pytest.raises(PostprocessError, match="no"), filling(target, PRODUCTS) as folder:
        (folder / "a.txt").write_text("new")
        raise PostprocessError("no")
    assert (target / "a.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


def test_former_products_that_were_not_made_again_go_and_other_files_stay(tmp_path):
    target = tmp_path / "results"
    target.mkdir()
    for name in ("a.txt", "b.txt", "notes.txt"):
        (target / name).write_text("old")
    with filling(target, PRODUCTS) as folder:
        (folder / "a.txt").write_text("new")
    assert sorted(path.name for path in target.iterdir()) == ["a.txt", "notes.txt"]


def test_a_place_that_cannot_be_written_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(WorkspaceError, match="results cannot be written") as caught,
        filling(tmp_path / "file" / "results", ()),
    ):
        pass
    assert caught.value.exit_status == 6
    with pytest.raises(WorkspaceError, match="results cannot be written"), filling(tmp_path / "file", ()):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
