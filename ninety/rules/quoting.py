"""A stranger's text inside a sentence of ours.

Refusals travel in response headers, which must be printable ASCII on one line,
and name what they refuse. What a package says about itself can be anything.
"""

LONGEST = 60
"""Characters of a value that are shown, quotation marks apart."""


def quoted(value: str) -> str:
    """`value` in single quotes: printable ASCII, one line, cut after `LONGEST` characters."""
    start = value[: LONGEST + 1].encode("ascii", "backslashreplace").decode("ascii")
    shown = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in start)
    return f"'{shown}'" if len(shown) <= LONGEST else f"'{shown[:LONGEST]}...'"
