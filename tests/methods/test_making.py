"""Methods of one's own: factories, losses alone, and other heads."""

import copy

import pytest
import torch
from tests.methods.cases import FEATURES, N, batch, encoder, make, step
from torch import nn

import likewise as lw
from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph
from likewise.losses import LOSSES, Contrastive, contrastive
from likewise.methods import METHODS, JointEmbedding, build_method, make_method, method_options
from likewise.testing.methods import SEED


def made(method=None, net=None, **options):
    torch.manual_seed(0)
    return make_method(method, encoder() if net is None else net, FEATURES, N, **options)


def alignment(q, k, relation, *, weight=1.0):
    """A loss of one's own: the mean squared distance of bound rows."""
    rows, cols = q.flatten(0, 1), k.flatten(0, 1)
    return weight * ((rows[:, None] - cols[None]).square().sum(2) * relation.bound).mean()


def trained(method, steps=5):
    """The losses of a few steps."""
    optimizer = torch.optim.SGD([p for _, p in method.trainable()], lr=0.02)
    values = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss, _, _ = step(method)
        loss.backward()
        optimizer.step()
        values.append(float(loss.detach()))
    return values


@pytest.mark.parametrize("name", METHODS.builtin)
def test_a_name_is_what_build_method_builds(name):
    torch.manual_seed(0)
    built = build_method(name, encoder(), FEATURES, N, hidden=12)
    other = made(name, options={"hidden": 12})
    assert [*built.state_dict()] == [*other.state_dict()]
    assert all(torch.equal(a, b) for a, b in zip(built.state_dict().values(), other.state_dict().values(), strict=True))


def test_without_a_name_it_is_simclr():
    values = made().state_dict().values(), made("simclr").state_dict().values()
    assert all(torch.equal(a, b) for a, b in zip(*values, strict=True))


def plain_method(encoder, features, n, *, dim=5):
    return JointEmbedding(encoder, nn.Linear(features, dim), lambda q, k, relation, queue: contrastive(q, k, relation))


def test_a_factory_makes_a_method():
    method = made(plain_method, options={"dim": 7})
    assert method.projector.out_features == 7
    values = trained(method)
    assert values[-1] < values[0]
    assert method_options(plain_method) == ["dim"]
    with pytest.raises(LikewiseError, match=r"unknown option of the method tests\..*plain_method 'dmi'"):
        made(plain_method, options={"dmi": 7})


class Own(JointEmbedding):
    def __init__(self, encoder, features, n):
        super().__init__(encoder, nn.Linear(features, 3), lambda q, k, relation, queue: q.square().mean())


def test_a_subclass_serves_as_a_factory_and_when_it_is_ready():
    assert isinstance(made(Own), Own)
    ready = Own(encoder(), FEATURES, N)
    assert made(ready, ready.encoder) is ready
    assert make_method(ready, None, 0, N) is ready
    assert method_options(ready) == []


def test_a_registered_method_serves_by_name(monkeypatch):
    monkeypatch.setattr(METHODS, "_own", {})
    lw.register("method", "plain")(plain_method)
    assert made("plain").projector.out_features == 5


def test_a_function_serves_as_a_loss_and_is_given_q_as_its_targets():
    given = []

    def spying(q, k, relation):
        given.append((q, k, relation.row_ids))
        return alignment(q, k, relation)

    method = made(loss=spying)
    values = trained(method)
    assert values[-1] < values[0]
    q, k, ids = given[0]
    assert k is q
    assert ids.tolist() == batch()[1].flatten().tolist()
    assert [layer.out_features for layer in method.projector if isinstance(layer, nn.Linear)] == [24, 256]


def test_options_of_a_loss_alone_are_its_own_and_its_projectors():
    once, twice = (made(loss=alignment, options={"dim": 4, "weight": weight}) for weight in (1.0, 2.0))
    assert float(step(twice)[0].detach()) == pytest.approx(2 * float(step(once)[0].detach()))
    assert method_options(loss=alignment) == ["weight", "hidden", "dim"]
    assert method_options(loss=Contrastive()) == ["hidden", "dim"]
    assert "queue" not in method_options(loss="contrastive")
    with pytest.raises(LikewiseError, match=r"unknown option of the loss .*alignment 'wieght': did you mean 'weight'"):
        made(loss=alignment, options={"wieght": 2.0})


@pytest.mark.parametrize("name", LOSSES.builtin)
def test_a_loss_by_name_is_that_loss(name):
    method = made(loss=name, options={"false_negatives": "negative"})
    loss, q, _ = step(method)
    relation = SimilarityGraph.none(N).relation(batch()[1])
    torch.manual_seed(SEED)
    assert torch.equal(loss, LOSSES[name](q, None, relation, false_negatives="negative"))


def test_a_module_is_trained_and_saved_with_the_method():
    method = made(loss=Contrastive(temperature=0.5, learn_temperature=True))
    assert "objective.loss.log_scale" in dict(method.trainable())
    before = method.objective.loss.log_scale.item()
    trained(method)
    assert method.objective.loss.log_scale.item() != before
    other = made(loss=Contrastive(learn_temperature=True))
    other.load_state_dict(method.state_dict())
    assert float(step(other)[0].detach()) == float(step(method)[0].detach())
    assert float(step(copy.deepcopy(method))[0].detach()) == float(step(method)[0].detach())


