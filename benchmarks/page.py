"""How quickly the page answers while many people answer it: python benchmarks/page.py (about ten minutes).

Annotators are processes of this machine: each asks for questions as the page's script does, thinks, answers, and
measures how long the server took to keep the answer and to send what comes next. Meanwhile the strategy plans in the
background, on the same cores. At the end every answer that was acknowledged must stand in the store exactly once.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import os
import platform
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--dimension", type=int, default=32)
    parser.add_argument("--classes", type=int, default=100)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--answers", type=int, default=10_000)
    parser.add_argument("--think", type=float, default=0.8, help="mean seconds that a person looks")
    parser.add_argument("--strategy", default="ours")
    return parser.parse_args()


class Client:
    """One annotator's connection, kept open as a browser's is."""

    def __init__(self, port: int, who: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        origin = f"http://127.0.0.1:{port}"
        self.headers = {"origin": origin, "cookie": f"likewise_name={quote(who)}", "content-type": "application/json"}

    def talk(self, method: str, path: str, body: Any = None) -> tuple[dict[str, Any], float]:
        """What the server said, and how many seconds it took."""
        began = time.perf_counter()
        self.connection.request(method, path, None if body is None else json.dumps(body), self.headers)
        response = self.connection.getresponse()
        found = json.loads(response.read())
        took = time.perf_counter() - began
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {found}")
        return found, took


def annotate(port: int, who: str, labels: np.ndarray, count: int, think: float, results: Any) -> None:
    """Answer so many questions; reports latencies, empty screens, and what was acknowledged."""
    client, random = Client(port, who), np.random.default_rng(abs(hash(who)) % 2**32)
    kept, latencies, empty = {}, [], 0
    found, _ = client.talk("GET", "/api/questions?kind=pair")
    while len(kept) < count:
        if not found["questions"]:
            empty += 1
            time.sleep(0.25)
            found, _ = client.talk("GET", "/api/questions?kind=pair")
            continue
        first, *ahead = found["questions"]
        time.sleep(think * random.uniform(0.3, 1.7))
        alike = labels[first["anchor"]["id"]] == labels[first["tiles"][0]["id"]]
        body = {"id": first["id"], "values": ["alike" if alike else "different"], "ms": 800, "kind": "pair"}
        found, took = client.talk("POST", "/api/answer", body | {"showing": ahead[0]["id"] if ahead else ""})
        latencies.append(took)
        kept[first["id"]] = body["values"][0]
    results.put((who, kept, latencies, empty))


def serve(engine: Any, samples: Any) -> tuple[Any, int]:
    """The page in a thread; the server and its port."""
    import uvicorn

    from likewise.show import Pictures
    from likewise.web import AskContext, make_app

    config = uvicorn.Config("", port=0, log_level="warning", lifespan="off", ws="none")
    socket = config.bind_socket()
    port = socket.getsockname()[1]
    config.app = make_app(AskContext(engine, Pictures(samples), "benchmark"), [f"127.0.0.1:{port}"])
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    return server, port


def main() -> None:
    """Run and print."""
    chosen = options()
    random = np.random.default_rng(0)
    labels = random.integers(0, chosen.classes, chosen.n)
    centers = 3 * random.standard_normal((chosen.classes, chosen.dimension))
    x = (centers[labels] + random.standard_normal((chosen.n, chosen.dimension))).astype(np.float32)
    spawn = multiprocessing.get_context("fork")
    results = spawn.Queue()
    gate, port = spawn.Event(), spawn.Value("i", 0)
    each = chosen.answers // chosen.people

    def person(who: str) -> None:
        gate.wait()
        annotate(port.value, who, labels, each, chosen.think, results)

    crowd = [spawn.Process(target=person, args=(f"person {k}",)) for k in range(chosen.people)]
    for process in crowd:  # before this process has threads
        process.start()
    run(chosen, x, crowd, results, gate, port)


def run(chosen: Any, x: np.ndarray, crowd: list[Any], results: Any, gate: Any, port: Any) -> None:
    """Serve, let the crowd answer, and compare with what is in the store."""
    import sys

    import likewise
    from likewise.active import make_strategy
    from likewise.answers import AnswerStore
    from likewise.labelling import Engine
    from likewise.space import Space
    from likewise.web.serving import SWITCH

    sys.setswitchinterval(SWITCH)
    keys = [f"sample {row}" for row in range(chosen.n)]
    samples = likewise.open(x, keys=keys)
    space = Space(x, "euclidean", keys=samples.keys)
    path = Path(tempfile.mkdtemp(prefix="likewise-bench-")) / "answers.db"
    with AnswerStore(path, samples) as store:
        began = time.perf_counter()
        with Engine(store, lambda: make_strategy(chosen.strategy, space), 10**9, patient=True) as engine:
            engine.planner.wait(timeout=3600)
            ready = time.perf_counter() - began
            server, port.value = serve(engine, samples)
            load, began, plans = os.getloadavg(), time.perf_counter(), engine.planner.queue.number
            gate.set()
            told = [results.get(timeout=3600) for _ in crowd]
            took, plans = time.perf_counter() - began, engine.planner.queue.number - plans
            server.should_exit = True
        kept = {(who, id): value for who, mine, _, _ in told for id, value in mine.items()}
        stored = [((answer.who, answer.question.id), answer.values[0]) for answer in store.answers()]
        held = [frozenset(pair) for answer in store.answers() for pair in answer.question.pairs]
    latencies = 1000 * np.sort(np.concatenate([times for _, _, times, _ in told]))
    loads = f"load {load[0]:.1f} at the start, {os.getloadavg()[0]:.1f} at the end"
    print(f"{platform.machine()}, {os.cpu_count()} cores, {loads}")
    size = f"n = {chosen.n:,}, d = {chosen.dimension}"
    print(f"likewise {likewise.__version__}, Python {platform.python_version()}; {size}")
    print(f"strategy {chosen.strategy}: ready after {ready:.0f} s, {plans} plans while people answered")
    print(f"{chosen.people} people, {len(kept):,} answers in {took:.0f} s ({len(kept) / took:.1f} a second)")
    for share in (50, 95, 99, 99.9):
        print(f"latency p{share:g}: {np.percentile(latencies, share):.1f} ms")
    print(f"latency at most: {latencies[-1]:.1f} ms; over 100 ms: {(latencies > 100).sum()}")
    print(f"empty screens (nothing planned yet): {sum(empty for *_, empty in told)}")
    once = dict(stored)
    lost = sum(once.get(id) != value for id, value in kept.items())
    print(f"lost: {lost}; double: {len(stored) - len(once)}; unknown: {len(once.keys() - kept.keys())}")
    print(f"pairs asked of two people: {len(held) - len(set(held))}")


if __name__ == "__main__":
    main()
