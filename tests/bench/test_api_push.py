"""The bench of the stream's push, small: everything that was pushed arrived at every client, on both sides."""

from scripts.bench.api_push import measure


def test_both_sides_reach_every_client() -> None:
    found = measure(clients=5, blocks=10, accounts=20, changes=5)
    assert (found.clients, found.blocks) == (5, 10)
    assert found.bytes_a_block > 5 * 300
    assert 0 < found.push_p50_ms <= found.push_p99_ms
    assert 0 < found.bare_p50_ms <= found.bare_p99_ms
    assert found.push_ratio == round(found.push_p99_ms / found.bare_p99_ms, 2)
