"""What a key may do: chosen when it is made, narrowed freely, widened with the password."""

import pytest

from parts.client import NuGetClient
from parts.packages import make_nupkg
from parts.visitor import secret_on, words

PASSWORD = "a horse of course"


def make(visitor, **typed) -> str:
    visitor.open("/account/keys/make")
    visitor.send("/account/keys/make", **{"name": "ci", "days": "90", **typed})
    return secret_on(visitor.page.text)


@pytest.fixture
def limited(at_alice) -> str:
    return make(at_alice, actions=["push-version", "read"], packages="Acme.*")


def test_a_key_limited_to_versions_of_acme_does_just_that(app, at_alice, limited):
    every = NuGetClient(app, make(at_alice, name="all", actions=["push"]))
    for package_id in ("Acme.Core", "Acme", "Acmexyz"):
        assert every.push(make_nupkg(package_id)).status_code == 201
    client = NuGetClient(app, limited)
    assert client.push(make_nupkg("acme.core", "1.1.0")).status_code == 201
    link = f"Change it: http://localhost/account/keys/{limited[4:14]}"
    for package_id, why in {
        "Acme.New": "may not push new packages, and Acme.New is new here",
        "Acme": "may push only Acme.*; this package is Acme",
        "Acmexyz": "may push only Acme.*; this package is Acmexyz",
    }.items():
        refused = client.push(make_nupkg(package_id, "1.1.0"))
        assert refused.status_code == 403
        assert refused.headers["X-NuGet-Warning"] == f"API key 'ci' {why}. {link}"
    refused = client.write("DELETE", "/api/v2/package/Acme.Core/1.0.0")
    assert refused.status_code == 403
    assert "may not unlist or relist" in refused.headers["X-NuGet-Warning"]


def test_a_key_that_may_not_read_gets_no_package(app, at_alice):
    secret = make(at_alice, actions=["push", "push-version"])
    client = NuGetClient(app, secret)
    assert client.push(make_nupkg()).status_code == 201
    refused = client.get("/v3/package/acme.core/index.json")
    assert (refused.status_code, "may not read packages" in refused.text) == (403, True)


def test_a_scope_is_shown_and_said_with_what_stops(at_alice, limited):
    page = words(at_alice.open(f"/account/keys/{limited[4:14]}").text)
    assert "Push new versions, read · Acme.*. Restores stop with it too." in page


def test_less_takes_effect_without_a_password(app, at_alice, limited):
    path = f"/account/keys/{limited[4:14]}"
    at_alice.open(path)
    answer = at_alice.send(f"{path}/scope", actions=["read"], packages="Acme.Core")
    assert answer.status_code == 200
    assert "may read now" in words(answer.text)
    assert NuGetClient(app, limited).push(make_nupkg("Acme.Core")).status_code == 403


@pytest.mark.parametrize("password", ["", "not the password"])
def test_more_is_refused_without_the_password_and_keeps_what_was_typed(
    at_alice, world, alice, limited, password
):
    path = f"/account/keys/{limited[4:14]}"
    at_alice.open(path)
    answer = at_alice.send(
        f"{path}/scope", actions=["push", "push-version", "read"], packages="*", password=password
    )
    assert answer.status_code == 422
    assert "Enter your password" in words(answer.text)
    assert at_alice.form(f"{path}/scope").fields["packages"] == "*"
    assert world.lifecycle.key(limited[4:14], alice).packages == ("Acme.*",)


def test_more_is_given_with_the_password(app, at_alice, limited):
    path = f"/account/keys/{limited[4:14]}"
    at_alice.open(path)
    at_alice.send(f"{path}/scope", actions=["push"], packages="*", password=PASSWORD)
    assert NuGetClient(app, limited).push(make_nupkg("Other")).status_code == 201


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"actions": []}, "Choose at least one thing"),
        ({"packages": " , "}, "Name the packages"),
        ({"packages": "a/b"}, "not a/b"),
        ({"actions": ["fly"]}, "not fly"),
    ],
)
def test_an_empty_or_odd_scope_never_means_everything(at_alice, world, alice, typed, said):
    at_alice.open("/account/keys/make")
    answer = at_alice.send("/account/keys/make", **{"name": "ci", **typed})
    assert answer.status_code == 422
    assert said in words(answer.text)
    assert world.lifecycle.keys_of(alice) == []


