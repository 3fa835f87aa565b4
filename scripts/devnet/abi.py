"""Calldata from readable signatures, results from readable type lists, addresses of new contracts."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from eth_abi.abi import decode, encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

if TYPE_CHECKING:
    from collections.abc import Sequence

# A decoded value: an int, a string, bytes, a tuple ...: known to the caller, who named the types.
Value = Any
# What is one word, and the first number that is none. A story decodes twenty thousand answers of these alone, for which
# the library takes ten times as long; it is left to complain about whatever is not in order.
_WORDS = {"uint256": 2**256, "uint40": 2**40, "bool": 2}


@cache
def split_types(types: str) -> tuple[str, ...]:
    """Split "address,(uint256,bool)[],bytes" at its top-level commas."""
    parts: list[str] = []
    depth = 0
    for character in types:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append("")
            continue
        if not parts:
            parts.append("")
        parts[-1] += character
    return tuple(part.strip() for part in parts)


@cache
def parse_signature(signature: str) -> tuple[bytes, tuple[str, ...]]:
    """Selector and argument types of "supply(address,uint256,address,uint16)"."""
    types = signature[signature.index("(") + 1 : -1]
    return keccak(text=signature.replace(" ", ""))[:4], split_types(types)


def encode_call(signature: str, args: Sequence[Any]) -> str:
    """Calldata as a hex string."""
    selector, types = parse_signature(signature)
    return "0x" + (selector + encode(types, args)).hex()


def decode_result(returns: str, data: str) -> Value:
    """Decode returned data: one value for one type, a tuple for several, addresses checksummed."""
    types, raw = split_types(returns), data[2:]
    if all(kind in _WORDS for kind in types) and len(raw) == 64 * len(types):
        numbers = [int(raw[start : start + 64], 16) for start in range(0, len(raw), 64)]
        if all(number < _WORDS[kind] for kind, number in zip(types, numbers, strict=True)):
            words = tuple(
                number == 1 if kind == "bool" else number for kind, number in zip(types, numbers, strict=True)
            )
            return words[0] if len(words) == 1 else words
    values = tuple(
        _checksummed(kind, value) for kind, value in zip(types, decode(types, bytes.fromhex(raw)), strict=True)
    )
    return values[0] if len(values) == 1 else values


def _checksummed(kind: str, value: Value) -> Value:
    if kind == "address":
        return to_checksum_address(value)
    return [to_checksum_address(item) for item in value] if kind == "address[]" else value


def address_of(label: str) -> str:
    """An address nobody has the key of: the node lets us act for it (--auto-impersonate)."""
    return to_checksum_address(keccak(text=label)[-20:])


def created_address(sender: str, nonce: int) -> str:
    """Address of the contract `sender` creates with its transaction number `nonce`."""
    number = nonce.to_bytes((nonce.bit_length() + 7) // 8, "big")
    item = number if nonce in range(1, 128) else bytes([0x80 + len(number)]) + number
    payload = b"\x94" + bytes.fromhex(sender[2:]) + item
    return to_checksum_address(keccak(bytes([0xC0 + len(payload)]) + payload)[-20:])
