"""The chapter of Aave V2: a market in ether with both rate modes, from its first deposit to its liquidations."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from scripts.devnet.aave_v2 import V2Site
from scripts.devnet.aave_v2_plan import LATE_RESERVE, RESERVES, feed_plan, first_answer
from scripts.devnet.abi import address_of
from scripts.devnet.market import STABLE, VARIABLE
from scripts.devnet.story.world import Beat, Chapter, World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.devnet.aave_v2_market import V2Market
    from scripts.devnet.manifest import JoinedDeployment

USERS = 44
MIXES = (("WETH",), ("WBTC", "USDC"), ("LINK",), ("WETH", "DAI"), ("LINK", "WBTC", "EURS"), ("USDC", "WETH"))
DEBTS = ("USDC", "DAI", "USDT", "WBTC", "LINK", "EURS")
FALLS = (("LINK / ETH", -900), ("WBTC / ETH", -500), ("USDC / ETH", 700), ("DAI / ETH", 650), ("USDT / ETH", 700))
EVERYTHING = 10**30


class V2Story(V2Site):
    """The market and its cast."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.everybody = tuple(address_of(f"devnet {world.seed} aave_v2 {n}") for n in range(USERS))
        self.suppliers, self.borrowers = self.everybody[:6], self.everybody[6:24]
        self.stable, self.movers = self.everybody[24:30], self.everybody[30:36]
        self.edge, self.fresh = self.everybody[36:41], self.everybody[41:]

    def deployments(self) -> tuple[JoinedDeployment, ...]:
        """The market once its provider is there."""
        return (self.joined,) if self.deployed else ()

    def chapters(self) -> tuple[Chapter, ...]:
        """One chapter: life, governance, rates, a crash, and accounts left around health factor one."""
        return (Chapter("aave v2", _beats(self)),)

    def life(self, world: World) -> None:
        """A few random actions; any of them may fail."""
        market = self.market.lenient()
        for who in world.dice.sample(self.everybody, 2):
            held = market.positions(who)
            symbol = world.dice.choice(held).symbol if held else "WETH"
            debts = [item for item in held if item.debt]
            if debts and world.dice.random() < 0.5:
                item = world.dice.choice(debts)
                mode = STABLE if item.stable_debt else VARIABLE
                market.repay(who, item.symbol, item.debt // 3 + 1, mode=mode)
            else:
                market.supply(who, symbol, market.units(symbol, world.size(20, 2_000)))
        self.feeds.move(world.dice.choice(("LINK / ETH", "WBTC / ETH", "USDC / ETH")), world.dice.choice((-25, 15)))


def join(world: World) -> V2Story:
    """Aave V2 on this devnet."""
    return V2Story(world)


def _borrow(market: V2Market, who: Sequence[str], symbol: str, share: float, mode: int = VARIABLE) -> None:
    for one in who:
        market.borrow(one, symbol, market.units(symbol, market.available(one) * share), mode=mode)


def list_reserves(self: V2Story, _: World) -> None:
    """All reserves but the late one."""
    for plan in RESERVES:
        self.list_reserve(plan)


def supply_liquidity(self: V2Story, world: World) -> None:
    """Every supplier brings some of everything; the treasury's share begins to grow."""
    for index, plan in enumerate(RESERVES):
        for who in (self.suppliers[(index + place) % len(self.suppliers)] for place in range(3)):
            self.market.supply(who, plan.symbol, self.market.units(plan.symbol, world.size(200_000, 900_000)))


def supply_collateral(self: V2Story, world: World) -> None:
    """Borrowers of all sizes, and those who will owe at a stable rate."""
    for index, who in enumerate((*self.borrowers, *self.movers)):
        for symbol in MIXES[index % len(MIXES)]:
            self.market.supply(who, symbol, self.market.units(symbol, world.size(150, 60_000)))
    for index, who in enumerate(self.stable):  # what is supplied cannot be borrowed at a stable rate
        symbol = ("WETH", "WBTC", "LINK")[index % 3]
        self.market.supply(who, symbol, self.market.units(symbol, world.size(1_000, 60_000)))
    for who in self.borrowers[:3]:
        self.market.supply(who, "USDT", self.market.units("USDT", 300))  # flagged, with threshold 0


def borrow_variable(self: V2Story, world: World) -> None:
    """Most borrowers, close to their limit."""
    for index, who in enumerate(self.borrowers):
        _borrow(self.market, [who], DEBTS[index % len(DEBTS)], world.dice.uniform(0.6, 0.96))


def borrow_stable(self: V2Story, world: World) -> None:
    """Stable rates, in three reserves, beside variable debt."""
    for index, who in enumerate(self.stable):
        _borrow(self.market, [who], ("USDT", "DAI", "USDC")[index % 3], 0.45, STABLE)
    _borrow(self.market, self.stable[3:], "USDC", world.dice.uniform(0.2, 0.3))


def borrow_more_stable(self: V2Story, world: World) -> None:
    """A second loan of the same kind: the account's rate becomes an average."""
    for index, who in enumerate(self.stable[:3]):
        _borrow(self.market, [who], ("USDT", "DAI", "USDC")[index], world.dice.uniform(0.1, 0.2), STABLE)


def repay_less_than_interest(self: V2Story, _: World) -> None:
    """A burn smaller than the interest is logged as a mint; one unit, and a part of the interest."""
    self.market.repay(self.stable[0], "USDT", 1, mode=STABLE)
    self.market.repay(self.stable[1], "DAI", 12_345, mode=STABLE)


def repay_stable(self: V2Story, _: World) -> None:
    """A part, paid by somebody else, and the whole of another debt."""
    self.market.repay(self.movers[0], "USDC", self.market.units("USDC", 20), debtor=self.stable[2], mode=STABLE)
    self.market.repay(self.stable[5], "USDC", EVERYTHING, mode=STABLE)


def swap_rates(self: V2Story, _: World) -> None:
    """From stable to variable and back."""
    self.market.swap_rate(self.stable[3], "USDT", STABLE)
    debtor = next(who for who in self.borrowers if self.market.position(who, "DAI").variable_debt)
    self.market.swap_rate(debtor, "DAI", VARIABLE)


def delegate(self: V2Story, _: World) -> None:
    """Credit for others, in both modes; the beneficiaries have nothing."""
    for mode, taker in ((STABLE, self.fresh[0]), (VARIABLE, self.fresh[1])):
        self.market.delegate(self.movers[0], "USDC", taker, self.market.units("USDC", 900), mode)


def borrow_on_credit(self: V2Story, _: World) -> None:
    """The debt is the giver's."""
    for mode, taker in ((STABLE, self.fresh[0]), (VARIABLE, self.fresh[1])):
        self.market.borrow(taker, "USDC", self.market.units("USDC", 20), debtor=self.movers[0], mode=mode)


def transfer(self: V2Story, _: World) -> None:
    """ATokens to a fresh account, to oneself, by an approved spender, one wei, and everything."""
    market, (first, second, third, *_rest) = self.market, self.movers
    held = [market.positions(who)[0] for who in (first, second, third)]
    market.transfer(first, held[0].symbol, self.fresh[0], held[0].supplied // 7)
    market.transfer(second, held[1].symbol, second, held[1].supplied // 2)
    market.transfer(second, held[1].symbol, self.fresh[2], 1)
    a_token = market.reserve_tokens(held[2].symbol)[0]
    market.send(third, a_token, "approve(address,uint256)", [first, held[2].supplied])
    args = [third, self.fresh[1], held[2].supplied // 3]
    market.send(first, a_token, "transferFrom(address,address,uint256)", args)
    whole = market.position(self.movers[4], "LINK").supplied
    market.transfer(self.movers[4], "LINK", self.fresh[2], whole)


def flags_and_withdrawals(self: V2Story, _: World) -> None:
    """A flag off, off and on, everything withdrawn, a part withdrawn to somebody else."""
    market = self.market
    for who, flags in ((self.suppliers[0], (False,)), (self.suppliers[1], (False, True))):
        for used in flags:
            market.use_as_collateral(who, market.positions(who)[0].symbol, used)
    market.withdraw(self.fresh[2], "LINK")
    market.withdraw(self.suppliers[2], market.positions(self.suppliers[2])[0].symbol, 1_000, to=self.fresh[1])


def flash_loans(self: V2Story, world: World) -> None:
    """Two become debt, one of each kind; one is repaid, its premium lifts the index."""
    receiver, market = world.site.flash_receiver, self.market
    for who, mode in ((self.movers[3], VARIABLE), (self.movers[5], STABLE)):
        amount = market.units("DAI", market.available(who) * 0.2)
        market.flash_loan_as(who, receiver, "DAI", amount, mode=mode)
    market.flash_loan(self.suppliers[0], receiver, "USDC", market.units("USDC", 90_000), into_debt=False)


def change_configuration(self: V2Story, _: World) -> None:
    """Thresholds, a bonus, a reserve factor, stable rates off and on."""
    self.configure_collateral("LINK", 6500, 7200, 10900)
    self.configure("setReserveFactor(address,uint256)", self.tokens["WBTC"], 3500)
    self.configure("disableReserveStableRate(address)", self.tokens["LINK"])
    self.configure("disableBorrowingOnReserve(address)", self.tokens["EURS"])


def change_back(self: V2Story, _: World) -> None:
    """Borrowing is on again; LINK is frozen for good."""
    self.configure("enableReserveStableRate(address)", self.tokens["LINK"])
    self.configure("enableBorrowingOnReserve(address,bool)", self.tokens["EURS"], False)
    self.configure("freezeReserve(address)", self.tokens["LINK"])
    self.configure("freezeReserve(address)", self.tokens["WBTC"])
    self.configure("unfreezeReserve(address)", self.tokens["WBTC"])


def pause(self: V2Story, _: World, *, paused: bool) -> None:
    """The whole pool stops, and goes on."""
    self.configure("setPoolPause(bool)", paused)


def list_late_reserve(self: V2Story, _: World) -> None:
    """Another reserve, with its source in the oracle that is there."""
    proxy = self.feeds.deploy(feed_plan(LATE_RESERVE), first_answer(LATE_RESERVE.symbol)).proxy
    self.send(
        self.named("getPriceOracle()"),
        "setAssetSources(address[],address[])",
        [[self.tokens[LATE_RESERVE.symbol]], [proxy]],
    )
    self.list_reserve(LATE_RESERVE)


def use_late_reserve(self: V2Story, world: World) -> None:
    """Supplied by the accounts at the edge, who borrow against it later."""
    for who in self.edge:
        for symbol in ("AAVE", "WETH"):
            self.market.supply(who, symbol, self.market.units(symbol, world.size(400, 20_000)))


def drain(self: V2Story, _: World) -> None:
    """Tether is borrowed almost to the end: 96 % of it is out."""
    rows = self.chain.calls(
        [
            (self.tokens["USDT"], "balanceOf(address)", [self.market.reserve_tokens("USDT")[0]], "uint256"),
            *((token, "totalSupply()", [], "uint256") for token in self.market.reserve_tokens("USDT")[1:]),
        ]
    )
    cash, owed = rows[0], rows[1] + rows[2]
    whale = self.suppliers[4]
    self.market.supply(whale, "WETH", self.market.units("WETH", 3_000_000))
    self.market.borrow(whale, "USDT", (cash + owed) * 96 // 100 - owed)


def rebalance(self: V2Story, _: World) -> None:
    """Anybody may bring a stable rate up to date now."""
    debtor = next(who for who in self.stable if self.market.position(who, "USDT").stable_debt)
    self.market.rebalance(self.fresh[2], "USDT", debtor)
    self.market.repay(self.suppliers[4], "USDT", EVERYTHING)


def fall(self: V2Story, _: World, *, times: int = 1) -> None:
    """Prices move against the borrowers."""
    for name, bps in FALLS:
        self.feeds.move(name, bps * times)


def liquidate(self: V2Story, world: World, *, receive_a_token: bool) -> None:
    """Some of those below one, the stable debtors first."""
    states = self.market.accounts((*self.stable, *self.borrowers, *self.movers))
    unhealthy = [state.address for state in states if state.liquidatable]
    for who in unhealthy[:4]:
        positions = self.market.positions(who)
        debt = next(item for item in positions if item.debt)
        collaterals = [item for item in positions if item.used_as_collateral and item.symbol != "USDT"]
        if collaterals:
            self.market.lenient().liquidate(
                world.liquidator(), who, collaterals[0].symbol, debt.symbol, debt.debt, receive_a_token=receive_a_token
            )


def replace_manager(self: V2Story, _: World) -> None:
    """A new collateral manager of the same code."""
    self.set_collateral_manager(self.provider)


def interest(self: V2Story, _: World) -> None:
    """Time passes; somebody pays a little."""
    self.market.repay(self.movers[1], "USDC", 10, debtor=self.movers[0])


def go_to_the_limit(self: V2Story, _: World) -> None:
    """The accounts at the edge use all of their credit."""
    for index, who in enumerate(self.edge):
        _borrow(self.market, [who], ("USDC", "DAI", "USDT")[index % 3], 0.5 if index % 2 else 0.99)
        if index % 2:
            _borrow(self.market, [who], "DAI", 0.48, STABLE)


def _beats(self: V2Story) -> tuple[Beat, ...]:
    days = 86_400
    acts = (
        (list_reserves, 12),
        (supply_liquidity, 12),
        (supply_collateral, 12),
        (borrow_variable, 12),
        (borrow_stable, 600),
        (borrow_more_stable, 2 * days),
        (repay_less_than_interest, days),
        (repay_stable, 12),
        (swap_rates, 3_600),
        (delegate, 12),
        (borrow_on_credit, 12),
        (transfer, 12),
        (flags_and_withdrawals, 12),
        (flash_loans, 3_600),
        (change_configuration, 12),
        (change_back, 12),
        (partial(pause, paused=True), 12),
        (partial(pause, paused=False), 600),
        (list_late_reserve, 12),
        (use_late_reserve, 12),
        (drain, 12),
        (rebalance, 3_600),
        (fall, 12),
        (partial(liquidate, receive_a_token=False), 12),
        (partial(liquidate, receive_a_token=True), 12),
        (replace_manager, 12),
        (partial(fall, times=2), 12),
        (partial(liquidate, receive_a_token=False), 12),
        (interest, 40 * days),
        (partial(liquidate, receive_a_token=True), 12),
        (go_to_the_limit, 12),
        (fall, 12),
    )
    first = Beat(self.deploy_contracts)
    return (first, *(Beat(partial(act, self), seconds) for act, seconds in acts))
