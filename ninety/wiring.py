"""The one place that joins stores, work and mail into a product."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ninety import clock as wall_clock
from ninety import queue
from ninety.mail.post_office import PostOffice
from ninety.rules import addresses
from ninety.rules.audit import Did
from ninety.settings import SettingRefused, Settings
from ninety.store import room, secret_key
from ninety.store.accounts import Accounts
from ninety.store.audit import AuditFile
from ninety.store.changes import Remembered
from ninety.store.counts import Counts
from ninety.store.handovers import Handovers
from ninety.store.index import Index
from ninety.store.invitations import Invitations
from ninety.store.keyring import Keyring
from ninety.store.ledger import Ledger
from ninety.store.packages import Packages
from ninety.store.reset_links import ResetLinks
from ninety.store.sessions import KeptSessions
from ninety.store.site import Site
from ninety.store.uses import Uses
from ninety.work.access import Access
from ninety.work.account_post import AccountPost
from ninety.work.arriving import Arriving
from ninety.work.auditing import Trail
from ninety.work.calendars import Calendars
from ninety.work.colleagues import Colleagues
from ninety.work.condition import Condition
from ninety.work.counting import Counting
from ninety.work.deleting import Deleting
from ninety.work.endings import Endings
from ninety.work.governing import Governing
from ninety.work.health import Health
from ninety.work.importing import Importing
from ninety.work.inviting import Inviting
from ninety.work.key_overview import KeyOverview
from ninety.work.leak_letter import LeakLetter
from ninety.work.leak_mail import LeakMail, WantedOfLeaks
from ninety.work.leaks import Leaks
from ninety.work.leaving import Leaving
from ninety.work.lifecycle import Lifecycle
from ninety.work.own_account import OwnAccount
from ninety.work.package_overview import PackageOverview
from ninety.work.password_reset import PasswordReset
from ninety.work.people import People
from ninety.work.publishing import Publishing
from ninety.work.reaching import Reaching
from ninety.work.reading_links import ReadingLinks
from ninety.work.reminder_overview import ReminderOverview
from ninety.work.reminding import Reminding
from ninety.work.roster import Roster
from ninety.work.sending import Mail, Sending
from ninety.work.sessions import Sessions
from ninety.work.stewardship import Stewardship
from ninety.work.symbols import Symbols
from ninety.work.telling import Telling
from ninety.work.trying_mail import TryingMail
from ninety.work.two_factor import TwoFactorSignIn
from ninety.work.unsubscribing import Unsubscribing
from ninety.work.uploading import Uploading
from ninety.work.using import Using
from ninety.work.verifying import Verifying
from ninety.work.wanted import Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Ninety:
    """A whole product over one data folder, ready to be used by the web, a worker or a command."""

    settings: Settings
    clock: Callable[[], datetime]
    session_key: bytes
    site: Site
    entered_address: Callable[[], str]
    trail: Trail
    governing: Governing
    people: People
    sessions: Sessions
    two_factor: TwoFactorSignIn
    roster: Roster
    inviting: Inviting
    own_account: OwnAccount
    password_reset: PasswordReset
    account_post: AccountPost
    leaving: Leaving
    lifecycle: Lifecycle
    reaching: Reaching
    leaks: Leaks
    arriving: Arriving
    reading_links: ReadingLinks
    calendars: Calendars
    unsubscribing: Unsubscribing
    access: Access
    packages: Packages
    index: Index
    publishing: Publishing
    uploading: Uploading
    counting: Counting
    using: Using
    symbols: Symbols
    stewardship: Stewardship
    importing: Importing
    verifying: Verifying
    deleting: Deleting
    reminding: Reminding
    sending: Sending
    leak_mail: LeakMail
    leak_sending: Sending
    reminder_overview: ReminderOverview
    key_overview: KeyOverview
    package_overview: PackageOverview
    trying_mail: TryingMail
    endings: Endings
    health: Health
    condition: Condition

    def set_address(self) -> str:
        """The public address from the settings, or else from setup; empty while there is none."""
        return self.settings.base_url or self.entered_address()

    def base_url(self) -> str:
        """The public address, or the one listened on, for links made without a request."""
        return self.set_address() or addresses.listening(self.settings.host, self.settings.port)


def open_ninety(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = wall_clock.now,
    mail: Mail | None = None,
) -> Ninety:
    """Join a product over `settings.data`, which is made where it is missing.

    Raises SettingRefused where it can be neither found nor made, and for a setting
    that does not fit the policy that was entered.
    """
    folder = settings.data.absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingRefused(f"NINETY_DATA {folder} cannot be used: {error.strerror}") from None
    own_secret = secret_key.read_or_make(folder)
    site = Site(folder)
    accounts, keyring, ledger = Accounts(folder), Keyring(folder), Ledger(folder)
    leak_ledger = Ledger(folder, "leaks")
    trail = Trail(AuditFile(folder))
    packages = Packages(folder)
    index = Index(folder, packages)
    pepper = secret_key.derived(own_secret, "adopted keys")
    governing = Governing(site, settings)
    governing.refuse_nonsense()
    access = Access(keyring, accounts, pepper, governing.policy, trail)
    lifecycle = Lifecycle(keyring, governing.policy, trail)
    publishing = Publishing(packages, index, access, trail)
    reading_links = ReadingLinks(accounts, trail)
    symbols = Symbols(packages, index, access, trail)
    colleagues = Colleagues(packages, accounts)
    wanted = Wanted(keyring, accounts, colleagues)
    using = Using(Uses(folder), trail)

    def base_url() -> str:
        set_for_it = settings.base_url or site.address()
        return set_for_it or addresses.listening(settings.host, settings.port)

    mail = mail or PostOffice(settings, folder, base_url)
    unsubscribing = Unsubscribing(
        accounts, trail, secret_key.derived(own_secret, "unsubscribe"), base_url
    )
    telling = Telling(
        accounts=accounts,
        keyring=keyring,
        site=site,
        uses=using.of,
        base_url=base_url,
        compose=mail.reminder,
        unsubscribe=unsubscribing.link_for,
        policy=governing.policy,
    )
    leak_letter = LeakLetter(
        accounts=accounts,
        index=index,
        site=site,
        uses=using.of,
        base_url=base_url,
        compose=mail.leak,
    )
    people = People(accounts, keyring, site, trail)
    ask_worker = functools.partial(queue.ask, settings)
    account_post = AccountPost(
        accounts=accounts,
        mail=mail,
        site=site,
        base_url=base_url,
        ask_worker=ask_worker,
        clock=clock,
    )
    reminding = Reminding(
        ledger=ledger,
        keyring=keyring,
        wanted=wanted,
        site=site,
        policy=governing.policy,
        mail_configured=mail.configured(),
        trail=trail,
    )
    reminder_overview = ReminderOverview(
        reminding=reminding, keyring=keyring, accounts=accounts, wanted=wanted, site=site
    )
    key_overview = KeyOverview(
        keyring=keyring,
        accounts=accounts,
        ledger=ledger,
        reminding=reminding,
        wanted=wanted,
        uses=using.of,
        policy=governing.policy,
    )
    counting = Counting(Counts(folder))
    package_overview = PackageOverview(index, accounts, counting.of)
    return Ninety(
        settings=settings,
        clock=clock,
        session_key=secret_key.derived(own_secret, "sessions"),
        site=site,
        entered_address=Remembered(settings.data, site.address),
        trail=trail,
        governing=governing,
        roster=Roster(accounts, keyring, colleagues, trail),
        people=people,
        sessions=Sessions(KeptSessions(folder), accounts, trail),
        two_factor=TwoFactorSignIn(accounts, people, trail),
        own_account=OwnAccount(accounts, people, account_post.tell_old_address, trail),
        account_post=account_post,
        inviting=Inviting(
            accounts=accounts,
            invitations=Invitations(folder),
            people=people,
            post=account_post,
            trail=trail,
        ),
        password_reset=PasswordReset(
            accounts=accounts,
            links=ResetLinks(folder),
            post=account_post,
            base_url=base_url,
            ask_worker=ask_worker,
            clock=clock,
            trail=trail,
        ),
        leaving=Leaving(
            accounts=accounts,
            keyring=keyring,
            packages=packages,
            index=index,
            handovers=Handovers(folder),
            colleagues=colleagues,
            uses=using.of,
            trail=trail,
        ),
        lifecycle=lifecycle,
        reaching=Reaching(index),
        leaks=Leaks(keyring, accounts, trail, pepper),
        reading_links=reading_links,
        calendars=Calendars(reading_links, keyring, site, governing.policy),
        unsubscribing=unsubscribing,
        arriving=Arriving(keyring, pepper, governing.policy, trail),
        access=access,
        packages=packages,
        index=index,
        publishing=publishing,
        uploading=Uploading(publishing, symbols),
        counting=counting,
        using=using,
        symbols=symbols,
        stewardship=Stewardship(packages, index, access, accounts, trail),
        importing=Importing(packages, index, publishing, settings.max_package_mib, trail),
        verifying=Verifying(packages, index, accounts),
        deleting=Deleting(packages, index, trail),
        reminding=reminding,
        sending=Sending(
            ledger=ledger,
            keyring=keyring,
            wanted=wanted,
            write=telling.write,
            site=site,
            mail=mail,
            trail=trail,
        ),
        leak_mail=LeakMail(leak_ledger, keyring),
        leak_sending=Sending(
            ledger=leak_ledger,
            keyring=keyring,
            wanted=WantedOfLeaks(keyring, accounts, colleagues),
            write=leak_letter.write,
            site=site,
            mail=mail,
            trail=trail,
            noted_as=Did.LEAK_MAIL_SENT,
        ),
        reminder_overview=reminder_overview,
        key_overview=key_overview,
        package_overview=package_overview,
        trying_mail=TryingMail(mail, site, base_url),
        health=Health(
            site,
            lambda: queue.answers(settings),
            settings.scan_minutes,
            settings.timezone,
            trail,
        ),
        condition=Condition(
            settings=settings,
            began=clock(),
            queue=lambda: queue.look(settings),
            room=lambda: room.look(folder),
            site=site,
            index=index,
            trail=trail,
            accounts=accounts,
            keys=key_overview,
            packages=package_overview,
            reminders=reminder_overview,
        ),
        endings=Endings(keyring, site, trail),
    )
