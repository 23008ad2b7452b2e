"""A forgotten password: from the sign-in page by way of the mail to a new one."""

import re

import pytest

from parts.visit import EMAIL, PASSWORD

pytestmark = pytest.mark.journey

BETTER = "another horse entirely"


def test_the_worker_mails_a_link_that_sets_a_new_password(page, product, mail_server, account):
    smtp = mail_server()
    feed = product(MAIL_SERVER=smtp.host, MAIL_PORT=str(smtp.port))
    account(feed)
    page.goto(f"{feed.address}/sign-in")
    page.get_by_role("link", name="Forgotten your password?").click()
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_role("button", name="Send a link").click()
    page.get_by_role("heading", name="Look into your mail").wait_for()

    (letter,) = smtp.wait_for(1)
    (link,) = re.findall(r"^http://\S+/reset\?token=\S+$", letter.body("plain"), re.M)
    page.goto(link)
    page.get_by_label("New password").fill(BETTER)
    page.get_by_role("button", name="Save password").click()

    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("do not fit together").wait_for()
    page.get_by_label("Password").fill(BETTER)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Keys", exact=True).wait_for()

    page.goto(link)
    page.get_by_text("This link has no use any more").wait_for()
    token = link.partition("token=")[2]
    assert token not in feed.output
    trail = feed.flask("audit", "--json").stdout
    assert "password reset asked" in trail
    assert token not in trail
