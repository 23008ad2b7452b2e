"""Rotating on the page: the new secret once, and what each key says of the other."""

from parts.visitor import secret_on, words


def test_a_key_is_rotated_on_its_page(at_alice, world, clock):
    old = at_alice.new_key("ci")
    at_alice.open(f"/account/keys/{old}")
    shown = at_alice.send(f"/account/keys/{old}/rotate")
    secret = secret_on(shown.text)
    new = secret.split("_")[1]
    assert shown.headers["Cache-Control"] == "no-store"
    assert "works until 24 hours after this one is first used" in words(shown.text)

    page = words(at_alice.open(f"/account/keys/{old}").text)
    assert "It was rotated, and this secret stops 30 Nov 2026, 15:04 CET (14:04 UTC)" in page
    assert "which nobody has used yet" in page
    assert "Regenerate key" not in page
    page = words(at_alice.open(f"/account/keys/{new}").text)
    assert f"Took the place of n90_{old}_…" in page
    assert secret not in page

    world.access.authenticate(secret, clock())
    assert "in use since 23 Nov 2026" in words(at_alice.open(f"/account/keys/{old}").text)
    clock.move(hours=24)
    assert "this secret stopped 24 Nov 2026" in words(at_alice.open("/account").text)


def test_sending_the_form_twice_rotates_once(at_alice, world, alice):
    old = at_alice.new_key("ci")
    at_alice.open(f"/account/keys/{old}")
    fields = at_alice.form(f"/account/keys/{old}/rotate").fields
    assert at_alice.post(f"/account/keys/{old}/rotate", fields).status_code == 200
    assert at_alice.post(f"/account/keys/{old}/rotate", fields).status_code == 409
    assert len(world.lifecycle.keys_of(alice)) == 2


def test_an_ended_key_does_not_rotate(at_alice, clock):
    old = at_alice.new_key("ci")
    at_alice.open(f"/account/keys/{old}")
    fields = at_alice.form(f"/account/keys/{old}/rotate").fields
    clock.move(days=90)
    at_alice.sign_in_again()
    at_alice.open(f"/account/keys/{old}")
    assert "rotate" not in at_alice.page.text
    fields["csrf_token"] = at_alice.form(f"/account/keys/{old}/regenerate").fields["csrf_token"]
    answer = at_alice.post(f"/account/keys/{old}/rotate", fields)
    assert answer.status_code == 409
    assert "This key has ended, so it cannot rotate" in words(answer.text)


def test_somebody_elses_key_is_not_there(at_alice, at_bob):
    old = at_alice.new_key("ci")
    at_bob.new_key("other")
    at_bob.open("/account/keys/make")
    csrf = at_bob.form("/account/keys/make").fields["csrf_token"]
    answer = at_bob.post(f"/account/keys/{old}/rotate", {"csrf_token": csrf})
    assert answer.status_code == 404
