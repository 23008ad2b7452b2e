"""Remembers whole answers of the feed, and gives them again without asking Flask.

What is remembered is the answer, never who may read it: whoever asks is judged
anew each time, by the functions that judge for Flask. Whoever is refused, and
whatever is out of the ordinary, goes on to the application behind. So every
answer is what it would be without this layer; a search may tell downloads as
they were some seconds ago.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.datastructures import Headers as HeadersMap
from werkzeug.http import is_resource_modified, remove_entity_headers

from ninety.rules.errors import Refusal
from ninety.store.changes import NEVER, Watch
from ninety.web import basis, cache_key, holders, readers
from ninety.web.basis import Basis
from ninety.web.certain import Certain
from ninety.web.file_pieces import FilePieces
from ninety.web.shelf import Headers, Kept, Key, Shelf
from ninety.wiring import Ninety
from ninety.work.access import Holder

DOCUMENTS = (".json", "/search", "/autocomplete")
"""How the paths end of what is made from the index, and waits for no package's file."""

WHOLE = 256 * 1024
"""Files up to so many bytes are read and given at once; others go out in pieces."""

HELD = 64 * 1024
"""Files up to so many bytes are remembered as well, and then not even opened."""

WAIT_SECONDS = 10.0
"""How long one who asks what another is being answered waits for that answer."""

TURN_SECONDS = 0.25
"""How long a document waits for the one that is being made. Each statement of SQL hands Python's
lock on, so that several made at once take longer than one after the other; whoever waited so
long goes ahead all the same."""

OK, NOT_MODIFIED = "200 OK", "304 NOT MODIFIED"

MIB = 1024 * 1024


