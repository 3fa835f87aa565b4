"""Collateral health indexer: who is healthy, at risk, liquidatable or insolvent, exactly as the contracts say it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indexer.reports.face import Reader, open_store

__all__ = ["Reader", "open_store"]


def __getattr__(name: str) -> object:
    """Load the public face when it is first asked for, so that importing a floor does not load the house."""
    if name in __all__:
        from indexer.reports import face  # noqa: PLC0415

        return getattr(face, name)
    raise AttributeError(f"module 'indexer' has no attribute {name!r}")
