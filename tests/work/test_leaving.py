"""Somebody leaves: what breaks is known before and after, and nothing is left to nobody."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from ninety.rules.audit import Wanted
from ninety.rules.errors import DiskFull, FieldRefused, NotFound, OwnerDisabled
from ninety.rules.uses import Use
from ninety.settings import Settings
from ninety.store.packages import Packages
from ninety.wiring import Ninety, open_ninety
from ninety.work.access import Holder
from parts.hand_clock import START

PASSWORD = "a horse of course"
DAY = timedelta(days=1)


@pytest.fixture
def world(tmp_path) -> Iterator[Ninety]:
    ninety = open_ninety(Settings(data=tmp_path / "data"), clock=lambda: START)
    ninety.index.catch_up()
    yield ninety
    ninety.index.close()


@pytest.fixture
def cast(world):
    """Bob leaves; Carol shares packages with him, Dan does not, Ann and Eve are admins."""
    return {
        name: world.people.add(
            f"{name}@example.org", PASSWORD, admin=name in "ann eve", timezone="UTC", now=START
        )
        for name in ("ann", "bob", "carol", "dan", "eve")
    }


@pytest.fixture
def bob(cast):
    return cast["bob"]


def key(world, person, name, note="", **scope):
    made = world.lifecycle.make(person, name, 90, START, **scope).key
    if note:
        world.lifecycle.annotate(made.id, person, note, START)
    return made


def use(world, key, days_ago, package="", address="10.0.3.7"):
    holder = Holder(key, world.people.get(key.owner))
    world.using.note(holder, Use(START - days_ago * DAY, address, "dotnet/10", package))


def own(world, package_id, *people):
    """Give an id to people, the first of whom claimed it."""
    world.packages.claim(package_id, people[0].id, START)
    world.index.refresh(package_id)
    for one in people[1:]:
        world.stewardship.add_owner(people[0], package_id, one.email, START)


def owners(world, package_id):
    """The owners by the file, which the index has to agree with."""
    package = world.packages.package(package_id)
    with world.index.reading() as index:
        assert index.owners(package.key) == package.owners
    return package.owners


def told(departure):
    return [
        (one.key.name, [person.email.partition("@")[0] for person in one.tell])
        for one in departure.breaking
    ]


def test_what_was_used_in_thirty_days_breaks_the_last_used_first(world, bob):
    own(world, "Acme.Core", bob)
    old, new, _, dead = (key(world, bob, name) for name in ("old", "new", "never", "dead"))
    use(world, old, 29)
    use(world, old, 31, "Acme.Ancient 1.0.0")
    use(world, new, 1, "Acme.Core 1.0.0")
    use(world, new, 2, "acme.core")
    use(world, new, 2, "never.heard.of")
    use(world, dead, 1)
    world.lifecycle.revoke(dead.id, bob, START)
    forgotten = key(world, bob, "forgotten")
    use(world, forgotten, 30)
    departure = world.leaving.departure(bob, START)
    assert [(one.key.name, len(one.uses), one.packages) for one in departure.breaking] == [
        ("new", 3, ("Acme.Core",)),
        ("old", 1, ()),
    ]
    assert [one.name for one in departure.unused] == ["forgotten", "never"]


def test_the_list_is_the_same_after_as_before(world, bob):
    used = key(world, bob, "ci")
    use(world, used, 20)
    before = world.leaving.departure(bob, START)
    disabled = world.people.disable(bob.id, START)
    after = world.leaving.departure(disabled, START + 200 * DAY)
    assert after.breaking == before.breaking != ()


def test_whoever_shares_what_a_key_may_push_is_told_else_the_admins(world, cast, bob):
    own(world, "Acme.Core", bob, cast["carol"])
    own(world, "Other.Core", bob, cast["dan"])
    scopes = {"acme": ["Acme.*"], "both": ["*"], "mine": ["Bob.*"]}
    made = {name: key(world, bob, name, packages=globs) for name, globs in scopes.items()}
    made["reads"] = key(world, bob, "reads", actions=["read"])
    for age, one in enumerate(made.values()):
        use(world, one, age)
    departure = world.leaving.departure(bob, START)
    assert told(departure) == [
        ("acme", ["carol"]),
        ("both", ["carol", "dan"]),
        ("mine", ["ann", "eve"]),
        ("reads", ["ann", "eve"]),
    ]
    assert departure.tell == tuple(f"{one}@example.org" for one in ("ann", "carol", "dan", "eve"))
    assert departure.packages == ("Acme.Core", "Other.Core")


def test_owners_of_what_an_admins_key_pushed_are_told_but_not_of_what_it_read(world, cast):
    own(world, "Pushed.Core", cast["carol"])
    own(world, "Read.Core", cast["dan"])
    used = key(world, cast["ann"], "ci")
    use(world, used, 1, "Pushed.Core 1.0.0")
    use(world, used, 1, "read.core")
    assert told(world.leaving.departure(cast["ann"], START)) == [("ci", ["carol"])]


def test_the_same_people_are_told_after_a_hand_over_and_who_took_over(world, cast, bob):
    own(world, "Acme.Core", bob, cast["carol"])
    own(world, "Other.Core", bob)
    for name, glob in {"acme": "Acme.*", "other": "Other.*"}.items():
        use(world, key(world, bob, name, packages=[glob]), len(name))
    before = told(world.leaving.departure(bob, START))
    assert before == [("acme", ["carol"]), ("other", ["ann", "eve"])]
    for _ in range(2):
        world.leaving.hand_over(bob, cast["dan"], START)
    after = [("acme", ["carol", "dan"]), ("other", ["dan"])]
    assert told(world.leaving.departure(bob, START)) == after
    for one in world.leaving.taken_over(cast["dan"]):
        world.leaving.dismiss(one.key_id, cast["dan"])
    assert told(world.leaving.departure(bob, START)) == after


def test_who_cannot_sign_in_is_not_told(world, cast, bob):
    own(world, "Acme.Core", bob, cast["carol"])
    used = key(world, bob, "ci")
    use(world, used, 1)
    for name in ("carol", "eve"):
        world.people.disable(cast[name].id, START)
    assert told(world.leaving.departure(bob, START)) == [("ci", ["ann"])]


def test_a_damaged_record_or_an_odd_package_name_hides_nothing_else(world, bob):
    own(world, "Acme.Core", bob)
    own(world, "Acme.Damaged", bob)
    (world.packages.folder("Acme.Damaged") / "package.json").write_text("{")
    used = key(world, bob, "ci")
    use(world, used, 1, "../.. 1.0.0")
    use(world, used, 2, "<script>")
    departure = world.leaving.departure(bob, START)
    assert departure.packages == ("Acme.Core",)
    assert departure.breaking[0].packages == ()


def test_what_is_handed_over_changes_owner_in_its_place_and_is_never_without_one(world, cast, bob):
    carol, dan = cast["carol"], cast["dan"]
    own(world, "Alone.Core", bob)
    own(world, "Both.Core", bob, carol)
    own(world, "Three.Core", dan, bob, carol)
    own(world, "Other.Core", dan)
    done = world.leaving.hand_over(bob, carol, START)
    assert done.packages == ("Alone.Core", "Both.Core", "Three.Core")
    assert owners(world, "Alone.Core") == owners(world, "Both.Core") == (carol.id,)
    assert owners(world, "Three.Core") == (dan.id, carol.id)
    assert owners(world, "Other.Core") == (dan.id,)


def test_a_hand_over_that_was_cut_off_is_finished_by_another(world, cast, bob, monkeypatch):
    ids = [f"Acme.N{number}" for number in range(4)]
    for id in ids:
        own(world, id, bob)
    change, done = Packages.change_package, []

    def full_after_two(self, package_id, fn):
        if len(done) == 2:
            raise DiskFull
        done.append(package_id)
        return change(self, package_id, fn)

    with monkeypatch.context() as patched:
        patched.setattr(Packages, "change_package", full_after_two)
        with pytest.raises(DiskFull):
            world.leaving.hand_over(bob, cast["carol"], START)
    assert all(owners(world, id) for id in ids)
    assert world.leaving.departure(bob, START).packages == tuple(ids[2:])
    world.leaving.hand_over(bob, cast["carol"], START)
    assert {owners(world, id) for id in ids} == {(cast["carol"].id,)}


def test_notes_and_uses_are_taken_over_until_they_are_dismissed(world, cast, bob):
    carol = cast["carol"]
    noted = key(world, bob, "ci", "Jenkins, job release", packages=["Acme.*"])
    used = key(world, bob, "laptop")
    key(world, bob, "never used nor noted")
    use(world, used, 40, "Acme.Core 1.0.0")
    assert world.leaving.hand_over(bob, carol, START).keys == 2
    assert world.leaving.hand_over(bob, carol, START).keys == 2
    world.people.remove(bob.id, START)
    first, second = world.leaving.taken_over(carol)
    assert (first.name, first.note, first.packages) == ("ci", "Jenkins, job release", ("Acme.*",))
    assert (second.name, second.giver) == ("laptop", "bob@example.org")
    assert [one.package for one in second.uses] == ["Acme.Core 1.0.0"]
    with pytest.raises(NotFound):
        world.leaving.dismiss(noted.id, cast["dan"])
    world.leaving.dismiss(noted.id, carol)
    assert world.leaving.taken_over(carol) == [second]
    with pytest.raises(NotFound):
        world.leaving.dismiss(noted.id, carol)


def test_a_rotated_key_is_taken_over_once(world, cast, bob):
    old = key(world, bob, "ci", "Jenkins")
    use(world, old, 1)
    new = world.lifecycle.rotate(old.id, bob, START).key
    assert world.leaving.hand_over(bob, cast["carol"], START).keys == 1
    use(world, new, 0)
    assert world.leaving.hand_over(bob, cast["carol"], START).keys == 2


def test_what_was_taken_over_goes_on_to_the_next(world, cast, bob):
    carol, dan = cast["carol"], cast["dan"]
    key(world, bob, "ci", "Jenkins")
    world.leaving.hand_over(bob, carol, START)
    world.leaving.hand_over(carol, dan, START)
    assert world.leaving.taken_over(carol) == []
    assert [(one.note, one.giver) for one in world.leaving.taken_over(dan)] == [
        ("Jenkins", "bob@example.org")
    ]


def test_the_trail_tells_what_went_to_whom_once(world, cast, bob):
    own(world, "Acme.Core", bob, cast["carol"])
    own(world, "Other.Core", bob)
    key(world, bob, "ci", "Jenkins")
    began = len(list(world.trail.newest(Wanted())))
    for _ in range(2):
        world.leaving.hand_over(bob, cast["carol"], START)
    told = list(world.trail.newest(Wanted()))[:-began]
    assert [(str(one.what), one.whom.email[:5], one.package or one.key.name) for one in told] == [
        ("owner removed", "bob@e", "Other.Core"),
        ("owner added", "carol", "Other.Core"),
        ("owner removed", "bob@e", "Acme.Core"),
        ("key handed over", "carol", "ci"),
    ]


@pytest.mark.parametrize("name", ["nobody", "bob", "dan"])
def test_only_somebody_else_who_can_sign_in_takes_over(world, cast, bob, name):
    world.people.disable(cast["dan"].id, START)
    with pytest.raises(FieldRefused) as refused:
        world.leaving.receiver(bob, f"{name}@example.org")
    assert refused.value.field == "hand_to"
    assert world.leaving.receiver(bob, " CAROL@example.org ") == cast["carol"]


def test_every_process_refuses_the_keys_of_a_disabled_person_at_once(world, bob, tmp_path):
    other = open_ninety(Settings(data=tmp_path / "data"), clock=lambda: START)
    made = [world.lifecycle.make(bob, name, 90, START) for name in ("a", "b", "c")]
    assert {other.access.authenticate(one.secret, START).person.id for one in made} == {bob.id}
    world.people.disable(bob.id, START)
    for one in made:
        for process in (world, other):
            with pytest.raises(OwnerDisabled):
                process.access.authenticate(one.secret, START)
