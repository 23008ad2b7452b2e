import pytest

from ninety.rules.errors import BadPackage
from ninety.rules.licenses import check_expression


@pytest.mark.parametrize(
    "text",
    [
        "MIT",
        "Apache-2.0",
        "GPL-2.0+",
        "LicenseRef-Ours",
        "MIT OR Apache-2.0",
        "(MIT)",
        "MIT OR (Apache-2.0 AND (BSD-3-Clause OR ISC))",
        "GPL-2.0-only WITH Classpath-exception-2.0",
        "  MIT  ",
        "(" * 200 + "MIT" + ")" * 200,
    ],
)
def test_a_license_expression_is_taken_as_it_is(text):
    assert check_expression(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "MIT OR", "OR MIT", "MIT MIT", "(MIT", "MIT)", "()", "MIT ()", "(MIT) ISC"),
        *("MIT/ISC", "MIT, ISC", "<script>", "M\u00cfT", "AND", "MIT AND OR ISC", "(" * 500),
    ],
)
def test_what_is_none_is_refused_by_name(text):
    with pytest.raises(BadPackage, match=r"^'.*' is not a license expression$"):
        check_expression(text)
