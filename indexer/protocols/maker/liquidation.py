"""The auction that barking at a vault would start: its amounts, its terms, and everything that forbids it.

Source: `Dog.bark` and `Clipper.kick` of makerdao/dss fa4f6630afb0. Bark takes rate and spot as stored; anybody may call
`Jug.drip` and `Spotter.poke` in front of it.
"""

from dataclasses import dataclass

from indexer.errors import ArithmeticOverflow
from indexer.protocols.maker.bark import Bark, bark, reward, starting_price
from indexer.protocols.maker.state import Core, Ilk, Vault
from indexer.protocols.maker.vault import is_unsafe
from indexer.units import RAY
from indexer.words import Gate, LiquidationKind, Terms

_MOST = 2**255
_NOTHING = Bark(0, 0, 0, 0, 0, is_dusty=False)


@dataclass(frozen=True, slots=True)
class Moment:
    """Rate and spot that bark would find; `prepared`: after `drip` and `poke`."""

    rate: int
    spot: int
    prepared: bool


@dataclass(frozen=True, slots=True)
class _Start:
    """What kick makes of it: `top` in ray, `coin` in rad; None: not to be told."""

    top: int | None
    coin: int


def stored_moment(ilk: Ilk) -> Moment:
    """What bark finds as things are."""
    return Moment(ilk.rate, ilk.spot, prepared=False)


def prepared_moment(ilk: Ilk, core: Core, at: int) -> Moment | None:
    """What bark finds after `Jug.drip` and `Spotter.poke` at a timestamp; None where one reverts or nobody knows.

    Nor where no duty is known: `Jug.init` sets one, and without it a drip wipes every debt out.
    """
    value = None if ilk.oracle is None else ilk.oracle.value
    rate, spot = ilk.rate_at(core, at), ilk.poked_spot(core, value)
    return None if not rate or not ilk.duty or spot is None else Moment(rate, spot, prepared=True)


def unsafe_at(vault: Vault, moment: Moment) -> bool:
    """The comparison of bark. Raises ArithmeticOverflow where it reverts."""
    return is_unsafe(vault.ink, vault.art, moment.rate, moment.spot)


def liquidation_terms(vault: Vault, core: Core, moment: Moment) -> Terms:
    """Terms of one bark at a moment. A vault without debt has none: do not ask."""
    gates: dict[Gate, None] = dict.fromkeys(_gates(vault, core, moment))
    amounts, start = _NOTHING, _Start(None, 0)
    if vault.ilk.limits.room:
        try:
            amounts = bark(vault.ink, vault.art, moment.rate, vault.ilk.dust, vault.ilk.limits)
            start = _started(vault.ilk, core, amounts)
        except ArithmeticOverflow:
            gates[Gate.UNREADABLE] = None
        else:
            gates.update(dict.fromkeys(_gates_of_amounts(amounts)))
            gates.update(dict.fromkeys(_gates_of_kick(vault.ilk, start)))
    return Terms(
        debt_asset=core.dai,
        collateral_asset=vault.ilk.asset,
        max_debt_to_cover=-(-amounts.tab // RAY),
        collateral_to_liquidator=vault.ilk.token_units(amounts.dink),
        protocol_fee=0,
        bonus_bps=None,
        close_factor_bps=None,
        gross_bonus_value=start.coin,
        gates=tuple(gates),
        kind=LiquidationKind.AUCTION,
        details=_details(vault.ilk, moment, amounts, start),
    )


def _gates(vault: Vault, core: Core, moment: Moment) -> list[Gate]:
    """What forbids it before any amount is known, in the order in which bark would say so."""
    gates = []
    if not core.has_dog:
        gates.append(Gate.NO_LIQUIDATOR)
    elif not core.dog_live:
        gates.append(Gate.LIQUIDATION_STOPPED)
    if moment.spot == 0:
        gates.append(Gate.UNPRICED)
    elif not unsafe_at(vault, moment):
        gates.append(Gate.NOT_LIQUIDATABLE)
    if not vault.ilk.limits.room:
        gates.append(Gate.LIQUIDATION_LIMIT)
    return gates


def _gates_of_amounts(amounts: Bark) -> list[Gate]:
    gates = []
    if amounts.is_dusty:
        gates.append(Gate.LEFTOVER)
    if amounts.dink == 0 or amounts.tab == 0:
        gates.append(Gate.ZERO_AMOUNT)
    if max(amounts.dink, amounts.dart) > _MOST:
        gates.append(Gate.UNREADABLE)
    return gates


def _gates_of_kick(ilk: Ilk, start: _Start) -> list[Gate]:
    if ilk.clip is None:
        return [Gate.NO_LIQUIDATOR]
    gates = [Gate.LIQUIDATION_STOPPED] if ilk.clip.stopped >= 1 else []
    if not start.top:
        gates.append(Gate.UNREADABLE if start.top is None else Gate.UNPRICED)
    return gates


def _started(ilk: Ilk, core: Core, amounts: Bark) -> _Start:
    clip, value = ilk.clip, None if ilk.oracle is None else ilk.oracle.value
    if clip is None:
        return _Start(None, 0)
    coin = reward(amounts.tab, clip.tip, clip.chip)
    if value is None or clip.buf is None:
        return _Start(None, coin)
    return _Start(starting_price(value, core.par, clip.buf), coin)


def _details(ilk: Ilk, moment: Moment, amounts: Bark, start: _Start) -> dict[str, int]:
    """The contract's own words: dart, dink in wad; due, tab, room, coin, tip, chost in rad; top, buf, cusp in ray."""
    found: dict[str, int | None] = {
        "dart": amounts.dart,
        "dink": amounts.dink,
        "due": amounts.due,
        "tab": amounts.tab,
        "room": amounts.room,
        "rate": moment.rate,
        "spot": moment.spot,
        "drip_and_poke_first": int(moment.prepared),
        "top": start.top,
        "coin": start.coin,
    }
    found["chop"] = ilk.limits.chop
    if ilk.clip is not None:
        found |= {name: getattr(ilk.clip, name) for name in ("buf", "tail", "cusp", "chip", "tip", "chost", "stopped")}
    return {name: value for name, value in found.items() if value is not None}
