"""Two folders compare equal only when everything in them is."""

from rompy.testing import contents


def test_files_links_and_empty_folders_are_seen(tmp_path):
    (tmp_path / "sub" / "empty").mkdir(parents=True)
    (tmp_path / "sub" / "file").write_text("1")
    (tmp_path / "to folder").symlink_to("sub")
    (tmp_path / "dead").symlink_to("nowhere")
    found = contents(tmp_path)
    assert found["sub/empty"] == "empty folder"
    assert (found["to folder"], found["dead"]) == ("link to sub", "link to nowhere")
    assert set(found) == {"sub/empty", "sub/file", "to folder", "dead"}


def test_a_changed_byte_is_seen(tmp_path):
    (tmp_path / "file").write_text("1")
    before = contents(tmp_path)
    (tmp_path / "file").write_text("2")
    assert contents(tmp_path) != before


def test_rompys_own_folder_is_left_out_unless_wanted(tmp_path):
    (tmp_path / ".rompy").mkdir()
    (tmp_path / ".rompy" / "manifest.json").touch()
    assert contents(tmp_path) == {}
    assert contents(tmp_path, without=()).keys() == {".rompy/manifest.json"}


def test_a_folder_that_is_missing_is_empty(tmp_path):
    assert contents(tmp_path / "nothing") == {}
