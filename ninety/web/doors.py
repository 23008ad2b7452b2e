"""Which doors are open: every route is in one of the lists below, or it is shut.

A route that somebody adds and forgets to list here is answered as if it were
not there, so that nothing private is ever shown by oversight.
"""

from flask import Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ninety.rules.errors import NotFound
from ninety.web.context import world
from ninety.web.security import check_form
from ninety.web.session import visitor
from ninety.work import auditing

# For everybody, signed in or not.
OPEN = frozenset(
    {
        "static",
        "healthz",
        "calendar.keys",
        # On a private feed the token in its address says who reads.
        "news.newest",
        "leak_reports.report",
        "sign_in.ask",
        "sign_in.sign_in",
        "sign_in.ask_code",
        "sign_in.enter_code",
        "sign_in.welcome",
        "sign_in.setup",
        "password_reset.ask_form",
        "password_reset.ask",
        "password_reset.asked",
        "password_reset.form",
        "password_reset.use",
        "joining.form",
        "joining.join",
        # The token in the address says whose reminders, and allows nothing else.
        "unsubscribing.ask",
        "unsubscribing.switch_off",
    }
)

# For everybody where reading is public; otherwise for those who are signed in.
READING = frozenset(
    {
        "badge.badge",
        "packages.listing",
        "packages.package",
        "packages.all_versions",
        "package_files.files",
        "package_files.file",
    }
)

# For those who are signed in.
SIGNED_IN = frozenset(
    {
        "sign_in.sign_out",
        "account.keys",
        "key_making.form",
        "key_making.make",
        "key_making.check",
        "key_making.back_to_form",
        "account.key",
        "key_changes.regenerate",
        "key_changes.annotate",
        "key_changes.rescope",
        "key_changes.rotate",
        "key_changes.revoke",
        "key_changes.back_to_key",
        "key_reminders.choose_contact",
        "key_reminders.send_again",
        "key_reminders.back_to_key",
        "settings.page",
        "settings.save",
        "calendar.end_of_key",
        "settings.change_email",
        "settings.change_password",
        "settings.back_to_page",
        "reading_links.make",
        "reading_links.revoke",
        "reading_links.back_to_settings",
        "two_factor.page",
        "two_factor.switch_on",
        "two_factor.switch_off",
        "two_factor.renew",
        "two_factor.back_to_page",
        "sessions.listing",
        "sessions.end_one",
        "sessions.end_others",
        "sessions.back_to_listing",
        "unsubscribing.choose",
        "unsubscribing.back_to_settings",
        "admin.overview",
        "admin_audit.trail",
        "admin_keys.listing",
        "admin_packages.listing",
        "admin_people.everybody",
        "admin_reminders.overview",
        "admin_reminders.send_again",
        "admin_reminders.try_mail",
        "admin_reminders.back_to_overview",
        "invitations.page",
        "invitations.invite",
        "invitations.revoke",
        "invitations.back_to_page",
        "people.page",
        "people.disable",
        "people.hand_over",
        "people.enable",
        "people.remove",
        "people.set_role",
        "people.switch_off_two_factor",
        "people.back_to_person",
        "taken_over.dismiss",
        "taken_over.back_to_keys",
        "policy.page",
        "policy.change",
        "policy.spread",
        "policy.back_to_policy",
        "upload.form",
        "upload.receive",
        "manage.unlist",
        "manage.relist",
        "manage.back_to_version",
        "manage.deprecate_form",
        "manage.deprecate",
        "manage.undeprecate",
        "manage.back_to_deprecate",
        "manage.owners",
        "manage.add_owner",
        "manage.remove_owner",
        "manage.back_to_owners",
    }
)

# For machines: each of these judges an API key by itself and ignores the session.
KEYED = frozenset(
    {
        "feed.service_index",
        "feed.version_list",
        "feed.package_file",
        "feed.registration",
        "feed.registration_page",
        "feed.leaf",
        "feed.find",
        "feed.autocomplete",
        "key_api.give_back",
        "key_api.look",
        "key_api.rotate",
        "push.push",
        "push.unlist",
        "push.relist",
        "symbols.push",
        "symbols.pdb",
    }
)


def guard() -> ResponseReturnValue | None:
    """Let the request through, its form checked, or send it to the sign-in page and back after it.

    Who comes first: a form sent after its session ended leads to the sign-in page. Where
    no door is, there is no form to check, and the answer says that there is none.
    """
    answer = _answer_at_the_door()
    if answer is None and request.routing_exception is None:
        check_form()
    return answer


def _answer_at_the_door() -> ResponseReturnValue | None:
    endpoint = request.endpoint
    if endpoint is None or endpoint in OPEN or endpoint in KEYED:
        return None
    if endpoint in READING and not world().settings.private:
        return None
    if endpoint not in READING | SIGNED_IN:
        raise NotFound
    somebody = visitor()
    if somebody is not None:
        auditing.signed_in(somebody)
        return None
    return redirect(url_for("sign_in.ask", next=_way_back()), 303)


def _way_back() -> str | None:
    """Where to go after signing in; a form that was sent is not sent again behind one's back."""
    if request.method not in ("GET", "HEAD"):
        return None
    return request.script_root + request.full_path.rstrip("?")


def init_app(app: Flask) -> None:
    """Guard every route of `app`."""
    app.before_request(guard)
