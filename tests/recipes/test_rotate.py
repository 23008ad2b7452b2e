"""The script that rotates a key, run against the product itself."""

import http.client
import json
import os
import re
from email import message_from_bytes, policy
from itertools import count

import pytest

from parts import commands
from parts.build import RECIPES
from parts.lost_answers import losing_answers_to_posts
from parts.packages import make_nupkg
from parts.product import REPOSITORY

pytestmark = pytest.mark.journey

SECRET = re.compile(r"n90_[a-z2-7]{10}_[0-9A-Za-z]{38}")

versions = count(1)


def push(feed, secret: str) -> tuple[int, str]:
    """Push a new version; the status, and the warning a client would print."""
    connection = http.client.HTTPConnection("127.0.0.1", feed.port, timeout=30)
    try:
        content = make_nupkg(version=f"{next(versions)}.0.0")
        connection.request("PUT", "/api/v2/package/", content, {"X-NuGet-ApiKey": secret})
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("X-NuGet-Warning", "")
    finally:
        connection.close()


def states(build) -> list[str]:
    """The state of each key of the build's name, in alphabetical order."""
    listed = json.loads(build.feed.flask("key", "list", "--json").stdout)
    return sorted(row["state"] for row in listed if row["name"] == build.name)


def test_nothing_is_done_nor_said_at_60_days_and_at_13_the_new_secret_is_stored(build, feed):
    weekly = build("weekly", days=90)
    feed.move(days=30)
    before = weekly.rotate()
    assert (before.code, before.text) == (0, "")
    assert not (weekly.folder / "stored").exists()

    feed.move(days=47)
    rotated = weekly.rotate()
    assert rotated.code == 0, rotated.text
    assert re.fullmatch(
        r"Rotated: the new secret was stored and ends at [\dT:-]+Z\.\n", rotated.text
    )
    assert SECRET.fullmatch(weekly.stored)
    assert weekly.stored != weekly.secret
    assert push(feed, weekly.stored) == (201, "")
    status, warning = push(feed, weekly.secret)
    assert status == 201
    assert "'weekly' was rotated; this secret stops at" in warning

    late = weekly.rotate()
    assert late.code == 1
    assert "was rotated already and its new secret is in use" in late.stderr
    assert [weekly.state(one) for one in (weekly.stored, weekly.secret)] == ["alive", "retiring"]


def test_a_dead_key_is_told_with_the_servers_sentence(build, feed):
    dead = build('the "old"\\one', days=1)
    feed.move(days=2)
    told = dead.rotate()
    assert (told.code, told.stdout) == (1, "")
    assert re.match(
        r"""rotate\.sh: API key 'the "old"\\one' ended [\d-]+ [\d:]+ UTC\. """
        rf"Regenerate it: {feed.address}/account/keys/\w+$",
        told.stderr,
    )
    unknown = dead.rotate(FEED_KEY=dead.secret[:-1])
    assert unknown.code == 1
    assert "mistyped" in unknown.stderr
    assert not (dead.folder / "stored").exists()


def test_where_storing_fails_the_old_key_works_and_the_next_run_leaves_one_successor(build, feed):
    broken = build("broken", days=13)
    failed = broken.rotate("sh", "-c", "cat > lost; exit 3")
    assert failed.code == 1
    assert failed.stderr == (
        "rotate.sh: 'sh' did not store the new secret. "
        "FEED_KEY still works, for a week at most; run this again soon, and it rotates again.\n"
    )
    assert push(feed, broken.secret)[0] == 201

    assert broken.rotate(ROTATE_DAYS="3").code == 0
    assert states(broken) == ["alive", "retiring", "revoked"]
    assert push(feed, broken.stored)[0] == 201
    assert push(feed, (broken.folder / "lost").read_text("ascii"))[0] == 403


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(None, "The answer was lost on its way"), (502, "answered with the status 502")],
)
def test_where_the_answer_is_lost_the_next_run_leaves_one_successor(build, feed, status, sentence):
    cut = build(f"cut {status}", days=13)
    with losing_answers_to_posts(feed.port, status=status) as address:
        lost = cut.rotate(FEED_URL=address)
    assert lost.code == 1
    assert f"{sentence}. FEED_KEY still works" in lost.stderr
    assert cut.state(cut.secret) == "retiring", "the server had done it"
    assert not (cut.folder / "stored").exists()
    assert push(feed, cut.secret)[0] == 201

    assert cut.rotate().code == 0
    assert states(cut) == ["alive", "retiring", "revoked"]
    assert push(feed, cut.stored) == (201, "")


