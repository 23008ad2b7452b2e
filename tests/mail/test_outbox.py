"""Previews of what would be sent, while no mail server is configured."""

import pytest

from ninety.mail import outbox
from ninety.mail.outbox import Outbox


def test_a_preview_is_a_file_a_mail_program_opens(tmp_path):
    path = Outbox(tmp_path / "outbox").preview("k3v9-1803218640", b"Subject: a\r\n")
    assert path == tmp_path / "outbox" / "k3v9-1803218640.eml"
    assert path.read_bytes() == b"Subject: a\r\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_preview_is_written_once(tmp_path):
    previews = Outbox(tmp_path)
    previews.preview("one", b"first")
    previews.preview("one", b"second")
    assert (tmp_path / "one.eml").read_bytes() == b"first"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../one", "a/b", ".hidden", "a\0b", "ä", "a" * 201]
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="cannot be the name of a preview"):
        Outbox(tmp_path / "outbox").preview(name, b"")
    assert list(tmp_path.iterdir()) == []


def test_a_preview_that_cannot_be_written_is_not_there(tmp_path, monkeypatch):
    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(outbox.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        Outbox(tmp_path).preview("one", b"first")
    assert list(tmp_path.iterdir()) == []
