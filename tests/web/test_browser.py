"""The page in a real browser, end to end: what is pressed is what the graph comes to."""

import socket

import numpy as np
from PIL import Image
from tests.active.cases import same_partition
from tests.web.browsing import Command, Person, looked_at, needs_chromium, opened, pictures, served

from likewise.answers import AnswerStore, Deduction
from likewise.graph import SimilarityGraph
from likewise.training import TrainedRun

pytestmark = needs_chromium


def implied(said, n):
    deduction = Deduction(n)
    for number, (a, b, value) in enumerate(said):
        deduction.add(a, b, value, number)
    return deduction


def assert_graph_is_what_was_said(graph, said, n):
    codes = implied(said, n).codes
    np.testing.assert_array_equal(graph.to_scipy().toarray() > 0, (codes[:, None] == codes) & ~np.eye(n, dtype=bool))


def recorded(store):
    return [(a, b, value) for answer in store.answers() for a, b, value in answer.judgements]


def test_sixty_questions_by_keyboard_and_by_mouse(browser, world, tmp_path):
    samples, y = world
    with served(tmp_path / "a.db", samples) as (address, engine):
        person = Person(opened(browser, address), y)
        for place in range(60):
            person.answer("key" if place % 2 else "mouse")
        assert recorded(engine.store) == person.said
        assert len(person.said) == 60
        assert_graph_is_what_was_said(engine.graph(), person.said, len(y))
        person.page.wait_for_function("document.querySelector('#spent').innerText === '60'")
        person.page.context.close()


