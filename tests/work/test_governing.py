"""The policy is entered by admins, fixed by the environment, and read anew by every process."""

from dataclasses import asdict
from pathlib import Path
from threading import Barrier, Thread

import pytest

from ninety.rules.errors import FieldRefused, OutOfScope, TooManyKeys
from ninety.rules.policy import BOUNDS, USUAL, Policy
from ninety.settings import SettingRefused, Settings
from ninety.store.site import Site
from ninety.wiring import Ninety, open_ninety
from ninety.work.governing import Governing
from parts.hand_clock import START, HandClock

PASSWORD = "correct horse battery"


def enter(governing: Governing, revision: str | None = None, **fields: object) -> Policy:
    """Enter the policy in force with other values for some `fields`; the policy after that."""
    values = asdict(governing.policy()) | fields
    _, after = governing.change(
        {name: str(values[name]) for name in BOUNDS},
        values["key_actions"],
        governing.revision() if revision is None else revision,
    )
    return after


@pytest.fixture
def governing(site: Site, settings: Settings) -> Governing:
    return Governing(site, settings)


@pytest.fixture
def two_processes(tmp_path: Path) -> tuple[Ninety, Ninety]:
    """A product opened twice over one folder, as by a web process and a worker."""
    settings = Settings(data=tmp_path / "data")
    return open_ninety(settings, clock=HandClock()), open_ninety(settings, clock=HandClock())


def test_before_anything_is_entered_the_policy_is_the_usual_one(governing):
    assert (governing.policy(), governing.fixed(), governing.revision()) == (USUAL, {}, "0")


def test_what_is_entered_is_kept_on_disk(tmp_path, governing):
    chosen = Policy(
        key_days=20,
        key_max_days=30,
        read_key_max_days=100,
        warn_days=5,
        keys_per_person=3,
        key_actions=("push-version", "read"),
        overlap_max_hours=0,
    )
    assert enter(governing, **asdict(chosen)) == chosen
    assert governing.policy() == chosen
    assert Governing(Site(tmp_path), Settings()).policy() == chosen


def test_what_the_environment_fixes_cannot_be_entered(tmp_path, site):
    governing = Governing(site, Settings(key_max_days=60, key_days=60))
    assert governing.fixed() == {
        "key_days": "NINETY_KEY_DAYS",
        "key_max_days": "NINETY_KEY_MAX_DAYS",
    }
    assert enter(governing, key_days=7, key_max_days=3000, warn_days=20).key_max_days == 60
    left_alone = Governing(Site(tmp_path), Settings()).policy()
    assert left_alone == Policy(warn_days=20)


def test_the_days_are_refused_beside_the_field_that_can_be_changed(site):
    governing = Governing(site, Settings(key_days=60))
    with pytest.raises(FieldRefused) as refused:
        enter(governing, key_max_days=30)
    assert refused.value.field == "key_max_days"
    assert governing.policy() == Policy(key_days=60)


def test_a_form_filled_in_from_an_older_policy_changes_nothing(governing):
    seen = governing.revision()
    enter(governing, key_max_days=365)
    with pytest.raises(FieldRefused) as refused:
        enter(governing, revision=seen, key_days=10)
    assert refused.value.field == "form"
    assert governing.policy() == Policy(key_max_days=365)


def test_of_many_admins_at_once_one_is_heard(tmp_path):
    begin, heard, outrun = Barrier(4), [], []

    def change(number: int) -> None:
        governing = Governing(Site(tmp_path), Settings())
        begin.wait()
        try:
            heard.append(enter(governing, revision="0", keys_per_person=number))
        except FieldRefused as refusal:
            outrun.append(refusal.field)

    threads = [Thread(target=change, args=[number]) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outrun == ["form"] * 3
    assert heard == [Governing(Site(tmp_path), Settings()).policy()]


@pytest.mark.parametrize(
    ("fixed", "named"),
    [
        ({"key_days": 91}, "NINETY_KEY_DAYS"),
        ({"key_days": 90, "key_max_days": 30}, "NINETY_KEY_DAYS"),
        ({"warn_days": 90}, "NINETY_WARN_DAYS"),
    ],
)
def test_settings_that_do_not_fit_stop_the_start(tmp_path, fixed, named):
    with pytest.raises(SettingRefused, match=named):
        open_ninety(Settings(data=tmp_path / "data", **fixed), clock=HandClock())


def test_a_setting_that_fits_what_was_entered_starts(tmp_path, two_processes):
    enter(two_processes[0].governing, key_max_days=180)
    longer = Settings(data=tmp_path / "data", key_days=91)
    assert open_ninety(longer, clock=HandClock()).governing.policy().key_days == 91


def test_every_process_sees_a_change_at_once(two_processes):
    here, there = two_processes
    alice = here.people.add("alice@example.org", PASSWORD, admin=True, timezone="UTC", now=START)
    made = here.lifecycle.make(alice, "ci", 90, START)
    holder = there.access.authenticate(made.secret, START)
    there.access.allow(holder, "push", "Acme.Core", None, START)
    enter(
        here.governing,
        key_days=30,
        key_max_days=30,
        warn_days=5,
        key_actions=("push-version", "read"),
        keys_per_person=1,
        overlap_max_hours=1,
    )
    with pytest.raises(OutOfScope, match="this feed's policy"):
        there.access.allow(holder, "push", "Acme.Core", None, START)
    there.access.allow(holder, "push-version", "Acme.Core", [alice.id], START)
    with pytest.raises(TooManyKeys):
        there.lifecycle.make(alice, "another", 30, START)
    with pytest.raises(FieldRefused, match="0 to 1 hours"):
        there.lifecycle.rotate(made.key.id, alice, START, overlap_hours=2)
    assert there.lifecycle.warn.days == 5
    standing = there.reminding.standing(made.key, START)
    assert (made.key.expires_at - standing.at).days == 5
    assert there.arriving.beyond(START) == 1
    assert there.arriving.spread(START, dry_run=True).moved == 1
