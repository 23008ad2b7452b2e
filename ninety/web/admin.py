"""What an admin sees of the feed: its health first, then its people."""

from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ninety.rules import addresses
from ninety.rules.errors import NotAllowed
from ninety.rules.people import Person
from ninety.web.address import public_base
from ninety.web.context import now, world
from ninety.web.session import person

bp = Blueprint("admin", __name__)


@dataclass(frozen=True, slots=True)
class Member:
    """A person in the list, and how many keys of theirs are alive."""

    person: Person
    living: int


@bp.before_request
def admins_only() -> None:
    """Refuse everybody else, whichever page is added here later."""
    if not person().admin:
        raise NotAllowed("Only an admin of this feed may see this")


@bp.get("/admin")
def overview() -> ResponseReturnValue:
    """Health as sentences, and everybody with an account."""
    everybody = [
        Member(one, sum(key.alive(now()) for key in world().lifecycle.keys_of(one)))
        for one in world().people.all()
    ]
    address = public_base()
    return render_template(
        "admin.html",
        people=everybody,
        policy=world().governing.policy(),
        address=address,
        only_here=addresses.is_loopback(address),
    )
