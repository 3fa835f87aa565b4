"""What a followed block costs, by the very bench that prints it."""

from collections.abc import Callable

import pytest

from scripts.bench.rpc_cost import run

pytestmark = pytest.mark.node


def test_a_followed_block_takes_two_http_requests_whatever_the_number_of_accounts(
    record_property: Callable[[str, object], None],
) -> None:
    found = run(accounts=200, blocks=10, seed=7)
    record_property("accounts", f"{found.accounts_few} and {found.accounts_many}")
    record_property("HTTP requests a block, at most", found.http_per_block_max)
    record_property("JSON-RPC calls a block, median", found.rpc_per_block_median)
    assert found.counts_agree
    assert found.accounts_many >= found.accounts_few + 200
    assert found.http_per_block_max == 2
    assert found.http_per_block_median_few == found.http_per_block_median_many
    assert found.rpc_per_block_median_few == found.rpc_per_block_median_many
    assert found.http_per_idle_poll_max == 1
    assert found.blocks_that_add_markets > 0
    assert found.idle_polls > 0
