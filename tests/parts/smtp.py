"""A mail server on a free port of 127.0.0.1 that keeps what it accepts and fails where told to.

It counts a message at the instant a real server takes responsibility for it (RFC 5321
section 6.1), so that tests compare what a sender believes with what was truly accepted.
"""

import base64
import contextlib
import enum
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

STAGES = (
    "connect",  # the greeting
    "tls",  # the handshake
    "ehlo",
    "starttls",
    "auth",
    "mail",
    "rcpt",
    "data",  # the DATA command, before the body
    "body",  # in the middle of the body, before the final dot
    "dot",  # after the final dot
    "quit",
)


class Fault(enum.Enum):
    """What can go wrong at a stage, besides a refusal with a reply."""

    DROP = "the line is closed without an answer; at the dot, the message was accepted"
    LOSE = "the line is closed without an answer and without keeping the message"
    DROP_AFTER = "the usual answer, then the line is closed"
    HANG = "no answer ever, the line stays open; at the dot, the message was accepted"
    DRIP = "an answer that never ends, a byte at a time"


@dataclass(frozen=True, slots=True)
class Letter:
    """One accepted message with its envelope."""

    envelope_from: str
    envelope_to: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The message, parsed."""
        parsed = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    def body(self, kind: str) -> str:
        """The text of the `plain` or `html` part, its lines ended by LF."""
        part = self.message.get_body((kind,))
        assert part is not None, f"the message has no {kind} part"
        return part.get_content().replace("\r\n", "\n")


@dataclass(frozen=True, slots=True)
class Certificate:
    """A self-signed certificate for 127.0.0.1 and its key, as PEM files."""

    certificate: Path
    key: Path

    @classmethod
    def make(cls, folder: Path, address: str = "127.0.0.1") -> "Certificate":
        """A new one in `folder`, for an IP address; needs the openssl command."""
        openssl = shutil.which("openssl")
        assert openssl, "the openssl command is missing"
        made = cls(folder / "certificate.pem", folder / "key.pem")
        key_kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        about = ("-days", "2", "-subj", "/CN=test", "-addext", f"subjectAltName=IP:{address}")
        files = ("-keyout", str(made.key), "-out", str(made.certificate))
        subprocess.run(
            [openssl, "req", "-x509", *key_kind, *about, *files],
            check=True,
            capture_output=True,
            timeout=30,
        )
        return made

    def for_server(self) -> ssl.SSLContext:
        """A context that presents this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def for_client(self) -> ssl.SSLContext:
        """A context that trusts this certificate and nothing else."""
        return ssl.create_default_context(cafile=str(self.certificate))


