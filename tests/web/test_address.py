"""The feed at its own address: below a prefix, behind proxies, and whoever else claims a place."""

import json
from collections.abc import Callable

import pytest
from flask import Flask

from ninety.rules.people import Person
from parts.client import NuGetClient
from parts.packages import make_nupkg
from parts.visitor import Visitor, forms, secret_on

PASSWORD = "a horse of course"
BELOW = "https://feed.example/feeds/team"

FORWARDED = {
    "X-Forwarded-For": "192.0.2.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "feed.example",
}
PREFIX = {"X-Forwarded-Prefix": "/feeds/team"}

# What is set, what the proxy tells, and whether it passes the prefix on in the path.
MOUNTED = {
    "set, cut off": ({"base_url": BELOW}, {}, ""),
    "set, passed on": ({"base_url": BELOW}, {}, "/feeds/team"),
    "set and told, cut off": ({"base_url": BELOW, "proxies": 1}, {**FORWARDED, **PREFIX}, ""),
    "set and told, passed on": (
        {"base_url": BELOW, "proxies": 1},
        {**FORWARDED, **PREFIX},
        "/feeds/team",
    ),
    "told, cut off": ({"proxies": 1}, {**FORWARDED, **PREFIX}, ""),
    "told, passed on": ({"proxies": 1}, {**FORWARDED, **PREFIX}, "/feeds/team"),
}


class Behind:
    """A WSGI application as asked through a proxy."""

    def __init__(self, app: Flask, headers: dict[str, str], prefix: str) -> None:
        self._app, self._prefix = app, prefix
        self._headers = {f"HTTP_{name.upper().replace('-', '_')}": v for name, v in headers.items()}

    def __call__(self, environ, start_response):
        assert environ["PATH_INFO"].startswith("/feeds/team/"), "asked outside of the prefix"
        below = environ["PATH_INFO"].removeprefix("/feeds/team")
        environ.update(self._headers, PATH_INFO=f"{self._prefix}{below}")
        return self._app(environ, start_response)


@pytest.fixture(params=MOUNTED.values(), ids=list(MOUNTED))
def mounted(request: pytest.FixtureRequest, make_app: Callable[..., Flask], alice: Person) -> Flask:
    """The feed below a prefix; whoever asks it is asked through a proxy."""
    settings, headers, prefix = request.param
    app = make_app(**settings)
    app.wsgi_app = Behind(app.wsgi_app, headers, prefix)
    return app


def test_below_a_prefix_pages_forms_and_cookies_stay_below_it(
    mounted: Flask, alice: Person
) -> None:
    visitor = Visitor(mounted)
    page = visitor.open("/feeds/team/account/keys/make")
    assert page.request.path == "/feeds/team/sign-in"
    assert [form.action for form in forms(page.text)] == ["/feeds/team/sign-in"]
    page = visitor.send("/feeds/team/sign-in", email=alice.email, password=PASSWORD)
    assert page.request.path == "/feeds/team/account/keys/make"
    for path in addresses_on(page.text):
        assert path.startswith("/feeds/team/"), path
        assert visitor.client.get(path, buffered=True).status_code in (200, 405), path

    page = visitor.send("/feeds/team/account/keys/make", name="ci", days="90")
    assert secret_on(page.text).startswith("n90_")
    assert f"{BELOW}/v3/index.json" in page.text
    cookies = page.headers.getlist("Set-Cookie")
    assert all("Path=/feeds/team;" in f"{cookie};" for cookie in cookies)


def addresses_on(text: str) -> list[str]:
    """The addresses of this feed that a page links to or sends forms to."""
    parts = [part for name in ("href", "src", "action") for part in text.split(f' {name}="')[1:]]
    return [one for part in parts if (one := part.partition('"')[0]).startswith("/")]


def test_below_a_prefix_documents_name_addresses_that_answer(mounted: Flask, alice: Person) -> None:
    visitor = Visitor(mounted)
    visitor.open("/feeds/team/sign-in")
    visitor.send("/feeds/team/sign-in", email=alice.email, password=PASSWORD)
    visitor.open("/feeds/team/account/keys/make")
    page = visitor.send("/feeds/team/account/keys/make", name="ci", days="5")
    client = NuGetClient(mounted, secret_on(page.text))

    pushed = client.push(make_nupkg(), "/feeds/team/api/v2/package/")
    assert pushed.status_code == 201
    assert pushed.headers["Location"] == f"{BELOW}/packages/Acme.Core/1.0.0"
    for path in ("/v3/index.json", "/v3/registration/acme.core/index.json", "/v3/search?q=acme"):
        document = client.documents(f"/feeds/team{path}")
        for address in addresses_in(document):
            assert address.startswith(f"{BELOW}/"), address
    (page,) = client.documents("/feeds/team/v3/registration/acme.core/index.json")["items"]
    for name in ("@id", "packageContent", "registration"):
        below = page["items"][0][name].removeprefix("https://feed.example")
        assert client.get(below).status_code == 200

    dead = NuGetClient(mounted, client.secret[:-1])
    refused = dead.get("/feeds/team/v3/search")
    assert (refused.status_code, refused.mimetype) == (401, "text/plain")
    assert client.get("/feeds/team/v3/nothing").mimetype == "text/plain"


