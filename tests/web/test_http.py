"""The page over HTTP: what it answers, what it refuses, and that a refusal changes nothing."""

import json
import re
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from tests.labelling.cases import answer
from tests.show.cases import digits

import likewise.web
from likewise.active import Guided, LabelOracle
from likewise.answers import AnswerStore
from likewise.labelling import Engine
from likewise.show import Pictures
from likewise.space import Space
from likewise.web import AskContext, make_app

HOST = "127.0.0.1:8000"
HOME = {"origin": f"http://{HOST}"}
PAGES = ["/", "/groups", "/contradictions", "/people", "/results"]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    samples, y = digits()
    space = Space(samples.storage.reshape(len(y), -1).float().numpy(), "euclidean")
    store = AnswerStore(tmp_path_factory.mktemp("page") / "a.db", samples)
    with Engine(store, lambda: Guided(space), 300, patient=True) as engine:
        assert engine.planner.wait(timeout=20)
        yield AskContext(engine, Pictures(samples), "photos", "me"), y


@pytest.fixture
def context(world):
    return world[0]


@pytest.fixture
def client(context):
    app = make_app(context, [HOST])
    with TestClient(app, base_url=f"http://{HOST}", headers=HOME, raise_server_exceptions=False) as client:
        yield client


def post(client, path, **fields):
    return client.post(path, json=fields)


def state(context):
    store = context.engine.store
    return store.answers(), store.counts(), context.engine.state.answers(), context.engine.budget


def test_a_question_is_asked_and_answered_once(client, context):
    first, *ahead = client.get("/api/questions?kind=pair").json()["questions"]
    assert len(ahead) == 2
    before = len(context.engine.store.answers())
    for _ in range(2):  # a double click
        found = post(client, "/api/answer", id=first["id"], values=["alike"], ms=800, showing=ahead[0]["id"]).json()
        assert found["questions"][0]["id"] == ahead[0]["id"]
        assert found["recent"][0]["said"] == "alike"
    assert len(context.engine.store.answers()) == before + 1
    number = found["recent"][0]["number"]
    undone = post(client, "/api/undo", number=number).json()["questions"][0]
    assert (undone["anchor"], undone["tiles"]) == (first["anchor"], first["tiles"])
    post(client, "/api/undo", number=number)
    assert len(context.engine.store.answers()) == before


def test_grids_skips_and_more(client, context):
    undone = client.get("/api/questions?kind=grid").json()["questions"][0]
    assert undone["kind"] == "pair"  # what was taken back comes first
    post(client, "/api/answer", id=undone["id"], values=["unsure"], kind="grid")
    assert context.engine.planner.catch_up(10)
    grid = client.get("/api/questions?kind=grid").json()["questions"][0]
    values = ["alike"] + ["unticked"] * (len(grid["tiles"]) - 1)
    assert post(client, "/api/answer", id=grid["id"], values=values, kind="grid").status_code == 200
    budget = context.engine.budget
    assert post(client, "/api/go-on", more=50).json()["status"]["budget"] == budget + 50
    question = client.get("/api/questions?kind=pair").json()["questions"][0]
    assert post(client, "/api/skip", id=question["id"]).status_code == 200
    assert context.engine.store.counts().skipped >= 1


def test_every_page_is_there_before_and_after_answers(client, world):
    context, y = world
    for path in PAGES:
        assert client.get(path).status_code == 200
    answer(context.engine, LabelOracle(y), "me", 30)
    assert len(client.get("/groups").text) > 2000
    for path in PAGES:
        page = client.get(path)
        assert page.status_code == 200
        assert "script-src 'self'" in page.headers["content-security-policy"]


def test_groups_are_named_merged_split_and_set_right(client, context):
    answers, engine = context.engine.state, context.engine
    engine.judge("me", 0, [1, 2], "alike", "one")
    engine.judge("me", 3, [4], "alike", "two")

    def form(path, **fields):
        return client.post(path, content=urlencode(fields, doseq=True), headers=FORM, follow_redirects=False)

    assert form("/groups", sample=[0, 3], operation="three").headers["location"] == "/groups/0"
    assert {0, 1, 2, 3, 4} <= set(answers.component(0))
    assert form("/groups/0", do="name", name="<i>cats</i>").status_code == 303
    page = client.get("/groups/4").text
    assert "&lt;i&gt;cats&lt;/i&gt;" in page
    assert "<i>cats" not in page
    assert form("/groups/0", do="leave", chosen=[0], operation="four").status_code == 303
    assert answers.component(0) == [0]
    assert form("/groups/1", do="split", chosen=[3, 4], operation="five").status_code == 303
    assert set(answers.component(3)) >= {3, 4}
    assert 1 not in answers.component(3)
    assert form("/groups/1", do="different", chosen=[0], operation="six").status_code == 303
    before = state(context)
    assert form("/groups/1", do="leave", chosen=[3], operation="seven").status_code == 400
    assert form("/groups/1", do="burn", chosen=[2], operation="eight").status_code == 400
    assert form("/groups/1", do="split", operation="nine").status_code == 400
    for ticked in ({}, {"sample": [1]}):
        assert "tick" in form("/groups", operation="ten", **ticked).text
    assert state(context) == before


