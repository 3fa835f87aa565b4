"""How an integer stands in the database: exact, and sorting like the number where numbers are compared.

A value from 0 to 2**256 - 1 is 32 bytes, big-endian, so that BLOB (SQLite) and BYTEA (PostgreSQL) sort like
the number. A negative value, down to -2**263, is 33 bytes of two's complement: the length tells the sign.
Negative values sort among themselves; they are rare (a signed oracle answer), and nothing ranks by them.
Absent is NULL, which is not 0.
"""

_SIZE = 32


def encode(value: int) -> bytes:
    """Turn an integer into its stored bytes. Raises OverflowError outside -2**263 … 2**256 - 1."""
    if value >= 0:
        return value.to_bytes(_SIZE, "big")
    return value.to_bytes(_SIZE + 1, "big", signed=True)


def encode_optional(value: int | None) -> bytes | None:
    """Turn an integer or absence into its stored bytes or NULL."""
    return None if value is None else encode(value)


def decode(stored: bytes) -> int:
    """Turn stored bytes back into the integer."""
    return int.from_bytes(stored, "big", signed=len(stored) > _SIZE)


def decode_optional(stored: bytes | None) -> int | None:
    """Turn stored bytes or NULL back into the integer or absence."""
    return None if stored is None else decode(stored)
