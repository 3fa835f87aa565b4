"""Wrappers known beforehand, by chain id: those whose contract does not tell its underlying, and the greatest."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from indexer.evm import Address, address
from indexer.resources import folder
from indexer.wrappers.kinds import WrapperKind, Wrapping

_NONE: Mapping[Address, Wrapping] = MappingProxyType({})


@cache
def built_in_wrappers(chain_id: int) -> Mapping[Address, Wrapping]:
    """The tokens of `abis/wrappers/tokens-<chain id>.tsv` (its head names the sources); none for other chains."""
    path = folder("abis") / "wrappers" / f"tokens-{chain_id}.tsv"
    return _load(path) if path.is_file() else _NONE


def _load(path: Path) -> Mapping[Address, Wrapping]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    rows = [line.split("\t") for line in lines]
    found = {address(token): Wrapping(WrapperKind(kind), address(underlying)) for kind, token, underlying, _ in rows}
    return MappingProxyType(found)
