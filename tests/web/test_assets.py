"""Static files are kept for ever by their version, and their text goes compressed."""

import gzip
from pathlib import Path

SHEET = "/static/frame.css"
STATIC = Path(__file__).parents[2] / "static"


def test_static_files_asked_for_by_their_version_are_kept(at_alice):
    page = at_alice.open("/account").text
    address = page.split('<link rel="stylesheet" href="')[1].split('"')[0]
    kept = at_alice.client.get(address, buffered=True)
    assert kept.status_code == 200
    assert "immutable" in kept.headers["Cache-Control"]
    looked_at = at_alice.client.get(SHEET, buffered=True)
    assert "immutable" not in looked_at.headers["Cache-Control"]


def test_text_goes_compressed_to_whoever_takes_it(stranger):
    plain = stranger.client.get(SHEET, buffered=True)
    packed = stranger.client.get(SHEET, headers={"Accept-Encoding": "gzip"}, buffered=True)
    content = (STATIC / "frame.css").read_bytes()
    assert plain.data == content
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == content
    assert packed.content_length == len(packed.data) < len(content)
    assert "Accept-Encoding" in plain.vary
    assert "Accept-Encoding" in packed.vary
    assert plain.headers["ETag"] != packed.headers["ETag"]


def test_a_look_at_the_headers_alone_and_a_piece_go_as_they_are(stranger):
    takes = {"Accept-Encoding": "gzip"}
    head = stranger.client.head(SHEET, headers=takes, buffered=True)
    assert head.content_length == (STATIC / "frame.css").stat().st_size
    piece = stranger.client.get(SHEET, headers={**takes, "Range": "bytes=0-9"}, buffered=True)
    assert piece.data == (STATIC / "frame.css").read_bytes()[:10]


def test_pages_with_secrets_in_them_are_never_compressed(at_alice):
    at_alice.open("/account")
    answer = at_alice.client.get("/account", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers
