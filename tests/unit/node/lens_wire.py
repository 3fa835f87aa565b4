"""The lens's wire format, written a second time: what its program reads and returns."""

from collections.abc import Sequence

from indexer.evm import Call, address
from indexer.node.lens import PROGRAM, Outcome

TIME = 1_760_000_084


def parse(code: bytes) -> list[Call]:
    """The calls of a packed lens, read as the program reads them."""
    found, at = [], len(PROGRAM)
    while at < len(code):
        head = code[at : at + 32]
        length = int.from_bytes(head[30:])
        data = code[at + 32 : at + 32 + length]
        found.append(Call(address(head[:20]), data, int.from_bytes(head[28:30]), int.from_bytes(head[20:24])))
        at += 32 + length
    return found


def answer(found: Sequence[Outcome], timestamp: int = TIME) -> bytes:
    """What the lens returns."""
    packed = [bytes([item.status]) + len(item.data).to_bytes(2) + item.data for item in found]
    return b"\0" + timestamp.to_bytes(8) + b"".join(packed)
