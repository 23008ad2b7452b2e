"""Which addresses a feed may have, and which hosts a request may name."""

import pytest

from ninety.rules import addresses
from ninety.rules.errors import FieldRefused


@pytest.mark.parametrize(
    ("entered", "kept"),
    [
        ("https://feed.example", "https://feed.example"),
        ("https://feed.example/", "https://feed.example"),
        (" http://feed.example:5090/feeds/team/ ", "http://feed.example:5090/feeds/team"),
        ("http://[::1]:5090", "http://[::1]:5090"),
    ],
)
def test_an_address_is_kept_without_its_last_slash(entered, kept):
    assert addresses.check(entered) == kept


@pytest.mark.parametrize(
    "entered",
    [
        "",
        "feed.example",
        "ftp://feed.example",
        "https://",
        "https://user@feed.example",
        "https://feed.example/?a=b",
        "https://feed.example/#top",
        "https://feed.example:0",
        "https://feed.example:99999",
        "https://feed .example",
        "https://feed.example/\r\nX: y",
        "javascript:alert(1)",
        "https://feed.example/a/../b",
        "https://feed.example//a",
        "https://feed.example/a%20b",
    ],
)
def test_nonsense_is_not_an_address(entered):
    with pytest.raises(FieldRefused) as refused:
        addresses.check(entered)
    assert refused.value.field == "base_url"


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("https://feed.example", ""),
        ("https://feed.example/", ""),
        ("https://feed.example/feeds/team", "/feeds/team"),
        ("https://feed.example:5090/~me/v1.0/", "/~me/v1.0"),
    ],
)
def test_the_prefix_is_the_path_of_the_address(address, prefix):
    assert addresses.prefix_of(address) == prefix


@pytest.mark.parametrize(
    ("told", "prefix"),
    [
        ("/feeds/team", "/feeds/team"),
        ("/feeds/team/", "/feeds/team"),
        ("/", ""),
        ("", ""),
        ("team", ""),
        ("//evil.example", ""),
        ("/a/../b", ""),
        ("/.", ""),
        ("/...", "/..."),
        ("/a%2fb", ""),
        ("/a\nb", ""),
        ('/"><script>', ""),
    ],
)
def test_a_prefix_that_is_told_is_plain_or_none(told, prefix):
    assert addresses.checked_prefix(told) == prefix


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("http://127.0.0.1:5090", True),
        ("http://localhost", True),
        ("http://[::1]:5090", True),
        ("http://feed.localhost", True),
        ("http://127.0.0.1.example", False),
        ("https://feed.example", False),
        ("http://10.0.3.7:5090", False),
    ],
)
def test_loopback_is_told_from_the_rest(address, loopback):
    assert addresses.is_loopback(address) is loopback


@pytest.mark.parametrize(
    ("host", "bound", "public", "believed"),
    [
        ("127.0.0.1:5090", "127.0.0.1", "", True),
        ("localhost:5090", "127.0.0.1", "", True),
        ("10.0.3.7:5090", "10.0.3.7", "", True),
        ("10.0.3.7:5090", "0.0.0.0", "", True),
        ("10.0.3.7:5090", "127.0.0.1", "", False),
        ("evil.example", "0.0.0.0", "", False),
        ("feed.example", "0.0.0.0", "https://feed.example", True),
        ("FEED.example", "0.0.0.0", "https://feed.example", True),
        ("evil.example", "0.0.0.0", "https://feed.example", False),
        ("feed.example@evil.example", "0.0.0.0", "https://feed.example", False),
        ("", "0.0.0.0", "", False),
    ],
)
def test_a_request_may_only_name_hosts_that_are_ours(host, bound, public, believed):
    assert addresses.believed(host, bound, public) is believed


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:5090"),
        ("0.0.0.0", "http://127.0.0.1:5090"),
        ("::", "http://[::1]:5090"),
        ("fd00::7", "http://[fd00::7]:5090"),
    ],
)
def test_the_listening_address_can_be_opened(host, address):
    assert addresses.listening(host, 5090) == address
