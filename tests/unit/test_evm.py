"""Addresses and log words."""

import pytest
from eth_utils.address import to_normalized_address
from hypothesis import given
from hypothesis import strategies as st

from indexer.evm import ZERO_ADDRESS, Log, address

MIXED = "0x2f39d218133AFaB8F2B819B1066c7E434Ad94E9e"


def log(data: str) -> Log:
    return Log(ZERO_ADDRESS, ("0x" + "00" * 32,), data, 1, "0x01", "0x02", 0)


@given(st.binary(min_size=20, max_size=20))
def test_bytes_integers_and_text_name_the_same_address(raw: bytes) -> None:
    expected = str(to_normalized_address(raw))
    assert address(raw) == expected
    assert address(int.from_bytes(raw, "big")) == expected
    assert address(expected.upper().replace("X", "x")) == expected


@given(st.binary(min_size=12, max_size=12), st.binary(min_size=20, max_size=20))
def test_of_a_word_the_last_twenty_bytes_are_taken(above: bytes, raw: bytes) -> None:
    assert address(above + raw) == "0x" + raw.hex()


def test_text_is_trimmed_and_lowered() -> None:
    assert address(f" {MIXED}\n") == MIXED.lower()


@pytest.mark.parametrize("text", ["", "0x", MIXED[:-1], MIXED + "0", MIXED[2:], "0x" + "g" * 40, "vitalik.eth"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        address(text)


def test_words_of_a_log_count_from_zero() -> None:
    data = "0x" + f"{7:064x}" + "ff" * 32
    assert log(data).word(0) == 7
    assert log(data).word(1) == 2**256 - 1


@pytest.mark.parametrize("data", ["0x", "0x" + "00" * 31, "0x" + "00" * 32 + "ff"])
def test_a_word_beyond_the_data_is_an_error(data: str) -> None:
    with pytest.raises(ValueError, match="no word"):
        log(data).word(1 if len(data) > 64 else 0)
