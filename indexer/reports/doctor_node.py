"""What `doctor` asks of a node: whether it can do everything that sync, prices and `--block` need."""

import time
from collections.abc import Iterator

from indexer.abi import load_interface
from indexer.errors import BlockNotFound, NodeError, NodeUnreachable, RpcError
from indexer.evm import Address, BlockRef
from indexer.node import JsonRpc, Node, OverridesUnsupported, Read, Request, RpcFault
from indexer.node.wire import hex_quantity
from indexer.reports.findings import Finding, fail, ok, warn

_ANY_CALL = load_interface("erc20", "ERC20").call("decimals", Address("0x" + "00" * 20))
_LOGS_IN_LAST = 20
_LATER_S = 60


def look_at_url(rpc: JsonRpc, shown: str) -> tuple[list[Finding], int | None]:
    """Whether one URL answers, and its chain id."""
    started = time.perf_counter()
    try:
        chain_id = Node(rpc).fetch_chain_id()
    except NodeError as error:
        why = error.why if isinstance(error, NodeUnreachable) else str(error)
        return [fail("node", f"{shown} does not answer: {why}", "check [node] url, or that it is running")], None
    took = (time.perf_counter() - started) * 1000
    return [ok("node", f"{shown} answers in {took:.0f} ms, chain {chain_id}")], chain_id


def look_at_node(node: Node, old_block: int) -> Iterator[Finding]:
    """Everything that needs a node that answers. `old_block` is where a backfill would begin."""
    heads = node.fetch_heads()
    head = heads.latest
    yield _syncing(node)
    yield ok("batch", f"answers several requests in one; its head is block {head.number:,}")
    if heads.finalized is None:
        yield warn(
            "finality", "the node knows no finalized tag", "[chain] finality_depth decides instead: set it with care"
        )
    else:
        yield ok("finality", f"finalized is block {heads.finalized.number:,}")
    yield _reads(node, head)
    yield _overrides(node, head)
    yield _archive(node, min(old_block, head.number))
    yield _log_times(node, head)


def _syncing(node: Node) -> Finding:
    try:
        state = node.rpc.call("eth_syncing")
    except RpcError:
        return ok("node sync", "the node does not say whether it is syncing")
    if state is False:
        return ok("node sync", "the node is in sync")
    return warn("node sync", "the node is still syncing", "its head is old: wait, or use another node")


def _reads(node: Node, head: BlockRef) -> Finding:
    try:
        node.read(head.hash, [Read((_ANY_CALL,))])
    except NodeError as error:
        return fail("reads", f"contracts cannot be read at a block hash: {error}", "use a node with full eth_call")
    return ok("reads", "contracts can be read at a block hash, many in one call")


def _overrides(node: Node, head: BlockRef) -> Finding:
    try:
        node.read(head.hash, [Read((_ANY_CALL,), head.timestamp + _LATER_S)])
    except OverridesUnsupported as error:
        return fail(
            "block overrides",
            f"eth_call cannot be run at another time: {error.message}",
            "prices of the next block need it: use geth, reth, nethermind, erigon or anvil",
        )
    except NodeError as error:
        return fail("block overrides", f"could not be tried: {error}", "see the check of reads")
    return ok("block overrides", "eth_call can be run at another time")


def _archive(node: Node, number: int) -> Finding:
    todo = "sync works; `--block` on backfilled blocks shows accounts as unpriced: an archive node has their prices"
    try:
        header = node.fetch_header(number)
        if header is None:
            return warn("archive", f"the node does not know block {number:,}", todo)
        node.read(header.ref.hash, [Read((_ANY_CALL,))])
    except BlockNotFound:
        return warn("archive", f"the state of block {number:,} is pruned: no archive node", todo)
    except NodeError as error:
        return warn("archive", f"the state of block {number:,} cannot be read: {error}", todo)
    return ok("archive", f"the state of block {number:,} can be read")


def _log_times(node: Node, head: BlockRef) -> Finding:
    first = max(0, head.number - _LOGS_IN_LAST)
    asked = {"fromBlock": hex_quantity(first), "toBlock": hex_quantity(head.number)}
    reply = node.rpc.batch([Request("eth_getLogs", [asked])])[0]
    if isinstance(reply, RpcFault):
        return ok("log times", f"could not be seen without an address filter: {reply.message}")
    if b'"blockTimestamp"' in bytes(reply):
        return ok("log times", "logs carry their block's time: a backfill needs no headers")
    if b'"blockHash"' not in bytes(reply):
        return ok("log times", f"no log in the last {_LOGS_IN_LAST} blocks to look at")
    return warn("log times", "logs do not carry their block's time", "a backfill also reads headers: more requests")
