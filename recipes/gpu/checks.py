"""Part a, about a minute: everything that has a path of its own on an accelerator, against the CPU.

Each check is a function of the device that raises where something is wrong and returns a sentence where it is right.
"""

from __future__ import annotations

import tempfile
import time
import traceback
import warnings
from collections.abc import Callable

import numpy as np
import torch

import likewise as lw
from likewise.losses import LOSSES
from likewise.methods import METHODS, Queue
from likewise.metrics import knn_accuracy
from likewise.search import nearest
from likewise.testing.batches import random_embeddings, random_relation

N, D = 4096, 64
STEPS = 10
batch_size = 100
"""Of the ten steps of each method; ``--smoke`` makes it small."""


def images(n: int, seed: int = 0) -> lw.Samples:
    """Random colour images of ten classes, each with a mean colour of its own."""
    random = np.random.default_rng(seed)
    y = random.integers(0, 10, n)
    mean = np.random.default_rng(1).integers(40, 216, (10, 3, 1, 1))
    pixels = np.clip(mean[y] + random.normal(0, 30, (n, 3, 32, 32)), 0, 255).astype(np.uint8)
    return lw.open(pixels, labels=y)


def rows(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((N, D)).astype(np.float32)


def graphs() -> dict[str, lw.SimilarityGraph]:
    """Every route of a draw: edges, groups, their union with known differences, a sum, a restriction, a mixture."""
    random = np.random.default_rng(0)
    edges = lw.neighbors(rows(), 5)
    groups = lw.labels(random.integers(0, 50, N))
    apart = lw.SimilarityGraph.from_edges(N, *random.integers(0, N, (2, 2000)), different=True)
    return {
        "edges": edges,
        "groups": groups,
        "union with differences": edges | groups | apart,
        "sum": 0.5 * edges + 0.5 * groups,
        "restriction": groups - edges,
        "mixture": lw.mix(edges, groups, 0.3),
    }


def search(device: torch.device) -> str:
    x, said = rows(), []
    for metric in ("cosine", "euclidean"):
        expected = nearest(x, k=10, metric=metric).ids
        for precision in ("highest", "high"):
            torch.set_float32_matmul_precision(precision)
            try:
                found = nearest(torch.from_numpy(x).to(device), k=10, metric=metric, device=device)
            finally:
                torch.set_float32_matmul_precision("highest")
            wrong = float((found.ids != expected).mean())
            assert wrong == 0, f"{wrong:.2%} of neighbours differ ({metric}, matmul precision {precision!r})"
        said.append(f"{metric}: {found.report}")
    return "; ".join(said)


def draws(device: torch.device) -> str:
    worst = 0.0
    for name, graph in graphs().items():
        ids = torch.arange(64, device=device).repeat(4000)
        drawn = graph.draw(ids, torch.Generator(device=device).manual_seed(0)).view(4000, 64).cpu().numpy()
        chance = graph.transition()[:64].toarray()
        seen = np.stack([np.bincount(drawn[:, row], minlength=N) for row in range(64)]) / 4000
        assert not seen[chance == 0].any(), f"{name}: a partner was drawn that has no chance"
        gap = float(np.abs(seen - chance).max())
        assert gap < 0.05, f"{name}: a partner of chance p was drawn p + {gap:.3f} of the time"
        worst = max(worst, gap)
    return f"largest difference of a frequency from its chance: {worst:.3f}"


def relations(device: torch.device) -> str:
    ids = torch.randint(N, (2, 128), generator=torch.Generator().manual_seed(0))
    queue = torch.randint(N, (256,), generator=torch.Generator().manual_seed(1))
    for name, graph in graphs().items():
        here, there = graph.relation(ids, queue), graph.relation(ids.to(device), queue.to(device))
        for part in ("bound", "same", "attract", "apart"):
            one, other = getattr(here, part), getattr(there, part)
            assert (one is None) == (other is None), f"{name}: {part} is there on one device alone"
            assert one is None or torch.allclose(one.float(), other.cpu().float()), f"{name}: {part} differs"
    return f"{len(graphs())} graphs, bound, same, attract and apart equal"


def losses(device: torch.device) -> str:
    worst = 0.0
    relation, (q, k, _) = random_relation(0, 2, 32), random_embeddings(0, 2, 32, 16)
    for name, loss in LOSSES.items():
        options = {"seed": 0} if name == "sigreg" else {}
        values = []
        for where in ("cpu", device):
            if options and where != "cpu":
                continue  # generators of two devices give other directions
            x = q.float().to(where).requires_grad_()
            value = loss(x, k.float().to(where), relation.to(where), **options)
            value.backward()
            values.append((value.detach().cpu(), x.grad.cpu()))
        for one, other in zip(*values, strict=True) if len(values) == 2 else ():
            worst = max(worst, float((one - other).abs().max() / one.abs().max().clamp(min=1e-6)))
    assert worst < 1e-3, f"a loss or gradient differs by {worst:.1e}"
    return f"{len(LOSSES)} losses, values and gradients within {worst:.1e}"


def views(device: torch.device) -> str:
    samples = images(256)
    batch = samples.storage.to(device)
    for recipe in ("none", "weak", "rrc", "strong", "asymmetric"):
        made = lw.make_views(recipe, samples)(batch, 0)
        here = lw.make_views(recipe, samples)(samples.storage, 0)
        assert made.shape == here.shape, f"{recipe} gives {list(made.shape)} for {list(here.shape)}"
        assert made.isfinite().all(), f"{recipe} gives NaN"
        gap = abs(float(made.mean()) - float(here.mean()))
        assert gap < 0.2, f"{recipe}: means differ by {gap:.2f}"
    return "five recipes: shapes, finite, means as on the CPU"


def queue_and_knn(device: torch.device) -> str:
    generator = torch.Generator().manual_seed(0)
    keys, ids = torch.randn(96, 16, generator=generator), torch.arange(96)
    queues = [Queue(64, 16).to(where) for where in ("cpu", device)]
    for queue in queues:
        for start in range(0, 96, 32):
            queue.push(keys[start : start + 32].to(queue.ids.device), ids[start : start + 32].to(queue.ids.device))
    assert torch.equal(queues[0].ids, queues[1].ids.cpu()), "the queue holds other ids"
    assert torch.allclose(queues[0].keys, queues[1].keys.cpu(), atol=1e-6), "the queue holds other keys"
    x, y = torch.from_numpy(rows()), torch.randint(10, (N,), generator=generator)
    one = knn_accuracy(x[:3000], y[:3000], x[3000:], y[3000:])
    other = knn_accuracy(x[:3000].to(device), y[:3000], x[3000:].to(device), y[3000:])
    assert abs(one - other) < 0.005, f"kNN is {one} on the CPU, {other} on the device"
    return f"queue equal; kNN {one:.4f} and {other:.4f}"


def methods(device: torch.device) -> str:
    """Every method ten steps by ``fit``; waits for the device inside of the steps are counted."""
    samples = images(STEPS * batch_size + batch_size // 2)
    graph, said = lw.neighbors(lw.priors.pixels(samples), 5), []
    for name in METHODS:
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()
        waits, seen = Waits(device), []
        options = {"queue": 2 * batch_size} if name in ("moco", "nnclr") else {}
        with tempfile.TemporaryDirectory() as folder:
            options |= {"encoder": "conv3", "views": "strong", "batch_size": batch_size, "epochs": 1, "monitor": False}
            watching = [waits, Losses(seen)]
            lw.fit(samples, graph, method=name, out=f"{folder}/run", quiet=True, callbacks=watching, **options)
        assert len(seen) == STEPS, f"{name}: {len(seen)} steps"
        assert np.isfinite(seen).all(), f"{name}: losses {seen}"
        memory = f", {torch.cuda.max_memory_allocated() / 2**20:.0f} MiB" if device.type == "cuda" else ""
        said.append(f"{name} {seen[0]:.3f} to {seen[-1]:.3f}{memory}, {waits.count} waits in {waits.steps} steps")
    return "; ".join(said)


class Losses:
    """Keeps the loss of each step."""

    def __init__(self, seen: list[float]) -> None:
        self.seen = seen

    def on_step(self, state: lw.training.TrainingState) -> None:
        self.seen.append(float(state.loss))


class Waits:
    """Counts warnings of torch's debug mode for synchronisation, from one step's end to the next one's."""

    def __init__(self, device: torch.device) -> None:
        self.device, self.count, self.steps = device, 0, 0

    def on_start(self, _: object) -> None:
        if self.device.type == "cuda":
            torch.cuda.set_sync_debug_mode("warn")
        self.heard = warnings.catch_warnings(record=True)
        self.list = self.heard.__enter__()
        warnings.simplefilter("always")

    def on_step(self, _: object) -> None:
        self.count += sum("synchroniz" in str(one.message) for one in self.list)
        self.list.clear()
        self.steps += 1

    def on_end(self, _: object) -> None:
        self.heard.__exit__(None, None, None)
        if self.device.type == "cuda":
            torch.cuda.set_sync_debug_mode("default")


def resume(_: torch.device) -> str:
    samples = images(512)
    graph = lw.neighbors(lw.priors.pixels(samples), 5)
    options = {"encoder": "conv3", "batch_size": 128, "epochs": 2, "monitor": False, "quiet": True, "views": "weak"}
    with tempfile.TemporaryDirectory() as folder:
        whole = lw.fit(samples, graph, out=f"{folder}/a", **options).encoder().state_dict()
        lw.fit(samples, graph, out=f"{folder}/b", callbacks=[StopAfter(3)], **options)
        again = lw.fit(samples, graph, out=f"{folder}/b", resume=True, **options).encoder().state_dict()
    gap = max(float((whole[key].float() - again[key].float()).abs().max()) for key in whole)
    assert gap < 1e-2, f"a resumed run ends {gap:.1e} from the whole one"
    return "to the bit" if gap == 0 else f"within {gap:.1e}"


class StopAfter:
    """Stops a run after so many steps."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def on_step(self, state: lw.training.TrainingState) -> None:
        if state.step == self.steps:
            state.stop()


def compiled(device: torch.device) -> str:
    from likewise.methods import build_encoder

    samples = images(512)
    net = build_encoder("conv3", samples.shape)[0]
    began = time.perf_counter()
    backend = "inductor" if device.type == "cuda" else "eager"
    with tempfile.TemporaryDirectory() as folder:
        options = {"batch_size": 128, "epochs": 1, "monitor": False, "quiet": True, "views": "weak"}
        run = lw.fit(samples, None, encoder=torch.compile(net, backend=backend), out=f"{folder}/run", **options)
        shape = run.embed(samples).shape
    return f"four steps with backend {backend!r} in {time.perf_counter() - began:.1f} s; features {shape}"


CHECKS: tuple[Callable[[torch.device], str], ...] = (
    search, draws, relations, losses, views, queue_and_knn, methods, resume, compiled,
)  # fmt: skip


def run(device: torch.device) -> list[tuple[str, str, str, float]]:
    """(name, ok or FAILED, sentence, seconds) of each check; a failure stops none of the others."""
    found = []
    for check in CHECKS:
        began = time.perf_counter()
        try:
            outcome, said = "ok", check(device)
        except Exception as error:
            outcome, said = "FAILED", f"{type(error).__name__}: {error}"
            traceback.print_exc()
        found.append((check.__name__, outcome, said, time.perf_counter() - began))
        print(*found[-1], flush=True)
    return found
