import copy
import pickle

import pytest
import torch

from likewise.relation import Relation


@pytest.mark.parametrize(("views", "batch", "queue"), [(1, 1, 0), (2, 3, 0), (3, 2, 4), (2, 1, 1)])
@pytest.mark.parametrize("star", [False, True])
def test_bound_and_same_are_what_the_loops_say(views, batch, queue, star):
    bound = Relation.bind(views, batch, queue, star=star)
    instances = Relation.instances(views, batch, queue)
    for row in range(views * batch):
        for col in range(views * batch + queue):
            one_anchor = col < views * batch and row % batch == col % batch
            tied = one_anchor and row != col
            assert bound[row, col] == (tied and (not star or row < batch or col < batch))
            assert instances.bound[row, col] == tied
            assert instances.same[row, col] == one_anchor
    assert bound.shape == (views * batch, views * batch + queue)
    assert (instances.views, instances.batch) == (views, batch)
    assert instances.attract is instances.apart is None


def test_a_relation_moves_whole():
    relation = Relation.instances(2, 2)
    moved = Relation(relation.bound, relation.same, relation.bound.float(), None, 2).to("meta")
    assert {moved.bound.device.type, moved.same.device.type, moved.attract.device.type} == {"meta"}
    assert moved.apart is None
    assert torch.equal(relation.to("cpu").bound, relation.bound)


IDS, QUEUE = torch.tensor([4, 0, 2, 4, 1, 2]), torch.tensor([0, 9])


def lazy(found, views=2, star=False, has_apart=True):
    """A relation of ids whose search counts how often it was made, and the list of these counts."""
    searches = []

    def search():
        searches.append(1)
        return found

    cols = torch.cat([IDS, QUEUE])
    return Relation.of_ids(IDS, cols, views, search, has_apart=has_apart, star=star), searches


@pytest.mark.parametrize(("views", "star"), [(1, False), (2, False), (3, False), (3, True)])
def test_a_relation_of_ids_computes_what_one_of_tensors_holds(views, star):
    attract, apart = torch.rand(6, 8), torch.rand(6, 8)
    relation, searches = lazy((attract, apart), views, star)
    cols = torch.cat([IDS, QUEUE])
    plain = Relation(Relation.bind(views, 6 // views, 2, star=star), IDS[:, None] == cols, attract, apart, views)
    for name in ("bound", "same", "bound_views"):
        assert torch.equal(getattr(relation, name), getattr(plain, name)), name
        assert searches == []
    for name in ("shape", "batch", "views", "device", "has_apart"):
        assert getattr(relation, name) == getattr(plain, name), name
    assert repr(relation) == repr(plain) == f"Relation({views} views of {6 // views} anchors, queue of 2)"
    assert relation.col_ids.tolist() == [*IDS.tolist(), *QUEUE.tolist()]
    assert searches == []
    assert relation.attract is attract
    assert relation.apart is apart
    assert searches == [1]


def test_bound_by_anchor_is_bound():
    for star in (False, True):
        bound = Relation.bind(3, 4, 5, star=star)
        found = Relation(bound, bound, views=3).bound_views
        for v in range(3):
            for w in range(3):
                assert found[v, w].tolist() == [bool(bound[4 * v + b, 4 * w + b]) for b in range(4)]


def test_without_known_differences_apart_is_not_searched_for():
    relation, searches = lazy((None, None), has_apart=False)
    assert not relation.has_apart
    assert relation.apart is None
    assert searches == []
    assert relation.attract is None
    assert searches == [1]


def test_a_relation_of_ids_moves_without_a_search():
    relation, searches = lazy((torch.rand(6, 8), None))
    moved = relation.to("meta")
    assert relation.to("cpu") is relation
    assert {moved.bound.device.type, moved.same.device.type, moved.row_ids.device.type} == {"meta"}
    assert moved.shape == (6, 8)
    assert searches == []
    assert moved.attract.device.type == "meta"
    assert moved.apart is None
    assert relation.attract.device.type == "cpu"
    assert searches == [1]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_holds_what_was_searched_for(copied):
    relation, _ = lazy((torch.rand(6, 8), None))
    other = copied(relation)
    for name in ("bound", "same", "attract", "row_ids", "col_ids"):
        assert torch.equal(getattr(other, name), getattr(relation, name)), name
    assert other.apart is None
    assert other.views == 2
