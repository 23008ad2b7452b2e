"""The page that shows every part of the look. No feed has it: a window is given it in its place."""

from datetime import timedelta
from pathlib import Path

from flask import Flask
from playwright.sync_api import Page

from ninety.rules.keys import ApiKey
from ninety.web import context
from ninety.web.security import CONTENT_SECURITY_POLICY

TEMPLATE = Path(__file__).with_name("every_part.html")
DAY = timedelta(days=1)


def show(page: Page, address: str, app: Flask) -> None:
    """Show the parts, as `app` renders them, in the window `page` as a page of the feed at
    `address`, with the policy that every page has.
    """
    body = _rendered(app)
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
    page.route(
        f"{address}/parts",
        lambda route: route.fulfill(body=body, headers=headers, content_type="text/html"),
    )
    page.goto(f"{address}/parts")


def _rendered(app: Flask) -> str:
    with app.test_request_context("/parts"):
        now = context.now()
        facts: dict[str, object] = {"keys": _keys(), "warn": 10 * DAY}
        app.update_template_context(facts)
        facts["banners"] = ["What is down since when, and what becomes of it."]
        return app.jinja_env.from_string(TEMPLATE.read_text()).render(facts, now=now)


def _keys() -> list[ApiKey]:
    now = context.now()

    def key(made: int, left: int, **more: object) -> ApiKey:
        return ApiKey(
            id="aaaaaaaaaa",
            owner="alice",
            name="ci",
            prefix="n90_aaaaaaaaaa",
            digest="",
            made_at=now - made * DAY,
            issued_at=now - made * DAY,
            expires_at=now + left * DAY,
            **more,
        )

    return [key(81, 9), key(10, 80), key(95, -5), key(10, 80, revoked_at=now - DAY)]
