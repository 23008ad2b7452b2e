"""What owners and admins do to a package on its pages, and what everybody then reads there."""

import re

import pytest

from ninety.rules import versions
from ninety.rules.deprecation import Deprecation
from parts.client import client_of
from parts.packages import make_nupkg
from parts.visitor import Visitor, forms, words

ONE = versions.parse("1.0.0")
PAGE = "/packages/Acme.Core/1.0.0"
UNLIST, RELIST = f"{PAGE}/unlist", f"{PAGE}/relist"
DEPRECATE, UNDEPRECATE = "/packages/Acme.Core/deprecate", "/packages/Acme.Core/undeprecate"
OWNERS, REMOVE = "/packages/Acme.Core/owners", "/packages/Acme.Core/owners/remove"
HOSTILE = "<script>alert(1)</script> \"'&\u202e {{ 7 * 7 }} javascript:alert(1)"


@pytest.fixture
def at_carol(app, world, clock) -> Visitor:
    """The browser of Carol, who owns nothing here."""
    password = "a horse of course"
    world.people.add("carol@example.org", password, admin=False, timezone="UTC", now=clock.now)
    visitor = Visitor(app)
    visitor.sign_in("carol@example.org", password)
    return visitor


@pytest.fixture
def bobs(world, app, bob):
    """Bob's client, who pushed 1.0.0 and 1.1.0 of Acme.Core and so owns it."""
    client = client_of(world, app, bob)
    for version in ("1.0.0", "1.1.0"):
        assert client.push(make_nupkg("Acme.Core", version)).status_code == 201
    return client


def owners(world):
    return [world.people.get(one).email for one in world.packages.package("Acme.Core").owners]


def said(world, version=ONE) -> Deprecation | None:
    return world.packages.record("Acme.Core", version).deprecation


def actions(page) -> set[str]:
    """Where the forms of a page go, but for the way out and the search."""
    return {form.action for form in forms(page.text)} - {"/sign-out", "/"}


def removal(visitor, owner) -> dict[str, str]:
    """What the form on the page that removes `owner` sends."""
    (fields,) = [
        one.fields
        for one in forms(visitor.page.text)
        if one.action == REMOVE and one.fields["owner"] == owner.id
    ]
    return fields


# Who may


def test_owners_and_admins_are_offered_to_manage_and_nobody_else_is(
    bobs, at_alice, at_bob, at_carol
):
    for visitor in (at_alice, at_bob):
        page = visitor.open(PAGE)
        assert actions(page) == {UNLIST}
        assert "Deprecate version Add or remove owners" in words(page.text)
    page = at_carol.open(PAGE)
    assert actions(page) == set()
    assert "Manage" not in words(page.text)
    assert DEPRECATE not in page.text


@pytest.mark.parametrize("path", [DEPRECATE, OWNERS])
def test_the_pages_of_owners_are_refused_to_others_by_name(bobs, at_carol, path):
    page = at_carol.open(path)
    assert page.status_code == 403
    assert "Acme.Core belongs to others here; ask one of its owners" in words(page.text)


def test_a_forged_form_of_an_outsider_changes_nothing(world, bobs, at_bob, at_carol, bob):
    at_carol.open("/account/settings")
    token = at_carol.form("/account/settings").fields["csrf_token"]
    fields = {
        "csrf_token": token,
        "versions": ["all"],
        "reasons": ["Legacy"],
        "email": "carol@example.org",
        "owner": bob.id,
    }
    for path in (UNLIST, RELIST, DEPRECATE, UNDEPRECATE, OWNERS, REMOVE):
        assert at_carol.post(path, fields).status_code == 403, path
    assert world.packages.record("Acme.Core", ONE).listed
    assert said(world) is None
    assert owners(world) == ["bob@example.org"]


