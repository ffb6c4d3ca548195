"""A local HTTP server of another authority: revocation lists and time stamps."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from asn1crypto import tsp

from tests.seals.pki import Authority


@contextmanager
def serving(answers: dict[str, bytes], authority: Authority | None = None) -> Iterator[str]:
    """An HTTP server: lists under their paths, time stamps of the authority under /tsa."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(answers[self.path])

        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            self._send(answers[self.path] if self.path in answers else granted(authority, asked))

        def _send(self, data: bytes) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def granted(authority: Authority | None, asked: bytes) -> bytes:
    assert authority is not None
    answer = authority.timestamper().async_request_tsa_response(tsp.TimeStampReq.load(asked))
    return bytes(asyncio.run(answer).dump())
