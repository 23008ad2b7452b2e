"""What is done around the running processes: tidying before, greeting after, waiting at the end."""

import sys

from ninety.processes.start import REFUSED
from ninety.settings import Settings


def tidy(settings: Settings) -> int:
    """Remove what an earlier run left half-done; returns an exit status, 0 where all is well.

    Only for the process that holds the data folder.
    """
    from ninety.store import packages

    data = settings.data.absolute()
    try:
        packages.sweep_incoming(data)
        packages.prove_renames(data)
    except OSError as error:
        print(
            f"The data folder {data} cannot take packages in ({error.strerror}); "
            "its incoming and packages folders must be on one disk and writable",
            file=sys.stderr,
        )
        return REFUSED
    return 0


def greet(settings: Settings) -> int:
    """Print how to begin: the one-time link to the first account, while there is none.

    Keys that somebody put into the data folder without an end are given one first.
    """
    from ninety.rules import addresses
    from ninety.rules.audit import By, Origin
    from ninety.wiring import open_ninety
    from ninety.work import auditing

    auditing.comes_from(Origin(By.START))
    ninety = open_ninety(settings)
    given = ninety.arriving.give_ends(ninety.clock())
    if given:
        print(f"API keys that came without an end: {given}; each ends in 90 to 110 days now")
    token = ninety.people.new_setup_token()
    if token is not None:
        print(f"Make the first account: {ninety.base_url()}/setup?token={token}")
    elif addresses.is_loopback(ninety.base_url()):
        print("Links in mails and warnings work only on this machine; set NINETY_BASE_URL")
    sys.stdout.flush()
    return 0


def sending(settings: Settings) -> bool:
    """Whether a mail is on its way this moment, so that stopping has to wait for its answer."""
    from ninety.rules.reminders import State
    from ninety.store.ledger import Ledger

    folder = settings.data.absolute()
    ledgers = (Ledger(folder), Ledger(folder, "leaks"))
    return any(ledger.in_state(State.SENDING) for ledger in ledgers)