def test_the_documented_check_says_by_its_status_whether_the_key_lives(build, feed):
    checked = build("checked", days=1)
    (line,) = re.findall(r"^printf .+$", (REPOSITORY / "docs" / "rotating.md").read_text(), re.M)
    line = line.replace("https://feed.example", feed.address)
    alive = checked.run("sh", "-c", line)
    assert alive.code == 0, alive.text
    assert json.loads(alive.stdout)["name"] == "checked"
    feed.move(days=1)
    assert checked.run("sh", "-c", line).code == 22


def test_no_secret_is_printed_nor_passed_on_in_arguments_or_environment(build):
    quiet = build("quiet", days=13)
    spy = quiet.folder / "curl"
    # Every curl the script starts writes down what anybody on the machine could see of it.
    spy.write_text(
        "#!/bin/sh\n"
        'tr "\\0" "\\n" < /proc/$$/cmdline >> seen; tr "\\0" "\\n" < /proc/$$/environ >> seen\n'
        'PATH=${PATH#*:} exec curl "$@"\n',
        encoding="ascii",
    )
    spy.chmod(0o755)
    store = ("sh", "-c", "cat > stored; env >> seen", "keep")
    traced = quiet.run("sh", "-x", RECIPES / "rotate.sh", *store)
    assert traced.code == 0, traced.text
    assert SECRET.fullmatch(quiet.stored)
    seen = (quiet.folder / "seen").read_text("utf-8")
    assert seen.count("/api/v1/keys/self") == 2
    assert SECRET.findall(seen + traced.text) == []
    assert {path.name for path in quiet.folder.iterdir()} == {"curl", "seen", "stored"}


def test_the_lines_in_the_reminder_rotate_the_key(build, feed):
    mailed = build("mailed", days=90)
    feed.move(days=81)
    feed.flask("reminders", "run")
    key_id = mailed.secret.split("_")[1]
    [preview] = (feed.data / "outbox").glob(f"{key_id}-*.eml")
    message = message_from_bytes(preview.read_bytes(), policy=policy.default)
    said = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
    lines = re.search(r"^printf .*?self/rotate$", said, re.M | re.S)
    answer = mailed.run("sh", "-c", lines[0], NINETY_KEY=mailed.secret)
    assert answer.code == 0, answer.text
    new = json.loads(answer.stdout)["key"]
    assert (mailed.state(mailed.secret), mailed.state(new)) == ("retiring", "alive")


@pytest.mark.parametrize(
    ("environment", "store", "sentence"),
    [
        ({}, "no-such-program", "there is no command 'no-such-program'"),
        ({"FEED_URL": ""}, "cat", "FEED_URL is not set"),
        ({"FEED_KEY": ""}, "cat", "FEED_KEY is not set"),
        ({"FEED_KEY": "two\nlines"}, "cat", "FEED_KEY is no API key"),
        ({"ROTATE_DAYS": "a fortnight"}, "cat", "ROTATE_DAYS is 'a fortnight'"),
        ({"ROTATE_DAYS": "014"}, "cat", "ROTATE_DAYS is '014'"),
    ],
)
def test_wrong_use_is_told_before_anything_is_asked(tmp_path, environment, store, sentence):
    known = {"FEED_URL": "http://127.0.0.1:9", "FEED_KEY": "n90_not_asked"}
    told = commands.run(
        ["sh", RECIPES / "rotate.sh", store],
        environment={"PATH": os.environ["PATH"], **known, **environment},
        folder=tmp_path,
    )
    assert told.code == 2
    assert sentence in told.stderr
    assert told.stdout == ""
