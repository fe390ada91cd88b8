"""The contrastive loss against the published ones, each written here from its source."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from likewise.errors import LikewiseError
from likewise.losses import contrastive
from likewise.relation import Relation
from likewise.testing.batches import random_embeddings, related

LABELS = torch.tensor([0, 1, 1, 2, 0, 1])


def label_relation(labels, views=2):
    """The graph of the labels over a batch of samples with ids of their own."""
    ids = torch.arange(len(labels)).expand(views, -1)
    return related(ids, ids[:0, 0], (labels[:, None] == labels).float(), None)


def nt_xent(z1, z2, temperature):
    """SimCLR, arXiv 2002.05709, equation 1: cross-entropy over 2N - 1 columns, the partner the target."""
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    logits = (z @ z.T / temperature).fill_diagonal_(-math.inf)
    n = len(z1)
    return F.cross_entropy(logits, torch.cat([torch.arange(n) + n, torch.arange(n)]))


def sup_con_out(z, labels, temperature):
    """SupCon, arXiv 2004.11362, equation 2 (L_out): the mean over positives of the log-probability."""
    z, labels = F.normalize(z.flatten(0, 1), dim=1), labels.repeat(len(z))
    other = ~torch.eye(len(z)).bool()
    logits = z @ z.T / temperature
    log_prob = logits - (logits.exp() * other).sum(1, keepdim=True).log()
    mask = (labels[:, None] == labels) & other
    return -((log_prob * mask).sum(1) / mask.sum(1)).mean()


def sup_con_rows(z, rows):
    z, total = F.normalize(z, dim=1), 0
    for i in rows:
        others = [j for j in range(len(z)) if j != i]
        log_prob = F.log_softmax(z[others] @ z[i] / 0.1, dim=0)
        total = total - log_prob[LABELS[others] == LABELS[i]].mean()
    return total / len(rows)


def solo_simclr(z, index, temperature):
    """solo-learn, simclr_loss_func (GPS-SSL's code forked it): positives of equal index summed inside of the log."""
    z, index = F.normalize(z.flatten(0, 1), dim=1), index.repeat(len(z))
    sim = torch.exp(z @ z.T / temperature)
    equal = index[:, None] == index
    pos, neg = (sim * (equal & ~torch.eye(len(z)).bool())).sum(1), (sim * ~equal).sum(1)
    return -torch.log(pos / (pos + neg)).mean()


@pytest.mark.parametrize("denominator", ["all", "own"])
def test_empty_graph_is_nt_xent(denominator):
    q, _, _ = random_embeddings(0, batch=6)
    ours = contrastive(q, temperature=0.3, denominator=denominator)
    torch.testing.assert_close(ours, nt_xent(q[0], q[1], 0.3))


def test_label_graph_is_sup_con():
    q, _, _ = random_embeddings(1, batch=6)
    ours = contrastive(q, None, label_relation(LABELS), temperature=0.1, false_negatives="attract")
    torch.testing.assert_close(ours, sup_con_out(q, LABELS, 0.1))
    one_view = contrastive(q[:1], None, label_relation(LABELS, views=1), temperature=0.1, false_negatives="attract")
    in_pairs = [0, 1, 2, 4, 5]  # class 2 has one row, which has no positive and leaves the mean
    torch.testing.assert_close(one_view, sup_con_rows(q[0], in_pairs))


@pytest.mark.parametrize("views", [2, 3])
def test_inner_form_is_that_of_solo_learn(views):
    q, _, _ = random_embeddings(2, views, batch=6)
    empty = contrastive(q, temperature=0.2, form="inner")
    torch.testing.assert_close(empty, solo_simclr(q, torch.arange(6), 0.2))
    relation = label_relation(LABELS, views)
    labels = contrastive(q, None, relation, temperature=0.2, form="inner", false_negatives="attract")
    torch.testing.assert_close(labels, solo_simclr(q, LABELS, 0.2))


def test_soft_edges_are_x_clr():
    """X-CLR, arXiv 2407.18134: cross-entropy of the softmax with soft targets over the other rows."""
    q, _, _ = random_embeddings(3, views=1, batch=5)
    attract = torch.rand(5, 5, generator=torch.Generator().manual_seed(3))
    relation = related(torch.arange(5)[None], torch.arange(0), attract, None)
    z, total = F.normalize(q[0], dim=1), 0
    for i in range(5):
        others = [j for j in range(5) if j != i]
        target = attract[i, others] / attract[i, others].sum()
        total = total + F.cross_entropy((z[others] @ z[i] / 0.1)[None], target.double()[None])
    ours = contrastive(q, None, relation, temperature=0.1, false_negatives="attract")
    torch.testing.assert_close(ours, total / 5, rtol=1e-6, atol=1e-6)


def test_queue_is_moco():
    """MoCo, arXiv 1911.05722, algorithm 1: the key of the anchor, then the queue; here over both directions."""
    q, k, queue = random_embeddings(4, batch=5, queue=9)

    def moco(q, k):
        q, k, bank = F.normalize(q, dim=1), F.normalize(k, dim=1), F.normalize(queue, dim=1)
        logits = torch.cat([(q * k).sum(1, keepdim=True), q @ bank.T], dim=1) / 0.07
        return F.cross_entropy(logits, torch.zeros(5, dtype=torch.long))

    ours = contrastive(q, k, temperature=0.07, against="queue", queue=queue)
    torch.testing.assert_close(ours, (moco(q[0], k[1]) + moco(q[1], k[0])) / 2)


def test_cross_is_nnclr_and_clip():
    """solo-learn's nnclr_loss_func: rows are neighbours of one view, columns the other view's predictions; the mean."""
    nn, p, _ = random_embeddings(5, batch=5)

    def half(nn, p):
        return F.cross_entropy(F.normalize(nn, dim=1) @ F.normalize(p, dim=1).T / 0.1, torch.arange(5))

    torch.testing.assert_close(
        contrastive(nn, p, temperature=0.1, against="cross"), (half(nn[0], p[1]) + half(nn[1], p[0])) / 2
    )
    scale = torch.tensor(0.05, dtype=torch.float64, requires_grad=True)  # CLIP learns its temperature
    contrastive(nn, temperature=scale, against="cross").backward()
    assert scale.grad != 0


def test_duplicates_and_false_negatives_have_the_role_that_the_option_gives_them():
    ids = torch.tensor([[0, 1, 0], [0, 1, 0]])  # anchor 0 twice
    q, _, _ = random_embeddings(6, batch=3)
    relation = related(ids, ids[:0, 0], torch.eye(2), None)
    torch.testing.assert_close(contrastive(q, None, relation, false_negatives="negative"), nt_xent(q[0], q[1], 0.2))
    without = contrastive(q, None, relation)
    first, last = (nt_xent_rows(q[:, pair])[[0, 2]].sum() for pair in ([0, 1], [2, 1]))
    middle = nt_xent_rows(q)[[1, 4]].sum()
    torch.testing.assert_close(without, (first + last + middle) / 6)


def nt_xent_rows(q, temperature=0.2):
    z = F.normalize(q.flatten(0, 1), dim=1)
    n = q.shape[1]
    logits = (z @ z.T / temperature).fill_diagonal_(-math.inf)
    return F.cross_entropy(logits, (torch.arange(2 * n) + n) % (2 * n), reduction="none")


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), beta=st.floats(0, 5), against=st.sampled_from(["batch", "cross"]))
def test_with_one_positive_both_denominators_and_both_forms_agree(seed, beta, against):
    q, k, _ = random_embeddings(seed)
    apart = torch.rand(4, 4, generator=torch.Generator().manual_seed(seed))
    relation = related(torch.arange(4).expand(2, -1), torch.arange(0), None, apart)
    base = {"beta": beta, "against": against}
    whole = contrastive(q, k, relation, **base)
    torch.testing.assert_close(whole, contrastive(q, k, relation, denominator="own", **base))
    torch.testing.assert_close(whole, contrastive(q, k, relation, form="inner", **base))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000))
