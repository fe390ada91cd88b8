"""The promises that every loss keeps, over every loss."""

import math
import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.losses import reference
from tests.losses.cases import ALL_CASES, KEY_CASES, as_numpy, call, case_id

from likewise.errors import LikewiseError
from likewise.losses import LOSSES, roles
from likewise.relation import Relation
from likewise.testing import Watch, check_loss
from likewise.testing.batches import random_embeddings, random_relation

MORE_THAN_PULL = ("vicreg", "spectral", "sigreg")
"""Losses of which something is left without a positive pair."""

every_case = pytest.mark.parametrize("case", ALL_CASES, ids=case_id)
key_case = pytest.mark.parametrize("case", KEY_CASES, ids=case_id)


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    monkeypatch.setattr(roles, "_said", set(LOSSES))


@every_case
def test_keeps_the_promises_of_every_loss(case):
    name, options, length = case
    check_loss(LOSSES[name], queue=length, zero_without_positives=name not in MORE_THAN_PULL, **options)


@pytest.mark.parametrize("case", [case for case in ALL_CASES if case[0] in MORE_THAN_PULL], ids=case_id)
@pytest.mark.parametrize("alike", [False, True])
def test_without_a_positive_nothing_is_pulled(case, alike):
    name, options, length = case
    nothing = torch.zeros(8, 8 + length)
    attract = nothing + 1 if alike and options["false_negatives"] == "ignore" else nothing
    relation = Relation(nothing.bool(), torch.eye(8, 8 + length).bool(), attract, nothing, 2)
    q, k, queue = random_embeddings(5, queue=length)
    loss = call(case, q, k, relation, queue)
    if name == "vicreg":  # variance and covariance stay
        assert loss == LOSSES[name](q, k, relation, **{**options, "invariance": 0.0})
    elif name == "sigreg":  # the statistic stays
        shares = [LOSSES[name](q, k, relation, **{**options, "weight": w}) for w in (options["weight"], 1.0)]
        torch.testing.assert_close(shares[0], options["weight"] * shares[1])
    else:  # the squares stay
        assert loss >= 0


@every_case
@pytest.mark.parametrize(("seed", "views", "star"), [(0, 2, False), (1, 3, False), (2, 3, True)])
def test_equals_the_slow_reference(case, seed, views, star):
    name, options, length = case
    relation = random_relation(seed, views, queue=length, star=star)
    q, k, queue = random_embeddings(seed, views, queue=length)
    extra = {"queue": queue.numpy()} if length else {}
    for target in (k, None):
        ours = call(case, q, target, relation, queue)
        columns = q if target is None else target
        slow = getattr(reference, name)(
            q.flatten(0, 1).numpy(), columns.flatten(0, 1).numpy(), as_numpy(relation), **options, **extra
        )
        assert ours.item() == pytest.approx(slow, rel=1e-9, abs=1e-12)


@every_case
def test_memory_is_that_of_a_matrix(case):
    views, batch, dim, length = 3, 8, 20, case[2]
    relation = random_relation(9, views, batch, queue=length)
    q, k, queue = random_embeddings(9, views, batch, dim, queue=length, dtype=torch.float32)
    q.requires_grad_(), k.requires_grad_()
    rows, cols = relation.bound.shape
    with Watch() as watch:
        call(case, q, k, relation, queue).backward()
    assert 0 < watch.largest <= max(rows * cols, cols * dim, dim * dim)


@key_case
def test_compiles_without_a_break(case):
    relation = random_relation(10, queue=case[2])
    q, k, queue = random_embeddings(10, queue=case[2])
    name, options, length = case
    options = {key: value for key, value in options.items() if key != "seed"}  # generators do not compile
    given = {"queue": queue} if length else {}
    compiled = torch.compile(LOSSES[name], backend="eager", fullgraph=True)
    torch.manual_seed(0)
    ours = compiled(q, k, relation, **options, **given)
    torch.testing.assert_close(ours, call((name, options, length), q, k, relation, queue))


@pytest.mark.parametrize("name", LOSSES)
def test_defaults_are_q_and_the_empty_graph(name):
    q, _, _ = random_embeddings(11, views=3)
    relation = Relation.instances(3, 4)
    torch.testing.assert_close(call((name, {}, 0), q, None, None, None), call((name, {}, 0), q, q, relation, None))
    assert LOSSES[name](q[:1].float()).isfinite()  # one view: nothing is bound


@pytest.mark.parametrize("name", LOSSES)
@settings(max_examples=20, deadline=None)
@given(scale=st.floats(0.01, 100), seed=st.integers(0, 100))
def test_the_scale_of_the_weights_does_not_matter_without_bound_pairs(name, scale, seed):
    relation = random_relation(seed)
    unbound, attracting = torch.zeros_like(relation.bound), {"false_negatives": "attract"}
    q, k, _ = random_embeddings(seed)
    one, other = (
        call((name, attracting, 0), q, k, Relation(unbound, relation.same, attract, None, 2), None)
        for attract in (relation.attract, relation.attract * scale)
    )
    torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["barlow", "byol", "simsiam"])
def test_known_differences_are_ignored_and_this_is_said_once(name, monkeypatch):
    monkeypatch.setattr(roles, "_said", set())
    relation, (q, k, _) = random_relation(13), random_embeddings(13)
    with pytest.warns(UserWarning, match=f"{name} has no use for pairs known to be different"):
        first = LOSSES[name](q, k, relation)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert torch.equal(first, LOSSES[name](q, k, relation))
        assert torch.equal(first, LOSSES[name](q, k, Relation(relation.bound, relation.same, relation.attract)))


@pytest.mark.parametrize("name", LOSSES)
def test_bad_input_is_refused_with_one_sentence(name):
    loss, q = LOSSES[name], torch.randn(2, 4, 3)
    for match, arguments in [
        ("q must be floating point", (q[0],)),
        ("q must be floating point", (q.long(),)),
        ("k must have the shape of q", (q, q[:, :3])),
        (r"the relation is \[8, 10\] for 2 views", (q, q, Relation.instances(2, 4, 2))),
        ("for 4 views", (q, q, Relation.instances(4, 2))),
        ("the relation is on meta", (q, q, Relation.instances(2, 4).to("meta"))),
    ]:
        with pytest.raises(LikewiseError, match=match):
            loss(*arguments)
    with pytest.raises(LikewiseError, match="unknown false_negatives 'atract': did you mean 'attract'"):
        loss(q, false_negatives="atract")


@pytest.mark.parametrize("name", ["vicreg", "barlow"])
def test_standardising_needs_two_anchors(name):
    with pytest.raises(LikewiseError, match="needs at least 2 anchors, got 1"):
        LOSSES[name](torch.randn(2, 1, 3))


def test_reference_of_one_pair_by_hand():
    """The reference itself on a case that fits on paper: two anchors, orthogonal; T = 1."""
    eye = torch.eye(2).double().numpy()
    q, rel = [*eye, *eye], as_numpy(Relation.instances(2, 2))
    slow = reference.contrastive(q, q, rel, temperature=1.0)
    assert slow == pytest.approx(math.log(math.e + 2) - 1)
