"""An admin sets what every key keeps to, on one page; it counts at once and cuts no key."""

from datetime import timedelta

import pytest

from ninety.rules.audit import Did, Wanted
from ninety.rules.policy import Policy
from parts.client import NuGetClient
from parts.packages import make_nupkg
from parts.visitor import Visitor, secret_on, words

PAGE = "/admin/policy"
SHORT = {"key_days": "30", "key_max_days": "30"}
POLICY_CHANGES = Wanted(what=Did.POLICY_CHANGED)


def save(visitor, **typed):
    """Open the page, and save it with what is typed."""
    visitor.open(PAGE)
    return visitor.send(PAGE, **typed)


def test_only_an_admin_sees_and_changes_it(world, at_bob, stranger):
    assert at_bob.open(PAGE).status_code == 403
    at_bob.open("/account/settings")
    token = at_bob.form("/account/settings").fields["csrf_token"]
    for path in (PAGE, f"{PAGE}/spread"):
        assert at_bob.post(path, {"csrf_token": token, **SHORT}).status_code == 403
    assert "Sign in" in stranger.open(PAGE).text
    assert world.governing.policy() == Policy()


def test_what_is_saved_is_shown_kept_and_told_in_the_trail(world, at_alice):
    saved = save(at_alice, **SHORT, warn_days="7", keys_per_person="5", overlap_max_hours="0")
    assert "longest lifetime 90 to 30 days; window 10 to 7 days" in words(saved.text)
    assert world.governing.policy() == Policy(
        key_days=30, key_max_days=30, warn_days=7, keys_per_person=5, overlap_max_hours=0
    )
    assert at_alice.form(PAGE).fields["warn_days"] == "7"
    told = world.trail.page(POLICY_CHANGES, 10).events
    assert [(one.who.email, "window 10 to 7 days" in one.about) for one in told] == [
        ("alice@example.org", True)
    ]
    again = at_alice.send(PAGE)
    assert "The policy is as it was." in words(again.text)
    assert len(world.trail.page(POLICY_CHANGES, 10).events) == 1


