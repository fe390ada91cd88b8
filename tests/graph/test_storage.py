import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from tests.graph.reference import edge_graph, graphs, group_graph
from tests.graph.test_similarity_graph import same

from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph, Source, mix, storage
from likewise.graph.terms import edges_from_arrays
from likewise.keys import Keys

EDGES = edge_graph(5, [(0, 1, 0.5), (1, 2, 0.25), (3, 0, 1)])
RICH = (EDGES | group_graph([0, 0, 1, 1, -1], 0.5, [(0, 1)])).with_keys(Keys.of("abcde"))


@given(graphs())
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_loading_gives_what_was_saved(tmp_path, pair):
    graph, _ = pair
    loaded = SimilarityGraph.load(graph.save(tmp_path / "graph"))
    assert same(loaded, graph)
    assert (loaded.vetoes, loaded.keys, len(loaded.parts)) == (graph.vetoes, None, len(graph.parts))
    for (share, part), (other, loaded_part) in zip(graph.parts, loaded.parts, strict=True):
        assert share == other
        assert same(part, loaded_part)
    assert [term.source for term in loaded.terms] == [term.source for term in graph.terms]
    assert [path.name for path in tmp_path.iterdir()] == ["graph"]


def test_keys_and_unequal_self_weights_are_kept(tmp_path):
    uneven = SimilarityGraph(RICH.root, np.linspace(0, 1, 5, dtype=np.float32), RICH.keys)
    graph = mix(uneven, RICH.subset([0, 1, 2, 3, 4]), 0.25)
    loaded = SimilarityGraph.load(graph.save(tmp_path / "graph"))
    assert loaded.keys == graph.keys
    assert all(part.keys == graph.keys for _, part in loaded.parts)
    assert np.array_equal(loaded.self_weight, graph.self_weight)
    assert np.array_equal(loaded.parts[0][1].self_weight, uneven.self_weight)


def test_a_loaded_graph_can_replace_itself(tmp_path):
    loaded = SimilarityGraph.load(RICH.save(tmp_path / "graph"))
    assert isinstance(loaded.terms[0].indices, np.memmap)
    assert same(SimilarityGraph.load((loaded | EDGES).save(tmp_path / "graph")), RICH | EDGES)
    assert same(loaded, RICH)  # the older files live on while they are in use


def test_what_json_cannot_hold_is_written_plainly(tmp_path):
    source = Source("band", {"low": np.float32(0.5), "k": np.int64(3), "path": Path("x")})
    graph = SimilarityGraph.of_term(edges_from_arrays(2, [0], [1], source=source))
    loaded = SimilarityGraph.load(graph.save(tmp_path / "graph"))
    assert loaded.terms[0].source.arguments == {"low": 0.5, "k": 3, "path": "x"}


def test_samples_that_do_not_fit_are_refused(tmp_path):
    RICH.save(tmp_path / "graph")

    class Samples(list):
        keys = Keys.of("abcdx")

    with pytest.raises(LikewiseError, match="row 4 is 'x', expected 'e'"):
        SimilarityGraph.load(tmp_path / "graph", Samples("abcdx"))
    with pytest.raises(LikewiseError, match="5 samples, the data 2"):
        SimilarityGraph.load(tmp_path / "graph", Samples("ab"))


def test_what_is_no_graph_is_refused_and_never_overwritten(tmp_path):
    with pytest.raises(LikewiseError, match=r"no similarity graph at .*nowhere"):
        SimilarityGraph.load(tmp_path / "nowhere")
    (tmp_path / "photo.txt").write_text("mine")
    for path in (tmp_path, tmp_path / "photo.txt"):
        with pytest.raises(LikewiseError, match=r"no similarity graph at .*: expected a folder"):
            SimilarityGraph.load(path)
        with pytest.raises(LikewiseError, match="exists and is not a likewise graph"):
            RICH.save(path)
    for text in ("{", "[]", '{"format": "other"}'):
        (tmp_path / "manifest.json").write_text(text)
        with pytest.raises(LikewiseError, match="is not the manifest of a similarity graph"):
            SimilarityGraph.load(tmp_path)
    assert (tmp_path / "photo.txt").read_text() == "mine"


def test_a_newer_version_is_refused(tmp_path):
    manifest = RICH.save(tmp_path / "graph") / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"version": 2', '"version": 3'))
    with pytest.raises(LikewiseError, match="has version 3, this likewise reads 2: update likewise"):
        SimilarityGraph.load(tmp_path / "graph")


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def change_manifest(path, change):
    manifest = json.loads((path / "manifest.json").read_text())
    change(manifest)
    (path / "manifest.json").write_text(json.dumps(manifest))


