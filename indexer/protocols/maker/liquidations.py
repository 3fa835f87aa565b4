"""What a block's logs say was liquidated: a `Bark` takes a vault's collateral and debt, each `Take` sells some of it.

Two kinds of rows, joined by `auction` (`<clip>#<id>`):
* `auction`, from `Bark`: all that left the vault. The debt is `due` (art * rate) without the penalty, rounded up;
  nobody paid it yet. The liquidator is the keeper of the `Kick` in the same transaction.
* `auction_sale`, from `Take`: Dai paid by a buyer, whom no log names, penalty included, and the collateral he got,
  floor(owe / price), which is what `Clipper.take` hands out. Its `collateral_seized` left the auction, not the account.
  A sale that ends the auction with nothing left to sell and something still to be raised has `bad_debt` None: the loss
  is the `due` of the auction less all its sales, and stands in no log. Any other sale has 0.
Collateral is in the token's units as its join scales it, rounded up.

Source: Dog and Clipper of makerdao/dss fa4f6630afb0.
"""

from collections.abc import Sequence

from indexer.book import Draft, Entity
from indexer.evm import Address, Log, address
from indexer.protocols._interface import Deployment, Liquidation
from indexer.protocols.maker import notes
from indexer.protocols.maker.flows import dai_of, spread_of, units_of_gem
from indexer.protocols.maker.interfaces import account_key, auction_market, ilk_name
from indexer.protocols.maker.notes import topic, word
from indexer.protocols.maker.stored import belongs_to
from indexer.units import RAY
from indexer.words import LiquidationKind


def liquidations(deployment: Deployment, logs: Sequence[Log], draft: Draft) -> list[Liquidation]:
    """The liquidations of one block's logs; the draft is the one they were applied to."""
    dog, keepers, found = draft.number(Entity(deployment.name), "dog"), dict[str, Address](), list[Liquidation]()
    for log in logs:
        if log.topics[0] == notes.KICK:
            keepers[_place(log, auction_market(log.address, topic(log, 1)))] = address(topic(log, 3))
        elif log.topics[0] == notes.BARK and int(log.address, 16) == dog:
            auction = auction_market(address(word(log, 3)), topic(log, 3))
            found.append(_bark(deployment, log, draft, auction, keepers.get(_place(log, auction))))
        elif log.topics[0] == notes.TAKE:
            ilk = draft.get(Entity(deployment.name, log.address), "ilk")
            if ilk is not None:
                found.append(_take(deployment, log, draft, ilk))
    return found


def _place(log: Log, auction: str) -> str:
    return f"{log.transaction_hash} {auction}"


def _bark(deployment: Deployment, log: Log, draft: Draft, auction: str, keeper: Address | None) -> Liquidation:
    name, urn = ilk_name(topic(log, 1)), address(topic(log, 2))
    ilk, key = Entity(deployment.name, name), account_key(urn, name)
    return Liquidation(
        account=key,
        owner=_owner(deployment, draft, urn, key),
        market=name,
        liquidator=keeper,
        kind=LiquidationKind.AUCTION,
        log_index=log.index,
        transaction=log.transaction_hash,
        debt_asset=address(dai_of(draft, deployment.name, deployment.entry)),
        debt_repaid=-(-word(log, 2) // RAY),
        collateral_asset=address(draft.number(ilk, "gem")),
        collateral_seized=units_of_gem(word(log, 0), spread_of(draft, ilk), up=True),
        bad_debt=0,
        auction=auction,
    )


def _take(deployment: Deployment, log: Log, draft: Draft, ilk_word: int) -> Liquidation:
    name, urn = ilk_name(ilk_word), address(topic(log, 2))
    ilk, key = Entity(deployment.name, name), account_key(urn, name)
    price, owe, tab, lot = (word(log, position) for position in (1, 2, 3, 4))
    return Liquidation(
        account=key,
        owner=_owner(deployment, draft, urn, key),
        market=name,
        liquidator=None,
        kind=LiquidationKind.AUCTION_SALE,
        log_index=log.index,
        transaction=log.transaction_hash,
        debt_asset=address(dai_of(draft, deployment.name, deployment.entry)),
        debt_repaid=-(-owe // RAY),
        collateral_asset=address(draft.number(ilk, "gem")),
        collateral_seized=units_of_gem(owe // price if price else 0, spread_of(draft, ilk), up=True),
        bad_debt=None if lot == 0 and tab > 0 else 0,
        auction=auction_market(log.address, topic(log, 1)),
    )


def _owner(deployment: Deployment, draft: Draft, urn: Address, key: str) -> Address:
    return belongs_to(urn, draft.get(Entity(deployment.name, "", key), "own"), None)[0]