def test_a_form_without_its_proof_of_origin_changes_nothing(world, bobs, at_bob):
    for path in (UNLIST, RELIST, DEPRECATE, UNDEPRECATE, OWNERS, REMOVE):
        fields = {"versions": ["all"], "reasons": ["Legacy"], "email": "alice@example.org"}
        assert at_bob.post(path, fields).status_code == 400, path
    assert world.packages.record("Acme.Core", ONE).listed
    assert said(world) is None
    assert owners(world) == ["bob@example.org"]


@pytest.mark.parametrize("path", [UNLIST, RELIST, DEPRECATE, UNDEPRECATE, OWNERS, REMOVE])
def test_on_a_public_feed_strangers_are_asked_to_sign_in_first(make_app, path):
    stranger = Visitor(make_app(read_access="public"))
    assert "Sign in" in words(stranger.open(path).text)


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [(UNLIST, PAGE), (RELIST, PAGE), (UNDEPRECATE, DEPRECATE), (REMOVE, OWNERS)],
)
def test_the_address_of_a_form_that_was_sent_leads_back(bobs, at_bob, path, leads_to):
    page = at_bob.open(path)
    assert (page.status_code, page.request.path) == (200, leads_to)


@pytest.mark.parametrize(
    "path",
    [
        "/packages/Acme.Core/9.9.9/unlist",
        "/packages/Acme.Core/x/unlist",
        "/packages/Nothing/1.0.0/unlist",
        "/packages/Nothing/deprecate",
        "/packages/Nothing/owners",
        "/packages/a%20b/owners",
    ],
)
def test_what_is_not_there_is_a_404(bobs, at_bob, path):
    at_bob.open(PAGE)
    token = at_bob.form(UNLIST).fields["csrf_token"]
    fields = {"csrf_token": token, "versions": ["all"], "reasons": ["Legacy"]}
    assert at_bob.post(path, fields).status_code == 404


# Listing


def test_a_version_is_unlisted_and_relisted_on_its_page(bobs, at_bob):
    at_bob.open("/packages/Acme.Core/1.1.0")
    page = at_bob.send("/packages/Acme.Core/1.1.0/unlist")
    assert page.request.path == "/packages/Acme.Core/1.1.0"
    text = words(page.text)
    assert "Acme.Core 1.1.0 is unlisted now." in text
    assert "This version is unlisted" in text
    assert "1.1.0 unlisted 23 Nov 2026" in text
    assert "unlisted now" not in words(at_bob.open("/packages/Acme.Core/1.1.0").text)
    assert "Acme.Core 1.0.0" in words(at_bob.open("/").text)
    (hit,) = bobs.documents("/v3/search?q=acme")["data"]
    assert [one["version"] for one in hit["versions"]] == ["1.0.0"]

    refused = bobs.push(make_nupkg("Acme.Core", "1.1.0"))
    assert refused.status_code == 409
    assert "it is unlisted; relist it instead" in refused.headers["X-NuGet-Warning"]

    at_bob.open("/packages/Acme.Core/1.1.0")
    page = at_bob.send("/packages/Acme.Core/1.1.0/relist")
    assert "Acme.Core 1.1.0 is listed again." in words(page.text)
    (hit,) = bobs.documents("/v3/search?q=acme")["data"]
    assert hit["version"] == "1.1.0"


def test_a_package_whose_versions_are_all_unlisted_is_in_no_list_but_opens(bobs, at_bob):
    for version in ("1.0.0", "1.1.0"):
        at_bob.open(f"/packages/Acme.Core/{version}")
        at_bob.send(f"/packages/Acme.Core/{version}/unlist")
    assert "Acme.Core" not in at_bob.open("/").text
    assert "Nothing here fits" in words(at_bob.open("/?q=acme").text)
    said = words(at_bob.open("/packages/Acme.Core").text)
    assert "1.1.0 unlisted 23 Nov 2026" in said
    assert "1.0.0 unlisted 23 Nov 2026" in said


# Deprecation


