"""A small server of files that keeps to HTTP's ranges (RFC 9110) and breaks connections when it is told to."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Served:
    """One file and how it is served. Everything may be changed between requests."""

    body: bytes
    cuts: list[int] = field(default_factory=list)
    """How many bytes of the answer to each next request are sent before the connection breaks."""
    refusals: list[int] = field(default_factory=list)
    """Status codes of the next answers."""
    weak: bool = False
    """Whether its ETag is weak and there is no other validator."""
    ranges: bool = True
    says_length: bool = True
    asked: list[tuple[str, str]] = field(default_factory=list)
    """`Range` and `If-Range` of each request."""

    @property
    def etag(self) -> str:
        tag = f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'
        return f"W/{tag}" if self.weak else tag


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    files: dict[str, Served]

    def do_GET(self) -> None:
        self.close_connection = True
        served = self.files.get(self.path)
        if served is None:
            self.send_error(404)
            return
        served.asked.append((self.headers.get("Range", ""), self.headers.get("If-Range", "")))
        if served.refusals:
            self.send_error(served.refusals.pop(0))
            return
        first = self._first(served)
        if first > len(served.body) or (first == len(served.body) and first):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(served.body)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        rest = served.body[first:]
        self.send_response(206 if first else 200)
        self.send_header("ETag", served.etag)
        if served.says_length:
            self.send_header("Content-Length", str(len(rest)))
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(served.body) - 1}/{len(served.body)}")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(rest[: served.cuts.pop(0)] if served.cuts else rest)

    def _first(self, served: Served) -> int:
        asked, condition = self.headers.get("Range", ""), self.headers.get("If-Range", "")
        if not served.ranges or not asked or (condition and (served.weak or condition != served.etag)):
            return 0
        return int(asked.removeprefix("bytes=").removesuffix("-"))

    def log_message(self, format: str, *args: object) -> None:
        pass


class RangeServer:
    def __init__(self, port: int, files: dict[str, Served]) -> None:
        self.port = port
        self._files = files

    def serves(self, name: str, body: bytes) -> Served:
        served = self._files[f"/{name}"] = Served(body)
        return served

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}"


@contextmanager
def range_server() -> Iterator[RangeServer]:
    files: dict[str, Served] = {}
    handler = type("Handler", (_Handler,), {"files": files})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield RangeServer(server.server_address[1], files)
        finally:
            server.shutdown()
            thread.join()
