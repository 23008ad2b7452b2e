"""What each conversation tells of the mail server, kept with the site for people to see."""

from datetime import datetime

from ninety.rules.delivery import About, Delivered, NotDelivered, Outcome, Unknown
from ninety.store.site import Site


def note(site: Site, outcome: Outcome, now: datetime) -> None:
    """Keep since when the mail server is out of reach, if it is, and what the last trouble was."""
    match outcome:
        case NotDelivered(about=About.CONNECTION, reason=reason):
            site.note_start("mail-down", now, reason)
        case Delivered() | NotDelivered():
            site.note_end("mail-down")
    match outcome:
        case NotDelivered(reason=why) | Unknown(why=why):
            site.note("mail-trouble", now, why)
