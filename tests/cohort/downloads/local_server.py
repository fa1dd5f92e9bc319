"""A server on this machine that hands out files, well or badly."""

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class LocalServer:
    """What the server hands out and how; the questions that it was asked are kept."""

    def __init__(self, content):
        self.content = content
        self.files = {}  # by name; other names have the content
        self.tag = '"1"'  # of the version; None: it promises nothing
        self.knows_ranges = True
        self.cut_after = []  # bytes after which each of the next answers breaks off
        self.status = []  # of the next answers, before any good one
        self.length = None  # that is said instead of the true one
        self.kind = "application/zip"
        self.leads_to = None
        self.other_part = False
        self.chunked = False
        self.asked = []  # the Range of each question
        self.url = ""

    def answer(self, handler):
        """Answer a question."""
        self.asked.append(handler.headers.get("Range"))
        if handler.path == "/from" and self.leads_to:
            handler.send_response(302)
            handler.send_header("Location", self.leads_to)
            handler.end_headers()
            return
        if self.status:
            handler.send_error(self.status.pop(0))
            return
        status, start = 200, 0
        self.content = self.files.get(handler.path.lstrip("/"), self.content)
        wanted = handler.headers.get("Range")
        is_same = handler.headers.get("If-Range") in (None, self.tag)
        if wanted and self.knows_ranges and is_same:
            status, start = 206, int(wanted.removeprefix("bytes=").rstrip("-"))
        if start >= len(self.content) and status == 206:
            handler.send_response(416)
            handler.send_header("Content-Range", f"bytes */{len(self.content)}")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        self._send(handler, status, start)

    def _send(self, handler, status, start):
        rest = self.content[start:]
        handler.send_response(status)
        handler.send_header("Content-Type", self.kind)
        if self.tag:
            handler.send_header("ETag", self.tag)
        if status == 206:
            said = start + self.other_part
            handler.send_header("Content-Range", f"bytes {said}-{len(self.content) - 1}/{len(self.content)}")
        if not self.chunked:
            handler.send_header("Content-Length", str(self.length or len(rest)))
        handler.end_headers()
        handler.wfile.write(rest[: self.cut_after.pop(0)] if self.cut_after else rest)


@contextmanager
def serving(content=b""):
    """A server of these bytes, at `url`."""
    server = LocalServer(content)

    class Handler(BaseHTTPRequestHandler):
        """One connection, which is closed after its answer."""

        def do_GET(self):
            server.answer(self)

        def log_message(self, *words):
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        server.url = f"http://127.0.0.1:{listening.server_port}"
        try:
            yield server
        finally:
            listening.shutdown()
