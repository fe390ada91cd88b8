import pytest
from tests.active.cases import STRATEGIES

from likewise.testing import check_strategy


@pytest.mark.parametrize("name", STRATEGIES)
def test_each_strategy_keeps_the_rules(name):
    check_strategy(STRATEGIES[name])