def test_a_key_that_only_reads_may_live_longer_and_then_does_nothing_more(at_alice, world, alice):
    secret = make(at_alice, actions=["read"], days="365")
    path = f"/account/keys/{secret[4:14]}"
    at_alice.open(path)
    answer = at_alice.send(f"{path}/scope", actions=["read", "push"], password=PASSWORD)
    assert answer.status_code == 422
    assert "lives at most 90 days" in words(answer.text)
    assert world.lifecycle.key(secret[4:14], alice).actions == ("read",)


def test_a_key_that_pushes_may_not(at_alice):
    at_alice.open("/account/keys/make")
    answer = at_alice.send("/account/keys/make", name="ci", days="365", actions=["read", "push"])
    assert answer.status_code == 422


CHECK = "/account/keys/make/check"


@pytest.fixture
def shelf(world, alice, bob):
    """Packages of Bob's, and one of Alice's."""
    for owner, id in ((bob, "Acme.Core"), (bob, "Acme.Json"), (alice, "Acme.Tool")):
        world.publishing.take_in(owner, [make_nupkg(id)], world.clock(), world.clock())
        world.index.refresh(id)


def test_a_key_is_checked_before_it_is_made(world, at_bob, bob, shelf):
    at_bob.open("/account/keys/make")
    typed = {"name": "ci", "days": "7", "packages": "acme.* None.*", "note": "Jenkins"}
    form = at_bob.form("/account/keys/make")
    page = at_bob.post(CHECK, {**form.fields, **typed})
    said = words(page.text)
    assert "acme.*: 3 packages today, Acme.Core, Acme.Json, Acme.Tool; 2 of them are yours" in said
    assert "pushes to the others are refused" in said
    assert "None.* matches no package today" in said
    kept = at_bob.form("/account/keys/make").fields
    assert {name: kept[name] for name in typed} == typed
    assert world.lifecycle.keys_of(bob) == []


def test_what_is_no_glob_is_refused_by_the_check(at_bob):
    at_bob.open("/account/keys/make")
    page = at_bob.post(CHECK, {**at_bob.form("/account/keys/make").fields, "packages": "a b!"})
    assert page.status_code == 422
    assert 'id="packages-problem"' in page.text


def test_a_note_and_a_contact_are_kept_with_the_key(world, at_bob, bob):
    at_bob.open("/account/keys/make")
    sent = {"name": "ci", "note": "Jenkins", "contact": "nobody"}
    page = at_bob.send("/account/keys/make", **sent)
    assert page.status_code == 422
    assert 'id="contact-problem"' in page.text
    assert at_bob.form("/account/keys/make").fields["note"] == "Jenkins"
    at_bob.send("/account/keys/make", contact="team@example.org")
    (key,) = world.lifecycle.keys_of(bob)
    assert (key.note, key.contact) == ("Jenkins", "team@example.org")


def test_whoever_has_all_keys_allowed_keeps_what_was_typed(world, at_bob, bob, make_app):
    at_bob.client.application = make_app(keys_per_person=1)
    at_bob.new_key("first")
    page = at_bob.open("/account/keys/make")
    assert "A person has at most 1 of them; you have 1." in words(page.text)
    page = at_bob.send("/account/keys/make", name="second", note="Jenkins", days="7")
    assert page.status_code == 409
    kept = at_bob.form("/account/keys/make").fields
    assert (kept["name"], kept["note"], kept["days"]) == ("second", "Jenkins", "7")