def test_a_deprecation_is_told_on_the_page_and_to_clients(bobs, at_bob, at_carol):
    at_bob.open(PAGE)
    at_bob.open(f"{DEPRECATE}?version=1.0.0")
    page = at_bob.send(
        DEPRECATE,
        reasons=["Legacy", "CriticalBugs"],
        message="It loses data.\r\nMove on.",
        alternative_id="acme.core",
        alternative_range="1.1",
    )
    assert page.request.path == PAGE
    assert "Acme.Core 1.0.0 is deprecated." in words(page.text)
    page = at_carol.open(PAGE)
    assert (
        "This version is deprecated. It is no longer maintained. It has critical bugs. "
        "It loses data. Move on. Use acme.core 1.1.0 or higher instead." in words(page.text)
    )
    assert '<a href="/packages/acme.core">acme.core</a>' in page.text
    assert "1.0.0 deprecated 23 Nov 2026" in words(page.text)
    assert "1.1.0 23 Nov 2026" in words(page.text)
    (leaf, other) = bobs.documents("/v3/registration/acme.core/index.json")["items"][0]["items"]
    assert leaf["catalogEntry"]["deprecation"] == {
        "reasons": ["Legacy", "CriticalBugs"],
        "message": "It loses data.\nMove on.",
        "alternatePackage": {"id": "acme.core", "range": "[1.1.0, )"},
    }
    assert "deprecation" not in other["catalogEntry"]
    (hit,) = bobs.documents("/v3/search?q=acme")["data"]
    assert "deprecation" not in hit


def test_all_versions_are_deprecated_and_freed_at_once(world, bobs, at_bob):
    at_bob.open(DEPRECATE)
    page = at_bob.send(DEPRECATE, versions=["all"], reasons=["Other"])
    assert "2 versions of Acme.Core are deprecated." in words(page.text)
    assert "Its owners advise against using it." in words(page.text)
    assert "Acme.Core 1.1.0 deprecated" in words(at_bob.open("/").text)
    (hit,) = bobs.documents("/v3/search?q=acme")["data"]
    assert hit["deprecation"] == {"reasons": ["Other"]}

    at_bob.open(DEPRECATE)
    fields = {**at_bob.form(DEPRECATE).fields, "versions": ["1.0.0", "1.1.0"]}
    page = at_bob.post(UNDEPRECATE, fields)
    assert "2 versions of Acme.Core are not deprecated any more." in words(page.text)
    assert "This version is deprecated" not in words(page.text)
    assert said(world) is None


def test_the_form_begins_with_what_was_said_before(world, bobs, at_bob):
    at_bob.open(f"{DEPRECATE}?version=1.0.0")
    assert at_bob.form(DEPRECATE).fields["versions"] == ["1.0.0"]
    assert UNDEPRECATE not in at_bob.page.text
    at_bob.send(DEPRECATE, reasons=["Legacy"], message="\nOld.", alternative_id="Acme.Next")
    at_bob.open(PAGE)
    at_bob.open(f"{DEPRECATE}?version=1.0")
    assert (
        at_bob.form(DEPRECATE).fields.items()
        >= {
            "versions": ["1.0.0"],
            "reasons": ["Legacy"],
            "message": "Old.",
            "alternative_id": "Acme.Next",
            "alternative_range": "",
        }.items()
    )
    assert UNDEPRECATE in at_bob.page.text
    at_bob.send(DEPRECATE)
    assert said(world) == Deprecation(
        reasons=("Legacy",), message="Old.", alternative_id="Acme.Next"
    )


