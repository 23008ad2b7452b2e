"""The JSON object in a request, however it arrives."""

import io
import json

import pytest

from ninety.rules.errors import FieldRefused
from ninety.web import json_requests


class Trickle(io.BytesIO):
    """A body that comes a hundred bytes at a time, as one on a slow line does."""

    def readinto(self, buffer: bytearray | memoryview) -> int:
        return super().readinto(memoryview(buffer)[:100])


def wanted(app, content: bytes) -> dict[str, object]:
    """What is read of a request with the body `content`."""
    body = Trickle(content)
    with app.test_request_context(
        "/", method="POST", input_stream=body, content_length=len(content)
    ):
        return json_requests.wanted("one", "other")


def test_a_body_that_comes_in_pieces_is_read_whole(app):
    told = {"one": "x" * 8_000, "other": "y" * 8_000}
    assert wanted(app, json.dumps(told).encode()) == told


def test_no_body_is_no_wish(app):
    assert wanted(app, b"") == {}
    assert wanted(app, b" \n") == {}


def test_what_is_too_large_is_refused_before_it_is_read_to_its_end(app):
    with pytest.raises(FieldRefused, match="at most 16 KiB"):
        wanted(app, b'{"one": "' + b"x" * 1_000_000 + b'"}')


def test_a_name_that_means_nothing_here_is_refused(app):
    with pytest.raises(FieldRefused, match="This takes one and other, not 'ones'"):
        wanted(app, b'{"ones": 1}')
