"""Logs of Maker's contracts: anonymous LogNotes in two layouts, and the named events of the later ones.

A LogNote has no event signature: topic0 is the called function's selector, left-aligned, and the data repeat its
calldata (an ABI `bytes` of 224 bytes). The Vat puts the first three arguments into the other topics; every other
contract (LibNote) puts the caller into topic1. Arguments are taken from the data, where both agree.
Sources: `note` of Vat and LibNote, makerdao/dss 6fd7de0; it is written after the function's body: a log means success.
"""

from indexer.abi import signed, topic_of
from indexer.errors import DecodeError
from indexer.evm import Log

_SELECTOR_DIGITS = 10
_HEAD = 2 + 128 + 8  # 0x, offset and length of the bytes, the selector
_WORD = 64


def note_topic(signature: str) -> str:
    """The topic0 of a LogNote of this function."""
    return topic_of(signature)[:_SELECTOR_DIGITS].ljust(2 + _WORD, "0")


def argument(log: Log, position: int) -> int:
    """Argument `position` (from 0) of the noted call, unsigned. Raises DecodeError where the log is too short."""
    start = _HEAD + _WORD * position
    chunk = log.data[start : start + _WORD]
    if len(chunk) != _WORD:
        raise DecodeError(
            f"log {log.index} of block {log.block_number} at {log.address} is no LogNote of {position + 1} arguments"
        )
    return int(chunk, 16)


def signed_argument(log: Log, position: int) -> int:
    """Argument `position` as two's complement."""
    return signed(argument(log, position))


def caller_is_first_topic(log: Log) -> bool:
    """Whether topic1 cannot be the first argument: the layout of LibNote, not of the Vat."""
    return int(log.topics[1], 16) != argument(log, 0)


def topic(log: Log, position: int) -> int:
    """Topic `position` of a named event. Raises DecodeError where there are fewer."""
    if position >= len(log.topics):
        raise DecodeError(f"log {log.index} of block {log.block_number} at {log.address} has no topic {position}")
    return int(log.topics[position], 16)


def word(log: Log, position: int) -> int:
    """Word `position` of a named event's data. Raises DecodeError where there are fewer."""
    try:
        return log.word(position)
    except ValueError as error:
        raise DecodeError(f"log {log.index} of block {log.block_number} at {log.address}: {error}") from None


def text(value: int) -> str:
    """A bytes32 parameter name ("spot", "mat") as text; "" where it is none."""
    raw = value.to_bytes(32, "big").rstrip(b"\0")
    return raw.decode("ascii") if raw.isascii() else ""


# LogNotes of the Vat.
FROB = note_topic("frob(bytes32,address,address,address,int256,int256)")
FORK = note_topic("fork(bytes32,address,address,int256,int256)")
GRAB = note_topic("grab(bytes32,address,address,address,int256,int256)")
FOLD = note_topic("fold(bytes32,address,int256)")
HEAL = note_topic("heal(uint256)")
SUCK = note_topic("suck(address,address,uint256)")
RELY = note_topic("rely(address)")
HOPE = note_topic("hope(address)")
# Of the Vat and of others.
INIT = note_topic("init(bytes32)")
CAGE = note_topic("cage()")
FILE_NUMBER = note_topic("file(bytes32,uint256)")
FILE_ADDRESS = note_topic("file(bytes32,address)")
FILE_ILK_NUMBER = note_topic("file(bytes32,bytes32,uint256)")
FILE_ILK_ADDRESS = note_topic("file(bytes32,bytes32,address)")
# Of Jug, OSM and DssCdpManager.
DRIP = note_topic("drip(bytes32)")
VOID = note_topic("void()")
CHANGE = note_topic("change(address)")
OPEN = note_topic("open(bytes32,address)")
GIVE = note_topic("give(uint256,address)")

# Named events.
POKE = topic_of("Poke(bytes32,bytes32,uint256)")
LOG_VALUE = topic_of("LogValue(bytes32)")
LOG_MEDIAN_PRICE = topic_of("LogMedianPrice(uint256,uint256)")
NEW_CDP = topic_of("NewCdp(address,address,uint256)")
SET_NUMBER = topic_of("File(bytes32,uint256)")
SET_ADDRESS = topic_of("File(bytes32,address)")
SET_ILK_NUMBER = topic_of("File(bytes32,bytes32,uint256)")
SET_ILK_ADDRESS = topic_of("File(bytes32,bytes32,address)")
BARK = topic_of("Bark(bytes32,address,uint256,uint256,uint256,address,uint256)")
DIGS = topic_of("Digs(bytes32,uint256)")
CAGED = topic_of("Cage()")
KICK = topic_of("Kick(uint256,uint256,uint256,uint256,address,address,uint256)")
TAKE = topic_of("Take(uint256,uint256,uint256,uint256,uint256,uint256,address)")
REDO = topic_of("Redo(uint256,uint256,uint256,uint256,address,address,uint256)")
YANK = topic_of("Yank(uint256)")

TOPICS = (
    *(FROB, FORK, GRAB, FOLD, HEAL, SUCK, RELY, HOPE, INIT, CAGE, FILE_NUMBER, FILE_ADDRESS, FILE_ILK_NUMBER),
    *(
        FILE_ILK_ADDRESS,
        DRIP,
        VOID,
        CHANGE,
        OPEN,
        GIVE,
        POKE,
        LOG_VALUE,
        LOG_MEDIAN_PRICE,
        NEW_CDP,
        SET_NUMBER,
        SET_ADDRESS,
    ),
    *(SET_ILK_NUMBER, SET_ILK_ADDRESS, BARK, DIGS, CAGED, KICK, TAKE, REDO, YANK),
)
