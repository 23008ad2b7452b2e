"""Uploads in flight: what is left of them, and what is still being worked on."""

from pathlib import Path

import pytest

from ninety.store.incoming import abandoned, sweep_incoming, uploading
from ninety.store.packages import Packages
from parts.scripts import started


@pytest.fixture
def incoming(tmp_path: Path) -> Path:
    return Packages(tmp_path).incoming


def test_an_upload_under_way_is_not_swept(tmp_path: Path, incoming: Path) -> None:
    with uploading(incoming) as upload:
        upload.receive([b"half"])
        (incoming / "left").mkdir()
        assert abandoned(tmp_path) == ["left"]
        assert sweep_incoming(tmp_path) == ["left"]
        assert upload.path.read_bytes() == b"half"
    assert list(incoming.iterdir()) == []


UPLOADER = """
    import sys
    from pathlib import Path
    from ninety.store.incoming import uploading

    with uploading(Path(sys.argv[1])) as upload:
        upload.receive([b"half"])
        print("begun", flush=True)
        sys.stdin.readline()
"""


def test_the_upload_of_another_process_is_swept_once_that_is_dead(
    tmp_path: Path, incoming: Path
) -> None:
    with started(UPLOADER, incoming) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        assert sweep_incoming(tmp_path) == []
        process.kill()
        process.communicate()
    assert len(abandoned(tmp_path)) == 1
    assert len(sweep_incoming(tmp_path)) == 1
    assert list(incoming.iterdir()) == []


def test_looking_for_what_is_left_removes_nothing(tmp_path: Path, incoming: Path) -> None:
    (incoming / "left").mkdir()
    (incoming / "claim.json").write_bytes(b"{}")
    assert abandoned(tmp_path) == abandoned(tmp_path) == ["claim.json", "left"]