class MailServer:
    """The server, running from `with` to the end of it.

    `certificate` is needed for `starttls` and `implicit_tls`; `login` (name,
    password) makes AUTH required. Everything it was asked stands in `commands`.
    `slip_in_after_starttls` goes out in the clear, right behind the answer to STARTTLS.
    """

    def __init__(
        self,
        *,
        certificate: Certificate | None = None,
        starttls: bool = False,
        implicit_tls: bool = False,
        login: tuple[str, str] | None = None,
        smtputf8: bool = False,
    ) -> None:
        self.tls = certificate.for_server() if certificate else None
        self.starttls, self.implicit_tls = starttls, implicit_tls
        self.login, self.smtputf8 = login, smtputf8
        self.slip_in_after_starttls = b""
        self.commands: list[str] = []
        self.conversations = 0
        self._messages: list[Letter] = []
        self._changed = threading.Condition()
        self._faults: dict[str, tuple[str | Fault, int | None]] = {}
        self._lines: set[socket.socket] = set()
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._converse)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def host(self) -> str:
        """Where it listens."""
        return "127.0.0.1"

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.server_address[1]

    @property
    def messages(self) -> list[Letter]:
        """What was accepted so far, oldest first."""
        with self._changed:
            return list(self._messages)

    def wait_for(self, count: int, deadline_s: float = 60.0) -> list[Letter]:
        """The accepted messages once there are `count`; fails after `deadline_s` seconds."""
        with self._changed:
            enough = self._changed.wait_for(lambda: len(self._messages) >= count, deadline_s)
            assert enough, f"{len(self._messages)} of {count} messages after {deadline_s} s"
            return list(self._messages)

    def wait_for_command(self, command: str, deadline_s: float = 10.0) -> None:
        """Return once a client said `command`; fails after `deadline_s` seconds."""
        with self._changed:
            heard = self._changed.wait_for(lambda: command in self.commands, deadline_s)
            assert heard, f"{command} is not among {self.commands} after {deadline_s} s"

    def fail(self, stage: str, fault: str | Fault, *, times: int | None = None) -> None:
        """From now on do `fault` at `stage`: a whole reply such as "550 no", or a Fault.

        `times` is how often before all is well again; None is for ever.
        """
        assert stage in STAGES, stage
        with self._changed:
            self._faults[stage] = (fault, times)

    def recover(self) -> None:
        """From now on nothing fails."""
        with self._changed:
            self._faults.clear()

    def __enter__(self) -> "MailServer":
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        with self._changed:
            lines = list(self._lines)
        for line in lines:
            with contextlib.suppress(OSError):  # it may have ended by itself just now
                line.shutdown(socket.SHUT_RDWR)
        self._server.server_close()  # waits for the conversations

    # What the conversations need of the server.

    def take_fault(self, stage: str) -> str | Fault | None:
        """What is to go wrong now at `stage`, counted down."""
        with self._changed:
            fault, times = self._faults.get(stage, (None, None))
            if fault is not None and times is not None:
                if times <= 1:
                    del self._faults[stage]
                else:
                    self._faults[stage] = (fault, times - 1)
            return fault

    def accept(self, letter: Letter) -> None:
        """Take responsibility for `letter`."""
        with self._changed:
            self._messages.append(letter)
            self._changed.notify_all()

    def heard(self, command: str) -> None:
        """Note a command for `commands`."""
        with self._changed:
            self.commands.append(command)
            self._changed.notify_all()

    def wait_while_dripping(self, seconds: float) -> bool:
        """Pause between two bytes; false once the server closes."""
        return not self._closing.wait(seconds)

    def _converse(self, line: socket.socket) -> None:
        watched = line.dup()  # TLS takes the socket over; shutting down this one still ends it
        with self._changed:
            self._lines.add(watched)
            self.conversations += 1
        try:
            if not self._closing.is_set():
                _Conversation(self, line).run()
        except (OSError, _LineEnds):
            pass  # the client left, or a fault ended the line: both are what tests are about
        finally:
            with self._changed:
                self._lines.discard(watched)
            watched.close()


class _Server(socketserver.ThreadingTCPServer):
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], converse: Callable[[socket.socket], None]) -> None:
        self.converse = converse
        super().__init__(address, socketserver.BaseRequestHandler)

    def finish_request(self, request: socket.socket, client_address: object) -> None:
        self.converse(request)


class _LineEnds(Exception):
    """A fault closed the line."""


