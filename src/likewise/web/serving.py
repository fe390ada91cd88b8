"""Serving a page on this machine: where it listens, the link to it, and how it ends."""

from __future__ import annotations

import secrets
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from likewise.errors import LikewiseError
from likewise.web.app import require_web

LOCAL = "127.0.0.1"
SWITCH = 0.001
"""Seconds after which a busy thread lets others run: a request must not wait for a plan."""

Make = Callable[[list[str], str | None], Any]


def serve(
    make: Make,
    *,
    port: int = 0,
    network: bool = False,
    browser: bool = True,
    tell: Callable[[str], None] = print,
) -> None:
    """Serve a page until somebody presses Ctrl-C.

    Args:
        make: makes the application of the Host headers that it answers to and the token that it demands.
        port: 0 takes a free one.
        network: listen on the network, too: the link then holds a random token, without which nothing is answered.
        browser: open the link in a browser.
        tell: says where the page is.

    Raises:
        LikewiseError: the port is taken, or a package of the extra "ask" is missing.
    """
    require_web()
    import uvicorn

    listening = _listen("0.0.0.0" if network else LOCAL, port)
    port = listening.getsockname()[1]
    token = secrets.token_urlsafe(24) if network else None
    names = [LOCAL, "localhost", *([_address(), socket.gethostname()] if network else [])]
    app = make([f"{name}:{port}" for name in names], token)
    link = f"http://{_address() if network else LOCAL}:{port}/" + (f"?token={token}" if token else "")
    tell(f"the page is at {link}\npress Ctrl-C here to end it")
    limits: dict[str, Any] = {"timeout_graceful_shutdown": 2, "server_header": False}
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none", **limits))
    if browser:
        threading.Thread(target=_open, args=(server, link), daemon=True).start()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    with listening, suppress(KeyboardInterrupt):  # uvicorn ends in order, then passes the signal on
        server.run(sockets=[listening])
    sys.setswitchinterval(interval)


def _listen(host: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)  # who comes before the server is ready waits, and is not turned away
    except (OSError, OverflowError) as error:
        listening.close()
        raise LikewiseError(f"port {port} cannot be used ({error}): choose another one with --port.") from None
    return listening


def _open(server: Any, link: str) -> None:
    """Open the browser when the page answers."""
    while not server.started:
        time.sleep(0.05)
    webbrowser.open(link)


def _address() -> str:
    """The address under which others reach this machine; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return LOCAL
