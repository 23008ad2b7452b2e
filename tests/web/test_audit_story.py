"""A whole story over the web, and nothing secret of it in the trail."""

import json
import re

from ninety.rules.audit import Wanted
from parts.client import NuGetClient
from parts.packages import make_nupkg
from parts.visitor import Visitor, secret_on

FIRST, SECOND = "a horse of course", "another long password"
TYPED_WRONG = ("hunter2 hunter2 hunter2", "My0nly.Passw0rd@home")


def test_no_secret_password_or_token_of_a_whole_story_is_in_the_trail(app, world, tmp_path):
    told = []

    def tell(secret: str) -> str:
        told.append(secret)
        return secret

    # The first admin, who mistypes in every field.
    setup = tell(world.people.new_setup_token() or "")
    admin = Visitor(app)
    admin.open(f"/setup?token={setup}")
    admin.send("/setup", email="alice@example.org", password=tell(FIRST), timezone="UTC")
    for wrong in TYPED_WRONG:
        admin.client.post("/sign-in", data={"email": tell(wrong), "password": wrong})
        Visitor(app).sign_in(wrong, wrong)
        Visitor(app).sign_in("alice@example.org", wrong)
    world.people.add(
        "bob@example.org", tell(SECOND), admin=False, timezone="UTC", now=world.clock()
    )
    alice = Visitor(app)
    alice.sign_in("alice@example.org", FIRST)

    # A key from the page, used, rotated by its own program, reported, and tried again.
    alice.new_key("ci")
    made = tell(secret_on(alice.page.text))
    assert NuGetClient(app, made).push(make_nupkg()).status_code == 201
    asking = app.test_client()
    rotated = asking.post("/api/v1/keys/self/rotate", headers={"X-NuGet-ApiKey": made})
    new = tell(json.loads(rotated.text)["key"])
    assert NuGetClient(app, new).push(make_nupkg(version="1.1.0")).status_code == 201
    again = asking.post("/api/v1/keys/self/rotate", headers={"X-NuGet-ApiKey": made})
    assert again.status_code == 409
    report = {"keys": [new, tell("n90_" + "z" * 49)], "found_at": f"https://paste.example/{new}"}
    assert asking.post("/api/v1/keys/report", json=report).status_code < 300
    assert NuGetClient(app, new).push(make_nupkg(version="1.2.0")).status_code == 403
    stranger = tell("somebody-elses-secret-0123456789")
    assert NuGetClient(app, stranger).push(make_nupkg(version="1.3.0")).status_code == 403

    # Links that carry a token, a note with a secret in it, a new password.
    alice.open("/account/settings")
    alice.send("/account/settings/calendar")
    token = re.search(r"keys\.ics\?token=([\w-]+)", alice.page.text)
    assert token
    tell(token[1])
    alice.new_key("noted")
    noted = tell(secret_on(alice.page.text))
    key_page = f"/account/keys/{noted.split('_')[1]}"
    alice.open(key_page)
    alice.send(f"{key_page}/note", note=noted)
    world.people.set_password(
        world.people.by_email("alice@example.org").id, tell("a third long one"), world.clock()
    )

    whole = (tmp_path / "data" / "audit.jsonl").read_text("utf-8")
    happened = {event.what for event in world.trail.newest(Wanted())}
    assert happened >= {
        "person added",
        "signed in",
        "sign-in failed",
        "key made",
        "key first used",
        "version pushed",
        "key rotated",
        "rotation refused",
        "key reported",
        "key refused",
        "strange keys refused",
        "calendar link made",
        "key note changed",
        "password set",
    }
    assert [secret for secret in told if secret in whole] == []
    tails = [secret.rpartition("_")[2] for secret in told if secret.startswith("n90_")]
    assert [tail for tail in tails if tail in whole] == []
