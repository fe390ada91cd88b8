"""How figures are written."""

from likewise.evaluation import Evaluation


def test_an_evaluation_reads_as_a_table_and_its_facts():
    facts = {"train": 125, "linear": {"probe": "logistic", "chosen_on": 25}, "k": 20}
    shown = str(Evaluation({"knn": 0.98765, "rank": 38.123}, {"knn": 0.01}, facts))
    assert shown.splitlines() == [
        "knn   0.988  ± 0.010 over draws",
        "rank   38.1",
        "train 125, k 20",
        "linear: probe logistic, chosen on 25",
    ]


def test_without_facts_there_is_only_the_table():
    assert str(Evaluation({"ari": 0.5})) == "ari  0.500"
