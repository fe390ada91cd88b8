"""What the similarity graph costs: time, memory and disk, for 1,000,000 samples.

python benchmarks/graph.py --out benchmarks/results/graph_cpu.md
"""

import argparse
import os
import platform
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow
import scipy
import torch

from likewise.graph import SimilarityGraph, Source
from likewise.graph.terms import edges_from_arrays, edges_from_neighbors

MIB = 1 << 20
BATCH = 1024


def status(field):
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) / 1024


def measured(step, repeats=1):
    """(result, wall and CPU seconds of each repeat, peak MiB above what was resident before the first)."""
    seconds = []
    for repeat in range(repeats):
        if repeat == 0:
            Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts again from here
            before = status("VmRSS")
        started, worked = time.perf_counter(), time.process_time()
        result = step()
        seconds.append((time.perf_counter() - started, time.process_time() - worked))
        if repeat == 0:
            peak = status("VmHWM") - before
    return result, seconds, max(peak, 0)


def spread(seconds):
    """Wall time and CPU time as two cells; the machine may be shared, and then only the second is comparable."""
    cells = []
    for times in zip(*seconds, strict=True):
        low, middle, high = (f"{value * 1e3:.2f}" for value in np.quantile(times, [0.05, 0.5, 0.95]))
        cells.append(f"{times[0]:.2f} s" if len(times) == 1 else f"{middle} ms (5-95 %: {low}-{high})")
    return " | ".join(cells)


def edge_bytes(graph):
    return sum(a.nbytes for term in graph.terms for a in (term.indptr, term.indices, term.weights)) / MIB


def use(name, graph, rng, repeats, rows):
    """The lines of draw, among and relation for one graph."""
    n = graph.n
    batches = iter([torch.from_numpy(rng.integers(0, n, (2, BATCH))) for _ in range(3 * repeats)])
    _, first, peak = measured(graph.compiled)
    rows.append((f"{name}: first use (tables)", spread(first), f"{peak:.0f}", ""))
    for step, what in (
        (lambda: graph.draw(next(batches)[0]), f"draw {BATCH:,} partners"),
        (lambda: graph.among(*next(batches)), f"among {BATCH:,} x {BATCH:,}"),
        (lambda: graph.relation(next(batches)[:, : BATCH // 2]), f"relation of 2 views x {BATCH // 2}"),
    ):
        _, seconds, peak = measured(step, repeats)
        rows.append((f"{name}: {what}", spread(seconds), f"{peak:.0f}", f"{repeats} calls"))


def run(n, k, repeats, seed, folder):
    rng, rows = np.random.default_rng(seed), []
    ids = rng.integers(0, n, (n, k), dtype=np.int32)
    weights = rng.uniform(0.3, 1, (n, k)).astype(np.float32)
    source = Source("neighbors")
    # everything is imported and warm before the first figure
    warm = SimilarityGraph.of_term(edges_from_neighbors(ids[:1000] % 1000, weights[:1000], source=source))
    SimilarityGraph.load(warm.save(folder / "warm")).draw(torch.arange(9))

    edges, seconds, peak = measured(lambda: edges_from_neighbors(ids, weights, source=source))
    graph = SimilarityGraph.of_term(edges)
    own = edge_bytes(graph)
    rows.append(("build from a table of neighbours", spread(seconds), f"{peak - own:.0f}", f"result {own:.0f} MiB"))
    shuffled = np.repeat(np.arange(n, dtype=np.int32), k), ids.reshape(-1), weights.reshape(-1)
    _, seconds, peak = measured(partial(edges_from_arrays, n, *shuffled, source=source))
    rows.append(("build from unsorted arrays", spread(seconds), f"{peak - own:.0f}", f"result {own:.0f} MiB"))
    del shuffled
    path, seconds, peak = measured(lambda: graph.save(folder / "graph"))
    size = {part: sum(f.stat().st_size for f in (path / part).iterdir()) / edges.count for part in ("terms", "cache")}
    disk = f"{size['terms']:.2f} bytes an edge, and {size['cache']:.2f} in the cache"
    rows.append(("save", spread(seconds), f"{peak:.0f}", disk))
    loaded, seconds, peak = measured(lambda: SimilarityGraph.load(path))
    rows.append(("load (memory-mapped)", spread(seconds), f"{peak:.0f}", ""))
    use("edges", loaded, rng, repeats, rows)
    labels = rng.integers(0, 10, n)
    groups, seconds, peak = measured(lambda: SimilarityGraph.from_labels(labels))
    megabytes = groups.terms[0].codes.nbytes / MIB
    rows.append(("build from 10 labels", spread(seconds), f"{peak:.0f}", f"result {megabytes:.1f} MiB"))
    use("labels", groups, rng, repeats, rows)
    use("union of both", loaded | groups, rng, repeats, rows)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=1_000_000)
    parser.add_argument("--k", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = run(args.n, args.k, args.repeats, args.seed, Path(folder))
    cpu = next(
        line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    )
    lines = [
        "# The similarity graph on a CPU",
        "",
        f"{args.n:,} samples with {args.k} weighted edges each, seed {args.seed}. {cpu}, {os.cpu_count()} cores, "
        f"{torch.get_num_threads()} torch threads, "
        f"load of others and this one {os.getloadavg()[0]:.1f}; Python {platform.python_version()}, "
        f"torch {torch.__version__}, numpy {np.__version__}, scipy {scipy.__version__}, pyarrow {pyarrow.__version__}.",
        "",
        f"`OMP_NUM_THREADS={torch.get_num_threads()} python benchmarks/graph.py --n {args.n} --k {args.k} "
        f"--repeats {args.repeats} --seed {args.seed}`",
        "",
        "| step | wall time, median | CPU time, median | peak MiB beyond the result | |",
        "| --- | --- | --- | --- | --- |",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    print("\n".join(lines))
    if args.out:
        args.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
