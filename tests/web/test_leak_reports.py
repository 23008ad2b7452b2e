"""Whoever found secrets hands them in, and learns nothing by it."""

import json

import pytest

from ninety.rules import secrets
from parts.visitor import words

ADDRESS = "/api/v1/keys/report"
ADOPTED = "oy2mofleabcdefghijklmnop"


@pytest.fixture
def ci(world, alice, clock) -> str:
    return world.lifecycle.make(alice, "ci", 90, clock()).secret


def hand_in(app, body: object, address: str = "192.0.2.7", **more):
    """Report `body`, JSON unless it is bytes, from a network address."""
    return app.test_client().post(
        ADDRESS,
        data=body if isinstance(body, bytes) else json.dumps(body),
        environ_base={"REMOTE_ADDR": address},
        **more,
    )


def test_the_answer_is_the_same_bytes_whatever_was_genuine(app, world, alice, clock, ci):
    world.arriving.adopt(alice, "old", ADOPTED, clock())
    unknown = secrets.new_secret("aaaaaaaaaa")
    answers = [
        hand_in(app, {"keys": keys, "found_at": "https://example.org/1"})
        for keys in ([ci], [ci], [unknown], ["garbage"], [""], [ADOPTED], [ci[:-1], unknown])
    ]
    told = {(one.status_code, one.data, str(one.headers)) for one in answers}
    assert len(told) == 1, told
    assert answers[0].status_code == 202
    assert answers[0].headers["Cache-Control"] == "no-store"
    assert world.lifecycle.find(ci.split("_")[1]).reported_at == clock()


def test_a_report_in_one_process_stops_the_key_in_another(app, make_app, ci):
    other = make_app().test_client()
    asked = {"path": "/api/v1/keys/self", "headers": {"X-NuGet-ApiKey": ci}}
    assert other.get(**asked).status_code == 200
    hand_in(app, {"keys": [ci]})
    refused = other.get(**asked)
    assert refused.status_code == 401
    assert "'ci' was reported as leaked and revoked" in refused.json["detail"]
    assert "Make a new one" in refused.headers["X-NuGet-Warning"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"nonsense", 400),
        (b"[]", 400),
        (b"[" * 16_000, 400),
        (b"x" * 16_385, 400),
        (b'{"keys": [' + b"1" * 5_000 + b"]}", 400),
        (b"\xff\xfe{}", 400),
        ({}, 400),
        ({"keys": "one"}, 400),
        ({"keys": []}, 400),
        ({"keys": ["x"] * 101}, 400),
        ({"keys": ["x"], "found_at": "a\nb"}, 400),
        ({"keys": ["x"], "found": "misspelt"}, 400),
        ({"keys": ["x"] * 100}, 202),
        ({"keys": ["n90_" + "x" * 16_000]}, 202),
        ({"keys": ["\ud800", "\x00", "💥"]}, 202),
    ],
)
def test_nonsense_is_a_problem_and_never_a_fault(app, body, status):
    answer = hand_in(app, body)
    assert answer.status_code == status
    if status == 400:
        assert answer.mimetype == "application/problem+json"
        assert answer.json["status"] == 400


def test_a_large_report_is_read_whole(app, world, ci):
    report = {"keys": [*["x" * 150] * 99, ci], "found_at": "y" * 200}
    assert hand_in(app, report).status_code == 202
    assert world.lifecycle.find(ci.split("_")[1]).reported_at


def test_a_flood_from_one_address_is_told_when_to_come_back(app, clock, ci):
    for _report in range(30):
        assert hand_in(app, b"nonsense").status_code == 400
    refused = hand_in(app, {"keys": [ci]})
    assert (refused.status_code, refused.mimetype) == (429, "application/problem+json")
    assert refused.headers["Retry-After"] == "900"
    assert hand_in(app, {"keys": ["x"]}, "192.0.2.8").status_code == 202
    clock.move(minutes=15)
    assert hand_in(app, {"keys": [ci]}).status_code == 202


def test_it_needs_no_account_and_is_no_page(app):
    assert app.test_client().get(ADDRESS).status_code == 405
    assert hand_in(app, {"keys": ["x"]}, headers={"Cookie": "session=x"}).status_code == 202


def test_curl_without_a_content_type_of_its_own_is_understood(app, world, ci):
    form = "application/x-www-form-urlencoded"
    assert hand_in(app, {"keys": [ci]}, content_type=form).status_code == 202
    assert world.lifecycle.find(ci.split("_")[1]).reported_at


def test_what_a_stranger_says_is_no_part_of_any_answer(app):
    answer = hand_in(app, {"keys": ["<script>"], "found_at": "<script>alert(1)</script>"})
    assert "script" not in answer.text
    assert "script" not in words(hand_in(app, {"<script>": 1, "keys": []}).text)


def test_its_owner_sees_it_on_both_pages_with_a_way_on(app, world, at_alice, at_bob, ci, clock):
    hand_in(app, {"keys": [ci], "found_at": "<i>https://paste.example/1</i>"})
    key_id = ci.split("_")[1]
    shown = at_alice.open("/account")
    assert "“ci” was reported as leaked 23 Nov 2026, 15:04 CET (14:04 UTC)" in words(shown.text)
    assert "found at: <i>https://paste.example/1</i>) and revoked." in words(shown.text)
    assert "<i>" not in shown.text
    assert 'href="https://paste.example' not in shown.text
    page = at_alice.open(f"/account/keys/{key_id}")
    assert "This key was reported as leaked 23 Nov 2026, 15:04 CET" in words(page.text)
    assert "Make a new one." in words(page.text)
    assert "The mail goes out shortly." in words(page.text)
    world.leak_sending.remind(world.leak_mail.scan(clock()), clock)
    page = at_alice.open(f"/account/keys/{key_id}")
    assert "The mail is waiting to go out: no mail server." in words(page.text)
    assert "reported" not in words(at_bob.open("/account").text)


def test_the_list_leads_with_it_for_a_month_and_the_key_page_for_good(app, at_alice, ci, clock):
    hand_in(app, {"keys": [ci]})
    clock.move(days=31)
    at_alice.sign_in_again()
    assert "reported as leaked" not in words(at_alice.open("/account").text)
    page = words(at_alice.open(f"/account/keys/{ci.split('_')[1]}").text)
    assert "This key was reported as leaked 23 Nov 2026, 15:04 CET (14:04 UTC) and revoked." in page
