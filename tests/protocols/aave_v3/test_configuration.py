"""The bits of the reserve configuration word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.protocols.aave_v3.configuration import FIELDS, read, write

# ReserveConfiguration.sol of core 3.0.2: the complement of each mask (the field's own bits).
MASKS_3_0_2 = {
    "ltv": 0xFFFF,
    "liquidation_threshold": 0xFFFF0000,
    "liquidation_bonus": 0xFFFF00000000,
    "decimals": 0xFF000000000000,
    "active": 0x0100000000000000,
    "frozen": 0x0200000000000000,
    "borrowing": 0x0400000000000000,
    "stable_borrowing": 0x0800000000000000,
    "paused": 0x1000000000000000,
    "borrowable_in_isolation": 0x2000000000000000,
    "siloed": 0x4000000000000000,
    "flashloan": 0x8000000000000000,
    "reserve_factor": 0xFFFF0000000000000000,
    "borrow_cap": 0xFFFFFFFFF00000000000000000000,
    "supply_cap": 0xFFFFFFFFF00000000000000000000000000000,
    "protocol_fee": 0xFFFF00000000000000000000000000000000000000,
    "emode_category": 0xFF000000000000000000000000000000000000000000,
    "unbacked_cap": 0xFFFFFFFFF00000000000000000000000000000000000000000000,
    "debt_ceiling": 0xFFFFFFFFFF00000000000000000000000000000000000000000000000000000,
    "virtual_accounting": 0x1000000000000000000000000000000000000000000000000000000000000000,  # 3.1 to 3.3
}

words = st.integers(0, 2**256 - 1)


@pytest.mark.parametrize("name", sorted(MASKS_3_0_2))
def test_a_field_is_where_the_mask_of_the_contract_is(name: str) -> None:
    mask = MASKS_3_0_2[name]
    full = mask >> (mask & -mask).bit_length() - 1
    assert write(0, name, full) == mask
    assert read(mask, name) == full
    assert read(2**256 - 1 - mask, name) == 0


def test_no_field_is_without_a_mask() -> None:
    assert set(FIELDS) == set(MASKS_3_0_2)


@given(words, st.sampled_from(sorted(FIELDS)), st.data())
def test_writing_changes_that_field_alone(word: int, name: str, data: st.DataObject) -> None:
    value = data.draw(st.integers(0, (1 << FIELDS[name][1]) - 1))
    written = write(word, name, value)
    assert read(written, name) == value
    assert all(read(written, other) == read(word, other) for other in FIELDS if other != name)
    assert written ^ word & ~MASKS_3_0_2[name] == value << FIELDS[name][0]


@pytest.mark.parametrize(("name", "value"), [("ltv", 2**16), ("active", 2), ("decimals", -1)])
def test_a_value_too_wide_is_refused(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=name):
        write(0, name, value)
