import pytest
from tests.asking.cases import STRATEGIES

from likewise.testing import check_strategy


@pytest.mark.parametrize("name", STRATEGIES)
def test_each_strategy_keeps_the_rules(name):
    check_strategy(STRATEGIES[name])