def addresses_in(document: object) -> list[str]:
    """Every address of a document, but for those of namespaces."""
    found = json.dumps(document).split('"')
    return [one for one in found if one.startswith("http") and "//schema.nuget.org" not in one]


def test_a_warning_links_below_the_prefix(mounted: Flask, world, alice: Person, clock) -> None:
    made = world.lifecycle.make(alice, "ci", 90, clock())
    clock.move(days=85)
    client = NuGetClient(mounted, made.secret)
    (warning,) = client.push(make_nupkg(), "/feeds/team/api/v2/package/").headers.getlist(
        "X-NuGet-Warning"
    )
    assert warning.endswith(f"{BELOW}/account/keys/{made.key.id}")


@pytest.mark.parametrize("prefix", ["packages", "v3", "api", "account"])
def test_a_prefix_may_be_called_like_a_place_of_the_feed(
    make_app: Callable[..., Flask], alice: Person, prefix: str
) -> None:
    client = make_app(base_url=f"https://feed.example/{prefix}").test_client()
    for path in ("/v3/index.json", "/sign-in", "/static/frame.css", "/healthz"):
        for asked in (path, f"/{prefix}{path}"):
            assert client.get(asked, buffered=True).status_code == 200, asked


def test_a_prefix_is_cut_off_only_whole_and_once(make_app: Callable[..., Flask]) -> None:
    client = make_app(base_url=BELOW).test_client()
    assert client.get("/feeds/team/v3/index.json").status_code == 200
    assert client.get("/feeds/team/feeds/team/v3/index.json").status_code == 404
    assert client.get("/feeds/teams/v3/index.json").status_code == 404
    assert client.get("/feeds/team").status_code == 303
    assert client.get("/feeds/teamv3/index.json").status_code == 404


def test_slashes_that_a_proxy_doubles_do_no_harm(make_app: Callable[..., Flask]) -> None:
    client = make_app(base_url=BELOW).test_client()
    for path in ("//v3/index.json", "/feeds/team//v3/index.json", "//feeds//team/v3//index.json"):
        answer = client.get("/", environ_overrides={"PATH_INFO": path})
        assert (answer.status_code, answer.mimetype) == (200, "application/json"), path


LIES = {
    "X-Forwarded-For": "192.0.2.66",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "666",
    "X-Forwarded-Prefix": "/evil",
    "Forwarded": "host=evil.example;proto=https",
    "X-Original-URL": "/evil",
    "X-Script-Name": "/evil",
}


def test_nobody_is_believed_about_the_address_unless_there_is_a_proxy(app: Flask) -> None:
    answer = app.test_client().get("/v3/index.json", headers=LIES)
    assert answer.status_code == 200
    assert "evil" not in answer.text
    assert "https:" not in answer.text.replace("http://", "")
    page = app.test_client().get("/account", headers=LIES)
    assert page.headers["Location"] == "/sign-in?next=/account"
    assert "Secure" not in page.headers.get("Set-Cookie", "")


def test_an_address_that_is_set_goes_before_what_proxies_tell(
    make_app: Callable[..., Flask],
) -> None:
    client = make_app(base_url="https://feed.example", proxies=1).test_client()
    answer = client.get("/v3/index.json", headers=LIES)
    assert answer.status_code == 200
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    ("name", "told", "status"),
    [
        ("X-Forwarded-Host", "feed.example<script>", 421),
        ("X-Forwarded-Host", "feed.example/evil", 421),
        ("X-Forwarded-Host", "user@feed.example", 421),
        ("X-Forwarded-Proto", "javascript", 421),
        ("X-Forwarded-Proto", "ftp", 421),
        ("X-Forwarded-Port", "99999", 421),
        ("X-Forwarded-Prefix", "//evil.example", 200),
        ("X-Forwarded-Prefix", "/a/../b", 200),
        ("X-Forwarded-Prefix", "/a%2f", 200),
        ("X-Forwarded-Prefix", '/"><script>', 200),
    ],
)
def test_what_a_proxy_passes_on_unseen_makes_no_odd_links(
    make_app: Callable[..., Flask], name: str, told: str, status: int
) -> None:
    client = make_app(proxies=1).test_client()
    answer = client.get("/v3/index.json", headers={**FORWARDED, name: told})
    assert answer.status_code == status
    for address in addresses_in(answer.json) if status == 200 else ():
        below = address.removeprefix("https://feed.example")
        assert below.startswith(("/v3/", "/api/v2/", "/packages/")), address


def test_an_international_name_stays_as_it_was_told(make_app: Callable[..., Flask]) -> None:
    told = {**FORWARDED, "X-Forwarded-Host": "xn--pckchen-5wa.example"}
    answer = make_app(proxies=1).test_client().get("/v3/index.json", headers=told)
    assert addresses_in(answer.json)[0].startswith("https://xn--pckchen-5wa.example/")


def test_only_as_many_proxies_as_there_are_get_believed(make_app: Callable[..., Flask]) -> None:
    client = make_app(proxies=2).test_client()
    chain = {"X-Forwarded-Host": "evil.example, feed.example, inner.example"}
    answer = client.get("/v3/index.json", headers=chain)
    assert "http://feed.example/v3/" in answer.text
