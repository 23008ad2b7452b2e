"""How much a folder holds is counted, but never for long."""

import shutil

from ninety.store import room


def test_files_at_any_depth_count_with_their_bytes(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "one").write_bytes(b"x" * 700)
    (tmp_path / "two").write_bytes(b"x" * 50)
    found = room.look(tmp_path, seconds=60)
    assert (found.used, found.whole) == (750, True)
    assert 0 < found.free <= shutil.disk_usage(tmp_path).total


def test_what_a_link_leads_to_does_not_count(tmp_path):
    (tmp_path / "two").write_bytes(b"x" * 50)
    (tmp_path / "round").symlink_to(tmp_path)
    assert room.look(tmp_path, seconds=60).used < 50 + 4096


def test_out_of_time_it_says_that_there_is_more(tmp_path):
    (tmp_path / "a").mkdir()
    found = room.look(tmp_path, seconds=-1)
    assert (found.used, found.whole) == (0, False)
