"""The policy in force, read anew each time it is asked for, and how an admin changes it."""

from collections.abc import Mapping, Sequence
from typing import Any

from ninety.rules import policy
from ninety.rules.errors import FieldRefused
from ninety.rules.policy import BOUNDS, Policy
from ninety.settings import SettingRefused, Settings
from ninety.store.documents import Document
from ninety.store.site import Site

OUTRUN = (
    "The policy was changed by somebody else meanwhile. This is how it is now; "
    "nothing you entered was kept"
)


class Governing:
    """Tells what keys must keep to: what the environment fixes, else what was entered."""

    def __init__(self, site: Site, settings: Settings) -> None:
        self._site = site
        self._fixed = settings.fixed
        self._while_untouched = policy.in_force({}, self._fixed)

    def policy(self) -> Policy:
        """The policy as it is this moment, whichever process changed it last."""
        return self._site.policy_as(self._in_force) or self._while_untouched

    def fixed(self) -> dict[str, str]:
        """The fields that no page can change, and the setting each is fixed by."""
        return {name: Settings.name_of(name) for name in self._fixed}

    def revision(self) -> str:
        """The number of the policy in force, which a form that changes it names."""
        return str(self._site.policy()["revision"])

    def refuse_nonsense(self) -> None:
        """Raises SettingRefused where a setting does not fit the others, or what was entered."""
        in_force = self.policy()
        for name, value in self._fixed.items():
            if getattr(in_force, name) != value:
                raise SettingRefused(
                    f"{Settings.name_of(name)} ({value}) does not fit "
                    f"{Settings.name_of('key_max_days')}: keys live at most "
                    f"{in_force.key_max_days} days"
                )

    def change(
        self, typed: Mapping[str, str], actions: Sequence[str], revision: str
    ) -> tuple[Policy, Policy]:
        """Keep what an admin typed for each field: the policy before, and after.

        Fields that are fixed stay out of it. `revision` is what the form was
        filled in from. Raises FieldRefused, for `form` where another admin was
        quicker.
        """
        entered: dict[str, Any] = {}
        for name in (one for one in BOUNDS if one not in self._fixed):
            entered[name] = policy.check_number(name, typed.get(name, ""))
        if "key_actions" not in self._fixed:
            entered["key_actions"] = policy.check_allowed(actions)
        policies: list[Policy] = []

        def keep(before: Document) -> Document:
            if revision != str(before["revision"]):
                raise FieldRefused("form", OUTRUN)
            whole = Policy(**{**entered, **self._fixed})
            policies.extend(
                (policy.in_force(before, self._fixed), policy.check(whole, self._fixed))
            )
            return {**before, **entered}

        self._site.change_policy(keep)
        before, after = policies
        return before, after

    def _in_force(self, _: str, entered: Document) -> Policy:
        return policy.in_force(entered, self._fixed)