def test_known_differences_raise_the_loss_and_own_denominators_lower_it(seed):
    q, k, _ = random_embeddings(seed, batch=6)
    labels = label_relation(LABELS)
    apart = (LABELS[:, None] != LABELS).float().repeat(2, 2)
    relation = Relation(labels.bound, labels.same, labels.attract, apart, 2)
    for false_negatives in ("negative", "ignore", "attract"):
        plain = contrastive(q, k, relation, false_negatives=false_negatives)
        assert contrastive(q, k, relation, false_negatives=false_negatives, beta=1.0) > plain
        assert contrastive(q, k, relation, false_negatives=false_negatives, denominator="own") <= plain + 1e-12


def test_large_logits_stay_finite():
    q = F.one_hot(torch.tensor([[0, 1, 1], [0, 1, 1]]), 3).float().requires_grad_()
    for form in ("outer", "inner"):
        loss = contrastive(q, temperature=1e-4, form=form)
        loss.backward()
        assert torch.isfinite(loss)
        assert torch.isfinite(q.grad).all()


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"denominator": "none"}, "unknown denominator"),
        ({"form": "middle"}, "unknown form"),
        ({"against": "crosss"}, "did you mean 'cross'"),
        ({"form": "inner", "denominator": "own"}, "the inner form has one denominator"),
        ({"against": "queue"}, "needs a queue"),
        ({"queue": torch.zeros(4, 2)}, r"the queue must be \[length, 3\]"),
        ({"temperature": 0.0}, "temperature must be a number greater than 0"),
        ({"beta": -1.0}, "beta must be a number of at least 0"),
    ],
)
def test_bad_options_are_refused(options, match):
    with pytest.raises(LikewiseError, match=match):
        contrastive(torch.randn(2, 4, 3), **options)
