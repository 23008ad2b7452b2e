"""The newest versions as an Atom feed (RFC 4287), which tells of each version once."""

import hashlib
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from ninety.rules import instants
from ninety.rules.records import VersionRecord

MIMETYPE = "application/atom+xml"
NAMESPACE = "http://www.w3.org/2005/Atom"
LONGEST_SUMMARY = 500

# When a feed without versions last changed.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)

# What no XML document may hold, however it is written (XML 1.0 section 2.2).
_IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(
    records: Iterable[VersionRecord],
    host: str,
    install: str,
    own: str,
    home: str,
    page: Callable[[VersionRecord], str],
) -> str:
    """The feed of `records`, the newest first, of the host called `host`.

    `install` tells this feed from all others wherever it moves, `own` is its own
    address, `home` that of the packages and `page` gives that of one version.
    """
    entries = list(records)
    updated = max((one.published for one in entries), default=NEVER)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="{NAMESPACE}" xml:lang="en">',
        f"<id>{_urn(install)}</id>",
        f"<title>New versions on {escaped(host)}</title>",
        f"<updated>{instants.text(updated)}</updated>",
        f"<author><name>{escaped(host)}</name></author>",
        f'<link rel="self" type="{MIMETYPE}" href="{escaped(own)}"/>',
        f'<link rel="alternate" type="text/html" href="{escaped(home)}"/>',
    ]
    for record in entries:
        lines += _entry(record, install, page(record))
    return "\n".join([*lines, "</feed>", ""])


def _entry(record: VersionRecord, install: str, page: str) -> list[str]:
    """The lines of one version (section 4.1.2)."""
    manifest = record.manifest
    said = (manifest.summary or manifest.description).strip()
    summary = said if len(said) <= LONGEST_SUMMARY else f"{said[:LONGEST_SUMMARY].rstrip()} …"
    return [
        "<entry>",
        f"<id>{_urn(install, record.id.lower(), record.version.key)}</id>",
        f"<title>{escaped(f'{record.id} {record.version}')}</title>",
        f"<updated>{instants.text(record.published)}</updated>",
        f'<link rel="alternate" type="text/html" href="{escaped(page)}"/>',
        f"<summary>{escaped(summary)}</summary>",
        "</entry>",
    ]


def _urn(*names: str) -> str:
    """The same name for the same thing for ever (section 4.2.6): a UUID made of a digest."""
    bits = bytearray(hashlib.sha256("\n".join(("atom", *names)).encode()).digest()[:16])
    bits[6] = 0x80 | bits[6] & 0x0F
    bits[8] = 0x80 | bits[8] & 0x3F
    text = bits.hex()
    return f"urn:uuid:{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def escaped(text: str) -> str:
    """`text` as character data or an attribute between double quotes."""
    text = _IMPOSSIBLE.sub("", text)
    for letter, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(letter, written)
    return text
