"""What a sender believes about a message, against what the server truly accepted."""

import shutil
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as KeepMessages
from aiosmtpd.smtp import AuthResult, LoginPassword

from ninety.mail.deliver import LONGEST_CONVERSATION, SmtpDelivery
from ninety.rules import reminders
from ninety.rules.delivery import About, Delivered, NotDelivered, Outcome, Unknown
from ninety.settings import Settings
from parts.required import missing
from parts.smtp import Certificate, Fault, MailServer

SENDER, RECIPIENT = "ninety@feed.example", "alice@example.org"
CONTENT = b"Subject: API key 'ci' ends in 10 days\n\n.hidden\n..\nlast line"

# Seconds: soon enough for a test, late enough for a busy machine.
SHORT = 0.4


class Ledger:
    """Stands in for the row that must say SENDING before the first byte of DATA."""

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self.commands_before: list[str] = []
        self.called = 0

    def __call__(self) -> None:
        self.called += 1
        self.commands_before = list(self.server.commands)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    if not shutil.which("openssl"):
        missing("a mail server with TLS", "install openssl, which makes its certificate")
    return Certificate.make(tmp_path_factory.mktemp("certificate"))


def settings_for(server: MailServer, **more: object) -> Settings:
    return Settings(mail_server=server.host, mail_port=server.port, **more)


def deliver(
    server: MailServer,
    *,
    recipient: str = RECIPIENT,
    sender: str = SENDER,
    content: bytes = CONTENT,
    before_data: Callable[[], None] = lambda: None,
    timeout: float = 10.0,
    verdict: float = 10.0,
    trust: ssl.SSLContext | None = None,
    **settings: object,
) -> Outcome:
    delivery = SmtpDelivery(
        settings_for(server, **settings),
        timeout,
        verdict=verdict,
        trust=trust,
    )
    return delivery.deliver(sender, recipient, content, before_data)


def test_an_accepted_message_arrives_whole_at_its_one_recipient(server):
    assert deliver(server) == Delivered("250 2.0.0 accepted")
    [letter] = server.messages
    assert (letter.envelope_from, letter.envelope_to) == (SENDER, (RECIPIENT,))
    assert letter.content == CONTENT.replace(b"\n", b"\r\n") + b"\r\n"


