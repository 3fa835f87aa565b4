import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indexer.store.values import decode, decode_optional, encode, encode_optional

UNSIGNED = st.integers(0, 2**256 - 1)
SIGNED = st.integers(-(2**263), 2**256 - 1)


@given(SIGNED)
@example(0)
@example(-1)
@example(2**256 - 1)
@example(-(2**255))
@example(-(2**263))
def test_round_trip(value: int) -> None:
    assert decode(encode(value)) == value


@given(UNSIGNED, UNSIGNED)
def test_unsigned_sorts_like_the_number(a: int, b: int) -> None:
    assert (encode(a) < encode(b)) == (a < b)
    assert len(encode(a)) == 32


@given(SIGNED, SIGNED)
def test_two_integers_never_share_bytes(a: int, b: int) -> None:
    assert (encode(a) == encode(b)) == (a == b)


def test_absent_is_not_zero() -> None:
    assert encode_optional(None) is None
    assert encode_optional(0) == bytes(32)
    assert decode_optional(None) is None
    assert decode_optional(bytes(32)) == 0


@pytest.mark.parametrize("value", [2**256, -(2**263) - 1])
def test_past_256_bits_is_refused(value: int) -> None:
    with pytest.raises(OverflowError):
        encode(value)
