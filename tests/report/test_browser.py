"""A report in a real browser: from a file and from the page, alone with itself."""

import itertools

import numpy as np
import pytest
from tests.web.browsing import grave, hosted, needs_chromium, pictures, served

from likewise.graph import SimilarityGraph
from likewise.report import report_run
from likewise.show import Pictures
from likewise.training import train
from likewise.web import AskContext

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    samples, y = pictures()
    edges = np.random.default_rng(0).integers(0, len(y), (2, 120))
    graph = SimilarityGraph.from_edges(len(y), *edges, keys=samples.keys)
    run = train(samples, graph, out=folder / "run", encoder="conv3", epochs=2, batch_size=16, monitor=0.1, quiet=True)
    return report_run(run, folder / "report.html", samples)


def opened(browser, address, **options):
    """A page, and what it asked for and complained of."""
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(15_000)
    heard = []
    page.on("request", lambda request: heard.append(request.url))
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.goto(address)
    return page, heard


def besides_pictures(heard):
    return [line for line in heard if not line.startswith("data:image/")]


def assert_the_map_works(page):
    canvas = page.locator(".plane canvas")
    canvas.scroll_into_view_if_needed()
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.locator(".peek img").wait_for()
    first = page.locator(".peek .name").inner_text()
    assert "stripes" in first
    page.keyboard.press("ArrowRight")
    page.wait_for_function("name => document.querySelector('.peek .name').innerText !== name", arg=first)
    page.keyboard.press("Escape")
    page.locator(".peek").wait_for(state="hidden")
    points = page.evaluate("JSON.parse(document.querySelector('figure.map script').textContent).planes[0].points")
    box, margin = canvas.bounding_box(), 14
    x, y = (margin + (box[side] - 2 * margin) * at for side, at in zip(("width", "height"), points[7], strict=True))
    canvas.hover(position={"x": x, "y": y})
    picture = page.locator(".peek img")
    assert picture.get_attribute("src").startswith("data:image/png")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 24


def test_a_file_needs_nothing_but_itself(browser, report):
    page, heard = opened(browser, report.as_uri())
    assert_the_map_works(page)
    assert page.evaluate("[...document.images].filter((one) => !one.complete || !one.naturalWidth).length") == 0
    assert besides_pictures(heard) == [report.as_uri()]
    page.context.close()


def test_on_the_page_it_runs_in_an_origin_of_its_own(browser, report, tmp_path):
    samples, _ = pictures()
    with served(tmp_path / "a.db", samples) as (_, engine):
        context = AskContext(engine, Pictures(samples), "stripes")
        context.training.state, context.training.result = "done", report
        with hosted(context) as address:
            page, heard = opened(browser, address + "/report")
            assert_the_map_works(page)
            assert besides_pictures(heard) == [address + "/report"]
            assert page.evaluate("origin") == "null"
            assert page.evaluate("fetch('/api/questions').then(() => 'heard', () => 'refused')") == "refused"
            page.context.close()


def test_who_comes_back_from_it_is_still_let_in(browser, report, tmp_path):
    samples, _ = pictures()
    with served(tmp_path / "a.db", samples) as (_, engine):
        context = AskContext(engine, Pictures(samples), "stripes")
        context.training.state, context.training.result = "done", report
        with hosted(context, "secret") as address:
            page, _ = opened(browser, address + "/?token=secret")
            page.goto(address + "/report")
            page.get_by_role("link", name="← Results").click()
            page.get_by_role("heading", name="Results").wait_for()
            page.context.close()


def test_without_scripts_the_map_is_a_drawing(browser, report):
    page, _ = opened(browser, report.as_uri(), java_script_enabled=False)
    assert page.locator(".plane svg").bounding_box()["height"] > 300
    assert page.locator(".plane canvas").count() == 0
    page.context.close()


def test_a_finger_sees_a_sample_on_a_narrow_screen(browser, report):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page, _ = opened(browser, report.as_uri(), **phone)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    canvas = page.locator(".plane canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    places = itertools.product((0.5, 0.35, 0.65, 0.2, 0.8), range(20, int(box["height"]) - 20, 25))
    for across, down in places:  # samples lie where the run put them
        canvas.tap(position={"x": box["width"] * across, "y": down})
        if page.locator(".peek:not([hidden])").count():
            break
    page.locator(".peek img").wait_for()
    page.context.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(("look", "only"), [("light", None), ("dark", "color-contrast")])
def test_nothing_serious_keeps_anyone_out(browser, report, look, only, width):
    size = {"width": width, "height": 844}
    page, _ = opened(browser, report.as_uri(), color_scheme=look, bypass_csp=True, viewport=size)
    assert grave(page, only) == []
    page.context.close()
