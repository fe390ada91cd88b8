"""A page in this process, or in one of its own, and a browser to look at it with."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn

import likewise
from likewise.active import Guided, RandomPairs
from likewise.answers import AnswerStore, Value
from likewise.data import Samples
from likewise.labelling import Engine
from likewise.show import GraphView, Pictures
from likewise.space import Space
from likewise.web import AskContext, make_app, make_view_app

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: apt-get install chromium")
KEYS = {"alike": "f", "different": "j", "unsure": " "}


def pictures(classes: int = 6, each: int = 10) -> tuple[Samples, np.ndarray]:
    """Striped images: the stripes' place is the class."""
    random = np.random.default_rng(0)
    y = random.permutation(np.repeat(np.arange(classes), each))
    images = random.integers(0, 60, (len(y), 24, 24, 3)).astype(np.uint8)
    for image, code in zip(images, y, strict=True):
        image[:, 4 * code : 4 * code + 3] += 150
    return likewise.open(images, labels=y, keys=[f"stripes {row}.png" for row in range(len(y))]), y


@contextmanager
def hosted(context: AskContext | GraphView, token: str | None = None) -> Iterator[str]:
    """A page in a thread of this process; its address."""
    config = uvicorn.Config("", port=0, log_level="critical", lifespan="off", ws="none", timeout_graceful_shutdown=1)
    socket = config.bind_socket()
    host = f"127.0.0.1:{socket.getsockname()[1]}"
    config.app = make_view_app(context, [host]) if isinstance(context, GraphView) else make_app(context, [host], token)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://{host}"
    server.should_exit = True
    thread.join(timeout=10)
    socket.close()


@contextmanager
def served(path: Path, samples: Samples, *, guided: bool = False, **options) -> Iterator[tuple[str, Engine]]:
    """The asking page, over random questions or guided ones."""
    space = Space(samples.storage.reshape(len(samples), -1).float().numpy(), "euclidean")
    make = (lambda: Guided(space)) if guided else (lambda: RandomPairs(space))
    with (
        AnswerStore(path, samples) as store,
        Engine(store, make, 400, patient=True, **options) as engine,
        hosted(AskContext(engine, Pictures(samples), "stripes")) as address,
    ):
        yield address, engine


@contextmanager
def launched() -> Iterator[Any]:
    """Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def grave(page, only: str | None) -> list[tuple[str, str, str]]:
    """What axe-core finds that keeps somebody out: (address, rule, element); the page must be open to its script."""
    import axe_playwright_python

    page.evaluate((Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text())
    rules = {"resultTypes": ["violations"]} | ({"runOnly": [only]} if only else {})
    found = page.evaluate("rules => axe.run(document, rules)", rules)["violations"]
    return [(page.url, one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]


def opened(browser: Any, address: str, **options: Any) -> Any:
    """A page of a browser, of its own context."""
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(15_000)
    page.goto(address)
    return page


def looked_at(page: Any) -> list[str]:
    """The names of the samples that are looked at closer."""
    found: list[str] = page.locator("#zoomed img").evaluate_all("all => all.map(one => one.alt)")
    return found


class Command:
    """``likewise ask --page`` in a process of its own."""

    def __init__(self, data: Path, folder: Path, *options: str) -> None:
        line = [str(Path(sys.executable).with_name("likewise")), "ask", str(data), "--page", "--no-browser"]
        line += ["--store", str(folder / "a.db"), "--out", str(folder / "graph"), "--repeats", "0", *options]
        self.process = subprocess.Popen(line, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        self.address = next(line.split()[-1] for line in self.process.stderr if "http://" in line)

    def kill(self) -> None:
        """As a crash would."""
        self.process.kill()
        self.process.communicate()

    def interrupt(self) -> tuple[int, str, str]:
        """Ctrl-C; the exit code and what was said."""
        os.kill(self.process.pid, signal.SIGINT)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


class Person:
    """Somebody at a page, who answers by labels and remembers what they said."""

    def __init__(self, page, y: np.ndarray) -> None:
        self.page, self.y = page, y
        self.said: list[tuple[int, int, Value]] = []

    def question(self) -> str:
        """The id of the question that is shown."""
        self.page.wait_for_selector("body[data-question]", timeout=15_000)
        return self.page.get_attribute("body", "data-question")

    def shown(self) -> list[int]:
        """The samples that are shown, the anchor first."""
        return self.page.eval_on_selector_all("[data-sample]", "all => all.map(one => Number(one.dataset.sample))")

    def answer(self, how: str = "key") -> None:
        """One question, by key, mouse or touch; waits until it is kept."""
        id, samples = self.question(), self.shown()
        self.looked()
        if self.page.locator(".tile").count():
            self._grid(samples, how)
        else:
            value: Value = "alike" if self.y[samples[0]] == self.y[samples[1]] else "different"
            self.said.append((samples[0], samples[1], value))
            with self.kept():
                self._press(KEYS[value], f"[data-do={value}]", how)
        self.page.wait_for_function("id => document.body.dataset.question !== id", arg=id)

    def looked(self) -> None:
        """Long enough not to be taken for the second half of a double click."""
        self.page.wait_for_timeout(210)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Until the server has acknowledged an answer and the script has taken that in."""
        with self.page.expect_response(lambda response: "/api/" in response.url and response.request.method == "POST"):
            yield
        self.page.wait_for_timeout(15)

    def _grid(self, samples: list[int], how: str) -> None:
        anchor, *tiles = samples
        alike = [place for place, tile in enumerate(tiles) if self.y[tile] == self.y[anchor]]
        for place in alike:
            self._press("1234567890qwertyuiop"[place], f".tile-pick >> nth={place}", how)
        for place, tile in enumerate(tiles):
            self.said.append((anchor, tile, "alike" if place in alike else "unticked"))
        with self.kept():
            self._press("Enter", "[data-do=send]", how)

    def _press(self, key: str, button: str, how: str) -> None:
        if how == "key":
            self.page.keyboard.press(key)
        elif how == "mouse":
            self.page.locator(button).click()
        else:
            self.page.locator(button).tap()
