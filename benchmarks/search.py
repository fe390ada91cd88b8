"""Exact nearest neighbours: likewise against faiss IndexFlat and scikit-learn's brute force, on the CPU.

    python benchmarks/search.py [--n 50000] [--d 256] [--data EMBEDDINGS.npy] [--repeats 3]

CPU seconds (user + system) are the column to compare: on a shared machine wall time is not. Each run is its own
process, the engines take turns, and the least CPU time counts (the spread is printed): noise only ever adds.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ENGINES = ("likewise", "faiss", "sklearn")
K, SEED = 10, 0


def digits(n: int, d: int) -> np.ndarray:
    """scikit-learn's digits, drawn again with noise and sent through a random projection and a ReLU."""
    from sklearn.datasets import load_digits

    rng = np.random.default_rng(SEED)
    x = load_digits().data / 16
    x = x[rng.integers(len(x), size=n)] + 0.1 * rng.standard_normal((n, x.shape[1]))
    return np.maximum(x @ rng.standard_normal((x.shape[1], d)), 0).astype(np.float32)


def dataset(name: str, n: int, d: int, data: str | None) -> np.ndarray:
    if name == "data":
        return np.ascontiguousarray(np.load(data, allow_pickle=False)[:n], dtype=np.float32)
    if name == "digits":
        return digits(n, d)
    rng = np.random.default_rng(SEED)
    noise = rng.standard_normal((n, d), dtype=np.float32)
    return noise if name == "noise" else noise * np.float32(0.02) + rng.standard_normal(d, dtype=np.float32)


def find(engine: str, x: np.ndarray) -> tuple[np.ndarray, float]:
    """Ids of the k nearest by cosine similarity, and the share of rows computed again."""
    if engine == "likewise":
        from likewise.search import nearest

        found = nearest(x, k=K)
        return found.ids, found.report["recomputed"]
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    if engine == "faiss":
        import faiss

        index = faiss.IndexFlatIP(x.shape[1])
        index.add(unit)
        ids = index.search(unit, K + 1)[1]
    else:
        from sklearn.neighbors import NearestNeighbors

        model = NearestNeighbors(n_neighbors=K + 1, algorithm="brute", n_jobs=-1).fit(unit)
        ids = model.kneighbors(unit, return_distance=False)
    own = ids == np.arange(len(ids))[:, None]
    own[~own.any(1), -1] = True
    return ids[~own].reshape(len(ids), K), 0.0


def warm(engine: str) -> None:
    """Load the libraries and start their threads, outside of the clock."""
    import torch

    threads = int(os.environ["OMP_NUM_THREADS"])
    torch.set_num_threads(threads)
    find(engine, np.random.default_rng(1).standard_normal((2000, 64), dtype=np.float32))


def measure(engine: str, x: np.ndarray) -> dict[str, float]:
    warm(engine)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cpu, wall = time.process_time(), time.perf_counter()
    ids, recomputed = find(engine, x)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    return {"cpu": cpu, "wall": wall, "mib": more / 1024, "recomputed": recomputed, "recall": recall(ids, x)}


def recall(ids: np.ndarray, x: np.ndarray, rows: int = 1000) -> float:
    """Share of the true neighbours, by float64 brute force, that were found for a sample of rows."""
    chosen = np.random.default_rng(SEED).permutation(len(x))[:rows]
    unit = x.astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    scores = (unit[chosen] @ unit.T).astype(np.float32)
    scores[np.arange(len(chosen)), chosen] = -np.inf
    true = np.argsort(-scores, axis=1, kind="stable")[:, :K]
    return float(np.mean([len(set(a) & set(b)) / K for a, b in zip(ids[chosen], true, strict=True)]))


def child(arguments: argparse.Namespace, name: str, engine: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--n", str(arguments.n), "--d", str(arguments.d), "--one", name, engine]
    command += ["--data", arguments.data] if arguments.data else []
    threads = str(arguments.threads)
    threads_of = {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
    environment = os.environ | threads_of | {"OMP_WAIT_POLICY": "passive"}  # count work, not waiting
    return json.loads(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.processor())
    return f"{model}, {os.cpu_count()} cores"


def table(arguments: argparse.Namespace, name: str) -> None:
    runs: dict[str, list[dict[str, float]]] = {engine: [] for engine in arguments.engines}
    for _ in range(arguments.repeats):
        for engine in arguments.engines:
            runs[engine].append(child(arguments, name, engine))
    faiss = min((run["cpu"] for run in runs.get("faiss", [])), default=float("nan"))
    for engine, values in runs.items():
        best = min(values, key=lambda run: run["cpu"])
        spread = f"{best['cpu']:.1f} - {max(run['cpu'] for run in values):.1f}"
        print(
            f"| {name} | {engine} | {spread} | {faiss / best['cpu']:.2f} x | {best['wall']:.1f} "
            f"| {best['recall']:.4f} | {best['mib']:.0f} | {best['recomputed']:.2%} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=50_000, help="rows")
    parser.add_argument("--d", type=int, default=256, help="columns of the made sets")
    parser.add_argument("--data", help="embeddings [n, d] in a .npy file, measured beside the made sets")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        name, engine = arguments.one
        print(json.dumps(measure(engine, dataset(name, arguments.n, arguments.d, arguments.data))))
        return
    versions = {p: importlib.metadata.version(p) for p in ("torch", "faiss-cpu", "scikit-learn", "numpy")}
    print(f"Machine: {machine()}; {arguments.threads} threads. Python {platform.python_version()}, {versions}.")
    print(f"n = {arguments.n:,}, d = {arguments.d}, k = {K}, seed {SEED}, {arguments.repeats} repeats in turns.\n")
    print("| set | engine | CPU s, least - most | faiss / this | wall s | recall | MiB above the array | recomputed |")
    print("|---|---|---|---|---|---|---|---|")
    for name in (["data"] if arguments.data else []) + ["digits", "cone", "noise"]:
        table(arguments, name)


if __name__ == "__main__":
    main()
