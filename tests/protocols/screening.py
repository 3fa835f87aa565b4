"""The screen at its hardest cut: each exact factor and one wad unit more, where an account is below by the least."""

from collections.abc import Mapping
from random import Random

from hypothesis import strategies as st

from indexer.book import DeploymentBook
from indexer.protocols._interface import Weights
from indexer.risk.screen import candidates

dice_of_a_seed = st.integers(0, 2**64).map(Random)


def number(dice: Random, bits: int) -> int:
    """Any magnitude below 2**bits, and the numbers where a float64 must round."""
    if dice.random() < 0.1:
        return (1 << dice.randint(0, bits - 1)) + dice.choice([0, 1, -1])
    return dice.getrandbits(dice.randint(1, bits))


def amount(dice: Random, bits: int) -> int:
    """A number, seldom one beyond every limit."""
    return 1 << dice.randint(110, 250) if dice.random() < 0.01 else number(dice, bits)


def missed(rows: DeploymentBook, weights: Weights | None, factors: Mapping[str, int | None]) -> list[tuple[str, int]]:
    """Accounts that are not named at their own cut; None is a debt that cannot be valued, to be named at any cut."""
    assert weights is not None
    out = []
    for key, factor in factors.items():
        cut = 0 if factor is None else factor + 1
        if key not in {rows.accounts[row] for row in candidates(rows, weights, cut)}:
            out.append((key, cut))
    return out