def test_grids_pairs_help_and_zoom_by_keys_and_by_touch(browser, world, tmp_path):
    samples, y = world
    with served(tmp_path / "a.db", samples, guided=True, tiles=8) as (address, engine):
        page = opened(browser, address, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
        person = Person(page, y)
        for _ in range(5):
            person.answer("touch")
        page.locator("[data-do=switch]").tap()
        page.wait_for_selector(".tile")
        for how in ("touch", "key"):
            person.answer(how)
        page.keyboard.press("?")
        page.locator("#help").wait_for(timeout=10_000)
        page.keyboard.press("f")  # keys do not answer behind the help
        page.keyboard.press("Escape")
        page.keyboard.press("g")
        page.wait_for_selector(".pair")
        page.keyboard.press("z")
        page.locator("#zoomed").wait_for(timeout=10_000)
        assert looked_at(page) == [samples.keys.values[row] for row in person.shown()]
        page.keyboard.press("Escape")
        before = person.question()
        person.looked()
        with person.kept():
            page.keyboard.press("s")
        page.wait_for_function("id => document.body.dataset.question !== id", arg=before)
        assert recorded(engine.store) == person.said
        assert {answer.question.kind for answer in engine.store.answers()} == {"pair", "grid"}
        assert engine.store.counts().skipped == 1
        page.context.close()


def test_a_double_click_counts_once(browser, world, tmp_path):
    samples, y = world
    with served(tmp_path / "a.db", samples) as (address, engine):
        person = Person(opened(browser, address), y)
        for press in (lambda: person.page.locator("[data-do=different]").dblclick(), lambda: twice(person.page, "j")):
            before = person.question()
            person.looked()
            with person.kept():
                press()
            person.page.wait_for_function("id => document.body.dataset.question !== id", arg=before)
        person.answer()
        assert len(engine.store.answers()) == 3
        person.page.context.close()


def twice(page, key):
    page.keyboard.press(key)
    page.keyboard.press(key)


def test_undo_and_reload(browser, world, tmp_path):
    samples, y = world
    with served(tmp_path / "a.db", samples) as (address, engine):
        person = Person(opened(browser, address), y)
        page = person.page
        for _ in range(6):
            person.answer()
        for depth in range(1, 4):
            with person.kept():
                page.keyboard.press("Backspace")
            page.wait_for_function("count => Number(document.body.dataset.spent) === count", arg=6 - depth)
            a, b, _ = person.said.pop()
            assert person.shown() == [a, b]
        before, samples_before = person.question(), person.shown()
        page.reload()
        assert (person.question(), person.shown()) == (before, samples_before)
        for _ in range(5):
            person.answer()
        assert recorded(engine.store) == person.said
        assert engine.store.counts().undone == 3
        assert_graph_is_what_was_said(engine.graph(), person.said, len(y))
        page.context.close()


def test_two_people_at_once(browser, world, tmp_path):
    samples, y = world
    with served(tmp_path / "a.db", samples) as (address, engine):
        people = {}
        for name in ("Ada", "Bo"):
            page = opened(browser, address + "/people")
            page.fill("#name", name)
            page.get_by_role("button", name="Use this name").click()
            people[name] = Person(page, y)
        for _ in range(15):
            for person in people.values():
                person.answer()
        by_annotator = {name: [a for a in engine.store.answers() if a.who == name] for name in people}
        for name, person in people.items():
            assert [j for answer in by_annotator[name] for j in answer.judgements] == person.said
            person.page.context.close()
        said = [pair for person in people.values() for pair in person.said]
        assert len({frozenset((a, b)) for a, b, _ in said}) == len(said) == 30
        assert_graph_is_what_was_said(engine.graph(), said, len(y))


def test_a_server_that_is_killed_goes_on_where_it_was(browser, world, tmp_path):
    samples, y = world
    np.savez(tmp_path / "stripes.npz", x=samples.storage.permute(0, 2, 3, 1).numpy(), y=y)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--port", str(port), "--patient", "--strategy", "random"]
    server = Command(tmp_path / "stripes.npz", tmp_path, *options)
    person = Person(opened(browser, server.address), y)
    page = person.page
    for _ in range(8):
        person.answer()
    shown = page.wait_for_selector("body[data-question]") and person.question()
    server.kill()
    a, b = person.shown()
    person.looked()
    value = "alike" if y[a] == y[b] else "different"
    page.keyboard.press("f" if value == "alike" else "j")  # nobody is there to hear it
    page.wait_for_selector("#trouble:not([hidden])")
    with AnswerStore(tmp_path / "a.db") as store:
        assert recorded(store) == person.said
    server = Command(tmp_path / "stripes.npz", tmp_path, *options)
    page.wait_for_selector("#trouble", state="hidden")
    page.wait_for_function("Number(document.body.dataset.spent) === 9")  # the page sent it again by itself
    person.said.append((a, b, value))
    assert shown != person.question()
    for _ in range(3):
        person.answer()
    page.context.close()
    code, _, said = server.interrupt()
    assert (code, "Traceback" in said) == (0, False)
    with AnswerStore(tmp_path / "a.db") as store:
        assert recorded(store) == person.said
    assert_graph_is_what_was_said(SimilarityGraph.load(tmp_path / "graph"), person.said, len(y))


def test_groups_and_contradictions_by_mouse(browser, world, tmp_path):
    samples, y = world
    classes = [np.flatnonzero(y == code).tolist() for code in range(3)]
    with served(tmp_path / "a.db", samples) as (address, engine):
        engine.judge("me", classes[0][0], classes[0][1:4], "alike", "one")
        engine.judge("me", classes[0][4], [*classes[0][5:8], classes[1][0]], "alike", "two")
        page = opened(browser, address + "/groups")
        for box in page.locator(".groups input[type=checkbox]").all():
            box.check()
        page.get_by_role("button", name="Merge into one").click()
        page.fill("#name", "Stripes at the left")
        page.get_by_role("button", name="Rename").click()
        page.locator(f"input[name=chosen][value='{classes[1][0]}']").check()
        page.get_by_role("button", name="Does not belong").click()
        assert page.locator("h1").inner_text() == "Stripes at the left"
        together = [*classes[0][:8]]
        assert sorted(engine.state.component(together[0])) == sorted(together)
        assert engine.state.component(classes[1][0]) == [classes[1][0]]
        engine.judge("bo", together[0], [together[5]], "different", "three")
        page.goto(address + "/contradictions")
        page.get_by_role("button", name="alike after all").click()
        page.get_by_text("None: every answer fits the others").wait_for(timeout=10_000)
        assert engine.state.contradictions() == []
        assert same_partition(engine.state.codes(), Deduction.of(len(y), engine.store.answers()).codes)
        page.context.close()


def test_the_whole_way_from_a_folder_to_a_report_in_the_browser(browser, tmp_path):
    samples, y = pictures(each=40)
    (tmp_path / "photos").mkdir()
    for row, (pixels, code) in enumerate(zip(samples.storage.permute(0, 2, 3, 1).numpy(), y, strict=True)):
        Image.fromarray(pixels).save(tmp_path / "photos" / f"{row:03d} of {code}.png")
    server = Command(tmp_path / "photos", tmp_path, "--budget", "100", "--patient")
    person = Person(opened(browser, server.address + "people"), y)
    page = person.page
    page.fill("#name", "Bo")
    page.get_by_role("button", name="Use this name").click()
    for _ in range(100):
        person.answer()
    page.wait_for_function("document.body.dataset.spent === '100'")
    page.get_by_role("link", name="See the results").click()
    page.get_by_role("button", name="Save now").click()
    page.get_by_text("Saved to").wait_for()
    page.get_by_role("button", name="Train").click()
    page.get_by_role("link", name="Open the report").click(timeout=120_000)
    page.get_by_role("heading", name="The space it learned").wait_for()
    assert page.get_by_text("240").first.is_visible()
    page.locator("#space canvas").wait_for()  # its script may run
    with page.expect_request("**/results") as asking:
        page.get_by_role("link", name="← Results").click()
    page.get_by_role("heading", name="Train an encoder").wait_for()
    assert "likewise_name=Bo" in asking.value.all_headers()["cookie"]  # who comes back is who went
    page.context.close()
    code, _, said = server.interrupt()
    assert (code, "Traceback" in said) == (0, False)
    with AnswerStore(tmp_path / "a.db") as store:
        assert recorded(store) == person.said
    asked = implied(person.said, len(y)).codes
    alike = SimilarityGraph.load(tmp_path / "graph").to_scipy().toarray() > 0
    assert alike[(asked[:, None] == asked) & ~np.eye(len(y), dtype=bool)].all()  # and where others are expected
    assert (y[:, None] == y)[alike].mean() > 0.9
    run = TrainedRun.load(tmp_path / "graph-run-1")
    assert run.finished
    assert run.graph.keys.values.tolist() == SimilarityGraph.load(tmp_path / "graph").keys.values.tolist()