class ReadCache:
    """WSGI middleware that remembers what `application` answers, in `mib` MiB at most.

    It stands behind whatever settles under which name the feed was asked.
    """

    def __init__(
        self,
        application: WSGIApplication,
        ninety: Ninety,
        mib: int,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._application, self._ninety = application, ninety
        self._monotonic = monotonic
        self._watch = Watch(ninety.settings.data)
        self._certain = Certain(NEVER)
        self.shelf = Shelf(mib * MIB)
        self._being_made: dict[Key, threading.Event] = {}
        self._turn = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, from memory if that is as good."""
        key = cache_key.of(environ)
        if key is None:
            return self._application(environ, start_response)
        kept = self.shelf.get(key)
        if kept is not None:
            answer = self._again(kept, environ, start_response)
            if answer is not None:
                return answer
        return self._after_others(key, environ, start_response)

    def _again(
        self, kept: Kept, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes] | None:
        """Give `kept` to this reader; None where it must be asked for."""
        certain, now, holder = self._certain_now(), self._ninety.clock(), None
        if kept.basis.for_readers:
            holder = self._reader(certain, environ, now)
            if holder is None:
                return None
        if kept.until <= self._monotonic() or not self._fresh(kept, certain):
            return None
        body = [kept.body] if kept.body is not None else _file_body(kept.basis)
        if body is None:
            return None
        status, headers = OK, kept.headers
        if holder:
            headers = _told(kept, holder)
            self._note_use(certain, holder, now, kept.basis.package, environ)
        if _has_it(environ, kept.tag):
            status, headers = NOT_MODIFIED, _without_body(headers)
        counted = kept.basis.download
        if status is NOT_MODIFIED or environ["REQUEST_METHOD"] == "HEAD":
            _close(body)
            body = []
        elif counted:
            self._ninety.counting.count(*counted)
        start_response(status, headers)
        return body

    def _certain_now(self) -> Certain:
        certain = self._certain
        if not self._watch.stands(certain.looked):
            certain = self._certain = Certain(self._watch.look())
        return certain

    def _reader(self, certain: Certain, environ: WSGIEnvironment, now: datetime) -> Holder | None:
        """Whoever asks, if they may read; None where there is more to note than a use."""
        credentials = environ.get("HTTP_AUTHORIZATION", "")
        holder = certain.readers.get(credentials)
        if holder is not None and now < holder.key.stops_at:
            return holder
        try:
            holder = readers.reader(self._ninety.access, credentials, now)
        except Refusal:
            return None  # the application behind says why
        if holder.first_use_unnoted or not self._ninety.using.knows(holder.key):
            return None
        certain.readers[credentials] = holder
        return holder

    def _note_use(
        self,
        certain: Certain,
        holder: Holder,
        now: datetime,
        package: str,
        environ: WSGIEnvironment,
    ) -> None:
        """Note a use, once a second where all else is the same: uses are told by the second."""
        address, agent = environ.get("REMOTE_ADDR", ""), environ.get("HTTP_USER_AGENT", "")
        use = (holder.key.id, address, agent, package, now.second)
        if use not in certain.uses:
            holders.note_use(self._ninety, holder, now, address, agent, package)
            certain.uses.add(use)

    def _fresh(self, kept: Kept, certain: Certain) -> bool:
        """Whether what `kept` rests on is still so. A large file is looked at when it is opened."""
        if kept.certain is certain:
            return True
        about = kept.basis
        if about.file and kept.body is not None:
            fresh = basis.identity_at(about.file) == about.identity
        else:
            generation = self._ninety.index.generation
            fresh = not about.name or generation(about.name) == about.generation
        if fresh:
            kept.certain = certain
        return fresh

    def _after_others(
        self, key: Key, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Have the answer made, unless somebody who may read has it made already.

        So many who ask for one thing at once cost one search.
        """
        made = threading.Event()
        other = self._being_made.setdefault(key, made)
        if other is made:
            try:
                return self._made(key, environ, start_response)
            finally:
                del self._being_made[key]
                made.set()
        certain, now = self._certain_now(), self._ninety.clock()
        if not self._ninety.settings.private or self._reader(certain, environ, now):
            other.wait(WAIT_SECONDS)
            kept = self.shelf.get(key)
            answer = self._again(kept, environ, start_response) if kept else None
            if answer is not None:
                return answer
        return self._made(key, environ, start_response)

    def _made(
        self, key: Key, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """The answer of the application behind, remembered where it says what it rests on."""
        note = environ[basis.PLACE] = Basis()
        began = self._monotonic()
        told: list[tuple[str, Headers]] = []

        def start(status: str, headers: Headers, *failure: Any) -> Callable[[bytes], object]:
            told[:] = [(status, headers)]
            return start_response(status, headers, *failure)

        body = self._asked(environ, start)
        if not note.lasting or environ["REQUEST_METHOD"] != "GET" or not told:
            return body
        status, headers = told[0]
        content = None
        if not note.identity or basis.size_of(note.identity) <= HELD:
            try:
                content = b"".join(body)
            finally:
                _close(body)
            body = [content]
        if status == OK:
            until = began + note.seconds if note.seconds is not None else float("inf")
            self._keep(key, Kept(headers, content, _tag(headers), note, until=until))
        return body

    def _asked(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """What the application behind answers: documents one after the other, files at once."""
        document = environ["PATH_INFO"].endswith(DOCUMENTS)
        turn = document and self._turn.acquire(timeout=TURN_SECONDS)
        try:
            return self._application(environ, start)
        finally:
            if turn:
                self._turn.release()

    def _keep(self, key: Key, kept: Kept) -> None:
        names = [name.lower() for name, _ in kept.headers]
        if holders.EXPIRES.lower() in names:
            kept.stops_at = names.index(holders.EXPIRES.lower())
        # Whatever else concerns one reader must not reach another.
        if "set-cookie" in names or (kept.stops_at >= 0) != kept.basis.for_readers:
            return
        self.shelf.put(key, kept)


def _tag(headers: Headers) -> str:
    return next((value for name, value in headers if name.lower() == "etag"), "")


def _told(kept: Kept, holder: Holder) -> Headers:
    """The headers of the answer for the holder of a key, who is told when it stops."""
    if kept.told is None or kept.told[0] is not holder.key:
        headers = kept.headers.copy()
        headers[kept.stops_at] = holders.stops(holder)
        kept.told = holder.key, headers
        return headers
    return kept.told[1]


def _has_it(environ: WSGIEnvironment, tag: str) -> bool:
    """Whether the client has the answer with this entity tag (RFC 9110 section 13.1.2)."""
    if "HTTP_IF_NONE_MATCH" not in environ:
        return False
    return environ["HTTP_IF_NONE_MATCH"] == tag or not is_resource_modified(environ, tag)


def _without_body(headers: Headers) -> Headers:
    left = HeadersMap(headers)
    remove_entity_headers(left)
    return left.to_wsgi_list()


def _file_body(about: Basis) -> Iterable[bytes] | None:
    """The bytes of a file if it is the one that is remembered, else None."""
    try:
        descriptor = os.open(about.file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    kept_open = False
    try:
        status = os.fstat(descriptor)
        if basis.identity_of(status) != about.identity:
            return None
        if status.st_size > WHOLE:
            pieces = FilePieces(os.fdopen(descriptor, "rb", buffering=0))
            kept_open = True
            return pieces
        whole = os.read(descriptor, status.st_size)
        return [whole] if len(whole) == status.st_size else None
    finally:
        if not kept_open:
            os.close(descriptor)


def _close(body: Iterable[bytes] | None) -> None:
    if close := getattr(body, "close", None):
        close()
