"""What a server is asked for a file, or for what is lacking of it, and where the bytes of its answer belong."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.client import HTTPMessage, HTTPResponse
from typing import IO, NamedTuple
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from cohort.downloads.remote import DownloadError, Remote
from imaging.errors import shown

PATIENCE = 60  # seconds without a byte
SPAN = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
NOTHING_MORE = 416  # the answer to a question for bytes behind the end
PAGES = ("text/html", "application/xhtml+xml")


class Place(NamedTuple):
    """Where the bytes of an answer belong."""

    begin: int  # of the first of them
    whole: int | None  # bytes of the whole file; None: nobody says it


@contextmanager
def asked(remote: Remote, start: int, version: str) -> Iterator[HTTPResponse | HTTPError]:
    """The answer to a question for all bytes from one on; version: of what is there, "" where it is not known.

    Where the file has changed since, the answer is the whole of it. An HTTPError is given for NOTHING_MORE alone, and
    raised otherwise, as are errors of the system.
    """
    headers = {"User-Agent": "histoboost", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
        if version:
            headers["If-Range"] = version
    answer: HTTPResponse | HTTPError
    try:
        answer = build_opener(SafeRedirects()).open(Request(remote.url, headers=headers), timeout=PATIENCE)
    except HTTPError as error:
        if error.code != NOTHING_MORE or not start:
            raise
        answer = error
    with answer:
        yield answer


def place_of(remote: Remote, status: int, headers: Message, start: int) -> Place:
    """Where the bytes of an answer belong; raises DownloadError for one that is not the file."""
    if headers.get_content_type() in PAGES:
        raise remote.refused("it sends a web page instead of the file")
    if status == 206:
        span = SPAN.fullmatch(headers.get("Content-Range", ""))
        if span is None or int(span[1]) != start:
            raise remote.refused("it sends another part than was asked for")
        place = Place(start, None if span[2] == "*" else int(span[2]))
    else:  # a server that knows no ranges, or a file that has changed: from the beginning
        length = headers.get("Content-Length", "")
        place = Place(0, int(length) if length.isdecimal() else None)
    if place.whole is None:
        return place._replace(whole=remote.size)
    if remote.size not in (None, place.whole):
        raise DownloadError(
            f"{remote.url} has {place.whole:,} bytes, and {remote.size:,} were published: it is another file now; "
            "nothing was kept of it"
        )
    return place


def is_complete(headers: Message, there: int) -> bool:
    """Whether a server that has nothing more says that these bytes were all."""
    return headers.get("Content-Range", "").strip() == f"bytes */{there}"


def version_in(headers: Message) -> str:
    """What tells this version of the file from later ones; "" where the server promises nothing."""
    tag = headers.get("ETag", "")
    if tag.startswith('"'):  # a weak tag, W/"...", does not promise the same bytes
        return tag
    return str(headers.get("Last-Modified", ""))


class SafeRedirects(HTTPRedirectHandler):
    """Follows where a server leads, but never from a safe connection to an open one, nor to what is not the web."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        """The question put to the other address; raises DownloadError."""
        is_open = newurl.startswith("http://") and req.full_url.startswith("http://")
        if not (is_open or newurl.startswith("https://")):
            raise DownloadError(
                f"{req.full_url} leads to {shown(newurl)}, which is no safe address; get the file by hand"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)