class _Conversation:
    def __init__(self, server: MailServer, line: socket.socket) -> None:
        self.server = server
        self.line = line
        self.secure = False
        self.logged_in = False
        self.sender = ""
        self.recipients: list[str] = []
        self.reader = line.makefile("rb")

    def run(self) -> None:
        try:
            if self.server.implicit_tls:
                self._speak_tls()
            self.answer("connect", "220 test.example ESMTP")
            while command := self.reader.readline():
                self.obey(command.decode("utf-8").rstrip("\r\n"))
        finally:
            self.reader.close()
            self.line.close()

    def obey(self, command: str) -> None:
        verb, _, rest = command.partition(" ")
        verb = verb.upper()
        self.server.heard("AUTH" if verb == "AUTH" else f"{verb} {rest}".strip())
        if verb in ("EHLO", "HELO"):
            self.answer("ehlo", self._greeting(verb))
        elif verb == "STARTTLS" and self.server.starttls and not self.secure:
            slipped_in = self.server.slip_in_after_starttls.decode()
            if self.answer("starttls", f"220 go ahead\r\n{slipped_in}".removesuffix("\r\n")):
                self._speak_tls()
        elif verb == "AUTH" and self.server.login:
            self._log_in(rest)
        elif verb == "MAIL" and self.server.login and not self.logged_in:
            self.say("530 5.7.0 Authentication required")
        elif verb == "MAIL":
            self.sender, self.recipients = _path(rest), []
            self.answer("mail", "250 2.1.0 sender ok")
        elif verb == "RCPT":
            if self.answer("rcpt", "250 2.1.5 recipient ok"):
                self.recipients.append(_path(rest))
        elif verb == "DATA":
            self._take_message()
        elif verb in ("RSET", "NOOP"):
            self.say("250 ok")
        elif verb == "QUIT":
            self.answer("quit", "221 bye")
            raise _LineEnds
        else:
            self.say("502 5.5.2 not understood")

    def _greeting(self, verb: str) -> str:
        offers = ["test.example", "8BITMIME"]
        if self.server.starttls and not self.secure:
            offers.append("STARTTLS")
        if self.server.login:
            offers.append("AUTH PLAIN LOGIN")
        if self.server.smtputf8:
            offers.append("SMTPUTF8")
        if verb == "HELO":
            return "250 test.example"
        return "\r\n".join([f"250-{offer}" for offer in offers[:-1]] + [f"250 {offers[-1]}"])

    def _speak_tls(self) -> None:
        self.fault("tls")
        assert self.server.tls, "TLS needs a certificate"
        self.reader.close()
        self.line = self.server.tls.wrap_socket(self.line, server_side=True)
        self.reader = self.line.makefile("rb")
        self.secure = True

    def _log_in(self, rest: str) -> None:
        mechanism, _, initial = rest.partition(" ")
        if mechanism == "PLAIN":
            _identity, name, password = base64.b64decode(initial).decode().split("\0")
        else:
            name = base64.b64decode(initial or self._ask("VXNlcm5hbWU6")).decode()
            password = base64.b64decode(self._ask("UGFzc3dvcmQ6")).decode()
        self.logged_in = (name, password) == self.server.login
        usual = "235 2.7.0 welcome" if self.logged_in else "535 5.7.8 name or password is wrong"
        self.answer("auth", usual)

    def _ask(self, challenge: str) -> bytes:
        self.say(f"334 {challenge}")
        return self.reader.readline()

    def _take_message(self) -> None:
        if not self.recipients:
            self.say("503 5.5.1 no recipient")
            return
        if not self.answer("data", "354 go on, end with a dot"):
            return
        lines = []
        while (line := self.reader.readline()) != b".\r\n":
            if not line:
                raise _LineEnds
            if not lines:
                self.fault("body")
            lines.append(line[1:] if line.startswith(b".") else line)
        self.server.heard(".")
        letter = Letter(self.sender, tuple(self.recipients), b"".join(lines))
        self.answer("dot", "250 2.0.0 accepted", lambda: self.server.accept(letter))

    def say(self, reply: str) -> None:
        self.line.sendall(reply.encode() + b"\r\n")

    def answer(self, stage: str, usual: str, done: Callable[[], None] = lambda: None) -> bool:
        """Answer `stage` and do what the usual answer promises, or go wrong; whether all was well.

        What is promised is done before the answer, as a careful server does it.
        """
        fault = self.server.take_fault(stage)
        if isinstance(fault, str):
            self.say(fault)
            if fault.startswith("421"):
                raise _LineEnds
            return False
        if fault is not Fault.LOSE:
            done()
        if fault is Fault.DROP_AFTER:
            self.say(usual)
        self._go_wrong(fault)
        self.say(usual)
        return True

    def fault(self, stage: str) -> None:
        """Go wrong at a `stage` that has no answer of its own."""
        fault = self.server.take_fault(stage)
        if isinstance(fault, str):
            self.say(fault)
            raise _LineEnds
        self._go_wrong(fault)

    def _go_wrong(self, fault: Fault | None) -> None:
        if fault in (Fault.DROP, Fault.LOSE, Fault.DROP_AFTER):
            raise _LineEnds
        if fault is Fault.HANG:
            while self.line.recv(1024):
                pass
            raise _LineEnds
        if fault is Fault.DRIP:
            self.line.sendall(b"250-")
            while self.server.wait_while_dripping(0.01):
                self.line.sendall(b"a")
            raise _LineEnds


def _path(argument: str) -> str:
    """The address in `FROM:<alice@example.org> SIZE=1`."""
    return argument.partition("<")[2].partition(">")[0]
