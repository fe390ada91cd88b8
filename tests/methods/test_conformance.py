"""What every method promises."""

import copy
import warnings
from functools import partial

import pytest
import torch
from tests.methods.cases import (
    ALL,
    CONTRASTS,
    FEATURES,
    MOMENTUM,
    QUEUES,
    STOPS,
    B,
    N,
    V,
    batch,
    encoder,
    make,
    small,
    step,
)

from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph
from likewise.graph.compiled import Compiled
from likewise.losses import roles
from likewise.methods import METHODS, build_method, method_options
from likewise.testing import check_method

LABELS = SimilarityGraph.from_labels([i % 4 for i in range(N)])
TOLD_APART = LABELS | SimilarityGraph.from_edges(N, range(7), range(9, 16), different=True)


@pytest.mark.parametrize("name", ALL)
def test_keeps_the_promises_of_every_method(name):
    check_method(partial(METHODS[name], **small(name)))


@pytest.mark.parametrize("name", ALL)
def test_targets_are_those_of_the_paper(name):
    assert (step(make(name))[2] is not None) == (name in STOPS)


@pytest.mark.parametrize("name", ALL)
def test_an_embedding_of_zeros_poisons_no_gradient(name):
    method, ids = make(name), batch()[1]
    k = torch.randn(V, B, 5) if name in STOPS else None
    q = torch.randn(V, B, 5)
    q[0, 0] = 0
    q.requires_grad_()
    queue_ids = method.queue.ids if method.queue is not None and method.queue_columns else None
    method.loss(q, k, SimilarityGraph.none(N).relation(ids, queue_ids)).backward()
    assert q.grad.isfinite().all()


@pytest.mark.parametrize("name", STOPS)
def test_nothing_flows_through_the_targets(name):
    """With the predictor's (or network's) output held fixed, the loss depends on k, but its gradient does not."""
    method = make(name)
    _, q, k = step(method)
    other = method.loss(q, k + 1, SimilarityGraph.none(N).relation(batch()[1], _queue_ids(method)))
    assert float(other.detach()) != float(step(method)[0].detach())
    assert k.grad_fn is None


def _queue_ids(method):
    return method.queue.ids if method.queue_columns else None


@pytest.mark.parametrize("name", ALL)
def test_a_method_depends_on_who_is_alike_exactly_where_it_searches_the_graph(name, monkeypatch):
    searches, among = [], Compiled.among
    monkeypatch.setattr(Compiled, "among", lambda *args: searches.append(1) or among(*args))
    for false_negatives in ("negative", "ignore", "attract"):
        if "false_negatives" not in method_options(name):
            continue
        method = make(name, false_negatives=false_negatives)
        alone = float(step(method, graph=SimilarityGraph.none(N))[0].detach())
        searches.clear()
        among_labels = float(step(method, graph=LABELS)[0].detach())
        assert (alone != among_labels) <= bool(searches), false_negatives
        if name != "spectral":
            assert (alone != among_labels) == bool(searches), false_negatives


@pytest.mark.parametrize("name", ["byol", "simsiam", "barlow", "nnclr"])
def test_methods_without_use_for_differences_say_so_once(name, monkeypatch):
    monkeypatch.setattr(roles, "_said", set())
    method = make(name)
    with pytest.warns(UserWarning, match="has no use for pairs known to be different"):
        step(method, graph=TOLD_APART)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        step(method, graph=TOLD_APART)


@pytest.mark.parametrize(
    ("name", "option"), [("simclr", "beta"), ("supcon", "beta"), ("spectral", "repel"), ("vicreg", "repel")]
)
def test_differences_push_where_an_option_says_so(name, option):
    quiet, pushing = (float(step(make(name, **{option: value}), graph=TOLD_APART)[0].detach()) for value in (0.0, 2.0))
    assert quiet != pushing


@pytest.mark.parametrize("name", MOMENTUM)
def test_the_target_follows_by_the_formula_and_is_a_copy_at_first(name):
    method = make(name)
    start = copy.deepcopy(method.target.state_dict())
    online = torch.nn.Sequential(method.encoder, method.projector)
    assert all(torch.equal(start[key], value) for key, value in online.state_dict().items())
    step(method)[0].backward()
    torch.optim.SGD([p for _, p in method.trainable()], lr=1.0).step()
    method.follow(0.3)
    tau = method.momentum.at(0.3)
    for (key, slow), fast in zip(method.target.named_parameters(), online.parameters(), strict=True):
        torch.testing.assert_close(slow, tau * start[key] + (1 - tau) * fast)
        assert not slow.requires_grad


def test_tau_rises_on_a_cosine():
    momentum = make("byol", momentum=0.9).momentum
    assert [momentum.at(share) for share in (0, 0.5, 1)] == pytest.approx([0.9, 0.95, 1.0])
    assert make("moco").momentum.at(1.0) == pytest.approx(0.999)


@pytest.mark.parametrize("name", sorted(set(ALL) - set(MOMENTUM)))
def test_methods_without_a_target_follow_nothing(name):
    method = make(name)
    before = copy.deepcopy(method.state_dict())
    method.follow(0.5)
    assert all(torch.equal(before[key], value) for key, value in method.state_dict().items())


@pytest.mark.parametrize(
    ("name", "projector", "predictor"),
    [
        ("simclr", [(6, 24), (24, 256)], None),
        ("supcon", [(6, 24), (24, 128)], None),
        ("moco", [(6, 24), (24, 256)], None),
        ("spectral", [(6, 24), (24, 256)], None),
        ("vicreg", [(6, 24), (24, 24), (24, 24)], None),
        ("barlow", [(6, 24), (24, 24), (24, 24)], None),
        ("sigreg", [(6, 24), (24, 24), (24, 16)], None),
        ("nnclr", [(6, 24), (24, 24), (24, 256)], [(256, 48), (48, 256)]),
        ("byol", [(6, 24), (24, 256)], [(256, 24), (24, 256)]),
        ("simsiam", [(6, 24), (24, 24), (24, 24)], [(24, 6), (6, 24)]),
    ],
)
def test_heads_are_as_wide_as_documented(name, projector, predictor):
    method = build_method(name, encoder(), FEATURES, N)

    def widths(head):
        return (
            None if head is None else [(x.in_features, x.out_features) for x in head if isinstance(x, torch.nn.Linear)]
        )

    assert (widths(method.projector), widths(method.predictor)) == (projector, predictor)
    wide = build_method(name, encoder(), 512, N)
    assert widths(wide.projector)[0] == (512, 4096 if name == "byol" else 2048)


@pytest.mark.parametrize("name", ALL)
def test_only_targets_of_contrast_know_a_queue(name):
    method = make(name)
    assert (method.queue is not None) == (name in QUEUES)
    assert name in CONTRASTS or method.queue is None
    method.remember(torch.ones(2, 4, 5), torch.arange(8).view(2, 4))
    if method.queue is not None:
        assert method.queue.ids[:8].tolist() == list(range(8))


def test_unknown_names_name_the_nearest():
    with pytest.raises(LikewiseError, match="unknown method 'simclrr': did you mean 'simclr'"):
        build_method("simclrr", encoder(), FEATURES, N)
    with pytest.raises(LikewiseError, match="unknown option of the method 'byol' 'momentun': did you mean 'momentum'"):
        build_method("byol", encoder(), FEATURES, N, momentun=0.9)
    assert sorted(METHODS) == ALL
