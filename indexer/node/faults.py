"""What a node's error means. Providers share codes but not meanings, so the message decides first."""

import re
from dataclasses import dataclass

import msgspec

from indexer.errors import BlockNotFound, NodeUnreachable, RpcError


class RpcFault(msgspec.Struct, frozen=True, gc=False):
    """The error of one JSON-RPC answer, with the URL's secrets removed."""

    code: int
    message: str
    data: object = None


class OverridesUnsupported(RpcError):
    """The node cannot run an eth_call at another block time; only the block's own timestamp can be read."""


class NodeTimedOut(NodeUnreachable):
    """The node was reached and took too long: a smaller question may pass."""


_RATE = re.compile(
    r"rate.?limit|too many requests|requests? limit|per second|compute units|throughput|capacity|"
    r"request count exceeded|request rate|\bcredits\b|try again later|retry later",
    re.IGNORECASE,
)
_RANGE = re.compile(
    r"block.?range|range (is )?too|range limit|max(imum)? range|limited to an? [\d,]+|more than [\d,]+ (results|logs)|"
    r"too (many|large|wide|big)|limit exceeded|exceeds? (the )?(max|limit)|exceed(ed)? max|response (size|is too)|"
    r"result (set|size)|query timeout|time[d]?.?out|deadline exceeded|payload",
    re.IGNORECASE,
)
_UNKNOWN_BLOCK = re.compile(
    r"unknown block|header (for hash )?not found|(block|resource|header) (\S+ )?(is )?not found|"
    r"not currently canonical|could not find block|block .{0,70}not found|BlockOutOfRange|"
    r"beyond (the )?(current )?(head|latest)|block number out of range|unknown header",
    re.IGNORECASE,
)
_NO_STATE = re.compile(
    r"missing trie node|historical state|state .{0,90}not available|state (histories|is) |pruned|pruning|"
    r"required historical|no state|archive|proof window|old data not available|state unavailable",
    re.IGNORECASE,
)
_NO_OVERRIDES = re.compile(
    r"too many arguments|override|at most 3|expected (at most )?[23]|invalid (params|argument|length|type)|"
    r"unsupported param|unknown (field|argument)",
    re.IGNORECASE,
)
_CHUNK_TOO_BIG = re.compile(
    r"out of gas|outofgas|gas limit|gas required|intrinsic gas|gas too|gas cap|initcode|init ?code|"
    r"code ?size|contractsize|size limit|max code|code store|timeout|timed out|execution aborted|too large",
    re.IGNORECASE,
)


def is_rate_limit(method: str, fault: RpcFault) -> bool:
    """Whether the node says "slow down": the same request may pass later.

    -32005 means that at some providers, and "too many results" of eth_getLogs at others.
    """
    if fault.code == 429:
        return True
    if method == "eth_getLogs" and _RANGE.search(fault.message) and not _RATE.search(fault.message):
        return False
    if fault.code in (-32005, -32007, -32029, -32090, -32097):
        return True
    return fault.code in (-32000, -32016, -32603, -32600, -32001) and _RATE.search(fault.message) is not None


def is_batch_too_big(fault: RpcFault) -> bool:
    """Whether the node refuses the number of requests in one batch."""
    return "batch" in fault.message.lower()


def is_range_too_large(fault: RpcFault) -> bool:
    """Whether an eth_getLogs was refused because its range or answer is too large."""
    return _RANGE.search(fault.message) is not None and _RATE.search(fault.message) is None


def is_unknown_block(fault: RpcFault) -> bool:
    """Whether the node does not have the block: orphaned, or not there yet."""
    return fault.code == -32001 or _UNKNOWN_BLOCK.search(fault.message) is not None


def is_chunk_too_big(fault: RpcFault) -> bool:
    """Whether a whole lens call hit a limit of the node (gas, size, time): a smaller chunk may pass."""
    return _CHUNK_TOO_BIG.search(fault.message) is not None


def read_error(fault: RpcFault, block_hash: str, *, at_timestamp: bool) -> BlockNotFound | RpcError:
    """The typed error of a lens call that failed as a whole."""
    if is_unknown_block(fault) or _NO_STATE.search(fault.message):
        return BlockNotFound(block_hash)
    if at_timestamp and (fault.code == -32602 or _NO_OVERRIDES.search(fault.message)):
        return OverridesUnsupported("eth_call", fault.code, f"no block override of the time: {fault.message}")
    return RpcError("eth_call", fault.code, fault.message, fault.data)


@dataclass(frozen=True, slots=True)
class RangeHint:
    """A range the provider says it would accept; `fixed`: it is a limit for every request, not of this one."""

    first: int
    last: int
    fixed: bool


_EXPLICIT = re.compile(r"\[\s*(0x[0-9a-f]{1,16})\s*,\s*(0x[0-9a-f]{1,16})\s*\]", re.IGNORECASE)
_BLOCKS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b([\d,]+)(k?)[ -]blocks?\b",
        r"limited to an? ([\d,]+)(k?)\b(?! (?:results|logs))",
        r"maximum is (?:set to )?([\d,]+)(k?)\b",
        r"block range(?: limit)?(?: exceeded)?(?: of| is|:| -)? ?([\d,]+)(k?)\b",
        r"range[^:\d]{0,40}:\s*([\d,]+)(k?)\b",
    )
)


def range_hint(message: str, first: int, last: int) -> RangeHint | None:
    """The range (starting at `first`) that a refusal suggests, when that is smaller than the one refused."""
    explicit = _EXPLICIT.search(message)
    if explicit:
        low, high = int(explicit[1], 16), int(explicit[2], 16)
        if low <= first <= high < last:
            return RangeHint(first, high, fixed=False)
    for pattern in _BLOCKS:
        found = pattern.search(message)
        digits = found[1].replace(",", "") if found else ""
        if found and digits:
            blocks = int(digits) * (1_000 if found[2] else 1)
            if 0 < blocks <= last - first:
                return RangeHint(first, first + blocks - 1, fixed=True)
    return None
