"""License expressions, as the SPDX specification 2.3, annex D, writes them."""

import re

from ninety.rules.errors import BadPackage
from ninety.rules.quoting import quoted

_TOKEN = re.compile(r"\s*([()]|[A-Za-z0-9.+-]+)\s*")
_OPERATORS = {"AND", "OR", "WITH"}


def check_expression(text: str) -> str:
    """`text` itself if it is a license expression, else BadPackage naming it.

    Only the grammar is checked: `MIT OR (Apache-2.0 AND LicenseRef-Ours)`. What
    licences a team uses is its own affair, so no list of known ones is kept.
    """
    refused = BadPackage(f"{quoted(text)} is not a license expression")
    depth, at, wants_license = 0, 0, True
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise refused
        token, at = match[1], match.end()
        if wants_license:
            if token == ")" or token in _OPERATORS:
                raise refused
            depth += token == "("
            wants_license = token == "("
        elif token in _OPERATORS:
            wants_license = True
        elif token == ")" and depth:
            depth -= 1
        else:
            raise refused
    if wants_license or depth:
        raise refused
    return text
