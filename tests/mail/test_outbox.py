"""Previews of what would be sent, while no mail server is configured."""

from pathlib import Path

import pytest

from ninety.mail.outbox import Outbox


def test_a_preview_is_a_file_a_mail_program_opens(tmp_path):
    path = Outbox(tmp_path / "outbox", Path.write_bytes).preview(
        "k3v9-1803218640", b"Subject: a\r\n"
    )
    assert path == tmp_path / "outbox" / "k3v9-1803218640.eml"
    assert path.read_bytes() == b"Subject: a\r\n"
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_preview_is_written_once(tmp_path):
    outbox = Outbox(tmp_path, Path.write_bytes)
    outbox.preview("one", b"first")
    outbox.preview("one", b"second")
    assert (tmp_path / "one.eml").read_bytes() == b"first"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../one", "a/b", ".hidden", "a\0b", "ä", "a" * 201]
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="cannot be the name of a preview"):
        Outbox(tmp_path / "outbox", Path.write_bytes).preview(name, b"")
    assert list(tmp_path.iterdir()) == []


def test_a_preview_that_cannot_be_written_is_not_there(tmp_path):
    def full(_path: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        Outbox(tmp_path, full).preview("one", b"first")
    assert list(tmp_path.iterdir()) == []
