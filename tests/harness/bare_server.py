"""What the shape of the product bounds: `python -m harness.bare_server PORT FOLDER`.

Granian as the product runs it, with next to no application. A file of `FOLDER/files`
is answered from memory. What is pushed goes through a Flask view to `bare_push`.
"""

import multiprocessing
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, request

from harness.bare_push import BarePush
from ninety.processes import web_server
from ninety.settings import Settings


def application(folder: Path) -> WSGIApplication:
    """What answers a GET from memory, and hands everything else to Flask."""
    flask = Flask(__name__)
    push = BarePush(folder)
    known: dict[str, bytes] = {}

    @flask.put("/<path:_anywhere>")
    def keep(_anywhere: str) -> tuple[str, int]:
        push.keep(request.environ["wsgi.input"].read())
        return "", 201

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET":
            return flask(environ, start_response)
        path = environ["PATH_INFO"]
        content = known.get(path)
        if content is None:
            content = known[path] = (folder / "files" / path[1:]).read_bytes()
        start_response("200 OK", [("Content-Length", str(len(content)))])
        return [content]

    return answer


def serve(port: int, folder: Path) -> None:
    """Serve until SIGTERM or SIGINT."""
    multiprocessing.set_start_method("fork")
    server = web_server.granian("bare", "127.0.0.1", port, Settings().web_processes)
    server.serve(target_loader=partial(application, folder), wrap_loader=False)


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