@pytest.mark.parametrize(
    "smuggled", [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\r\n", b"\r\n.\n"], ids=repr
)
def test_no_line_ending_lets_a_message_end_early(server, smuggled):
    deliver(server, content=b"Subject: a\n\nbefore" + smuggled + b"MAIL FROM:<evil@example.org>")
    [letter] = server.messages
    assert letter.content == b"Subject: a\r\n\r\nbefore\r\n.\r\nMAIL FROM:<evil@example.org>\r\n"


def test_the_ledger_is_told_after_the_recipient_and_before_data(server):
    ledger = Ledger(server)
    deliver(server, before_data=ledger)
    assert ledger.called == 1
    assert ledger.commands_before[-1] == f"RCPT TO:<{RECIPIENT}>"
    assert "DATA" in server.commands


def test_what_the_ledger_raises_ends_the_conversation_without_data(server):
    def full() -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        deliver(server, before_data=full)
    server.wait_for_command("QUIT")
    assert "DATA" not in server.commands
    assert server.messages == []


@pytest.mark.parametrize("stage", ["connect", "ehlo", "mail", "rcpt", "data"])
@pytest.mark.parametrize("fault", [Fault.DROP, Fault.HANG, Fault.DRIP], ids=lambda one: one.name)
def test_silence_before_the_dot_is_not_delivered(server, stage, fault):
    server.fail(stage, fault)
    ledger = Ledger(server)
    outcome = deliver(server, timeout=10.0 if fault is Fault.DROP else SHORT, before_data=ledger)
    assert isinstance(outcome, NotDelivered)
    assert (outcome.permanent, outcome.about) == (False, About.CONNECTION)
    assert outcome.reason.startswith(
        "The line to the mail server" if fault is Fault.DROP else "The mail server"
    )
    assert ledger.called == (1 if stage == "data" else 0)
    assert server.messages == []


@pytest.mark.parametrize("fault", [Fault.DROP, Fault.DRIP], ids=lambda one: one.name)
def test_a_message_that_cannot_be_written_to_its_end_is_not_delivered(server, fault):
    server.fail("body", fault)
    more_than_sockets_hold = b"Subject: a\r\n\r\n" + (b"x" * 998 + b"\r\n") * 32_000
    timeout = 10.0 if fault is Fault.DROP else 1.0
    outcome = deliver(server, content=more_than_sockets_hold, timeout=timeout)
    assert isinstance(outcome, NotDelivered)
    assert "." not in server.commands
    assert server.messages == []


@pytest.mark.parametrize(
    ("stage", "reply", "permanent", "about"),
    [
        ("connect", "421 4.3.2 shutting down", False, About.CONNECTION),
        ("connect", "554 5.3.2 no service here", True, About.CONNECTION),
        ("mail", "451 4.3.0 later", False, About.CONNECTION),
        ("mail", "550 5.7.1 not as this sender", True, About.CONNECTION),
        ("rcpt", "450 4.2.1 greylisted", False, About.RECIPIENT),
        ("rcpt", "550 5.1.1 no such person", True, About.RECIPIENT),
        ("rcpt", "421 4.3.2 shutting down", False, About.CONNECTION),
        ("rcpt", "530 5.7.0 log in first", True, About.CONNECTION),
        ("data", "451 4.3.0 later", False, About.MESSAGE),
        ("data", "554 5.5.1 no valid recipients", True, About.MESSAGE),
        ("data", "250 2.0.0 what message?", False, About.MESSAGE),
        ("rcpt", "what?", False, About.CONNECTION),
        ("dot", "451 4.3.0 later", False, About.MESSAGE),
        ("dot", "421 4.3.2 shutting down", False, About.CONNECTION),
        ("dot", "554 5.7.1 looks like spam", True, About.MESSAGE),
    ],
)
def test_a_refusal_says_what_it_is_about(server, stage, reply, permanent, about):
    server.fail(stage, reply)
    outcome = deliver(server)
    assert isinstance(outcome, NotDelivered)
    assert (outcome.permanent, outcome.about) == (permanent, about)
    assert (reply if reply[0].isdigit() else "something that is no SMTP reply") in outcome.reason
    assert server.messages == []


@pytest.mark.parametrize(
    ("fault", "accepted"),
    [
        (Fault.DROP, 1),
        (Fault.LOSE, 0),
        (Fault.HANG, 1),
        (Fault.DRIP, 1),
        ("what?", 0),
        ("354 still listening", 0),
        ("250-2.0.0 almost\r\n250", 0),
    ],
    ids=str,
)
def test_without_a_verdict_nobody_knows(server, fault, accepted):
    server.fail("dot", fault)
    slow = fault in (Fault.HANG, Fault.DRIP)
    outcome = deliver(server, verdict=SHORT if slow else 10.0)
    if fault == "250-2.0.0 almost\r\n250":
        assert outcome == Delivered("250 2.0.0 almost")
    else:
        assert isinstance(outcome, Unknown)
    assert len(server.messages) == accepted


@pytest.mark.parametrize(
    ("stage", "fault"),
    [
        ("dot", Fault.DROP_AFTER),
        ("quit", Fault.DROP),
        ("quit", Fault.HANG),
        ("quit", "421 4.3.2 shutting down"),
    ],
    ids=str,
)
def test_an_accepted_message_is_delivered_whatever_the_farewell(server, stage, fault):
    server.fail(stage, fault)
    assert isinstance(deliver(server), Delivered)
    assert len(server.messages) == 1


def test_any_positive_reply_to_the_dot_counts():
    """RFC 5321 section 4.2.1: the first digit says it."""
    with MailServer() as server:
        server.fail("dot", "252 taken, will try")
        assert deliver(server) == Delivered("252 taken, will try")


def test_a_server_that_is_not_there_is_not_delivered():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, not listening: connecting is refused
        settings = Settings(mail_server="127.0.0.1", mail_port=unused.getsockname()[1])
        outcome = SmtpDelivery(settings).deliver(SENDER, RECIPIENT, CONTENT, lambda: None)
    assert isinstance(outcome, NotDelivered)
    assert (outcome.permanent, outcome.about) == (False, About.CONNECTION)
    assert outcome.reason.endswith("broke at connecting: Connection refused")


def test_a_server_that_talks_without_end_is_given_up(server):
    server.fail("ehlo", "250-" + "a" * 900 + ("\r\n250-" + "a" * 900) * 2000)
    outcome = deliver(server)
    assert isinstance(outcome, NotDelivered)
    assert outcome.reason.endswith(
        "broke at EHLO: Connection unexpectedly closed: it says too much"
    )


@pytest.mark.parametrize("starttls", [True, False], ids=["STARTTLS", "implicit TLS"])
def test_tls_and_login(certificate, starttls):
    way = {"mail_use_tls": True} if starttls else {"mail_use_ssl": True}
    with MailServer(
        certificate=certificate,
        starttls=starttls,
        implicit_tls=not starttls,
        login=("ninety", "open sesame"),
    ) as server:
        outcome = deliver(
            server,
            trust=certificate.for_client(),
            mail_username="ninety",
            mail_password="open sesame",
            **way,
        )
        assert isinstance(outcome, Delivered)
        assert len(server.messages) == 1
        said = [command.partition(" ")[0] for command in server.commands]
        before = ["EHLO", "STARTTLS", "EHLO"] if starttls else ["EHLO"]
        assert said[: len(before) + 1] == [*before, "AUTH"]


def test_starttls_is_insisted_on(server):
    outcome = deliver(server, mail_use_tls=True)
    assert isinstance(outcome, NotDelivered)
    assert (outcome.permanent, outcome.about) == (True, About.CONNECTION)
    assert "does not offer STARTTLS" in outcome.reason
    assert not any(command.startswith("MAIL") for command in server.commands)


@pytest.mark.parametrize("starttls", [True, False], ids=["STARTTLS", "implicit TLS"])
def test_a_certificate_nobody_vouches_for_is_refused(certificate, starttls):
    way = {"mail_use_tls": True} if starttls else {"mail_use_ssl": True}
    with MailServer(
        certificate=certificate, starttls=starttls, implicit_tls=not starttls
    ) as server:
        outcome = deliver(server, **way)
        assert isinstance(outcome, NotDelivered)
        assert outcome.about is About.CONNECTION
        assert "its certificate is not trusted (self-signed certificate)" in outcome.reason
        assert not any(command.startswith("MAIL") for command in server.commands)


@pytest.mark.parametrize("starttls", [True, False], ids=["STARTTLS", "implicit TLS"])
@pytest.mark.parametrize("fault", [Fault.DROP, Fault.HANG, Fault.DRIP], ids=lambda one: one.name)
def test_a_handshake_that_does_not_end_is_given_up(certificate, starttls, fault):
    way = {"mail_use_tls": True} if starttls else {"mail_use_ssl": True}
    with MailServer(
        certificate=certificate, starttls=starttls, implicit_tls=not starttls
    ) as server:
        server.fail("tls", fault)
        outcome = deliver(
            server,
            trust=certificate.for_client(),
            # Before the handshake there is a whole conversation, on a busy machine too.
            timeout=10.0 if fault is Fault.DROP else 4 * SHORT,
            **way,
        )
        assert isinstance(outcome, NotDelivered)
        assert "the TLS handshake" in outcome.reason
        assert outcome.about is About.CONNECTION


@pytest.mark.parametrize("stage", ["starttls", "auth"])
@pytest.mark.parametrize("fault", [Fault.DROP, Fault.HANG, Fault.DRIP], ids=lambda one: one.name)
def test_silence_on_the_way_to_a_login_is_not_delivered(certificate, stage, fault):
    with MailServer(
        certificate=certificate, starttls=True, login=("ninety", "open sesame")
    ) as server:
        server.fail(stage, fault)
        outcome = deliver(
            server,
            trust=certificate.for_client(),
            timeout=10.0 if fault is Fault.DROP else SHORT,
            mail_use_tls=True,
            mail_username="ninety",
            mail_password="open sesame",
        )
        assert isinstance(outcome, NotDelivered)
        assert (outcome.permanent, outcome.about) == (False, About.CONNECTION)
        assert ("STARTTLS" if stage == "starttls" else "the login") in outcome.reason
        assert not any(command.startswith("MAIL") for command in server.commands)


@pytest.mark.parametrize("starttls", [True, False], ids=["STARTTLS", "implicit TLS"])
def test_a_certificate_of_another_server_is_refused(tmp_path, certificate, starttls):
    """It is trusted, but it says it is of a server at another address."""
    other = Certificate.make(tmp_path, address="127.0.0.2")
    way = {"mail_use_tls": True} if starttls else {"mail_use_ssl": True}
    with MailServer(certificate=other, starttls=starttls, implicit_tls=not starttls) as server:
        outcome = deliver(server, trust=other.for_client(), **way)
        assert isinstance(outcome, NotDelivered)
        assert outcome.about is About.CONNECTION
        assert "its certificate is not trusted (IP address mismatch" in outcome.reason
        assert not any(command.startswith("MAIL") for command in server.commands)


@pytest.mark.parametrize(
    ("stage", "reply", "permanent"),
    [
        ("starttls", "454 4.7.0 no TLS at the moment", False),
        ("auth", "454 4.7.0 cannot look up passwords at the moment", False),
        ("auth", "535 5.7.8 not any more", True),
        ("ehlo", "550 5.7.1 not from there", True),
    ],
)
def test_a_refusal_before_the_sender_is_about_the_connection(certificate, stage, reply, permanent):
    with MailServer(
        certificate=certificate, starttls=True, login=("ninety", "open sesame")
    ) as server:
        server.fail(stage, reply)
        outcome = deliver(
            server,
            trust=certificate.for_client(),
            mail_use_tls=True,
            mail_username="ninety",
            mail_password="open sesame",
        )
        assert isinstance(outcome, NotDelivered)
        assert (outcome.permanent, outcome.about) == (permanent, About.CONNECTION)
        assert reply in outcome.reason
        assert "open sesame" not in outcome.reason


def test_what_was_said_in_the_clear_does_not_count_after_starttls(certificate):
    """RFC 3207 section 6: somebody in between may slip a reply in before the handshake."""
    with MailServer(certificate=certificate, starttls=True) as server:
        server.slip_in_after_starttls = b"250-evil.example\r\n250 AUTH PLAIN\r\n"
        outcome = deliver(
            server,
            trust=certificate.for_client(),
            mail_use_tls=True,
            mail_username="ninety",
            mail_password="secret",
        )
        assert isinstance(outcome, NotDelivered)
        assert "AUTH" not in server.commands


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("wrong", "refused the login: 535 5.7.8 name or password is wrong"),
        ("päss", "only ASCII is understood there"),
    ],
)
def test_a_login_that_fails_is_about_the_connection_and_keeps_the_password(password, reason):
    with MailServer(login=("ninety", "right")) as server:
        outcome = deliver(server, mail_username="ninety", mail_password=password)
    assert isinstance(outcome, NotDelivered)
    assert (outcome.permanent, outcome.about) == (True, About.CONNECTION)
    assert reason in outcome.reason
    assert password not in outcome.reason.replace(reason, "")