DAMAGE = {
    "edges cut short": lambda path: truncate(path / "terms/0.parquet"),
    "edges lost": lambda path: (path / "terms/0.parquet").unlink(),
    "edges empty": lambda path: (path / "terms/0.parquet").write_bytes(b""),
    "codes cut short": lambda path: truncate(path / "terms/1.parquet"),
    "codes of another graph": lambda path: (
        group_graph([0, 0]).save(path / "x") and os.replace(path / "x/terms/0.parquet", path / "terms/1.parquet")
    ),
    "keys cut short": lambda path: truncate(path / "keys.parquet"),
    "keys of other samples": lambda path: (
        RICH.with_keys(Keys.of("abcdx")).save(path / "x") and os.replace(path / "x/keys.parquet", path / "keys.parquet")
    ),
    "edges of more samples": lambda path: (
        edge_graph(9, [(0, 8, 1), (1, 8, 1), (2, 8, 1)]).save(path / "x")
        and os.replace(path / "x/terms/0.parquet", path / "terms/0.parquet")
    ),
    "edges of fewer": lambda path: change_manifest(path, lambda m: m["terms"][0].update(count=2)),
    "no terms": lambda path: change_manifest(path, lambda m: m.pop("terms")),
    "a term too many": lambda path: change_manifest(path, lambda m: m.update(tree=7)),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_named(tmp_path, name):
    path = RICH.save(tmp_path / "graph")
    for file in (path / "cache").iterdir():
        file.unlink()
    DAMAGE[name](path)
    with pytest.raises(LikewiseError, match=r"the graph at .* is damaged.*build it again"):
        SimilarityGraph.load(path)


@pytest.mark.parametrize("damage", [truncate, Path.unlink, lambda path: path.write_bytes(b"")])
@pytest.mark.parametrize("name", ["indptr", "indices", "weights"])
def test_a_damaged_cache_is_only_a_cache(tmp_path, damage, name):
    path = RICH.save(tmp_path / "graph")
    damage(path / "cache" / f"0.{name}.npy")
    assert same(SimilarityGraph.load(path), RICH)


@pytest.mark.parametrize("writer", ["numpy.save", "pyarrow.parquet.ParquetWriter", "pyarrow.parquet.write_table"])
def test_a_full_disk_keeps_the_older_graph(tmp_path, monkeypatch, writer):
    path = EDGES.save(tmp_path / "graph")

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writer, full)
    with pytest.raises(
        LikewiseError, match=r"could not save .*: No space left on device; the graph that was there is kept"
    ):
        RICH.save(path)
    with pytest.raises(LikewiseError, match=r"No space left on device\.$"):
        RICH.save(tmp_path / "other")
    monkeypatch.undo()
    assert same(SimilarityGraph.load(path), EDGES)
    assert [entry.name for entry in tmp_path.iterdir()] == ["graph"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_fills_while_edges_are_written(tmp_path, monkeypatch):
    path = EDGES.save(tmp_path / "graph")
    write = storage._write_edges

    def onto_a_full_disk(edges, folder, number):
        (folder / "terms" / f"{number}.parquet").symlink_to("/dev/full")
        write(edges, folder, number)

    monkeypatch.setattr(storage, "_write_edges", onto_a_full_disk)
    with pytest.raises(LikewiseError, match=r"could not save .* is kept"):
        RICH.save(path)
    assert same(SimilarityGraph.load(path), EDGES)


def test_a_move_that_fails_puts_the_older_graph_back(tmp_path, monkeypatch):
    path, replace = EDGES.save(tmp_path / "graph"), os.replace

    def second_fails(source, target):
        if Path(target) == path and not Path(source).name.endswith(".old"):
            raise OSError(errno.EIO, "Input/output error")
        replace(source, target)

    monkeypatch.setattr(os, "replace", second_fails)
    with pytest.raises(LikewiseError, match="Input/output error; the graph that was there is kept"):
        RICH.save(path)
    assert same(SimilarityGraph.load(path), EDGES)


def test_a_save_killed_between_its_two_moves_loses_nothing(tmp_path):
    path = EDGES.save(tmp_path / "graph")
    path.rename(tmp_path / ".graph.old")
    assert same(SimilarityGraph.load(path), EDGES)
    path.rename(tmp_path / ".graph.old")
    RICH.save(path)
    assert same(SimilarityGraph.load(path), RICH)
