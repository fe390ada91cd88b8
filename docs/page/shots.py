"""Take the pictures of this folder: python docs/page/shots.py (needs Chromium; a minute)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from sklearn.datasets import load_digits

HERE = Path(__file__).parent
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
LARGEST = 145_000
SEEN = 210
"""Milliseconds: the page takes what comes sooner for the second half of a double click."""
LABELS = load_digits().target


@contextmanager
def served(folder: Path, *options: str) -> Iterator[str]:
    """A page while it is served; its address."""
    command = [str(Path(sys.executable).with_name("likewise")), *options, "--no-browser"]
    server = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert server.stderr is not None
    for line in server.stderr:
        if "http://" in line:
            break
    else:
        raise SystemExit("the page did not start.")
    try:
        yield line.split()[-1]
    finally:
        os.kill(server.pid, signal.SIGINT)
        server.communicate(timeout=60)


def samples(page: Page) -> list[int]:
    """The samples that a question shows, the anchor first."""
    found: list[int] = page.eval_on_selector_all("[data-sample]", "all => all.map(one => Number(one.dataset.sample))")
    return found


def answer(page: Page, count: int, wrong: frozenset[int] = frozenset()) -> None:
    """Answer so many questions by the labels, some of them wrongly."""
    for place in range(count):
        page.wait_for_selector("body[data-question]")
        before = page.get_attribute("body", "data-question")
        page.wait_for_timeout(SEEN)
        anchor, *tiles = samples(page)
        if page.locator(".tile").count():
            for tile, other in enumerate(tiles):
                if LABELS[anchor] == LABELS[other]:
                    page.locator(".tile-pick").nth(tile).click()
            page.keyboard.press("Enter")
        else:
            alike = (LABELS[anchor] == LABELS[tiles[0]]) != (place in wrong)
            page.keyboard.press("f" if alike else "j")
        page.wait_for_function("id => document.body.dataset.question !== id", arg=before)


def shoot(page: Page, name: str, look: str) -> None:
    """One picture, light or dark."""
    page.emulate_media(color_scheme=look)  # type: ignore[arg-type]
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(250)
    path = HERE / f"{name}-{look}.png"
    page.screenshot(path=path)
    picture = Image.open(path).convert("RGB")
    for colors in (256, 96, 32):
        picture.quantize(colors, Image.Quantize.MEDIANCUT).save(path, optimize=True)
        if path.stat().st_size < LARGEST:
            break


def both(page: Page, name: str) -> None:
    """Light and dark."""
    for look in ("light", "dark"):
        shoot(page, name, look)


def asking(page: Page, address: str) -> None:
    """Every screen of asking."""
    page.goto(address)
    answer(page, 70, frozenset({30, 41}))
    both(page, "pair")
    page.keyboard.press("?")
    both(page, "help")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.wait_for_selector(".tile")
    answer(page, 6)
    page.wait_for_selector(".tile")
    for place in (0, 2, 3):
        page.locator(".tile-pick").nth(place).click()
    both(page, "grid")
    page.keyboard.press("g")
    page.wait_for_selector(".pair")
    for name in ("groups", "people"):
        page.goto(address + name)
        page.wait_for_load_state("networkidle")
        both(page, name)
    page.goto(address + "groups")
    page.locator(".title").first.click()
    page.locator(".pick input").nth(2).check()
    both(page, "group")
    page.goto(address + "results")
    both(page, "results")
    contradict(page, address)
    page.goto(address + "contradictions")
    both(page, "contradictions")


def contradict(page: Page, address: str) -> None:
    """Say of two samples of a group that they are different, as somebody else might."""
    page.goto(address + "groups")
    group = address.rstrip("/") + str(page.locator(".title").first.get_attribute("href"))
    page.goto(group)
    last = str(page.locator("section").first.locator(".pick input").last.get_attribute("value"))
    said = {"do": "different", "chosen": last, "operation": "contradiction"}
    page.request.post(group, form=said, headers={"origin": address.rstrip("/")})


def ends(page: Page, address: str) -> None:
    """What is shown where there is nothing yet, and when all is done."""
    page.goto(address + "groups")
    both(page, "empty")
    page.goto(address)
    answer(page, 8)
    page.wait_for_selector(".end a")
    both(page, "end")


def viewing(page: Page, address: str) -> None:
    """Every screen of looking at a graph."""
    page.goto(address)
    both(page, "view-overview")
    for name in ("edges", "hubs"):
        page.goto(address + name)
        page.wait_for_load_state("networkidle")
        both(page, f"view-{name}")
    page.goto(address + "sample/7")
    both(page, "view-sample")
    page.goto(address + "map")
    page.wait_for_selector(".plane canvas", timeout=120_000)
    for look in ("light", "dark"):
        point(page)
        shoot(page, "view-map", look)


def point(page: Page) -> None:
    """Point at a sample of a map, so that it is shown."""
    box = page.locator(".plane canvas").bounding_box()
    assert box is not None
    for place in range(60):
        page.mouse.move(box["x"] + 230 + 7 * place, box["y"] + 0.6 * box["height"])
        if page.locator(".peek:not([hidden])").count():
            return


def reporting(page: Page, report: Path) -> None:
    """The report of a run: its beginning, and its map."""
    page.goto(report.as_uri())
    shoot(page, "report", "light")
    page.emulate_media(color_scheme="dark")
    page.locator("#space").evaluate("section => section.scrollIntoView()")
    point(page)
    shoot(page, "report-map", "dark")


def phones(page: Page, address: str) -> None:
    """The asking screens on a phone."""
    page.goto(address)
    page.wait_for_selector(".pair")
    shoot(page, "phone-pair", "light")
    page.keyboard.press("g")
    page.wait_for_selector(".tile")
    shoot(page, "phone-grid", "dark")
    page.goto(address + "groups")
    shoot(page, "phone-groups", "light")


def main() -> None:
    """All pictures, of the digits that come with scikit-learn."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    folder = Path(tempfile.mkdtemp(prefix="likewise-shots-"))
    likewise = Path(sys.executable).with_name("likewise")
    subprocess.run([likewise, "graph", "digits", "--neighbors", "6", "--out", "graph"], cwd=folder, check=True)
    subprocess.run(
        [likewise, "fit", "digits", "--graph", "graph", "--encoder", "conv3", "--epochs", "30", "--out", "run"],
        cwd=folder,
        check=True,
    )
    subprocess.run([likewise, "report", "run", "digits"], cwd=folder, check=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with served(folder, "view", "graph", "--data", "digits") as address:
            viewing(browser.new_page(viewport=WIDE), address)
        reporting(browser.new_page(viewport=WIDE), folder / "run" / "report.html")
        with served(folder, "ask", "digits", "--page", "--budget", "400", "--who", "Ada") as address:
            asking(browser.new_page(viewport=WIDE), address)
            phones(browser.new_page(viewport=PHONE, has_touch=True, is_mobile=True), address)
        line = ("ask", "digits", "--page", "--budget", "8", "--who", "Ada", "--store", "short.db")
        with served(folder, *line) as address:
            ends(browser.new_page(viewport=WIDE), address)
        browser.close()
    print("\n".join(sorted(f"{path.name} {path.stat().st_size // 1024} KB" for path in HERE.glob("*.png"))))


if __name__ == "__main__":
    main()