def test_a_login_the_server_does_not_offer_is_said(server):
    outcome = deliver(server, mail_username="ninety", mail_password="secret")
    assert isinstance(outcome, NotDelivered)
    assert "no login" in outcome.reason


@pytest.mark.parametrize("address", ["jürgen@example.org", "用户@例子.example"])
def test_a_local_part_of_other_letters_needs_smtputf8(address):
    with MailServer(smtputf8=True) as server:
        assert isinstance(deliver(server, recipient=address), Delivered)
        local = address.partition("@")[0]
        assert server.messages[0].envelope_to[0].startswith(f"{local}@")
        assert server.messages[0].envelope_to[0].partition("@")[2].isascii()
    with MailServer() as server:
        outcome = deliver(server, recipient=address)
        assert isinstance(outcome, NotDelivered)
        assert (outcome.permanent, outcome.about) == (True, About.RECIPIENT)
        assert address in outcome.reason
        assert server.messages == []


def test_a_domain_of_other_letters_is_said_in_ascii(server):
    assert isinstance(deliver(server, recipient="alice@bücher.example"), Delivered)
    assert server.messages[0].envelope_to == ("alice@xn--bcher-kva.example",)


@pytest.mark.parametrize(
    "address",
    ["", "alice", "@example.org", "alice@", "a\r\nDATA@example.org", "a b@example.org", "a@b..c"],
)
def test_what_is_no_address_is_never_said_to_the_server(server, address):
    outcome = deliver(server, recipient=address)
    assert isinstance(outcome, NotDelivered)
    assert (outcome.permanent, outcome.about) == (True, About.RECIPIENT)
    assert not any(command.startswith(("MAIL", "RCPT", "DATA")) for command in server.commands)


