"""One block's logs, in order, folded into the draft: every one carries the exact assets and shares that move.

Source: Morpho.sol and EventsLib.sol of @morpho-org/morpho-blue 1.0.0. Every call but `supplyCollateral` accrues first;
the accrual is logged (AccrueInterest) except where the market has no IRM, and then only `last_update` moves. A bare
`accrueInterest` there leaves no log at all: no number depends on it, and `last_update` of such a market is not
compared.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from indexer.book import Draft, Entity
from indexer.errors import DecodeError, MissedLog
from indexer.evm import Log, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.morpho_blue.deployments import ADAPTIVE_CURVE_IRMS
from indexer.protocols.morpho_blue.interfaces import IRM, MORPHO, PARAMS, account_key, market_id
from indexer.units import uint256

_PARAMS_IN_LOG = ("loanToken", "collateralToken", "oracle", "irm", "lltv")


@dataclass(frozen=True, slots=True)
class _Fold:
    """One log being folded: where its market and the deployment stand in the draft."""

    deployment: Deployment
    draft: Draft
    log: Log

    @property
    def own(self) -> Entity:
        return Entity(self.deployment.name)

    @property
    def market(self) -> Entity:
        return Entity(self.deployment.name, market_id(int(self.log.topics[1], 16)))

    def position(self, user: int) -> Entity:
        market = self.market.market
        return Entity(self.deployment.name, market, account_key(user, market))

    def add(self, where: Entity, field: str, amount: int) -> None:
        """Checked arithmetic: what would fall below zero does not add up. Raises ArithmeticOverflow."""
        if amount:
            self.draft.set(where, field, uint256(self.draft.number(where, field) + amount))

    def less_or_zero(self, where: Entity, field: str, amount: int) -> None:
        """`UtilsLib.zeroFloorSub`: a repayment may exceed the total by one unit."""
        if amount:
            self.draft.set(where, field, max(0, self.draft.number(where, field) - amount))

    def accrued(self) -> None:
        """The market was accrued in this block."""
        if self.log.block_timestamp is None:
            raise DecodeError(f"log {self.log.index} of block {self.log.block_number} came without a timestamp")
        self.draft.set(self.market, "last_update", self.log.block_timestamp)


def _create_market(fold: _Fold, values: dict[str, int]) -> None:
    for field, name in zip(PARAMS, _PARAMS_IN_LOG, strict=True):
        fold.draft.set(fold.market, field, values[name])
    fold.accrued()


def _supply(fold: _Fold, values: dict[str, int]) -> None:
    fold.accrued()
    fold.add(fold.position(values["onBehalf"]), "supply_shares", values["shares"])
    fold.add(fold.market, "total_supply_shares", values["shares"])
    fold.add(fold.market, "total_supply_assets", values["assets"])


def _withdraw(fold: _Fold, values: dict[str, int]) -> None:
    fold.accrued()
    fold.add(fold.position(values["onBehalf"]), "supply_shares", -values["shares"])
    fold.add(fold.market, "total_supply_shares", -values["shares"])
    fold.add(fold.market, "total_supply_assets", -values["assets"])


def _borrow(fold: _Fold, values: dict[str, int]) -> None:
    fold.accrued()
    fold.add(fold.position(values["onBehalf"]), "borrow_shares", values["shares"])
    fold.add(fold.market, "total_borrow_shares", values["shares"])
    fold.add(fold.market, "total_borrow_assets", values["assets"])


def _repay(fold: _Fold, values: dict[str, int]) -> None:
    fold.accrued()
    fold.add(fold.position(values["onBehalf"]), "borrow_shares", -values["shares"])
    fold.add(fold.market, "total_borrow_shares", -values["shares"])
    fold.less_or_zero(fold.market, "total_borrow_assets", values["assets"])


def _supply_collateral(fold: _Fold, values: dict[str, int]) -> None:
    fold.add(fold.position(values["onBehalf"]), "collateral", values["assets"])


def _withdraw_collateral(fold: _Fold, values: dict[str, int]) -> None:
    fold.accrued()
    fold.add(fold.position(values["onBehalf"]), "collateral", -values["assets"])


def _liquidate(fold: _Fold, values: dict[str, int]) -> None:
    fold.accrued()
    position, erased = fold.position(values["borrower"]), values["repaidShares"] + values["badDebtShares"]
    fold.add(position, "borrow_shares", -erased)
    fold.add(position, "collateral", -values["seizedAssets"])
    fold.add(fold.market, "total_borrow_shares", -erased)
    fold.less_or_zero(fold.market, "total_borrow_assets", values["repaidAssets"])
    fold.add(fold.market, "total_borrow_assets", -values["badDebtAssets"])
    fold.add(fold.market, "total_supply_assets", -values["badDebtAssets"])


def _accrue_interest(fold: _Fold, values: dict[str, int]) -> None:
    """The fee's shares go to whoever is the fee recipient at that moment, without a log of their own."""
    fold.accrued()
    fold.add(fold.market, "total_borrow_assets", values["interest"])
    fold.add(fold.market, "total_supply_assets", values["interest"])
    fold.add(fold.market, "total_supply_shares", values["feeShares"])
    if values["feeShares"]:
        recipient = fold.draft.number(fold.own, "fee_recipient")
        fold.add(fold.position(recipient), "supply_shares", values["feeShares"])


