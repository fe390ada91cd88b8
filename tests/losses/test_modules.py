"""Losses as modules: the functions with their options kept, and a temperature that may be learned."""

import inspect

import pytest
import torch
from tests.losses.cases import KEY_CASES, call, case_id

from likewise import losses
from likewise.errors import LikewiseError
from likewise.losses import (
    BYOL,
    LOSSES,
    BarlowTwins,
    Contrastive,
    LossModule,
    SIGReg,
    SimSiam,
    Spectral,
    VICReg,
    contrastive,
    roles,
)
from likewise.testing.batches import random_embeddings, random_relation

OF = {
    "contrastive": Contrastive,
    "vicreg": VICReg,
    "barlow": BarlowTwins,
    "spectral": Spectral,
    "sigreg": SIGReg,
    "byol": BYOL,
    "simsiam": SimSiam,
}


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    monkeypatch.setattr(roles, "_said", set(LOSSES))


@pytest.mark.parametrize("case", KEY_CASES, ids=case_id)
def test_a_module_is_its_function(case):
    name, options, length = case
    relation, (q, k, queue) = random_relation(1, queue=length), random_embeddings(1, queue=length)
    module = OF[name](**options)
    given = {"queue": queue} if length else {}
    assert torch.equal(module(q, k, relation, **given), call(case, q, k, relation, queue))
    assert not list(module.parameters())
    assert module.state_dict() == {}


@pytest.mark.parametrize("name", OF)
def test_a_module_shows_its_options_and_refuses_others(name):
    module = OF[name](false_negatives="attract")
    assert repr(module) == f"{OF[name].__name__}(false_negatives='attract')"
    wanted = set(inspect.signature(getattr(losses, name)).parameters) - {"q", "k", "relation", "queue"}
    assert set(inspect.signature(OF[name]).parameters) - {"learn_temperature"} == wanted
    with pytest.raises(LikewiseError, match=f"unknown option of {OF[name].__name__} 'false_negative': did you mean"):
        OF[name](false_negative="attract")


def test_a_function_of_ones_own_becomes_a_module_in_two_lines():
    class Scaled(LossModule):
        function = staticmethod(lambda q, k, relation, *, scale=1.0: scale * q.sum())

    assert Scaled(scale=3.0)(torch.ones(2, 4, 1)) == 24
    assert list(inspect.signature(Scaled).parameters) == ["scale"]


def test_a_learned_temperature_starts_where_it_is_told_and_has_the_right_gradient():
    relation, (q, k, _) = random_relation(2), random_embeddings(2)
    module = Contrastive(temperature=0.3, learn_temperature=True, false_negatives="negative")
    assert [name for name, _ in module.named_parameters()] == ["log_scale"]
    loss = module(q, k, relation)
    torch.testing.assert_close(loss, contrastive(q, k, relation, temperature=0.3, false_negatives="negative"))
    loss.backward()
    step = 1e-5
    above, below = (
        contrastive(q, k, relation, temperature=0.3 * 2.718281828459045**-d, false_negatives="negative")
        for d in (step, -step)
    )
    assert float(module.log_scale.grad) == pytest.approx(float(above - below) / (2 * step), rel=1e-4)
    assert repr(module) == "Contrastive(false_negatives='negative', learn_temperature=True, temperature=0.3)"


def test_a_learned_temperature_stays_above_a_hundredth_and_can_come_back():
    module, (q, k, _) = Contrastive(learn_temperature=True), random_embeddings(3)
    with torch.no_grad():
        module.log_scale.fill_(50.0)
    module(q, k).backward()
    assert float(module.temperature.detach()) == pytest.approx(0.01)
    assert float(module.log_scale.grad) != 0


def test_a_learned_temperature_is_kept_with_the_weights():
    module, other = Contrastive(temperature=0.5, learn_temperature=True), Contrastive(learn_temperature=True)
    other.load_state_dict(module.state_dict())
    assert float(other.temperature.detach()) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"queue": torch.zeros(3, 2)}, "give it when Contrastive is called, queue=keys"),
        ({"temperature": 0.01, "learn_temperature": True}, "starts at a number above 0.01, got 0.01"),
    ],
)
def test_what_a_contrastive_module_cannot_hold_is_refused(options, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        Contrastive(**options)
