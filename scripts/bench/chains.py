"""What collateral chains cost: a block's update against a full rebuild, as the market grows and as blocks grow.

python scripts/bench/chains.py [--accounts N …] [--touched N …] [--blocks N] [--seed N] [--json]

A tenth of the accounts' number are owners with a chain (100,000 of a million). An update looks at what a block touched
and works out the chains of the owners it touched, exact health and bounds included; a rebuild does so for everybody.
The walk is that of ether falling by 4 %. Times are of this machine in this run: read the ratios.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from statistics import median
from typing import TypeVar

from indexer.book import Book, Change
from indexer.risk.contagion.falls import Backings
from indexer.risk.contagion.shock import Shock
from indexer.risk.contagion.stressed import StressedViews
from indexer.risk.contagion.walk import walk
from indexer.risk.footprints import Account, Footprints, Sight
from indexer.risk.look_through import LookThrough
from indexer.risk.owners import Owner, owner_of
from indexer.units import WAD
from indexer.words import Health
from scripts.bench.chain_crowd import ETHER, NOW, block, crowd, followed, owners_with_a_chain, views, whole_price

LOOK = LookThrough([])
_T = TypeVar("_T")
WATCH = WAD * 105 // 100


@dataclass(frozen=True)
class Row:
    """One size of market and of block; seconds."""

    accounts: int
    chains: int
    touched: int
    update_s: float
    rebuild_s: float
    walk_s: float
    fallers: int

    @property
    def ratio(self) -> float:
        """How many updates a rebuild takes."""
        return self.rebuild_s / self.update_s


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--touched", type=int, nargs="+", default=[10, 100, 1_000])
    parser.add_argument("--blocks", type=int, default=15, help="blocks a median is taken of")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    rows = [
        row
        for accounts in options.accounts
        for row in measure(accounts, options.touched, blocks=options.blocks, seed=options.seed)
    ]
    if options.json:
        sys.stdout.write(json.dumps([asdict(row) | {"ratio": row.ratio} for row in rows]) + "\n")
        return
    sys.stdout.write(" accounts    chains   touched  update, ms   rebuild, s   rebuild / update   walk, s   fallers\n")
    for row in rows:
        sys.stdout.write(
            f"{row.accounts:>9,} {row.chains:>9,} {row.touched:>9,} {row.update_s * 1e3:>11.2f} {row.rebuild_s:>12.2f} "
            f"{row.ratio:>17,.0f}x {row.walk_s:>9.2f} {row.fallers:>9,}\n"
        )


def measure(accounts: int, touched: Sequence[int], *, blocks: int, seed: int) -> list[Row]:
    """A market of that size: one rebuild, and the median block of each size. Checks that both know the same."""
    say(f"{accounts:,} accounts: making the market")
    book, dice = crowd(accounts, seed), random.Random(seed)
    say(f"{accounts:,} accounts: rebuilding")
    (found, chains), rebuild_s = timed(lambda: rebuilt(book))
    say(f"{accounts:,} accounts: walking")
    fallers, walk_s = timed(lambda: walked(book))
    rows = []
    for size in touched:
        if size > accounts // 10:
            continue
        times = []
        for _ in range(blocks):
            changes = block(book, size, accounts, dice)
            times.append(timed(lambda: updated(found, book, changes))[1])  # noqa: B023  called at once
        rows.append(Row(accounts, chains, size, median(times), rebuild_s, walk_s, fallers))
    if found != rebuilt(book)[0]:
        raise AssertionError("what blocks kept up is not what is built anew")
    if chains != owners_with_a_chain(accounts):
        raise AssertionError(f"{chains} chains were found")
    return rows


def rebuilt(book: Book) -> tuple[Footprints, int]:
    """Everything from nothing; how many chains there are."""
    sight = Sight(views(book), LOOK, NOW)
    found = Footprints.build(sight)
    return found, sum(len(chain_of(who, found, sight).reuses) for who in found.linked)


def updated(found: Footprints, book: Book, changes: Sequence[Change]) -> list[Owner]:
    """What a block touched, and the chains of those it touched."""
    sight = Sight(views(book), LOOK, NOW)
    owners = found.update(changes, sight)
    return [chain_of(who, found, sight) for who in owners if found.is_linked(who)]


def walked(book: Book) -> int:
    """Ether falls by 4 %; how many fall with it."""
    stressed = StressedViews(followed(book), NOW, whole_price)
    return len(walk(stressed, Shock({ETHER: Fraction(1, 25)}), Backings(LOOK)).fallers)


def chain_of(who: str, found: Footprints, sight: Sight) -> Owner:
    """One owner with his bounds and the exact health of his positions."""

    def health(account: Account) -> Health:
        return sight.views[account.deployment].health(account.key, NOW, WATCH)

    return owner_of(who, found.accounts_of(who), sight, health)


def timed(work: Callable[[], _T]) -> tuple[_T, float]:
    """The result and its seconds."""
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def say(line: str) -> None:
    """Progress, for people."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
