"""What stands between the network and the page: host, origin, token, sizes, and headers that allow nothing foreign."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from likewise.report import POLICY as REPORT

LARGEST = 64 * 1024
"""Bytes of a request's body at most."""
LONGEST = 2048
"""Characters of an address at most."""
LOOPBACK = ("127.0.0.1", "localhost")
TOKEN = "likewise_token"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
REPORT_POLICY = f"{REPORT}; sandbox allow-scripts; frame-ancestors 'none'"
"""For a report, which needs nothing but itself: its own script runs, without this page's origin and its cookies."""
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}
Message = dict[str, Any]


class TooLarge(Exception):
    """A body is larger than it may be; the application answers 413."""


class Guard:
    """Middleware: refuses what does not come from this page before anything reads it.

    - The Host must be one of ours: a foreign name that points here (DNS rebinding) gets nothing. This machine's own
      names may have another port, as at the end of a tunnel.
    - What changes something must carry our own Origin: no other site can make a browser do it.
    - With a token, every request must carry it, once in the address, then as a cookie that scripts cannot read.

    Args:
        app: what it guards.
        hosts: the Host headers that are ours, with the port.
        token: the secret; None where only this machine can connect.
    """

    def __init__(self, app: Any, hosts: Iterable[str], token: str | None = None) -> None:
        self.app, self.hosts, self.token = app, frozenset(hosts), token

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            else:
                await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await _reply(send, headers, *refusal)
        elif self.token is not None and not self._same(_cookie(headers)):
            await self._admit(scope, headers, send)
        else:
            await self._pass(scope, receive, send)

    def _refusal(self, scope: Message, headers: dict[str, str]) -> tuple[int, str] | None:
        host = headers.get("host", "")
        name, _, port = host.rpartition(":")
        if host not in self.hosts and not (name in LOOPBACK and port.isdecimal()):
            return 403, "this address is not one that the page answers to."
        if len(scope["path"]) + len(scope["query_string"]) > LONGEST:
            return 414, "the address is too long."
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "only GET and POST are answered."
        if scope["method"] == "POST":
            if headers.get("origin") != f"{scope.get('scheme', 'http')}://{host}":
                return 403, "only this page itself may send answers (its Origin is checked)."
            length = headers.get("content-length", "0")
            if not length.isdecimal() or int(length) > LARGEST:
                return 413, f"at most {LARGEST} bytes are read."
        return None

    def _same(self, token: str) -> bool:
        return self.token is not None and secrets.compare_digest(token.encode(), self.token.encode())

    async def _admit(self, scope: Message, headers: dict[str, str], send: Any) -> None:
        """The first visit, by a link that holds the token: it moves into a cookie and out of the address."""
        query = parse_qs(scope["query_string"].decode("latin-1"))
        if scope["method"] != "GET" or not self._same(query.get("token", [""])[0]):
            await _reply(send, headers, 403, "this page needs the link that the terminal printed.")
            return
        # Lax, for Strict would turn away who comes back from a report, which is of no origin; what changes something is
        # held to its Origin
        cookie = f"{TOKEN}={self.token}; Path=/; HttpOnly; SameSite=Lax"
        await _reply(send, headers, 303, "", {"location": "/", "set-cookie": cookie})

    async def _pass(self, scope: Message, receive: Any, send: Any) -> None:
        """Let the app answer, with a bound on what it may read and our headers on what it sends."""
        read = 0

        async def bounded() -> Message:
            nonlocal read
            message: Message = await receive()
            read += len(message.get("body", b""))
            if read > LARGEST:
                raise TooLarge
            return message

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                extra = HEADERS | {"content-security-policy": POLICY, "cache-control": "no-store"}
                lines = [(name.encode(), value.encode()) for name, value in extra.items()]
                message["headers"] = [*message["headers"], *(line for line in lines if line[0] not in present)]
            await send(message)

        await self.app(scope, bounded, dressed)


def _cookie(headers: dict[str, str]) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(TOKEN)
    except CookieError:
        return ""
    return "" if found is None else found.value


async def _reply(
    send: Any, asked: dict[str, str], status: int, sentence: str, extra: dict[str, str] | None = None
) -> None:
    """A sentence: as it is to a person's browser, as JSON to a script."""
    plain = "text/html" in asked.get("accept", "")
    text = sentence if plain or not sentence else json.dumps({"error": sentence})
    kind = "text/plain; charset=utf-8" if plain else "application/json"
    headers = HEADERS | {"content-type": kind, "content-security-policy": POLICY} | (extra or {})
    headers |= {"content-length": str(len(text.encode())), "cache-control": "no-store"}
    lines = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": text.encode()})
