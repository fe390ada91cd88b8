"""A graph on disk: a folder of Parquet terms, a manifest, and a memory-mapped cache.

::

    manifest.json              format, version, n, hash of the keys, the tree of terms, their sources, self weights
    keys.parquet               the samples' names, where the graph has them
    terms/0.parquet            edges: row, col (int32, delta-packed), weight (float32, byte-stream split), sorted
                               groups: code (int32), one a sample; pairs of codes apart stand in terms/0.apart.parquet
    cache/0.{indptr,indices,weights}.npy   the same edges ready for training, memory-mapped; may be deleted

Edges take about 6 bytes each as Parquet and 8 in the cache. Nothing is pickled. A graph is written beside its place
and moved there whole; if that is interrupted between its two renames, the older graph is found again by loading.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from likewise.arrays import Array, FloatArray
from likewise.errors import LikewiseError
from likewise.graph import tree
from likewise.graph.columns import table_of
from likewise.graph.content import Content
from likewise.graph.terms import ROWS_AT_ONCE, Edges, Groups, Source
from likewise.keys import Keys

FORMAT, VERSION = "likewise-graph", 2


def require_free(path: Path) -> None:
    """Refuse a path that holds something else than a graph.

    Raises:
        LikewiseError: it does.
    """
    if path.exists() and not (path / "manifest.json").is_file():
        raise LikewiseError(f"{path} exists and is not a likewise graph: choose another path.")


def save(graph: Content, path: Path) -> Path:
    """Write the graph as a folder; an older graph there is replaced only once the new one is complete.

    Raises:
        LikewiseError: the path holds something that is not a graph, or the disk refuses (full, read-only).
    """
    require_free(path)
    work = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        work.mkdir(parents=True)
        try:
            _write(graph, work)
            _replace(work, path)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        kept = "; the graph that was there is kept" if path.exists() else ""
        raise LikewiseError(f"could not save the graph to {path}: {error.strerror or error}{kept}.") from None
    return path


def _replace(work: Path, path: Path) -> None:
    old = _older(path)
    if path.exists():
        shutil.rmtree(old, ignore_errors=True)
        os.replace(path, old)
    try:
        os.replace(work, path)
    except OSError:
        _restore(path)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _older(path: Path) -> Path:
    """Where the older graph stands while a new one takes its place."""
    return path.with_name(f".{path.name}.old")


def _restore(path: Path) -> None:
    if not path.exists() and _older(path).exists():
        os.replace(_older(path), path)


def _write(graph: Content, folder: Path) -> None:
    import pyarrow.parquet as pq

    (folder / "terms").mkdir()
    (folder / "cache").mkdir()
    terms: list[Edges | Groups] = []
    described = _describe(graph.root, terms)
    for number, term in enumerate(terms):
        if isinstance(term, Edges):
            _write_edges(term, folder, number)
        else:
            _write_groups(term, folder, number)
    own = [graph.self_weight, *(graph.root.weights if isinstance(graph.root, tree.Mixture) else ())]
    constant = [bool((weight == weight[0]).all()) for weight in own]
    for number, weight in enumerate(own):
        if not constant[number]:
            np.save(folder / f"self_weight.{number}.npy", weight, allow_pickle=False)
    if graph.keys is not None:
        pq.write_table(table_of(key=graph.keys.values.tolist()), folder / "keys.parquet")
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "n": graph.n,
        "keys": None if graph.keys is None else graph.keys.hash,
        "vetoes": graph.vetoes,
        "terms": [_describe_term(term) for term in terms],
        "tree": described,
        "self_weight": [float(weight[0]) if same else None for weight, same in zip(own, constant, strict=True)],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1, default=_plain))


def _plain(value: Any) -> Any:
    """What JSON cannot hold, as a number where it is one (numpy's, torch's), else as text."""
    return value.item() if hasattr(value, "item") and getattr(value, "size", 1) == 1 else str(value)


def _describe(node: tree.Node, terms: list[Edges | Groups]) -> Any:
    """The tree as JSON; terms are numbered as they are met, a shared one once."""
    if isinstance(node, tree.Mixture):
        return {"mixture": [[s, _describe(part, terms)] for s, part in zip(node.shares, node.parts, strict=True)]}
    if isinstance(node, tree.Union):
        return {"union": [_describe(part, terms) for part in node.parts]}
    if isinstance(node, tree.Sum):
        return {"sum": [[scale, _describe(part, terms)] for scale, part in node.parts]}
    if isinstance(node, tree.Without):
        return {"part": _describe(node.part, terms), "without": _describe(node.drop, terms)}
    number = next((i for i, term in enumerate(terms) if term is node), len(terms))
    if number == len(terms):
        terms.append(node)
    return number


def _describe_term(term: Edges | Groups) -> dict[str, Any]:
    if isinstance(term, Groups):
        return {"kind": "groups", "weight": term.weight, "apart": len(term.apart), "source": term.source.as_json()}
    return {"kind": "edges", "count": term.count, "different": term.different, "source": term.source.as_json()}


def _write_edges(edges: Edges, folder: Path, number: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([("row", pa.int32()), ("col", pa.int32()), ("weight", pa.float32())])
    encoding = {"row": "DELTA_BINARY_PACKED", "col": "DELTA_BINARY_PACKED", "weight": "BYTE_STREAM_SPLIT"}
    path = folder / "terms" / f"{number}.parquet"
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=False, column_encoding=encoding) as writer:
        for first in range(0, edges.n, ROWS_AT_ONCE):  # in parts, so that the rows are never spelled out at once
            bounds = edges.indptr[first : first + ROWS_AT_ONCE + 1]
            begin, end = int(bounds[0]), int(bounds[-1])
            row = np.repeat(np.arange(first, first + len(bounds) - 1, dtype=np.int32), np.diff(bounds))
            writer.write_table(table_of(row=row, col=edges.indices[begin:end], weight=edges.weights[begin:end]))
    for name in ("indptr", "indices", "weights"):
        np.save(folder / "cache" / f"{number}.{name}.npy", getattr(edges, name), allow_pickle=False)


def _write_groups(groups: Groups, folder: Path, number: int) -> None:
    import pyarrow.parquet as pq

    pq.write_table(table_of(code=groups.codes), folder / "terms" / f"{number}.parquet")
    if len(groups.apart):
        a, b = groups.apart.T
        pq.write_table(table_of(a=a, b=b), folder / "terms" / f"{number}.apart.parquet")


def load(path: Path) -> Content:
    """Read what a graph holds; edges are memory-mapped.

    Raises:
        LikewiseError: no graph there, another version, or a damaged file.
    """
    _restore(path)
    manifest = read_manifest(path)
    try:
        terms = [_read_term(path, number, entry, manifest["n"]) for number, entry in enumerate(manifest["terms"])]
        keys = _read_keys(path) if manifest["keys"] else None
        own = [_read_weights(path, number, manifest) for number in range(len(manifest["self_weight"]))]
        root = _rebuild(manifest["tree"], terms, tuple(own[1:]))
    except (KeyError, IndexError, TypeError, ValueError, OSError, EOFError) as error:
        raise LikewiseError(f"the graph at {path} is damaged ({error}): build it again.") from None
    if keys is not None and keys.hash != manifest["keys"]:
        raise LikewiseError(f"the graph at {path} is damaged: its keys do not match its manifest; build it again.")
    return Content(root, own[0], keys, manifest["vetoes"])


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of a graph folder, checked to be one that this version can read."""
    file = path / "manifest.json"
    if not file.is_file():
        raise LikewiseError(f"no similarity graph at {path}: expected a folder with a manifest.json.")
    try:
        manifest = json.loads(file.read_text())
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise LikewiseError(f"{file} is not the manifest of a similarity graph.")
    if manifest.get("version") != VERSION:
        raise LikewiseError(
            f"the graph at {path} has version {manifest.get('version')}, this likewise reads {VERSION}: "
            "update likewise or build the graph again."
        )
    return manifest


