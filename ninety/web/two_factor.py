"""A person's own two-factor sign-in: switching it on and off, and fresh recovery codes."""

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from ninety.rules import addresses, two_factor
from ninety.rules.errors import FieldRefused, TooManyAttempts
from ninety.web import security
from ninety.web.address import public_base
from ninety.web.context import now, world
from ninety.web.session import person

bp = Blueprint("two_factor", __name__, url_prefix="/account/two-factor")

Problems = dict[str, str]


@bp.get("")
def page() -> ResponseReturnValue:
    """What switches it on, with a fresh secret; or, while it is on, what can be done then."""
    return _page()


@bp.post("")
def switch_on() -> ResponseReturnValue:
    """Switch it on; the answer is the one page that shows the recovery codes."""
    try:
        codes = world().two_factor.switch_on(
            person(), request.form.get("secret", ""), *_confirmation(), now()
        )
    except FieldRefused as refusal:
        return _page({refusal.field: str(refusal)}, status=422)
    except TooManyAttempts as refusal:
        return _page({"code": str(refusal)}, status=429)
    return _recovery_codes(codes)


@bp.post("/off")
def switch_off() -> ResponseReturnValue:
    """Switch it off, with the password and a code."""
    try:
        world().two_factor.switch_off(person(), *_confirmation(), now())
    except FieldRefused as refusal:
        return _page({refusal.field: str(refusal)}, status=422)
    except TooManyAttempts as refusal:
        return _page({"code": str(refusal)}, status=429)
    flash("Two-factor sign-in is off: your password alone signs you in.")
    return back_to_page()


@bp.post("/recovery-codes")
def renew() -> ResponseReturnValue:
    """Make ten recovery codes in place of those before; the answer alone shows them."""
    try:
        codes = world().two_factor.new_recovery_codes(person(), *_confirmation(), now())
    except FieldRefused as refusal:
        return _page({refusal.field: str(refusal)}, status=422)
    except TooManyAttempts as refusal:
        return _page({"code": str(refusal)}, status=429)
    return _recovery_codes(codes)


@bp.get("/off")
@bp.get("/recovery-codes")
def back_to_page() -> ResponseReturnValue:
    """Whoever opens the address of a form that was sent sees the page."""
    return redirect(url_for("two_factor.page"), 303)


def _confirmation() -> tuple[str, str, str]:
    """The password and the code that were typed, and where from."""
    entered = request.form
    return entered.get("password", ""), entered.get("code", ""), request.remote_addr or ""


def _recovery_codes(codes: tuple[str, ...]) -> ResponseReturnValue:
    return render_template("recovery_codes.html", codes=codes)


def _page(
    problems: Problems | None = None, notice: str = "", status: int = 200
) -> ResponseReturnValue:
    """The page as things stand; a secret that the app may have by now stays the same."""
    holder = world().people.get(person().id) or person()
    if holder.two_factor is not None:
        return render_template(
            "two_factor_on.html", kept=holder.two_factor, problems=problems or {}, notice=notice
        ), status
    try:
        secret = two_factor.check_secret(request.form.get("secret", ""))
    except FieldRefused:
        secret = two_factor.new_secret()
    link = two_factor.link(secret, holder.email, addresses.host_of(public_base()))
    return render_template(
        "two_factor.html",
        secret=secret,
        in_fours=two_factor.in_fours(secret),
        link=link,
        drawing=_drawing(link),
        problems=problems or {},
        notice=notice,
    ), status


def _drawing(link: str) -> Markup:
    """A QR code (ISO/IEC 18004) as a drawing in the page, with the margin that readers want."""
    made = segno.make(link, micro=False)
    return Markup(made.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None))


@security.shown_again_for("two_factor.switch_on")
@security.shown_again_for("two_factor.switch_off")
@security.shown_again_for("two_factor.renew")
def _page_again(notice: str, status: int) -> ResponseReturnValue:
    return _page(notice=notice, status=status)
