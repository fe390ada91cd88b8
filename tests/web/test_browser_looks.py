"""How the page looks in a real browser: who it keeps out, what fits, what is in the middle."""

import numpy as np
import pytest
from tests.web.browsing import (
    Person,
    grave,
    hosted,
    looked_at,
    needs_chromium,
    opened,
    served,
)

import likewise
from likewise.graph import SimilarityGraph
from likewise.show import GraphView, Pictures

pytestmark = needs_chromium


@pytest.mark.parametrize(("look", "only"), [("light", None), ("dark", "color-contrast")])
def test_nothing_serious_keeps_anyone_out(browser, world, tmp_path, look, only):
    samples, y = world
    graph = SimilarityGraph.from_edges(len(y), [0, 1, 2], [1, 2, 3], keys=samples.keys)
    view = GraphView(graph, Pictures(samples), "stripes", labels=y, features=lambda ids: np.eye(len(ids)))
    with served(tmp_path / "a.db", samples, guided=True) as (address, engine), hosted(view) as view:
        engine.judge("me", 0, [1, 2], "alike", "one")
        engine.judge("me", 1, [2], "different", "two")
        page = opened(browser, address, color_scheme=look, reduced_motion="reduce", bypass_csp=True)
        person = Person(page, y)
        for _ in range(4):
            person.answer()
        found = grave(page, only)
        page.keyboard.press("?")
        found += grave(page, only)
        page.keyboard.press("Escape")
        page.keyboard.press("g")
        page.wait_for_selector(".tile")
        found += grave(page, only)
        for path in ("/groups", "/groups/0", "/contradictions", "/people", "/results"):
            page.goto(address + path)
            found += grave(page, only)
        for path in ("/", "/sample/1", "/edges", "/hubs", "/isolated", "/map"):
            page.goto(view + path)
            found += grave(page, only)
        assert not found
        page.context.close()


@pytest.mark.parametrize("wide", [390, 700, 1000])
def test_the_tables_of_people_fit_the_screen(browser, world, tmp_path, wide):
    with served(tmp_path / "a.db", world[0]) as (address, engine):
        for name in ("Ada", "Bartholomew Featherstonehaugh"):
            engine.judge(name, 0, [1, 2], "alike", name[:2])
        page = opened(browser, address + "/people", viewport={"width": wide, "height": 844})
        cells = page.locator("table :is(th, td):not(thead *)").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect().right)"
        )
        assert len(cells) == 2 * 7 + 4
        assert max(cells) <= wide
        page.context.close()


def test_looking_closer_shows_both_or_the_one_that_is_pointed_at_in_the_middle(browser, world, tmp_path):
    samples, y = world
    with served(tmp_path / "a.db", samples, guided=True, tiles=8) as (address, _):
        page = opened(browser, address, viewport={"width": 1920, "height": 1080})
        person = Person(page, y)
        person.question()
        both = [samples.keys.values[row] for row in person.shown()]
        page.keyboard.press("z")
        assert looked_at(page) == both
        page.keyboard.press("ArrowRight")
        assert looked_at(page) == both[1:]
        page.get_by_role("button", name="Both").click()
        page.locator("#zoomed img").first.click()
        assert looked_at(page) == both[:1]
        middle = page.evaluate(
            "[...document.querySelectorAll('#zoom, #zoomed img')].map(one => one.getBoundingClientRect())"
        )
        assert [(box["left"] + box["right"]) / 2 for box in middle] == pytest.approx([960, 960], abs=1)
        page.keyboard.press("z")
        assert not page.locator("#zoom").is_visible()
        page.get_by_role("button", name=f"Look closer at {both[1]}").press("Enter")
        assert looked_at(page) == both[1:]
        page.keyboard.press("Escape")
        page.keyboard.press("g")
        page.wait_for_selector(".tile")
        anchor, *tiles = [samples.keys.values[row] for row in person.shown()]
        page.keyboard.press("z")
        assert looked_at(page) == [anchor]
        page.keyboard.press("z")
        page.locator(".tile-pick").nth(2).focus()
        page.keyboard.press("z")
        assert looked_at(page) == [anchor, tiles[2]]
        page.keyboard.press("z")
        page.locator(".tile").nth(3).hover()
        page.keyboard.press("z")
        assert looked_at(page) == [anchor, tiles[3]]
        page.context.close()


def test_looking_again_takes_the_focus_from_nobody(browser, world, tmp_path):
    samples, y = world
    with served(tmp_path / "a.db", samples) as (address, _):
        page = opened(browser, address)
        person = Person(page, y)
        for _ in range(2):
            person.answer()
        page.locator("#recent button").nth(1).focus()
        with page.expect_response("**/api/questions*"):
            page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # as it does every few seconds
        page.wait_for_timeout(100)
        assert page.evaluate("document.activeElement.textContent") == "Take back"
        page.keyboard.press("Enter")
        page.wait_for_selector("body[data-spent='1']")
        page.context.close()


