"""What providers say, word for word, and what it means."""

import pytest

from indexer.errors import BlockNotFound, RpcError
from indexer.node import OverridesUnsupported, RpcFault
from indexer.node.faults import (
    RangeHint,
    is_chunk_too_big,
    is_range_too_large,
    is_rate_limit,
    is_unknown_block,
    range_hint,
    read_error,
)

ALCHEMY = (
    "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range and no limit on the "
    "response size, or you can request any block range with a cap of 10K logs in the response. Based on your "
    "parameters and the response size limit, this block range should work: [0x100, 0x14f]"
)
FIRST, LAST = 0x100, 0x100 + 99_999


def blocks(count: int) -> RangeHint:
    return RangeHint(FIRST, FIRST + count - 1, fixed=True)


@pytest.mark.parametrize(
    ("code", "message", "hint"),
    [
        (  # Infura
            -32005,
            "query returned more than 10000 results. Try with this block range [0x100, 0x2fe].",
            RangeHint(0x100, 0x2FE, fixed=False),
        ),
        (  # Alchemy
            -32602,
            ALCHEMY,
            RangeHint(0x100, 0x14F, fixed=False),
        ),
        (  # Alchemy, free tier
            -32600,
            "Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range.",
            blocks(10),
        ),
        (-32602, "eth_getLogs and eth_newFilter are limited to a 10,000 blocks range", blocks(10_000)),  # QuickNode
        (-32614, "eth_getLogs is limited to a 10,000 range", blocks(10_000)),
        (-32000, "requested too many blocks from 256 to 100255, maximum is set to 2048", blocks(2_048)),  # Avalanche
        (-32000, "exceed maximum block range: 50000", blocks(50_000)),  # BNB chain
        (-32602, "query exceeds max block range 1000", blocks(1_000)),
        (-32000, "eth_getLogs range is too large, max is 1k blocks", blocks(1_000)),
        (-32602, "invalid params: block range exceeds the limit, up to a 2000 block range", blocks(2_000)),
        (-32600, "block range is too wide", None),  # Ankr
        (-32005, "limit exceeded", None),
        (-32005, "query returned more than 10000 results", None),
        (-32602, "query returned more than 20000 results", None),
        (-32020, "backend response too large", None),
        (-32000, "response size should not greater than 10485760 bytes", None),
        (-32000, "query timeout exceeded", None),
        (-32602, "exceed max addresses", None),  # geth
        (-32000, "up to a 200000 block range", None),  # more than was asked: no help
        (-32005, "Try with this block range [0x0, 0x1]", None),  # not where we are
    ],
)
def test_a_refused_range_and_its_hint(code: int, message: str, hint: RangeHint | None) -> None:
    fault = RpcFault(code, message)
    assert not is_rate_limit("eth_getLogs", fault)
    assert is_range_too_large(fault) or "up to a" in message
    assert range_hint(message, FIRST, LAST) == hint


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (429, "Your app has exceeded its compute units per second capacity."),
        (-32005, "daily request count exceeded, request rate limited"),
        (-32005, "project ID request rate exceeded"),
        (-32007, "50/second request limit reached"),
        (-32000, "Too Many Requests"),
        (-32603, "rate limit exceeded"),
        (-32016, "over rate limit"),
    ],
)
@pytest.mark.parametrize("method", ["eth_call", "eth_getLogs"])
def test_slow_down(method: str, code: int, message: str) -> None:
    assert is_rate_limit(method, RpcFault(code, message))
    assert not is_range_too_large(RpcFault(code, message))


@pytest.mark.parametrize(
    ("code", "message"),
    [(3, "execution reverted"), (-32601, "the method does not exist"), (-32603, "EVM error InvalidFEOpcode")],
)
def test_other_errors_are_not_retried(code: int, message: str) -> None:
    fault = RpcFault(code, message)
    assert not is_rate_limit("eth_call", fault)
    assert not is_unknown_block(fault)
    assert not is_chunk_too_big(fault)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (-32000, "unknown block"),  # geth logs, anvil
        (-32001, "Resource not found"),  # anvil
        (-32000, "header not found"),
        (-32000, "header for hash not found"),
        (-32000, "hash 0x12 is not currently canonical"),
        (-32602, "BlockOutOfRangeError: block height is 0 but requested was 1"),
        (-32602, "block range extends beyond current head block"),
        (-32001, "block not found: 0x12"),
    ],
)
def test_a_block_the_node_does_not_have(code: int, message: str) -> None:
    assert is_unknown_block(RpcFault(code, message))
    assert isinstance(read_error(RpcFault(code, message), "0x12", at_timestamp=True), BlockNotFound)


@pytest.mark.parametrize(
    "message",
    [
        "missing trie node 5d3f (path ) state 0x5d3f is not available",
        "required historical state unavailable (reexec=128)",
        "historical state 0x12 is not available",
        "state already been pruned",
        "distance to target block exceeds maximum proof window",
        "old data not available due to pruning",
    ],
)
def test_pruned_state_is_a_block_not_found(message: str) -> None:
    assert isinstance(read_error(RpcFault(-32000, message), "0x12", at_timestamp=False), BlockNotFound)


@pytest.mark.parametrize(
    "message", ["too many arguments, want at most 3", "Invalid params: expected at most 3", "unsupported override"]
)
def test_a_node_without_block_overrides(message: str) -> None:
    assert isinstance(read_error(RpcFault(-32602, message), "0x12", at_timestamp=True), OverridesUnsupported)
    plain = read_error(RpcFault(-32602, message), "0x12", at_timestamp=False)
    assert isinstance(plain, RpcError)
    assert not isinstance(plain, OverridesUnsupported)


@pytest.mark.parametrize(
    "message",
    [
        "out of gas",
        "EVM error OutOfGas",
        "contract creation code storage out of gas",
        "max initcode size exceeded: code size 60000 limit 49152",
        "max code size exceeded",
        "EVM error CreateContractSizeLimit",
        "EVM error CreateInitCodeSizeLimit",
        "execution aborted (timeout = 5s)",
        "intrinsic gas too low: have 100, want 53000",
    ],
)
def test_a_chunk_past_a_limit_of_the_node(message: str) -> None:
    assert is_chunk_too_big(RpcFault(-32000, message))
