"""Our ABI code beside eth-abi and eth-utils, over every function and event in `abis/`."""

import json
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.abi import event_abi_to_log_topic, function_abi_to_4byte_selector
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from indexer.abi import load_interface, signed, text_of, word_of, words_of
from indexer.errors import DecodeError
from indexer.evm import Address, Log, address
from indexer.resources import folder

EMITTER = address("0x" + "ee" * 20)
Entry = dict[str, Any]


def entries(kind: str) -> list[tuple[str, str, Entry]]:
    """(folder, contract, ABI entry) of every function or event."""
    return [
        (path.parent.name, path.stem, entry)
        for path in sorted(Path(folder("abis")).glob("*/*.json"))
        for entry in json.loads(path.read_text())["abi"]
        if entry["type"] == kind
    ]


def values_of(kind: str) -> SearchStrategy[Any]:
    if kind == "address":
        return st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())
    if kind == "bool":
        return st.booleans()
    if kind == "bytes32":
        return st.binary(min_size=32, max_size=32)
    if kind == "string":
        return st.text(max_size=40)
    bits = int(kind.removeprefix("u").removeprefix("int"))
    return st.integers(0, 2**bits - 1) if kind[0] == "u" else st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def number(value: object) -> int:
    """A value as our decoder gives it."""
    if isinstance(value, bytes):
        return int.from_bytes(value, "big")
    return int(value, 16) if isinstance(value, str) else int(value)  # type: ignore[call-overload]


def log_of(entry: Entry, values: list[Any]) -> Log:
    indexed = [(p["type"], v) for p, v in zip(entry["inputs"], values, strict=True) if p["indexed"]]
    plain = [(p["type"], v) for p, v in zip(entry["inputs"], values, strict=True) if not p["indexed"]]
    topics = ["0x" + event_abi_to_log_topic(entry).hex(), *("0x" + encode([t], [v]).hex() for t, v in indexed)]  # type: ignore[arg-type]
    data = "0x" + encode([t for t, _ in plain], [v for _, v in plain]).hex()
    return Log(EMITTER, tuple(topics), data, 7, "0x01", "0x02", 3)


@given(st.sampled_from(entries("function")), st.data())
def test_a_call_is_encoded_as_eth_abi_does(found: tuple[str, str, Entry], data: st.DataObject) -> None:
    protocol, contract, entry = found
    kinds = [part["type"] for part in entry["inputs"]]
    args = [data.draw(values_of(kind)) for kind in kinds]
    ours = [number(arg) if isinstance(arg, bytes) else arg for arg in args]
    call = load_interface(protocol, contract).call(entry["name"], EMITTER, *ours)
    assert call.data == function_abi_to_4byte_selector(entry) + encode(kinds, args)  # type: ignore[arg-type]
    assert call.to == EMITTER


@given(st.sampled_from(entries("event")), st.data())
def test_a_log_is_decoded_as_eth_abi_encoded_it(found: tuple[str, str, Entry], data: st.DataObject) -> None:
    protocol, contract, entry = found
    values = [data.draw(values_of(part["type"])) for part in entry["inputs"]]
    event = load_interface(protocol, contract).events[entry["name"]]
    log = log_of(entry, values)
    decoded = event.decode(log)
    assert event.topic == log.topics[0]
    static = {p["name"]: v for p, v in zip(entry["inputs"], values, strict=True) if p["type"] != "string"}
    assert {name: decoded[name] for name in static} == {name: number(value) for name, value in static.items()}


@pytest.mark.parametrize("cut", ["topic", "data"])
def test_a_log_shorter_than_its_event_is_an_error_that_names_it(cut: str) -> None:
    entry = next(
        entry for _, contract, entry in entries("event") if (contract, entry["name"]) == ("ScaledToken", "Mint")
    )
    log = log_of(entry, ["0x" + "01" * 20, "0x" + "02" * 20, 1, 2, 3])
    topics, data = (log.topics[:-1], log.data) if cut == "topic" else (log.topics, log.data[:-2])
    short = Log(EMITTER, topics, data, 7, "0x01", "0x02", 3)
    with pytest.raises(DecodeError, match=r"log 3 of block 7 at 0xeeee.* is not Mint"):
        load_interface("aave_v3", "ScaledToken").events["Mint"].decode(short)


@given(st.integers(-(2**255), 2**255 - 1))
def test_signed_is_twos_complement(value: int) -> None:
    assert signed(int.from_bytes(encode(["int256"], [value]), "big")) == value


@given(st.lists(st.integers(0, 2**256 - 1), max_size=5), st.integers(0, 6))
def test_words_of_an_answer(values: list[int], count: int) -> None:
    answer = encode(["uint256"] * len(values), values)
    assert words_of(answer, count) == (tuple(values[:count]) if count <= len(values) else None)


def test_a_failed_or_empty_answer_is_none_never_zero() -> None:
    assert word_of(None) is None
    assert word_of(b"") is None
    assert word_of(b"\0" * 31) is None
    assert word_of(b"\0" * 32) == 0


@given(st.text(max_size=60).filter(lambda text: len(text.encode()) <= 256))
def test_a_string_answer(text: str) -> None:
    assert text_of(encode(["string"], [text])) == text


@pytest.mark.parametrize(
    ("answer", "text"),
    [(None, None), (b"", None), (b"MKR".ljust(32, b"\0"), "MKR"), (b"\xff" + bytes(31), "\ufffd")],
)
def test_old_tokens_answer_bytes32(answer: bytes | None, text: str | None) -> None:
    assert text_of(answer) == text


def test_the_room_for_an_answer_holds_what_the_function_returns() -> None:
    pool = load_interface("aave_v3", "Pool")
    assert pool.functions["getReserveData"].answer_bytes == 15 * 32
    assert load_interface("erc20", "ERC20").functions["symbol"].answer_bytes == 320
    assert pool.call("getConfiguration", Address(EMITTER), EMITTER).answer_bytes == 32
