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