@pytest.mark.parametrize(
    ("loss", "sentence"),
    [
        (
            lambda q, k, relation: q.square().sum(2),
            r"one number, a tensor of shape \[\]: .*<lambda> gave torch",
        ),
        (lambda q, k, relation: 3.0, "gave a float"),
        (lambda q, k, relation: (q.sum(), k.sum()), "gave a tuple"),
        (lambda q, k, relation: q.detach().sum(), "has no gradient: compute it from q"),
    ],
)
def test_a_loss_must_give_a_number_with_a_gradient(loss, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        step(made(loss=loss))
    method = made(loss=lambda q, k, relation: q.sum())
    with torch.no_grad():
        assert step(method)[0].ndim == 0


@pytest.mark.parametrize("name", METHODS.builtin)
def test_another_projector_takes_the_place_of_the_methods(name):
    queue = {"queue": 16} if name in ("moco", "nnclr") else {}
    method = made(name, projector=lambda features: nn.Linear(features, 9), options=queue)
    assert method.projector.out_features == 9
    if method.queue is not None:
        method.queue.push(torch.randn(16, 9), torch.arange(40, 56))
    loss, q, _ = step(method)
    assert q.shape[2] == 9
    loss.backward()
    assert all(p.grad is not None for _, p in method.trainable())
    if method.target is not None:
        assert [*method.target.state_dict()] == [*nn.Sequential(method.encoder, method.projector).state_dict()]
        assert not any(p.requires_grad for p in method.target.parameters())


def test_the_identity_is_a_head():
    method = made("byol", projector=nn.Identity(), predictor=nn.Identity())
    loss, q, k = step(method)
    assert q.shape[2] == k.shape[2] == FEATURES
    loss.backward()
    assert made("simclr", projector=nn.Identity).projector(torch.ones(2, 3)).shape == (2, 3)
    own = nn.Linear(256, 256)
    assert made("byol", predictor=own).predictor is own
    assert made("moco", predictor=lambda width: nn.Linear(width, width)).predictor.in_features == 256


def narrow(encoder, features, n):
    """A method with a queue and a predictor, whose widths no option changes."""
    method = make("nnclr")
    return JointEmbedding(
        encoder,
        nn.Linear(features, 5),
        method.objective,
        predictor=nn.Linear(5, 5),
        stop_gradient=True,
        queue=method.queue,
    )


def bare(encoder, features, n):
    method = narrow(encoder, features, n)
    method.predictor = None
    return method


@pytest.mark.parametrize(
    ("method", "given", "sentence"),
    [
        ("simclrr", {}, "unknown method 'simclrr': did you mean 'simclr'"),
        (None, {"loss": "contrastiv"}, "unknown loss 'contrastiv': did you mean 'contrastive'"),
        (None, {"loss": 3}, "a loss is a name, a function .* or a module, got 3"),
        (None, {"loss": lambda q, k: q.sum()}, r"called as loss\(q, k, relation\), which .*<lambda> does not take"),
        (None, {"loss": Contrastive(), "options": {"beta": 1.0}}, "beta: the loss .*Contrastive is made already"),
        ("simclr", {"loss": "byol"}, "the method 'simclr' has a loss of its own: give method= or loss=, not both"),
        (3, {}, "a method is a name, a function .* or a JointEmbedding, got 3"),
        (nn.Linear(2, 2), {}, "got torch.nn.modules.linear.Linear"),
        (lambda encoder, features, n: encoder, {}, "must give a JointEmbedding, got a Sequential"),
        ("simclr", {"predictor": nn.Identity()}, "compares predictions with each other, so that a predictor is a part"),
        (None, {"loss": "byol", "predictor": nn.Identity()}, "the loss 'byol' compares predictions with each other"),
        ("byol", {"projector": nn.Linear(7, 5)}, "the projector does not take 6 features"),
        ("byol", {"predictor": nn.Linear(7, 5)}, "the predictor does not take 256 embeddings"),
        ("byol", {"predictor": nn.Linear(256, 5)}, "the predictor gives 5 numbers, but .* compares them with 256"),
        ("byol", {"projector": 3}, "a projector is a module, or a function of a width that makes one, got 3"),
        ("byol", {"projector": nn.Unflatten(1, (2, 3))}, r"one vector a sample, got \[2, 2, 3\]"),
        ("simclr", {"projector": nn.Identity(), "options": {"dim": 5}}, "dim=5, but the projector given has 6 outputs"),
        (narrow, {"projector": nn.Identity()}, "the predictor does not take 6 embeddings"),
        (bare, {"projector": nn.Identity()}, "holds keys of width 5, but the projector gives 6"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(method, given, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        made(method, **given)


def test_a_ready_method_takes_nothing_besides():
    ready = Own(encoder(), FEATURES, N)
    for given, named in [
        ({"net": encoder()}, "encoder="),
        ({"projector": nn.Identity()}, "projector="),
        ({"predictor": nn.Identity()}, "predictor="),
        ({"loss": "byol"}, "loss="),
        ({"options": {"dim": 3}}, "dim="),
    ]:
        with pytest.raises(LikewiseError, match=f"the method is ready, .*: leave {named} out"):
            made(ready, **{"net": ready.encoder, **given})
    with pytest.raises(LikewiseError, match="a method needs an encoder"):
        make_method("simclr", None, FEATURES, N)