def test_a_contradiction_is_shown_with_its_chain_and_settled(client, context):
    engine = context.engine
    engine.judge("ann", 20, [21], "alike", "chain1")
    engine.judge("ann", 21, [22], "alike", "chain2")
    engine.judge("bob", 22, [20], "different", "chain3")
    page = client.get("/contradictions").text
    assert "photo 21.png" in page
    assert f'id="conflict-count">{len(engine.state.contradictions())}<' in page

    def ours():
        return [c for c in engine.state.contradictions() if {c.chain[0], c.chain[-1]} == {20, 22}]

    assert ours()
    for number in [conflict.different for conflict in ours()]:
        fields = {"a": 20, "b": 22, "number": number, "value": "alike", "operation": f"settled{number}"}
        assert client.post("/contradictions", content=urlencode(fields), headers=FORM).status_code == 200
    assert not ours()
    left = len(engine.state.contradictions())
    assert f'id="conflict-count"{"" if left else " hidden"}>{left}<' in client.get("/contradictions").text


FORM = {"content-type": "application/x-www-form-urlencoded"}


def test_people_have_names_and_their_own_questions(context):
    app = make_app(context, [HOST])
    names = ["Ann", "Bjørn Ængström"]
    shown = []
    for name in names:
        client = TestClient(app, base_url=f"http://{HOST}", headers=HOME)
        client.post("/people", content=urlencode({"name": name}), headers=FORM)
        found = client.get("/api/questions").json()
        assert found["who"] == name
        shown += [question["id"] for question in found["questions"]]
        assert client.post("/people", content="name=%20", headers=FORM).status_code == 400
    assert len(set(shown)) == len(shown)


def test_a_kappa_that_cannot_be_said_has_a_reason(client, context):
    context.engine.judge("eve", 10, [11], "alike", "kappa1")
    context.engine.judge("fay", 10, [11], "alike", "kappa2")
    page = client.get("/people").text
    row = page[page.index(">eve and fay<") :].split("</tr>")[0]
    assert "too few pairs so far" in row
    assert "–" not in row


def test_answers_can_be_taken_elsewhere(client, context):
    table = client.get("/answers.csv")
    assert table.headers["content-disposition"].endswith('"answers.csv"')
    assert table.text.splitlines()[0].startswith("a,b,answer,who")
    assert json.loads(client.get("/answers.jsonl").text.splitlines()[0])["a"].startswith("photo")
    assert client.get("/answers.parquet").content[:4] == b"PAR1"
    assert client.get("/answers.exe").status_code == 404


def test_pictures_come_by_id_and_nothing_else_is_reachable(client, context, tmp_path):
    assert client.get("/picture/3").content[:4] == b"\x89PNG"
    assert client.get("/picture/3/large").status_code == 200
    for path in ("/picture/32", "/picture/99999999999999999999", "/picture/-1", "/picture/x", "/static/../app.py"):
        assert client.get(path).status_code == 404
    for path in ("/static/%2e%2e%2fapp.py", "/static//etc/passwd", "/static/page.css/../x", "/report", "/etc/passwd"):
        assert client.get(path).status_code == 404


def test_only_this_page_may_write_and_only_under_its_own_name(context):
    app, before = make_app(context, [HOST]), state(context)
    fields = {"id": "x", "values": ["alike"]}
    good = TestClient(app, base_url=f"http://{HOST}")
    assert good.post("/api/answer", json=fields).status_code == 403  # no origin
    for origin in ("http://evil.example", "null", f"https://{HOST}", "http://127.0.0.1:8001"):
        assert good.post("/api/answer", json=fields, headers={"origin": origin}).status_code == 403
    rebound = TestClient(app, base_url="http://evil.example:8000")
    assert rebound.get("/").status_code == 403
    tunnel = TestClient(app, base_url="http://localhost:9999", headers={"origin": "http://localhost:9999"})
    assert tunnel.post("/api/undo", json={"number": 2**40}).status_code == 400  # heard, and there is no such answer
    for host in ("localhost:9999.evil.example", "evil.example", "localhost.evil.example:8000", ""):
        assert good.get("/", headers={"host": host}).status_code == 403
    assert good.put("/api/answer", json=fields, headers=HOME).status_code == 405
    assert state(context) == before


def test_on_the_network_a_token_is_needed(context):
    app = make_app(context, [HOST], token="secret-token")
    stranger = TestClient(app, base_url=f"http://{HOST}", headers=HOME)
    for path in (*PAGES, "/picture/1", "/static/page.css", "/api/questions", "/?token=wrong", "/?token="):
        assert stranger.get(path).status_code == 403
    assert stranger.post("/api/undo", json={}).status_code == 403
    first = stranger.get("/?token=secret-token", follow_redirects=False)
    assert (first.status_code, first.headers["location"]) == (303, "/")
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert stranger.get("/api/questions").status_code == 200