def test_many_samples_are_ticked_at_a_time(browser, world, tmp_path):
    samples, _ = world
    with served(tmp_path / "a.db", samples) as (address, engine):
        engine.judge("me", 0, list(range(1, 9)), "alike", "one")
        page = opened(browser, address + "/groups/0")
        picks = page.locator(".pick")
        picks.nth(2).click()
        picks.nth(6).click(modifiers=["Shift"])
        assert page.locator("input:checked").count() == 5
        picks.nth(4).click()
        assert page.get_by_text("4 selected").is_visible()
        everything = page.get_by_role("button", name="Select all")
        everything.click()
        assert page.locator("input:checked").count() == 9
        page.get_by_role("button", name="Select none").press("Enter")
        assert page.locator("input:checked").count() == 0
        picks.nth(8).locator("input").press("Space")
        page.get_by_role("button", name="Does not belong").click()
        page.wait_for_load_state()
        assert sorted(engine.state.component(0)) == list(range(8))
        page.context.close()


def test_on_a_phone_the_bar_to_send_leaves_room_for_the_tiles(browser, world, tmp_path):
    with served(tmp_path / "a.db", world[0], guided=True, tiles=12) as (address, _):
        phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
        page = opened(browser, address, **phone)
        Person(page, world[1]).question()
        page.keyboard.press("g")
        page.wait_for_selector(".tile")
        page.wait_for_load_state("networkidle")
        page.locator(".tiles-grid").evaluate(
            "grid => { while (!grid.children[11]) grid.append(grid.lastChild.cloneNode(true)); }"
        )
        ends = "all => all.map(one => one.getBoundingClientRect().bottom)"
        bar = page.locator(".answers").bounding_box()
        tiles = page.locator(".tile").evaluate_all(ends)
        assert len(tiles) == 12
        assert max(tiles) <= bar["y"]
        page.set_viewport_size({"width": 390, "height": 560})
        page.locator(".tile-pick").last.focus()  # scrolled to by the browser, as by the tabulator
        bar = page.locator(".answers").bounding_box()
        assert page.locator(".tile").evaluate_all(ends)[-1] <= bar["y"]
        page.context.close()


def test_the_map_tells_what_is_known_of_a_sample_and_stays_on_the_screen(browser):
    table = likewise.open(np.random.default_rng(0).standard_normal((30, 2)), columns={"grape": np.arange(30)})
    view = GraphView(SimilarityGraph.none(30), Pictures(table), "wine", features=lambda ids: table.storage.numpy()[ids])
    with hosted(view) as address:
        page = opened(browser, address + "/map", viewport={"width": 800, "height": 600})
        page.locator(".plane canvas").focus()
        for row in range(30):
            page.keyboard.press("ArrowRight")
            assert page.locator(".peek dl").inner_text().split() == ["grape", str(row)]
            box = page.locator(".peek").bounding_box()
            assert box["y"] + box["height"] <= 600
        page.context.close()


def test_every_number_is_explained_to_mouse_keyboard_and_finger(browser, world, tmp_path):
    samples, y = world
    with served(tmp_path / "a.db", samples, guided=True) as (address, _):
        page = opened(browser, address, viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True)
        person = Person(page, y)
        for _ in range(3):
            person.answer()
        page.locator("#facts").get_by_text("Expected purity").wait_for()
        ours = [
            "Pairs known per answer",
            "Groups expected",
            "Expected purity",
            "Expected coverage",
            "Chance the next 50 matter",
        ]
        names = page.locator("#facts dt").all_inner_texts()
        assert set(ours) <= set(names)
        explained = dict(
            zip(*(page.locator(f"#help {part}").all_text_contents() for part in ("dt", "dd")), strict=True)
        )
        for name in ours:
            assert page.locator("#facts dt", has_text=name).get_attribute("title") == explained[name]
        page.get_by_role("button", name="What do these mean?").tap()
        assert page.get_by_text(explained["Expected purity"]).is_visible()
        heading = page.locator("#numbers").bounding_box()
        assert 0 <= heading["y"] < 100
        page.keyboard.press("Escape")
        page.get_by_role("button", name="What do these mean?").press("Enter")
        assert page.evaluate("document.activeElement.id") == "numbers"
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        assert page.locator("#help-title").bounding_box()["y"] > 0  # from its beginning
        page.goto(address + "/results")
        page.get_by_text("What these numbers mean").press("Enter")
        assert page.get_by_text(explained["Expected coverage"]).is_visible()
        page.context.close()


@pytest.mark.parametrize("wide", [390, 1280])
def test_texts_can_be_read_to_their_end(browser, tmp_path, wide):
    texts = np.array([f"{'A rather long text about nothing much. ' * 6}End {row}." for row in range(40)])
    x = np.random.default_rng(0).standard_normal((40, 3)) + 9 * (np.arange(40) % 3)[:, None]
    samples = likewise.open(x, columns={"text": texts})
    with served(tmp_path / "a.db", samples, guided=True) as (address, _):
        page = opened(browser, address, viewport={"width": wide, "height": 844})
        Person(page, np.arange(40)).question()
        hidden = (
            "all => all.filter(one => one.scrollHeight > one.clientHeight || one.scrollWidth > one.clientWidth).length"
        )
        for switch in (False, True):
            if switch:
                page.keyboard.press("g")
                page.wait_for_selector(".tile")
            texts = page.locator("#screen .text, #screen .frame")
            assert texts.count() >= 4
            assert texts.evaluate_all(hidden) == 0
        page.context.close()