def _set_fee(fold: _Fold, values: dict[str, int]) -> None:
    fold.accrued()
    fold.draft.set(fold.market, "fee", values["newFee"])


def _set_fee_recipient(fold: _Fold, values: dict[str, int]) -> None:
    fold.draft.set(fold.own, "fee_recipient", values["newFeeRecipient"])


def _enable_irm(fold: _Fold, values: dict[str, int]) -> None:
    if address(values["irm"]) in ADAPTIVE_CURVE_IRMS:
        fold.draft.set(fold.own, "adaptive_irm", values["irm"])


_Handler = Callable[[_Fold, dict[str, int]], None]
_HANDLERS: dict[str, _Handler] = {
    "CreateMarket": _create_market,
    "Supply": _supply,
    "Withdraw": _withdraw,
    "Borrow": _borrow,
    "Repay": _repay,
    "SupplyCollateral": _supply_collateral,
    "WithdrawCollateral": _withdraw_collateral,
    "Liquidate": _liquidate,
    "AccrueInterest": _accrue_interest,
    "SetFee": _set_fee,
    "SetFeeRecipient": _set_fee_recipient,
    "EnableIrm": _enable_irm,
}
_ROUTES = {MORPHO.topic(name): (MORPHO.events[name], handler) for name, handler in _HANDLERS.items()}
_OF_NO_MARKET = frozenset(("SetFeeRecipient", "EnableIrm"))
_RATE_UPDATE = IRM.events["BorrowRateUpdate"]


def apply_logs(deployment: Deployment, logs: Sequence[Log], draft: Draft, facts: Facts) -> None:
    """Fold the logs of one block. Raises DecodeError; ArithmeticOverflow, MissedLog where they do not add up."""
    del facts
    for log in logs:
        fold = _Fold(deployment, draft, log)
        if log.address != deployment.entry:
            _rate_update(fold)
            continue
        route = _ROUTES.get(log.topics[0])
        if route is None:
            continue
        event, handle = route
        if event.name not in _OF_NO_MARKET:
            if event.name != "CreateMarket" and draft.get(fold.market, "last_update") is None:
                raise MissedLog(f"nothing told of the creation of market {fold.market.market}")
            draft.touch(fold.market)
        handle(fold, event.decode(log))


def _rate_update(fold: _Fold) -> None:
    """The AdaptiveCurveIrm's own log, which only a call by its Morpho writes."""
    if fold.log.topics[0] == _RATE_UPDATE.topic and fold.log.address in ADAPTIVE_CURVE_IRMS:
        fold.draft.set(fold.market, "rate_at_target", _RATE_UPDATE.decode(fold.log)["rateAtTarget"])