def _read_weights(path: Path, number: int, manifest: Mapping[str, Any]) -> FloatArray:
    constant, n = manifest["self_weight"][number], manifest["n"]
    if constant is not None:
        return np.full(n, constant, np.float32)
    weights: FloatArray = np.load(path / f"self_weight.{number}.npy", allow_pickle=False)
    if weights.shape != (n,):
        raise ValueError(f"it has self weights of shape {weights.shape}")
    return weights


def _rebuild(value: Any, terms: list[Any], own: tuple[FloatArray, ...] = ()) -> tree.Node:
    if isinstance(value, int):
        term: Edges | Groups = terms[value]
        return term
    if "mixture" in value:
        parts = tuple(_rebuild(part, terms) for _, part in value["mixture"])
        if len(own) != len(parts):
            raise ValueError(f"it has {len(parts)} parts and self weights of {len(own)}")
        return tree.Mixture(parts, tuple(float(share) for share, _ in value["mixture"]), own)
    if "union" in value:
        return tree.Union(tuple(_rebuild(part, terms) for part in value["union"]))
    if "sum" in value:
        return tree.Sum(tuple((float(scale), _rebuild(part, terms)) for scale, part in value["sum"]))
    return tree.Without(_rebuild(value["part"], terms), _rebuild(value["without"], terms))


