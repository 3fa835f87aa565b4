"""`indexer contagion`: what a shock reaches, round by round."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

from indexer.errors import UserError
from indexer.evm import Address, address
from indexer.reports.chains.rows import token_row
from indexer.reports.chains.scene import Scene
from indexer.reports.envelope import Answer, envelope
from indexer.reports.rows import text
from indexer.risk.contagion.allocations import allocations
from indexer.risk.contagion.balance import Balance
from indexer.risk.contagion.clearing import MarketLoss
from indexer.risk.contagion.falls import Backings
from indexer.risk.contagion.result import Contagion, Faller
from indexer.risk.contagion.shock import Shock, joined, parse_shock
from indexer.risk.contagion.walk import ROUNDS, walk
from indexer.risk.look_through import End
from indexer.risk.measures import receipt_threshold

Row = dict[str, Any]
_ALIASES = {"ETH": "WETH", "BTC": "WBTC"}
"""What people call the base asset of a chain, where no token calls itself so."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The shocks as texts, and how far to walk."""

    shocks: Sequence[str]
    rounds: int = ROUNDS
    limit: int | None = None


def contagion_answer(scene: Scene, asked: Asked) -> Answer:
    """Who falls, in which round, through what, and who bears the loss. Raises UserError for what is no shock."""
    shock = joined(parse_shock(each, lambda name: token_of(scene, name)) for each in asked.shocks)
    _check_known(scene, shock)
    backings = Backings(scene.look, allocations(scene.views, scene.look, scene.snapshot.at))
    found = walk(scene.stressed, shock, backings, rounds=asked.rounds)
    rows = [_faller(scene, each) for each in sorted(found.fallers, key=_order)]
    shown = rows[: asked.limit]
    return {
        **envelope(scene.snapshot),
        "deployments_unknown": scene.unknown,
        "shock": _shock(scene, shock),
        "ending": found.ending.value,
        "hidden_rows": len(rows) - len(shown),
        "contagion": shown,
        "baseline": {"accounts": len(found.baseline), "short_usd": _sum(each.short_before for each in found.baseline)},
        "rounds": [
            {"round": each.number, "fallers": len(each.fallers), **_balance(each.balance)} for each in found.rounds
        ],
        "balance": _balance(found.balance),
        "losses": [_loss(scene, each) for each in found.losses],
        "symbols": _symbols(scene, found),
        "unknown": [{"deployment": each.deployment, "account": each.key} for each in found.unknown],
        "unvalued": [{"deployment": each.deployment, "account": each.key} for each in found.unvalued],
        "undecided_tokens": sorted(token for token in _tokens(found) if scene.look.route(token).end is End.UNDECIDED),
    }


def token_of(scene: Scene, name: str) -> Address:
    """A token by its address, or by its symbol where one priced token alone has it. Raises UserError."""
    if name.lower().startswith("0x"):
        try:
            return address(name)
        except ValueError as error:
            raise UserError(str(error)) from None
    for wanted in (name, _ALIASES.get(name.upper(), name)):
        found = _called(scene, wanted)
        if len(found) == 1:
            return found[0]
        if found:
            raise UserError(
                f"{len(found)} tokens call themselves {name!r}: name one by its address: {', '.join(found)}"
            )
    raise UserError(f"no token with a price calls itself {name!r}: name it by its address")


def _check_known(scene: Scene, shock: Shock) -> None:
    """Raises UserError for what nobody here has: a mistyped address must not read as if all were well."""
    for token in (*shock.falls, *shock.rates):
        if token not in scene.known_tokens:
            raise UserError(f"no deployment at this block knows token {token}")
    for token in shock.rates:
        if token not in scene.look.conversions:
            raise UserError(f"{token} is no receipt and no wrapper: write {token}=-3% for a fall of its price")
    for market in shock.bad_debt:
        scene.stressed.lent(market)


def _called(scene: Scene, symbol: str) -> list[Address]:
    wanted = symbol.casefold()
    tokens = scene.snapshot.tokens
    return sorted(
        token for token in scene.priced if token in tokens and (tokens[token].symbol or "").casefold() == wanted
    )


def _order(faller: Faller) -> tuple[int, Fraction, str]:
    return faller.round, -(faller.debt or Fraction(0)), faller.account.key


def _faller(scene: Scene, faller: Faller) -> Row:
    who = scene.views[faller.account.deployment].identify(faller.account.key)
    return {
        "deployment": faller.account.deployment,
        "account": who.account,
        "market": who.market,
        "owner": scene.sight.owner_of(faller.account),
        "round": faller.round,
        "state": faller.state.value,
        "health_factor_wad": text(faller.health_factor_wad),
        "causes": [list(path) for path in faller.causes],
        "collateral_usd": _float(faller.collateral),
        "debt_usd": _float(faller.debt),
        "shortfall_usd": _float(faller.shortfall),
        "absorbed_usd": _float(faller.absorbed),
        "bad_debt_usd": _float(faller.bad_debt),
    }


def _balance(balance: Balance) -> Row:
    """Both sides of the books: collateral_lost + bonus = equity_lost + absorbed + bad_debt + relief."""
    return {f"{name}_usd": _float(getattr(balance, name)) for name in Balance.__annotations__}


def _loss(scene: Scene, loss: MarketLoss) -> Row:
    """Raw units of what the market lends, rounded up; `lost_share` None: its supply is not known.

    Who has put up the market's receipt alone falls below a health factor of `receipt_threshold` (None: whatever it is).
    """
    return {
        "deployment": loss.market.deployment,
        "market": loss.market.market,
        **token_row(scene, loss.token),
        "short": text(ceil(loss.short)),
        "absorbed": text(ceil(loss.absorbed)),
        "lost": text(ceil(loss.lost)),
        "lost_share": _float(loss.share),
        "receipt_threshold": None if loss.share is None else _float(receipt_threshold(Fraction(1), loss.share)),
    }


def _shock(scene: Scene, shock: Shock) -> Row:
    return {
        "falls": [{**token_row(scene, token), "fall": float(fall)} for token, fall in shock.falls.items()],
        "rates": [{**token_row(scene, token), "fall": float(fall)} for token, fall in shock.rates.items()],
        "bad_debt": [
            {"deployment": m.deployment, "market": m.market, "amount": str(n)} for m, n in shock.bad_debt.items()
        ],
    }


def _symbols(scene: Scene, found: Contagion) -> dict[str, str | None]:
    """Of the tokens that causes pass through, by address."""
    named = {part for each in found.fallers for path in each.causes for part in path if part in scene.snapshot.tokens}
    return {token: scene.snapshot.symbol(token) for token in sorted(named)}


def _tokens(found: Contagion) -> set[Address]:
    return set(found.falls.shock.falls) | set(found.falls.shock.rates)


def _sum(amounts: Iterable[Fraction | None]) -> float:
    return float(sum((amount for amount in amounts if amount is not None), Fraction(0)))


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
