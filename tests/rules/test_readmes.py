"""What becomes of a readme: its words stay, and nothing a stranger could harm anybody with."""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from ninety.rules import readmes
from ninety.rules.readmes import LARGEST_SHOWN, REL, shown
from parts import hostile_readmes

HARMLESS = {
    "a": {"href", "rel"},
    "blockquote": set(),
    "br": set(),
    "code": {"class"},
    "div": {"class", "tabindex"},
    "em": set(),
    "hr": set(),
    "li": set(),
    "ol": {"start"},
    "p": set(),
    "pre": {"tabindex"},
    "s": set(),
    "strong": set(),
    "table": set(),
    "tbody": set(),
    "td": {"class"},
    "th": {"class"},
    "thead": set(),
    "tr": set(),
    "ul": set(),
    **{f"h{level}": {"id"} for level in (3, 4, 5, 6)},
}
OURS = {"wide", "centre", "right"}


class _Judge(HTMLParser):
    """Collects what is not harmless, and whether every element that is opened is closed."""

    def __init__(self):
        super().__init__()
        self.complaints = []
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in HARMLESS:
            self.complaints.append(tag)
            return
        if tag not in ("br", "hr"):
            self.open.append(tag)
        for name, value in attrs:
            if name not in HARMLESS[tag] or not self._fine(name, value or ""):
                self.complaints.append(f"{tag} {name}={value}")
        if tag == "a" and dict(attrs).get("rel") != REL:
            self.complaints.append("a without rel")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.complaints.append(f"/{tag}")

    def handle_comment(self, data):
        self.complaints.append("comment")

    def _fine(self, name, value):
        match name:
            case "href":
                parts = urlsplit(value)
                to_the_web = parts.scheme in ("http", "https") and parts.netloc
                return value.startswith("#readme-") or parts.scheme == "mailto" or to_the_web
            case "class":
                return value in OURS or re.fullmatch(r"language-[a-z-]+", value)
            case "id":
                return value.startswith("readme-")
            case _:
                return True


def complaints(html):
    judge = _Judge()
    judge.feed(html)
    judge.close()
    return judge.complaints + judge.open


@pytest.mark.parametrize("text", hostile_readmes.EVERY)
def test_nothing_harmful_is_left(text):
    assert complaints(shown(text).html) == []
    assert complaints(shown(f"before\n\n{text}\n\nafter").html) == []


def test_all_of_it_at_once_harms_no_more():
    assert complaints(shown("\n\n".join(hostile_readmes.EVERY)).html) == []


@pytest.mark.parametrize("text", hostile_readmes.EVERY)
def test_the_second_wall_holds_alone(text):
    assert complaints(readmes._CLEANER.clean(text)) == []


@pytest.mark.parametrize("text", hostile_readmes.BOMBS.values(), ids=hostile_readmes.BOMBS)
def test_a_bomb_is_shown_in_part(text):
    found = shown(text)
    assert len(found.html.encode()) < LARGEST_SHOWN + 1000
    assert not found.whole
    assert complaints(found.html) == []


def test_what_people_write_is_shown():
    found = shown(
        "# Acme\n\nA *b* **c** ~~d~~ `e`  \nf\n\n1. g\n\n---\n\n> h\n\n"
        "```csharp\nvar x = 1 < 2;\n```\n\n|a|b|\n|:-:|-:|\n|c|d|\n"
    )
    assert found.whole
    assert found.html == (
        '<h3 id="readme-acme">Acme</h3>\n'
        "<p>A <em>b</em> <strong>c</strong> <s>d</s> <code>e</code><br>\nf</p>\n"
        "<ol><li>g</li>\n</ol>\n<hr>\n<blockquote><p>h</p>\n</blockquote>\n"
        '<pre tabindex="0"><code class="language-csharp">var x = 1 &lt; 2;\n</code></pre>\n'
        '<div class="wide" tabindex="0"><table><thead><tr>'
        '<th class="centre">a</th>\n<th class="right">b</th>\n</tr>\n</thead>\n'
        '<tbody><tr><td class="centre">c</td>\n<td class="right">d</td>\n</tr>\n</tbody>\n'
        "</table>\n</div>"
    )


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("![A logo](https://a.example/x.png)", "A logo (picture)"),
        ("![](https://a.example/x.png)", "picture"),
    ],
)
def test_a_picture_is_a_link_to_it(text, html):
    link = f'<a href="https://a.example/x.png" rel="{REL}">{html}</a>'
    assert shown(text).html == f"<p>{link}</p>\n"


def test_a_picture_that_is_a_link_leads_where_the_link_does():
    badge = "[![Build *fine*](https://a.example/x.svg)](https://ci.example/)"
    assert shown(badge).html == f'<p><a href="https://ci.example/" rel="{REL}">Build fine</a></p>\n'


def test_links_and_pictures_may_be_named_elsewhere():
    found = shown("[words][name] ![mark][name]\n\n[name]: https://a.example/\n").html
    assert re.sub(' rel="[^"]+"', "", found) == (
        '<p><a href="https://a.example/">words</a> '
        '<a href="https://a.example/">mark (picture)</a></p>\n'
    )


def test_a_picture_of_the_package_is_its_words():
    assert shown("![A logo](images/x.png)").html == "<p>A logo</p>\n"


@pytest.mark.parametrize("text", ["[a](docs/b.md)", "[a](javascript:b)", "[a](#)"])
def test_a_link_that_leads_nowhere_is_text(text):
    assert "<a" not in shown(text).html


def test_html_leaves_its_words():
    found = shown('<p align="center"><b>Fast</b> <script>no()</script>&amp; small</p>\n\na<br>b')
    assert found.html == "<p>Fast &amp; small</p>\n<p>a<br>\nb</p>\n"


def test_headings_begin_below_those_of_the_page_and_keep_their_order():
    assert [line[:3] for line in shown("## a\n\n### b\n\n# c\n\n###### d").html.splitlines()] == [
        "<h3",
        "<h4",
        "<h3",
        "<h6",
    ]


def test_links_find_their_heading():
    html = shown("[to](#use-it)\n\n# Use it!\n\n# Use it\n").html
    assert 'href="#readme-use-it"' in html
    assert html.count('id="readme-use-it"') == 1


def test_a_long_paragraph_is_plain_text():
    text = "*a* " * 2000
    assert shown(text).html.count("<em>") == 0
    assert shown(text).whole
