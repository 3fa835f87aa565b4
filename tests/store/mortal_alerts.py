"""A program that follows prices up and down, and tells a webhook what changes: to be killed at any moment.

Run as `python -m tests.store.mortal_alerts DATABASE WEBHOOK`. It prints a line for each block it told of.
"""

import sys
import time

from indexer.book import Change, Entity
from indexer.evm import BlockRef
from indexer.reports.alerts.delivery import Delivery
from indexer.reports.alerts.rules import Kind, Rule, Target
from indexer.reports.alerts.watch import Alerts
from indexer.reports.snapshot import Asked
from indexer.risk.alerting import Patience
from indexer.store import BlockRecord, Head, HeadsSeen, Store
from indexer.words import State
from tests.unit.market_book import DEPLOYMENT
from tests.unit.reports.stored import BLOCK, WETH

PRICES = (2_000 * 10**8, 1_000 * 10**8)
"""Of even and of odd blocks: in the odd ones three accounts are under water."""


def alerts_over(store: Store, webhook: str) -> Alerts:
    """A rule that counts every calm at once, so that each block has something to tell."""
    target = Target(webhook, is_webhook=True)
    rule = Rule("r", Kind.STATE, Patience(0, 2.0), (target,), states=(State.LIQUIDATABLE, State.BAD_DEBT))
    delivery = Delivery(store, [target], timeout_s=5, give_up_after_s=10**9)
    return Alerts(store, [rule], Asked(), delivery, max_lag=5, keep_days=30, every_s=1)


def mine(store: Store) -> None:
    """One more block, in which the price moves."""
    cursor = store.cursor()
    if cursor is None:
        raise AssertionError("no database")
    number = cursor.number + 1
    ref = BlockRef(number, f"0x{number:064x}", cursor.hash, BLOCK.timestamp + 12 * (number - BLOCK.number))
    price = Change(Entity(DEPLOYMENT, WETH.asset), "price", PRICES[cursor.number % 2], PRICES[number % 2])
    heads = HeadsSeen(Head(number, ref.hash), None, None, ref.timestamp)
    store.commit([BlockRecord(ref, complete=True, changes=[price])], ref, heads)


def main() -> None:
    """Until it is killed."""
    url, webhook = sys.argv[1:]
    with Store.open(url) as store:
        alerts = alerts_over(store, webhook)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            mine(store)
            alerts.run()
            sys.stdout.write("said\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
