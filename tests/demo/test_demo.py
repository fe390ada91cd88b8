import json
import re

from likewise.demo import run_demo
from likewise.demo.digits import ROWS, few_labels
from likewise.demo.folds import make_fold, open_digits


def test_the_demo_trains_every_row_and_writes_one_page(tmp_path):
    found = run_demo(tmp_path / "demo", seeds=(0, 1), epochs=1)
    assert list(found.summary.rows) == ["raw pixels", "graph alone", *(row.name for row in ROWS)]
    assert 0.5 < found.summary["raw pixels"]["1-shot"].mean < 0.75
    assert found.summary["GPS"]["purity"].mean > 0.95
    page = found.report.read_text()
    assert all(row.name in page for row in ROWS)
    assert 'src="http' not in page
    data = json.loads(re.search('<script type="application/json">(.*?)</script>', page)[1])
    assert [plane["name"] for plane in data["planes"]] == ["raw pixels", *(row.name for row in ROWS)]
    assert len(data["cards"]) == len(data["codes"]) == len(make_fold(open_digits(), 0).test)
    assert all(card["picture"].startswith("data:image/png") for card in data["cards"])
    cards = page.split('id="answers"')[0].split('class="card source"')[1:]
    assert len(cards) == sum(row.graph.__name__ != "none" for row in ROWS)
    assert all(card.count('class="anchor"') == 5 and "nobody" not in card for card in cards)


def test_held_out_digits_take_part_in_no_graph():
    fold = make_fold(open_digits(), 0)
    assert not set(fold.train.keys.values.tolist()) & set(fold.test.keys.values.tolist())
    assert all(row.graph(fold).n == len(fold.train) for row in ROWS)


def test_a_few_labels_are_five_a_class():
    fold = make_fold(open_digits(), 1)
    (term,) = few_labels(fold).terms
    assert term.sizes().tolist() == [5] * 10