@pytest.mark.parametrize(
    ("typed", "problem", "sentence"),
    [
        ({"reasons": []}, "reasons", "Choose at least one of the reasons."),
        ({"versions": []}, "versions", "Choose at least one version."),
        ({"message": "x" * 4001}, "message", "The message has 4001 characters"),
        ({"alternative_id": "Acme Next"}, "alternative_id", "'Acme Next' is not a package id"),
        ({"alternative_range": "1.*"}, "alternative_range", "'1.*' is a floating range"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_its_field_and_nothing_typed_is_lost(
    world, bobs, at_bob, typed, problem, sentence
):
    good = {
        "versions": ["1.0.0"],
        "reasons": ["Legacy", "Other"],
        "message": HOSTILE,
        "alternative_id": "Acme.Next",
        "alternative_range": "2.0",
    }
    at_bob.open(DEPRECATE)
    page = at_bob.send(DEPRECATE, **{**good, **typed})
    assert page.status_code == 422
    beside = re.search(rf'id="{problem}-problem">(.*?)</p>', page.text, re.S)
    assert sentence in words(beside[1])
    wanted = {name: value for name, value in {**good, **typed}.items() if value}
    assert at_bob.form(DEPRECATE).fields.items() >= wanted.items()
    assert said(world) is None


def test_a_form_of_a_session_that_is_over_is_shown_again_with_what_was_typed(bobs, at_bob):
    fields = {"csrf_token": "old", "versions": ["1.0.0"], "reasons": ["Legacy"], "message": "Old."}
    page = at_bob.post(DEPRECATE, fields)
    assert page.status_code == 400
    assert "This form came from a session that is over" in words(page.text)
    held = at_bob.form(DEPRECATE).fields
    assert (held["message"], held["reasons"]) == ("Old.", ["Legacy"])
    page = at_bob.post(OWNERS, {"csrf_token": "old", "email": "alice@example.org"})
    assert at_bob.form(OWNERS).fields["email"] == "alice@example.org"


def test_a_stale_form_of_somebody_else_is_refused_like_any_other(bobs, at_carol):
    for path, status in ((DEPRECATE, 403), (OWNERS, 403), ("/packages/Nothing/owners", 404)):
        assert at_carol.post(path, {"csrf_token": "old"}).status_code == status, path


def test_a_hostile_message_is_text_wherever_it_is_shown(bobs, at_bob, at_carol):
    at_bob.open(DEPRECATE)
    at_bob.send(DEPRECATE, versions=["all"], reasons=["Other"], message=HOSTILE)
    for page in (at_carol.open(PAGE), at_bob.open(f"{DEPRECATE}?version=1.0.0")):
        assert "<script>alert" not in page.text
        assert "javascript:alert(1)" not in re.findall(r'href="([^"]*)"', page.text)
    shown = re.search(r'<p class="said" dir="auto">(.*?)</p>', at_carol.page.text, re.S)
    assert words(shown[1]) == " ".join(HOSTILE.split())


def test_an_alternative_that_is_not_here_is_named_and_not_linked(bobs, at_bob):
    at_bob.open(DEPRECATE)
    page = at_bob.send(
        DEPRECATE, versions=["1.0.0"], reasons=["Legacy"], alternative_id="Elsewhere.Core"
    )
    assert "Use Elsewhere.Core instead." in words(page.text)
    assert "/packages/Elsewhere.Core" not in page.text


def test_a_long_list_of_versions_offers_the_newest_and_the_chosen(world, app, bob, at_bob):
    client = client_of(world, app, bob)
    for number in range(103):
        client.push(make_nupkg("Acme.Core", f"1.0.{number}"))
    at_bob.open(f"{DEPRECATE}?version=1.0.1")
    offered = re.findall(r'name="versions" type="checkbox" value="([^"]+)"', at_bob.page.text)
    assert offered == ["all", "1.0.1", *(f"1.0.{number}" for number in range(102, 2, -1))]
    page = at_bob.send(DEPRECATE, versions=["all"], reasons=["Legacy"])
    assert "103 versions of Acme.Core are deprecated." in words(page.text)


# Owners


def test_an_owner_is_added_and_removed(world, app, bobs, bob, at_bob, at_carol):
    at_bob.open(PAGE)
    at_bob.open(OWNERS)
    assert REMOVE not in at_bob.page.text
    page = at_bob.send(OWNERS, email="CAROL@example.org")
    assert (page.status_code, page.request.path) == (200, OWNERS)
    assert "carol@example.org is an owner of Acme.Core." in words(page.text)
    assert owners(world) == ["bob@example.org", "carol@example.org"]
    carols = client_of(world, app, world.people.by_email("carol@example.org"))
    assert carols.push(make_nupkg("Acme.Core", "2.0.0")).status_code == 201
    assert "Owned by bob@example.org, carol@example.org" in words(at_carol.open(PAGE).text)

    at_carol.open(OWNERS)
    page = at_carol.post(REMOVE, removal(at_carol, bob))
    assert "bob@example.org does not own Acme.Core any more." in words(page.text)
    assert owners(world) == ["carol@example.org"]
    assert bobs.push(make_nupkg("Acme.Core", "3.0.0")).status_code == 403
    assert at_bob.open(OWNERS).status_code == 403


def test_whoever_leaves_sees_the_package_and_that_it_is_theirs_no_more(world, bobs, bob, at_bob):
    at_bob.open(OWNERS)
    token = at_bob.form(OWNERS).fields["csrf_token"]
    leaving = {"csrf_token": token, "owner": bob.id}
    page = at_bob.post(REMOVE, leaving)
    assert page.status_code == 409
    assert "add another owner before removing bob@example.org." in words(page.text)
    assert owners(world) == ["bob@example.org"]
    world.people.add(
        "dora@example.org", "a horse of course", admin=False, timezone="UTC", now=world.clock()
    )
    at_bob.send(OWNERS, email="dora@example.org")
    page = at_bob.post(REMOVE, leaving)
    assert page.request.path == "/packages/Acme.Core"
    assert "You do not own Acme.Core any more." in words(page.text)
    assert "Manage" not in words(page.text)
    assert owners(world) == ["dora@example.org"]


def test_an_address_nobody_has_is_refused_beside_its_field(world, bobs, at_bob):
    at_bob.open(OWNERS)
    page = at_bob.send(OWNERS, email="nobody@example.org")
    assert page.status_code == 422
    beside = re.search(r'id="email-problem">(.*?)</p>', page.text, re.S)
    assert "Nobody here has this address; an admin can add them." in words(beside[1])
    assert at_bob.form(OWNERS).fields["email"] == "nobody@example.org"
    assert owners(world) == ["bob@example.org"]


def test_an_owner_whose_account_is_gone_can_be_removed(world, bobs, bob, at_alice, clock):
    world.people.remove(bob.id, clock.now)
    page = at_alice.open(OWNERS)
    assert "An account that was removed" in words(page.text)
    at_alice.send(OWNERS, email="alice@example.org")
    at_alice.post(REMOVE, removal(at_alice, bob))
    assert owners(world) == ["alice@example.org"]


# Addresses that packages give


@pytest.mark.parametrize(
    ("address", "linked"),
    [
        ("https://acme.example/core", True),
        ("http://acme.example:8080/?a=b", True),
        ("javascript:alert(1)", False),
        ("git@acme.example:core.git", False),
        ("//acme.example", False),
        ("https://acme.example/\"onmouseover='x'", False),
        ("https://", False),
    ],
)
def test_an_address_is_linked_only_where_it_surely_is_one_of_the_web(
    world, app, bob, at_bob, address, linked
):
    package = make_nupkg(repository={"type": "git", "url": address})
    assert client_of(world, app, bob).push(package).status_code == 201
    page = at_bob.open("/packages/Acme.Core")
    assert f"Source {address}" in words(page.text)
    outside = re.findall(r'<a href="([^/"][^"]*)" rel="nofollow noopener noreferrer">', page.text)
    assert outside == ([address] if linked else [])