def test_a_reply_is_kept_as_one_short_printable_line(server):
    server.fail("rcpt", "550-no\r\n550-\x1b[31m\tsuch\r\n550 " + "person " * 100)
    outcome = deliver(server)
    assert outcome.reason.isprintable()
    assert "550 no [31m such person" in outcome.reason
    assert len(outcome.reason) < 400


def test_a_claim_outlives_the_longest_conversation():
    assert LONGEST_CONVERSATION < reminders.LEASE


class Login:
    """An authenticator for aiosmtpd that knows one person."""

    def __call__(self, _server, _session, _envelope, _mechanism, auth_data) -> AuthResult:
        good = auth_data == LoginPassword(b"ninety", b"open sesame")
        return AuthResult(success=good, handled=good)


class Keep(KeepMessages):
    """A handler for aiosmtpd that keeps the messages."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = []

    def handle_message(self, message) -> None:
        self.kept.append(message)


@pytest.mark.parametrize("secured", [False, True], ids=["plain", "STARTTLS and login"])
def test_another_ones_mail_server_understands_us(certificate, secured):
    """aiosmtpd reads the standard for itself."""
    handler = Keep()
    more = {}
    if secured:
        more = {
            "tls_context": certificate.for_server(),
            "require_starttls": True,
            "authenticator": Login(),
            "auth_required": True,
        }
    controller = Controller(handler, hostname="127.0.0.1", port=_free_port(), **more)
    controller.start()
    try:
        settings = Settings(mail_server="127.0.0.1", mail_port=controller.port)
        if secured:
            settings = replace(
                settings, mail_use_tls=True, mail_username="ninety", mail_password="open sesame"
            )
        delivery = SmtpDelivery(settings, trust=certificate.for_client())
        outcome = delivery.deliver(SENDER, RECIPIENT, CONTENT, lambda: None)
    finally:
        controller.stop()
    assert isinstance(outcome, Delivered)
    [message] = handler.kept
    assert message["Subject"] == "API key 'ci' ends in 10 days"
    assert message["X-RcptTo"] == RECIPIENT
    assert message.get_payload().splitlines() == [".hidden", "..", "last line"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