def test_what_is_too_large_is_refused(client, context):
    before = state(context)
    assert post(client, "/api/answer", id="x" * 70_000, values=[]).status_code == 413
    body = (b"x" * 10_000 for _ in range(20))  # without a length
    refused = client.post("/api/answer", content=body, headers={"content-type": "application/json"})
    assert refused.status_code == 413
    assert client.get("/?" + "a" * 3000).status_code == 414
    assert state(context) == before


def test_errors_tell_a_stranger_nothing(context, monkeypatch):
    client = TestClient(
        make_app(context, [HOST]), base_url=f"http://{HOST}", headers=HOME, raise_server_exceptions=False
    )
    monkeypatch.setattr(context.engine, "ask", lambda *_, **__: 1 / 0)
    broken = client.get("/api/questions")
    assert broken.status_code == 500
    assert "division" not in broken.text
    assert "Traceback" not in broken.text


PERSON = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_a_person_who_errs_gets_a_page_and_a_script_gets_json(client, context, monkeypatch):
    for path, status in (("/nowhere/<b>", 404), ("/report", 404), ("/picture/99", 404), ("/results/save", 405)):
        page = client.get(path, headers=PERSON)
        assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert ">Back to the start<" in page.text
        assert 'aria-label="Pages"' in page.text
        assert "script-src 'self'" in page.headers["content-security-policy"]
        found = client.get(path)
        assert (found.status_code, list(found.json())) == (status, ["error"])
    page = client.get("/nowhere/<b>", headers=PERSON)
    assert "There is nothing at /nowhere/&lt;b&gt;." in page.text
    assert "Nothing was changed" not in page.text
    monkeypatch.setattr(context.engine.state, "components", lambda: 1 / 0)
    broken = client.get("/groups", headers=PERSON)
    assert broken.status_code == 500
    assert "the terminal says what" in broken.text
    assert "division" not in broken.text


def test_a_report_that_was_removed_is_not_there(client, context, monkeypatch, tmp_path):
    monkeypatch.setattr(context.training, "result", tmp_path / "report.html")
    assert client.get("/report").status_code == 404


def test_a_person_without_the_link_is_told_in_a_sentence(context):
    stranger = TestClient(make_app(context, [HOST], token="secret"), base_url=f"http://{HOST}")
    refused = stranger.get("/", headers=PERSON)
    assert (refused.status_code, refused.text) == (403, "this page needs the link that the terminal printed.")
    assert stranger.get("/api/questions").json() == {"error": refused.text}


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
VALUES = SCALARS | st.lists(SCALARS | st.sampled_from(["alike", "different", "unticked"]), max_size=4)
NAMES = st.sampled_from(
    ["id", "values", "ms", "kind", "showing", "number", "more", "session", "sample", "chosen", "do"]
)
WORDS = st.sampled_from(["name", "value", "operation", "a", "b", "from", "token"])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(
        ["/api/answer", "/api/skip", "/api/undo", "/api/go-on", "/groups", "/groups/5", "/contradictions", "/people"]
    ),
    fields=st.dictionaries(NAMES | WORDS | st.text(max_size=8), VALUES, max_size=7),
    as_form=st.booleans(),
    raw=st.none() | st.binary(max_size=60),
    query=st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
)
def test_nothing_that_is_sent_breaks_it_and_what_is_refused_changes_nothing(
    client, context, path, fields, as_form, raw, query
):
    before = state(context)
    if raw is not None:
        kind = "application/x-www-form-urlencoded" if as_form else "application/json"
        found = client.post(path, content=raw, headers={"content-type": kind})
    elif as_form:
        pairs = {name: value for name, value in fields.items() if value is not None}
        try:
            content = urlencode(pairs, doseq=True)
        except UnicodeEncodeError:
            return
        found = client.post(path, content=content, headers=FORM)
    else:
        found = client.post(path, content=json.dumps(fields).encode(), headers={"content-type": "application/json"})
    assert found.status_code < 500, found.text
    if found.status_code >= 400:
        assert state(context) == before
    for address in (path, "/api/questions", "/groups", "/picture/" + quote(query, safe="")):
        assert client.get(address, params={"kind": query, "from": query, "showing": query}).status_code < 500


def test_whatever_our_pages_and_scripts_ask_for_is_there(client):
    home = Path(likewise.web.__file__).parent
    texts = [path.read_text() for path in home.rglob("*") if path.suffix in (".html", ".js")]
    asked = {path for text in texts for path in re.findall(r"[\"'`](/(?:static|api)/[\w./-]+)", text)}
    assert {"/api/training", "/static/status.js"} <= asked
    for path in asked - {"/api/map"}:  # of the other application
        status = client.get(path).status_code
        assert status == 200 or (status == 405 and path.startswith("/api/")), path
