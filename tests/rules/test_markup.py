import pytest

from ninety.rules import markup
from ninety.rules.errors import BadPackage
from ninety.rules.markup import parse


def test_elements_and_attributes_have_local_names():
    root = parse(
        b'<p:a xmlns:p="urn:one" xmlns="urn:two" p:x="1" y="2">'
        b"<b>one</b><c/><p:b> two <![CDATA[<3>]]> </p:b></p:a>"
    )
    assert (root.name, root.attributes) == ("a", {"x": "1", "y": "2"})
    assert [element.text for element in root.named("b")] == ["one", "two <3>"]


@pytest.mark.parametrize(
    "content",
    [
        "<a>\u00e9\u65e5</a>".encode(),
        "<a>\u00e9\u65e5</a>".encode("utf-8-sig"),
        '<?xml version="1.0" encoding="UTF-8"?><a>\u00e9\u65e5</a>'.encode("utf-8-sig"),
        "<a>\u00e9\u65e5</a>".encode("utf-16"),
        '<?xml version="1.0" encoding="utf-16"?><a>\u00e9\u65e5</a>'.encode("utf-16"),
        b"\xfe\xff"
        + '<?xml version="1.0" encoding="UTF-16"?><a>\u00e9\u65e5</a>'.encode("utf-16-be"),
        '<?xml version="1.0" encoding="utf-8"?><a>\u00e9\u65e5</a>'.encode("utf-16"),
    ],
)
def test_utf_8_and_marked_utf_16_are_read(content):
    assert parse(content).text == "\u00e9\u65e5"


def test_comments_and_instructions_are_passed_over():
    assert parse(b"<?x y?><!-- - --><a>b<!-- c -->d<?e f?></a>").text == "bd"


def test_the_five_entities_of_xml_are_known():
    assert parse(b"<a>&lt;&gt;&amp;&quot;&apos;&#233;</a>").text == "<>&\"'\u00e9"


def test_as_deep_as_allowed_and_no_deeper():
    def nested(levels):
        return b"<a>" * levels + b"</a>" * levels

    assert parse(nested(markup.DEEPEST)).name == "a"
    with pytest.raises(BadPackage, match="nested more than 32 levels"):
        parse(nested(markup.DEEPEST + 1))


def test_as_many_elements_as_allowed_and_no_more():
    def wide(elements):
        return b"<a>" + b"<b/>" * (elements - 1) + b"</a>"

    assert len(parse(wide(markup.MOST_ELEMENTS)).children) == markup.MOST_ELEMENTS - 1
    with pytest.raises(BadPackage, match="more than 20000 elements"):
        parse(wide(markup.MOST_ELEMENTS + 1))


def test_the_line_of_a_mistake_is_named():
    with pytest.raises(BadPackage, match="not well-formed XML: mismatched tag, line 2"):
        parse(b"<a>\n</b>")