def _read_keys(path: Path) -> Keys:
    import pyarrow.parquet as pq

    return Keys.of(pq.read_table(path / "keys.parquet").column("key").to_pylist())


def _read_term(path: Path, number: int, entry: Mapping[str, Any], n: int) -> Edges | Groups:
    import pyarrow.parquet as pq

    source = Source.from_json(entry["source"])
    if entry["kind"] == "groups":
        codes = pq.read_table(path / "terms" / f"{number}.parquet").column("code").to_numpy().astype(np.int32)
        apart = np.empty((0, 2), np.int32)
        if entry["apart"]:
            table = pq.read_table(path / "terms" / f"{number}.apart.parquet")
            apart = np.c_[table.column("a").to_numpy(), table.column("b").to_numpy()].astype(np.int32)
        if len(codes) != n:
            raise ValueError(f"term {number} has {len(codes)} samples")
        return Groups(codes, entry["weight"], source, apart)
    arrays = _read_cache(path, number)
    if not _fit(*arrays, n, entry["count"]):  # a cache that was lost or damaged is only a cache
        arrays = _read_edges(path, number, n)
    if not _fit(*arrays, n, entry["count"]):
        raise ValueError(f"term {number} does not have the {entry['count']} edges it should")
    return Edges(*arrays, source, entry["different"])


def _fit(indptr: Array, indices: Array, weights: Array, n: int, count: int) -> bool:
    return len(indptr) == n + 1 and len(indices) == len(weights) == count == indptr[-1]


def _read_cache(path: Path, number: int) -> tuple[Array, Array, Array]:
    files = [path / "cache" / f"{number}.{name}.npy" for name in ("indptr", "indices", "weights")]
    try:
        # copy-on-write, so that torch can share the pages without being able to change the file
        indptr, indices, weights = (np.load(file, mmap_mode="c", allow_pickle=False) for file in files)
    except (OSError, ValueError, EOFError):
        return np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.float32)
    return indptr, indices, weights


def _read_edges(path: Path, number: int, n: int) -> tuple[Array, Array, Array]:
    import pyarrow.parquet as pq

    table = pq.read_table(path / "terms" / f"{number}.parquet")
    rows, cols, weights = (table.column(name).to_numpy() for name in ("row", "col", "weight"))
    if len(cols) and (cols.min() < 0 or cols.max() >= n):
        raise ValueError(f"term {number} has edges to samples that do not exist")
    indptr = np.r_[0, np.cumsum(np.bincount(rows, minlength=n))].astype(np.int64)
    return indptr, cols.astype(np.int32), weights.astype(np.float32)
