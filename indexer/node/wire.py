"""What the node sends, typed: headers and logs from JSON, quantities parsed strictly."""

import re
from typing import Annotated

import msgspec

from indexer.errors import InconsistentAnswer
from indexer.evm import Address, BlockRef, Header, Log

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_HEX = re.compile(r"0x(?:[0-9a-fA-F]{2})*")

_Word = Annotated[str, msgspec.Meta(min_length=66, max_length=66)]
_Account = Annotated[str, msgspec.Meta(min_length=42, max_length=42)]


class WireHeader(msgspec.Struct, gc=False, rename="camel"):
    """A block as `eth_getBlockBy…` answers it."""

    number: str
    hash: _Word
    parent_hash: _Word
    timestamp: str
    logs_bloom: str


class WireLog(msgspec.Struct, gc=False, rename="camel"):
    """A log as `eth_getLogs` answers it."""

    address: _Account
    topics: list[_Word]
    data: str
    block_number: str
    block_hash: _Word
    transaction_hash: _Word
    log_index: str
    removed: bool = False


_headers = msgspec.json.Decoder(WireHeader | None)
_logs = msgspec.json.Decoder(list[WireLog])
_text = msgspec.json.Decoder(str)


def quantity(text: str) -> int:
    """A hex quantity (`0x1f`). Raises InconsistentAnswer for anything else: signs, blanks, underscores, no digits."""
    if _QUANTITY.fullmatch(text):
        return int(text, 16)
    raise InconsistentAnswer(f"the node answered {text[:80]!r} where a hex quantity belongs")


def hex_quantity(value: int) -> str:
    """An integer as JSON-RPC wants it."""
    return hex(value)


def hex_bytes(text: str) -> bytes:
    """Bytes of a hex string. Raises InconsistentAnswer."""
    if _HEX.fullmatch(text):
        return bytes.fromhex(text[2:])
    raise InconsistentAnswer(f"the node answered {text[:80]!r} where hex data belongs")


def parse_bytes(raw: msgspec.Raw) -> bytes:
    """A JSON string of hex data, as bytes. Raises InconsistentAnswer."""
    try:
        text = _text.decode(raw)
    except msgspec.MsgspecError as error:
        raise InconsistentAnswer(f"the node answered no hex data: {error}") from None
    return hex_bytes(text)


def parse_header(raw: msgspec.Raw) -> Header | None:
    """A block header; None where the node answered null. Raises InconsistentAnswer."""
    try:
        wire = _headers.decode(raw)
    except msgspec.MsgspecError as error:
        raise InconsistentAnswer(f"the node answered no block header: {error}") from None
    if wire is None:
        return None
    bloom = hex_bytes(wire.logs_bloom)
    if len(bloom) != 256:
        raise InconsistentAnswer(f"the node answered a logs bloom of {len(bloom)} bytes instead of 256")
    ref = BlockRef(quantity(wire.number), wire.hash.lower(), wire.parent_hash.lower(), quantity(wire.timestamp))
    return Header(ref, bloom)


def parse_logs(raw: msgspec.Raw) -> list[Log]:
    """Logs in the node's order. Raises InconsistentAnswer for anything that is no log, or is a removed one."""
    try:
        wires = _logs.decode(raw)
    except msgspec.MsgspecError as error:
        raise InconsistentAnswer(f"the node answered logs that are none: {error}") from None
    logs = []
    for wire in wires:
        if wire.removed:
            raise InconsistentAnswer(
                f"the node answered a log that a reorg removed (block {wire.block_hash}); asking again is safe"
            )
        logs.append(
            Log(
                Address(wire.address.lower()),
                tuple([topic.lower() for topic in wire.topics]),
                wire.data.lower(),
                quantity(wire.block_number),
                wire.block_hash.lower(),
                wire.transaction_hash.lower(),
                quantity(wire.log_index),
            )
        )
    return logs
