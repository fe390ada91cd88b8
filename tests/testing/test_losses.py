"""The check of losses finds what is wrong with one."""

import pytest
import torch

from likewise.losses import Contrastive, contrastive
from likewise.testing import Watch, check_loss


def good(q, k, relation, *, form="float"):
    """Mean squared distance of bound rows, in float32, with faults where asked for."""
    rows, cols = q.flatten(0, 1), k.flatten(0, 1)
    if form == "vector":
        return rows.float().sum(1)
    if form == "narrow":
        return (rows @ cols.T).mean() * 0
    rows, cols = (x.to(torch.promote_types(x.dtype, torch.float32)) for x in (rows, cols))
    distance = torch.stack([(rows[:, i, None] - cols[None, :, i]).square() for i in range(rows.shape[1])]).sum(0)
    weight = relation.bound.to(rows.dtype)
    if form == "order":
        weight = weight * torch.arange(len(weight), device=q.device)[:, None]
    if form == "waits":
        weight = weight * float(weight.sum() > 0)
    if form == "presence" and relation.attract is not None:
        weight = weight * 2
    if form == "constant":
        return (distance * weight).sum() + 1
    if form == "nan":
        return (distance * weight).sum() / weight.sum()
    if form == "gradient":
        return (distance * weight).sum() + _fake(rows)
    return (distance * weight).sum()


def _fake(rows):
    """Zero with a gradient of ones."""
    return (rows - rows.detach()).sum()


def test_a_loss_that_keeps_its_promises_passes():
    check_loss(good)
    check_loss(contrastive, false_negatives="attract", beta=0.5)
    check_loss(contrastive, queue=5, against="queue")
    check_loss(Contrastive(temperature=0.3, learn_temperature=True))
    check_loss(lambda q, k, relation: good(q, k, relation, form="constant"), zero_without_positives=False)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ("vector", "a loss is one number"),
        ("narrow", "compute it in float32"),
        ("order", "the order of the anchors matters"),
        ("waits", "_local_scalar_dense waits for the device"),
        ("presence", "weights of 0 are not as no graph"),
        ("constant", "without a positive the loss is 1.0, not 0"),
        ("nan", "is nan|is NaN"),
        ("gradient", "not that of finite differences"),
    ],
)
def test_a_broken_promise_is_named(form, sentence):
    with pytest.raises(AssertionError, match=sentence):
        check_loss(good, form=form)


def test_zero_rows_that_poison_the_gradient_are_found():
    def cosine(q, k, relation):
        rows = q.flatten(0, 1).float() if q.dtype != torch.float64 else q.flatten(0, 1)
        unit = rows / rows.square().sum(1, keepdim=True).sqrt()
        return -((unit @ unit.T) * relation.bound).sum()

    with pytest.raises(AssertionError, match="a row of zeros gives a gradient that is not finite"):
        check_loss(cosine)


def test_a_misspelt_option_that_is_taken_is_found():
    def careless(q, k, relation, *, false_negatives="ignore"):
        return good(q, k, relation)

    with pytest.raises(AssertionError, match="false_negatives='atract' is taken"):
        check_loss(careless)


def test_the_watch_sees_what_it_is_to_see():
    with Watch() as watch:
        torch.ones(3, 1) + torch.ones(1, 5)
        assert watch.largest == 15
        for wait in (
            lambda: torch.ones(1).item(),
            lambda: torch.ones(2)[torch.ones(2) > 0],
            lambda: bool(torch.ones(1)),
        ):
            with pytest.raises(AssertionError, match="waits for the device"):
                wait()
