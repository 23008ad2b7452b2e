"""What every key of a feed must keep to: how long it lives, what it may do, when it warns.

An admin decides it on a page; what the environment sets comes before that. The
names of the fields are those of the settings.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

from ninety.rules import scopes
from ninety.rules.errors import FieldRefused

# The least and the most that may be chosen.
BOUNDS = {
    "key_days": (1, 3650),
    "key_max_days": (1, 3650),
    "read_key_max_days": (1, 3650),
    "warn_days": (1, 365),
    "keys_per_person": (1, 10_000),
    # Until the successor was used, the old secret of a rotation lives for a week at most.
    "overlap_max_hours": (0, 168),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Lifetimes and the window in days, the overlap of rotations in hours.

    `key_days` is what a new key is offered; `keys_per_person` counts living keys;
    `key_actions` is what keys may do at all, whatever each was made for.
    """

    key_days: int = 90
    key_max_days: int = 90
    read_key_max_days: int = 365
    warn_days: int = 10
    keys_per_person: int = 50
    key_actions: tuple[str, ...] = scopes.ACTIONS
    overlap_max_hours: int = 168

    @property
    def warn(self) -> timedelta:
        """How long before its end a long-lived key is warned of."""
        return timedelta(days=self.warn_days)

    def max_days(self, actions: Iterable[str]) -> int:
        """The longest lifetime of a key for `actions`; one that only reads has its own."""
        return self.read_key_max_days if scopes.only_reads(actions) else self.key_max_days

    @property
    def usual_actions(self) -> tuple[str, ...]:
        """What a key may do whose maker chose nothing."""
        usual = (one for one in scopes.DEFAULT_ACTIONS if one in self.key_actions)
        return tuple(usual) or self.key_actions


USUAL = Policy()

InForce = Callable[[], Policy]
"""Tells the policy as it is this moment; another process may change it the next."""


def in_force(entered: Mapping[str, Any], fixed: Mapping[str, Any]) -> Policy:
    """The policy of what was `entered` on the page and what the environment has `fixed`.

    The environment comes first, so what was entered before it changed may not
    fit any more: the days offered and the window give way to the maximum then.
    """
    known = {one.name for one in fields(Policy)}
    chosen = {name: value for name, value in {**entered, **fixed}.items() if name in known}
    if "key_actions" in chosen:
        chosen["key_actions"] = tuple(chosen["key_actions"])
    policy = Policy(**chosen)
    return replace(
        policy,
        key_days=min(policy.key_days, policy.key_max_days),
        warn_days=min(policy.warn_days, longest_window(policy.key_max_days)),
    )


def longest_window(key_max_days: int) -> int:
    """How many days before the end the window may begin: below the maximum, but at least one."""
    return max(1, key_max_days - 1)


def check_number(name: str, typed: str) -> int:
    """What was typed for the number `name`. Raises FieldRefused for it."""
    least, most = BOUNDS[name]
    text = typed.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and least <= int(text) <= most):
        raise FieldRefused(name, f"Enter a whole number from {least} to {most:,}")
    return int(text)


def check_allowed(chosen: Iterable[str]) -> tuple[str, ...]:
    """The actions that keys may do at all, in their usual order. Raises FieldRefused."""
    wanted = set(chosen)
    if not wanted or not wanted <= set(scopes.ACTIONS):
        raise FieldRefused("key_actions", "Choose at least one thing that keys may do")
    return tuple(action for action in scopes.ACTIONS if action in wanted)


def check(policy: Policy, fixed: Iterable[str] = ()) -> Policy:
    """The policy, if its numbers make sense together.

    Raises FieldRefused, for the field of a pair that is not `fixed`.
    """
    longest = policy.key_max_days
    if policy.key_days > longest:
        if "key_days" in fixed:
            why = f"New keys are offered {policy.key_days} days, so the maximum is at least that"
            raise FieldRefused("key_max_days", why)
        raise FieldRefused("key_days", f"Keys live at most {longest} days, so offer no more")
    if policy.warn_days > longest_window(longest):
        if "warn_days" in fixed:
            why = f"Keys are warned of {policy.warn_days} days ahead, so they must live longer"
            raise FieldRefused("key_max_days", why)
        why = f"The window is shorter than the {longest} days that keys live at most"
        raise FieldRefused("warn_days", why)
    return policy


def check_actions(
    actions: Iterable[str], policy: Policy, already: Iterable[str] = ()
) -> tuple[str, ...]:
    """The actions chosen for a key that has `already` some, if the policy allows what is new.

    Raises FieldRefused.
    """
    chosen = scopes.check_actions(actions)
    refused = [one for one in chosen if one not in policy.key_actions and one not in already]
    if refused:
        raise FieldRefused("actions", f"This feed's policy lets no key {scopes.any_of(refused)}")
    return chosen


def limit(action: str, policy: Policy) -> str:
    """What keeps every key from `action`, in words about one; empty where nothing does."""
    refused = not_allowed([action], policy)
    return f"may not {refused}: this feed's policy lets no key do that now" if refused else ""


def not_allowed(actions: Iterable[str], policy: Policy) -> str:
    """What keys with `actions` may not do any more, `push new packages or read`; else empty."""
    refused = [one for one in actions if one not in policy.key_actions]
    return scopes.any_of(refused) if refused else ""


def changes(before: Policy, after: Policy) -> str:
    """`maximum lifetime 90 to 30 days; window 10 to 7 days`: what became of a policy, in words."""
    said = []
    for name, (label, unit) in SAID.items():
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            said.append(f"{label} {_shown(old)} to {_shown(new)} {unit}".rstrip())
    return "; ".join(said)


# Each field in words, and its unit.
SAID = {
    "key_days": ("offered lifetime", "days"),
    "key_max_days": ("longest lifetime", "days"),
    "read_key_max_days": ("longest lifetime of keys that only read", "days"),
    "warn_days": ("window", "days"),
    "keys_per_person": ("keys per person", ""),
    "key_actions": ("allowed actions", ""),
    "overlap_max_hours": ("longest overlap", "hours"),
}


def _shown(value: int | tuple[str, ...]) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
