"""The reserve configuration word: which bits mean what.

`ReserveConfiguration.sol`, every revision: bits that a revision no longer uses stay where they were.
"""

from indexer.units import uint256

FIELDS: dict[str, tuple[int, int]] = {
    "ltv": (0, 16),
    "liquidation_threshold": (16, 16),
    "liquidation_bonus": (32, 16),
    "decimals": (48, 8),
    "active": (56, 1),
    "frozen": (57, 1),
    "borrowing": (58, 1),
    "stable_borrowing": (59, 1),
    "paused": (60, 1),
    "borrowable_in_isolation": (61, 1),
    "siloed": (62, 1),
    "flashloan": (63, 1),
    "reserve_factor": (64, 16),
    "borrow_cap": (80, 36),
    "supply_cap": (116, 36),
    "protocol_fee": (152, 16),
    "emode_category": (168, 8),
    "unbacked_cap": (176, 36),
    "debt_ceiling": (212, 40),
    "virtual_accounting": (252, 1),
}
"""Name to (first bit, width). Percentages are basis points, caps whole tokens, the debt ceiling has 2 decimals."""


def read(word: int, name: str) -> int:
    """The field `name` of a configuration word (flags are 0 or 1)."""
    shift, width = FIELDS[name]
    return (word >> shift) & ((1 << width) - 1)


def write(word: int, name: str, value: int) -> int:
    """`word` with the field `name` set to `value`. Raises ValueError when the value does not fit."""
    shift, width = FIELDS[name]
    mask = (1 << width) - 1
    if not 0 <= value <= mask:
        raise ValueError(f"{name} has {width} bits, {value} does not fit")
    return uint256(word) & ~(mask << shift) | value << shift
