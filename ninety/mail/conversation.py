"""One SMTP conversation about one message, step by step."""

import contextlib
import re
import smtplib
import socket
import ssl
from typing import Any

from ninety.mail.mailbox import in_ascii
from ninety.mail.patience import Patience, replies
from ninety.rules.delivery import About, Delivered, NotDelivered, Outcome, Unknown
from ninety.settings import Settings

# "Shutting down" and "authentication required" (RFC 5321 section 3.8, RFC 4954 section 6)
# may answer any command and speak of the line, not of the command.
ABOUT_THE_LINE = (421, 530)

# Characters of a reply that are kept for people to read.
REPLY_LIMIT = 300


class _Refused(Exception):
    """The server, or a rule of mail, said no before the dot."""

    def __init__(self, outcome: NotDelivered) -> None:
        self.outcome = outcome
        super().__init__(outcome.reason)


class Conversation:
    """One conversation about one message: `offer`, `hand_over`, `end`, in this order.

    smtplib writes commands and reads replies; the socket is opened and wrapped here, so
    that every wait, the TLS handshake included, is cut short by `patience`.
    """

    def __init__(
        self, settings: Settings, trust: ssl.SSLContext | None, patience: Patience
    ) -> None:
        self._settings, self._trust, self._patience = settings, trust, patience
        self._smtp = smtplib.SMTP(local_hostname="localhost")
        self._step = ""
        self._in_message = False

    def offer(self, sender: str, recipient: str, ascii_only: bool) -> NotDelivered | None:
        """Everything up to an accepted recipient; what stood in the way, or None."""
        try:
            self._connect()
            if self._settings.mail_use_ssl:
                self._speak_tls()
            self._accepted(self._smtp.getreply())
            self._greet()
            if self._settings.mail_use_tls:
                self._start_tls()
            if self._settings.mail_username:
                self._log_in()
            self._name_both(sender, recipient, ascii_only)
        except _Refused as refused:
            return refused.outcome
        except OSError as error:  # smtplib's own errors are OSErrors too
            return self._broken(error)
        return None

    def hand_over(self, content: bytes, verdict: float) -> Outcome:
        """Send the message and then, by itself, the dot; the reply to the dot decides."""
        try:
            self._begin("DATA")
            self._accepted(self._smtp.docmd("DATA"), About.MESSAGE, wanted=3)
            self._in_message = True
            self._begin("the message")
            self._smtp.send(_stuffed(content))
        except _Refused as refused:
            return refused.outcome
        except OSError as error:
            return self._broken(error)
        try:
            self._step = "the end of the message"
            self._patience.last_step(verdict)
            self._set_timeout()
            self._smtp.send(b".\r\n")
            code, text = self._smtp.getreply()
        except OSError as error:
            return Unknown(self._what_happened(error))
        self._in_message = False
        reply = _one_line(code, text)
        if 200 <= code < 300:
            return Delivered(reply)
        if 400 <= code < 600:
            reason = f"The mail server refused the message: {reply}"
            about = About.CONNECTION if code in ABOUT_THE_LINE else About.MESSAGE
            return NotDelivered(reason, permanent=code >= 500, about=about)
        return Unknown(f"The mail server answered the message with no verdict: {reply}")

    def end(self) -> None:
        """Say goodbye where that is possible, and close the line.

        The answer to QUIT is not waited for: the outcome is known, and until the caller has
        written it down every moment is one in which a crash would leave doubt.
        """
        try:
            if self._smtp.sock is not None and not self._in_message:
                # The line may be gone by now, which changes nothing about the outcome.
                with contextlib.suppress(OSError):
                    self._smtp.putcmd("QUIT")
        finally:
            self._smtp.close()

    def _begin(self, step: str) -> None:
        self._step = step
        self._patience.next_step()
        self._set_timeout()

    def _set_timeout(self) -> None:
        """For what is written next; each wait for a reply sets its own."""
        if self._smtp.sock is None:
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
        self._smtp.sock.settimeout(self._patience.left())

    def _connect(self) -> None:
        self._step = "connecting"
        self._patience.next_step()
        host, port = self._settings.mail_server, self._settings.mail_port
        try:
            places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except UnicodeError:
            reason = f"{host} is not the name of a mail server"
            raise _Refused(NotDelivered(reason, permanent=True, about=About.CONNECTION)) from None
        failure = OSError(f"{host} has no address")
        for family, kind, protocol, _name, place in places:
            self._patience.next_step()
            try:
                self._use(_opened(socket.socket(family, kind, protocol), place, self._patience))
            except OSError as error:
                failure = error
            else:
                return self._begin("the greeting")
        raise failure

    def _use(self, line: socket.socket) -> None:
        """Talk over `line` from here on; whatever an earlier line still held is forgotten."""
        self._smtp.sock = line
        self._smtp.local_hostname = _our_name(line)
        self._smtp.file = replies(line, self._patience)

    def _greet(self) -> None:
        self._begin("EHLO")
        try:
            self._smtp.ehlo_resp = self._smtp.helo_resp = None
            self._smtp.ehlo_or_helo_if_needed()
        except smtplib.SMTPHeloError as error:
            self._accepted((error.smtp_code, _bytes(error.smtp_error)))

    def _start_tls(self) -> None:
        if not self._smtp.has_extn("starttls"):
            reason = "The mail server does not offer STARTTLS, on which MAIL_USE_TLS insists"
            raise _Refused(NotDelivered(reason, permanent=True, about=About.CONNECTION))
        self._begin("STARTTLS")
        self._accepted(self._smtp.docmd("STARTTLS"))
        self._speak_tls()
        self._greet()  # RFC 3207 section 4.2: nothing said in the clear counts any more

    def _speak_tls(self) -> None:
        self._begin("the TLS handshake")
        assert self._trust is not None
        assert self._smtp.sock is not None
        host = self._settings.mail_server
        self._use(self._trust.wrap_socket(self._smtp.sock, server_hostname=host))

    def _log_in(self) -> None:
        self._begin("the login")
        try:
            self._smtp.login(self._settings.mail_username, self._settings.mail_password)
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPResponseException as error:
            self._accepted((error.smtp_code, _bytes(error.smtp_error)))
        except smtplib.SMTPException as error:
            reason = f"The mail server offers no login that Ninety knows: {error}"
            raise _Refused(NotDelivered(reason, permanent=True, about=About.CONNECTION)) from None
        except ValueError:  # a challenge or a password smtplib cannot put into words
            reason = "The login to the mail server is impossible: only ASCII is understood there"
            raise _Refused(NotDelivered(reason, permanent=True, about=About.CONNECTION)) from None

    def _name_both(self, sender: str, recipient: str, ascii_only: bool) -> None:
        """MAIL FROM and RCPT TO."""
        source, target = _envelope(sender, About.CONNECTION), _envelope(recipient, About.RECIPIENT)
        options = []
        if not ascii_only and self._smtp.has_extn("8bitmime"):
            options.append("BODY=8BITMIME")
        if not (source.isascii() and target.isascii()):
            if not self._smtp.has_extn("smtputf8"):
                about = About.RECIPIENT if source.isascii() else About.CONNECTION
                foreign = recipient if source.isascii() else sender
                reason = f"The mail server takes only ASCII addresses, and {foreign} is none"
                raise _Refused(NotDelivered(reason, permanent=True, about=about))
            options.append("SMTPUTF8")
        self._begin("the sender")
        self._accepted(self._smtp.mail(source, options))
        self._begin("the recipient")
        self._accepted(self._smtp.rcpt(target), About.RECIPIENT)

    def _accepted(
        self, answer: tuple[int, bytes], about: About = About.CONNECTION, wanted: int = 2
    ) -> None:
        """Nothing, if the reply has the `wanted` first digit (RFC 5321 section 4.2.1)."""
        code, text = answer
        if code // 100 == wanted:
            return
        if code in ABOUT_THE_LINE or code < 0:
            about = About.CONNECTION
        reason = f"The mail server refused {self._step}: {_one_line(code, text)}"
        raise _Refused(NotDelivered(reason, permanent=500 <= code < 600, about=about))

    def _broken(self, error: OSError) -> NotDelivered:
        return NotDelivered(self._what_happened(error), permanent=False, about=About.CONNECTION)

    def _what_happened(self, error: OSError) -> str:
        server = f"{self._settings.mail_server}:{self._settings.mail_port}"
        if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            return f"The mail server {server} gave no answer in time at {self._step}"
        return f"The line to the mail server {server} broke at {self._step}: {_cause(error)}"


