"""Encode calls, decode answers and logs: the static part of the ABI, from the JSON interfaces in `abis/`.

Every type this program reads is a static word (address, integer, bool, bytes32), a tuple or fixed array of
them, or one string; `eth_abi` is the oracle of this module in tests.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from eth_hash.auto import keccak

from indexer.errors import DecodeError
from indexer.evm import Address, Answer, Call, Log
from indexer.resources import folder

_SIGN = 2**255
_MODULUS = 2**256


def topic_of(signature: str) -> str:
    """The topic0 of an event's canonical signature, lower-case hex with 0x."""
    return "0x" + keccak(signature.encode()).hex()


def signed(word: int) -> int:
    """A 256-bit word read as two's complement."""
    return word - _MODULUS if word >= _SIGN else word


def words_of(answer: Answer, count: int) -> tuple[int, ...] | None:
    """The first `count` words of an answer; None when the call failed or answered less."""
    if answer is None or len(answer) < 32 * count:
        return None
    return tuple(int.from_bytes(answer[32 * i : 32 * i + 32], "big") for i in range(count))


def word_of(answer: Answer) -> int | None:
    """The first word of an answer; None when the call failed or answered nothing."""
    words = words_of(answer, 1)
    return None if words is None else words[0]


def text_of(answer: Answer) -> str | None:
    """A string answer, or a bytes32 one as old tokens give it; None when it is neither."""
    if answer is None or len(answer) < 32:
        return None
    raw = answer[:32].rstrip(b"\0")
    if len(answer) >= 64 and int.from_bytes(answer[:32], "big") == 32:
        length = int.from_bytes(answer[32:64], "big")
        raw = answer[64 : 64 + min(length, 256)]
    return raw.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Function:
    """A contract's function with static inputs."""

    signature: str
    selector: bytes
    answer_bytes: int

    def call(self, to: Address, *args: int | str) -> Call:
        """A call of this function; integers and addresses (hex) are encoded as words, negative ones signed."""
        words = [int(arg, 16) if isinstance(arg, str) else arg for arg in args]
        data = self.selector + b"".join((word % _MODULUS).to_bytes(32, "big") for word in words)
        return Call(to, data, self.answer_bytes)


@dataclass(frozen=True, slots=True)
class Event:
    """An event whose inputs are static; `inputs` are (name, indexed, signed) in order, parts of tuples by their own."""

    name: str
    topic: str
    inputs: tuple[tuple[str, bool, bool], ...]

    def decode(self, log: Log) -> dict[str, int]:
        """The event's values by name. Raises `DecodeError` when the log is shorter than the event."""
        out: dict[str, int] = {}
        topic, word = 1, 0
        try:
            for name, indexed, is_signed in self.inputs:
                if indexed:
                    value = int(log.topics[topic], 16)
                    topic += 1
                else:
                    value = log.word(word)
                    word += 1
                out[name] = signed(value) if is_signed else value
        except (IndexError, ValueError) as error:
            raise DecodeError(
                f"log {log.index} of block {log.block_number} at {log.address} is not {self.name}: {error}"
            ) from None
        return out


@dataclass(frozen=True, slots=True)
class Interface:
    """What we use of one contract, by name. Overloads are not used."""

    functions: Mapping[str, Function]
    events: Mapping[str, Event]

    def call(self, name: str, to: Address, *args: int | str) -> Call:
        """A call of the function `name` at `to`."""
        return self.functions[name].call(to, *args)

    def topic(self, name: str) -> str:
        """The topic0 of the event `name`."""
        return self.events[name].topic

    def by_topic(self) -> dict[str, Event]:
        """The events by their topic0."""
        return {event.topic: event for event in self.events.values()}


def _canonical(entry: Mapping[str, Any]) -> str:
    kind: str = entry["type"]
    if kind.startswith("tuple"):
        return "(" + ",".join(_canonical(part) for part in entry["components"]) + ")" + kind[5:]
    return kind


def _words(entry: Mapping[str, Any]) -> int:
    if entry["type"] == "tuple":
        return sum(_words(part) for part in entry["components"])
    return 1


def _flat(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """An event's inputs, a tuple's parts in its place: in the data they lie one after the other."""
    return [part for given in entry["inputs"] for part in given.get("components", [given])]


def _answer_bytes(outputs: Sequence[Mapping[str, Any]]) -> int:
    if any(output["type"] == "string" for output in outputs):
        return 320
    return 32 * max(1, sum(_words(output) for output in outputs))


@cache
def load_interface(protocol: str, contract: str, root: Path | None = None) -> Interface:
    """Load `abis/<protocol>/<contract>.json`: {"source": where it comes from, "abi": the JSON ABI}.

    `root` takes the place of `abis` where another package brings its own.
    """
    document = json.loads(((root or folder("abis")) / protocol / f"{contract}.json").read_text())
    functions: dict[str, Function] = {}
    events: dict[str, Event] = {}
    for entry in document["abi"]:
        signature = f"{entry['name']}({','.join(_canonical(part) for part in entry['inputs'])})"
        if entry["type"] == "function":
            selector = keccak(signature.encode())[:4]
            functions[entry["name"]] = Function(signature, selector, _answer_bytes(entry["outputs"]))
        elif entry["type"] == "event":
            inputs = tuple((p["name"], p.get("indexed", False), p["type"].startswith("int")) for p in _flat(entry))
            events[entry["name"]] = Event(entry["name"], topic_of(signature), inputs)
    return Interface(functions, events)
