import pytest
from hypothesis import given
from hypothesis import strategies as st

from ninety.rules.quoting import LONGEST, quoted


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Acme.Core", "'Acme.Core'"),
        ("", "''"),
        ("a\r\nX-Header: b", "'a\\x0d\\x0aX-Header: b'"),
        ("caf\u00e9 \u65e5", "'caf\\xe9 \\u65e5'"),
        ("\ud800", "'\\ud800'"),
        ("x" * 60, f"'{'x' * 60}'"),
        ("x" * 61, f"'{'x' * 60}...'"),
    ],
)
def test_a_value_is_shown_in_ascii_on_one_line_and_cut(value, shown):
    assert quoted(value) == shown


@given(st.text())
def test_whatever_the_value_it_fits_into_a_header(value):
    shown = quoted(value)
    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) <= LONGEST + len("''...")