def _opened(line: socket.socket, place: tuple[Any, ...], patience: Patience) -> socket.socket:
    """`line`, connected to `place`; closed again if that fails."""
    try:
        line.settimeout(patience.left())
        line.connect(place)
        # The dot is a small write of its own and must not wait for an acknowledgement.
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        line.close()
        raise
    return line


def _cause(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    return str(error.strerror or error)


def _envelope(address: str, about: About) -> str:
    """The address as SMTP says it."""
    try:
        return in_ascii(address)
    except ValueError as error:
        raise _Refused(NotDelivered(str(error), permanent=True, about=about)) from None


def _stuffed(content: bytes) -> bytes:
    """`content` as DATA wants it: CRLF everywhere, leading dots doubled (RFC 5321 section 4.5.2).

    Lone CR and LF become CRLF first: servers disagree about what they end, and a lone
    dot between two of them must not end the message for anybody.
    """
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", lines)


def _our_name(line: socket.socket) -> str:
    """What EHLO says: this machine's full name, or its address (RFC 5321 section 4.1.4).

    The full name is not looked up, since a lookup can hang and often finds "localhost".
    """
    name = socket.gethostname()
    if re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", name):
        return name
    address = line.getsockname()[0].partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _one_line(code: int, text: bytes) -> str:
    """A reply as one printable line: `550 5.1.1 no such person`; smtplib calls nonsense -1."""
    if code < 0:
        return "something that is no SMTP reply"
    words = text.decode("utf-8", "replace")
    line = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return f"{code} {line}"[:REPLY_LIMIT].strip()