@pytest.mark.parametrize(
    ("typed", "field", "why"),
    [
        ({"key_days": "91"}, "key_days", "Keys live at most 90 days, so offer no more."),
        ({"warn_days": "90"}, "warn_days", "The window is shorter than the 90 days"),
        ({"keys_per_person": "none"}, "keys_per_person", "Enter a whole number from 1 to 10,000."),
        ({"overlap_max_hours": "169"}, "overlap_max_hours", "a whole number from 0 to 168."),
        ({"key_actions": []}, "key_actions", "Choose at least one thing that keys may do."),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(world, at_alice, typed, field, why):
    refused = save(at_alice, **{"read_key_max_days": "200", **typed})
    assert refused.status_code == 422
    assert why in words(refused.text)
    assert f'id="{field}-problem"' in refused.text
    assert at_alice.form(PAGE).fields["read_key_max_days"] == "200"
    assert world.governing.policy() == Policy()


def test_of_two_admins_at_once_the_second_is_shown_what_the_first_did(world, at_alice):
    at_alice.open(PAGE)
    fields = at_alice.form(PAGE).fields
    at_alice.send(PAGE, warn_days="5")
    outrun = at_alice.post(PAGE, {**fields, "warn_days": "8"})
    assert outrun.status_code == 409
    assert "changed by somebody else meanwhile" in words(outrun.text)
    assert at_alice.form(PAGE).fields["warn_days"] == "5"
    assert world.governing.policy().warn_days == 5


def test_what_the_environment_fixes_is_shown_and_cannot_be_sent(make_app, at_alice, alice):
    app = make_app(key_max_days=60, key_days=45, key_actions=("push-version", "read"))
    visitor = Visitor(app)
    visitor.sign_in(alice.email, "a horse of course")
    page = words(visitor.open(PAGE).text)
    assert "60 days" in page
    for name in ("NINETY_KEY_MAX_DAYS", "NINETY_KEY_DAYS", "NINETY_KEY_ACTIONS"):
        assert f"Set by {name} where the feed runs" in page
    assert "key_max_days" not in visitor.form(PAGE).fields
    visitor.send(PAGE, key_max_days="90", key_actions=["push"], warn_days="20")
    assert app.extensions["ninety"].governing.policy() == Policy(
        key_max_days=60, key_days=45, key_actions=("push-version", "read"), warn_days=20
    )


def test_a_lowered_maximum_cuts_no_key_until_the_ends_are_spread(world, at_alice, alice, clock):
    long = world.lifecycle.make(alice, "long", 90, clock()).key
    short = world.lifecycle.make(alice, "short", 20, clock()).key
    assert "Keys beyond the maximum" not in at_alice.open(PAGE).text
    page = words(save(at_alice, **SHORT).text)
    assert world.lifecycle.find(long.id) == long
    assert "1 living key was made to live longer than keys may now: 30 days" in page
    assert "Week of" in page
    assert world.lifecycle.find(long.id) == long
    spread = at_alice.send(f"{PAGE}/spread")
    assert "Keys whose end was brought nearer: 1." in words(spread.text)
    nearer = world.lifecycle.find(long.id).expires_at - clock()
    assert timedelta(days=30) <= nearer <= timedelta(days=36.6)
    assert world.lifecycle.find(short.id) == short
    assert "Keys beyond the maximum" not in spread.text
    assert at_alice.open(f"{PAGE}/spread").status_code == 200


def test_a_key_that_ends_soon_enough_anyway_needs_no_spreading(world, at_alice, alice, clock):
    world.lifecycle.make(alice, "long", 90, clock())
    clock.move(days=70)
    at_alice.sign_in_again()
    page = words(save(at_alice, **SHORT).text)
    assert "It ends within that time from today anyway, so there is nothing to do." in page
    assert f'action="{PAGE}/spread"' not in at_alice.page.text


def test_one_key_too_many_is_refused_with_what_to_do(world, at_alice):
    save(at_alice, keys_per_person="1")
    at_alice.new_key("ci")
    at_alice.open("/account/keys/make")
    refused = at_alice.send("/account/keys/make", name="another", days="45")
    assert refused.status_code == 409
    assert (
        "A person has at most 1 living key on this feed, and there are 1; "
        "revoke one that is not needed any more, then make this one."
    ) in words(refused.text)
    fields = at_alice.form("/account/keys/make").fields
    assert (fields["name"], fields["days"]) == ("another", "45")


def test_a_key_is_refused_what_the_policy_allows_no_more_and_told_so(app, at_alice):
    at_alice.open("/account/keys/make")
    at_alice.send("/account/keys/make", name="ci", days="30")
    secret = secret_on(at_alice.page.text)
    client = NuGetClient(app, secret)
    assert client.push(make_nupkg("Acme.Core", "1.0.0")).status_code == 201
    save(at_alice, key_actions=["push-version", "unlist"])
    assert client.push(make_nupkg("Acme.Core", "1.1.0")).status_code == 201
    refused = client.push(make_nupkg("Acme.New", "1.0.0"))
    assert refused.status_code == 403
    sentence = "API key 'ci' may not push new packages: this feed's policy lets no key do that now"
    assert refused.headers["X-NuGet-Warning"].startswith(sentence)
    assert client.get("/v3/package/acme.core/index.json").status_code == 403
    page = words(at_alice.open(f"/account/keys/{secret.split('_')[1]}").text)
    assert "By this feed’s policy no key may push new packages or read now." in page
    save(at_alice, key_actions=["push", "push-version", "unlist", "read"])
    assert client.push(make_nupkg("Acme.New", "1.0.0")).status_code == 201


def test_forms_offer_only_what_the_policy_allows(at_alice):
    key_id = at_alice.new_key("ci")
    save(at_alice, key_actions=["push-version", "unlist"], overlap_max_hours="1")
    made = at_alice.open("/account/keys/make").text
    assert 'id="actions-push-version"' in made
    assert 'id="actions-push"' not in made
    assert at_alice.form("/account/keys/make").fields["actions"] == ["push-version"]
    page = at_alice.open(f"/account/keys/{key_id}").text
    assert 'id="actions-push"' in page
    assert "Push new packages (this feed’s policy lets no key do that now)" in words(page)
    assert "keep the old secret for 1 hour" in words(page)


def test_a_stale_form_is_shown_again_with_what_was_typed(at_alice):
    at_alice.open(PAGE)
    shown = at_alice.send(PAGE, csrf_token="stale", warn_days="7")
    assert shown.status_code == 400
    assert at_alice.form(PAGE).fields["warn_days"] == "7"
