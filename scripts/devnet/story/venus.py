"""The Venus pool's story: its users arrive and live; what goes wrong is in venus_trouble.py."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from scripts.devnet.abi import address_of
from scripts.devnet.story.venus_trouble import trouble
from scripts.devnet.story.world import Beat, Chapter, World

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scripts.devnet.venus_pool import VenusPool

    Act = Callable[[VenusPool, World, Sequence[str]], None]

# The others live in the second one.
FIRST_POOL = 30
SUPPLIERS = slice(0, 6)
BORROWERS = slice(6, 18)
SYMBOLS = ("WETH", "USDC", "WBTC", "DAI", "LINK", "USDT")
COLLATERALS = ("WETH", "WBTC", "LINK", "USDC", "DAI")
DEBTS = ("USDC", "DAI", "WETH", "WBTC", "LINK")


def supply(pool: VenusPool, world: World, users: Sequence[str], half: int) -> None:
    """Liquidity: each supplier brings three tokens; every other one enters the markets."""
    for index, who in enumerate(users[SUPPLIERS]):
        if index % 2 != half:
            continue
        held = [SYMBOLS[(index + offset) % len(SYMBOLS)] for offset in range(3)]
        for symbol in held:
            pool.supply(who, symbol, pool.units(symbol, world.size(150_000, 900_000)))
        if index % 2:
            pool.enter(who, held)


def bring_collateral(pool: VenusPool, world: World, users: Sequence[str], half: int) -> None:
    """Borrowers supply one or two tokens and enter those markets; one forgets to enter the second."""
    for index, who in enumerate(users[BORROWERS]):
        if index % 2 != half:
            continue
        # Mostly volatile collateral and stable debt: falling prices shall have something to break.
        held = world.dice.sample(COLLATERALS[:3] if index % 3 else COLLATERALS, world.dice.choice((1, 2)))
        for symbol in held:
            pool.supply(who, symbol, pool.units(symbol, world.size(300, 60_000)))
        pool.enter(who, held[:1] if index == 4 else held)


def borrow(pool: VenusPool, world: World, users: Sequence[str], half: int) -> None:
    """They borrow a share of what they may, one or two tokens."""
    for index, who in enumerate(users[BORROWERS]):
        if index % 2 == half:
            borrow_share(pool, world, who, world.dice.uniform(0.7, 0.99))


def borrow_share(pool: VenusPool, world: World, who: str, share: float) -> None:
    """Borrow a share of an account's borrowing power."""
    dollars = pool.liquidity(who, borrowing=True) * share / 10**18
    choice = DEBTS[:2] if world.dice.random() < 0.6 else DEBTS
    chosen = world.dice.sample(choice, world.dice.choice((1, 2)))
    for symbol in chosen:
        pool.borrow(who, symbol, pool.units(symbol, dollars / len(chosen)))


def for_others(pool: VenusPool, world: World, users: Sequence[str]) -> None:
    """Minting, repaying and, by delegates, borrowing and redeeming for somebody else."""
    lender, debtor, delegate = users[1], users[6], users[29]
    pool.supply(lender, "USDC", pool.units("USDC", 700), owner=users[28])
    owed = next(item for item in pool.positions(debtor) if item.debt)
    pool.repay(users[0], owed.symbol, owed.debt // 3 + 1, debtor=debtor)
    pool.send(lender, pool.site.comptroller, "updateDelegate(address,bool)", delegate, True)
    held = [item for item in pool.positions(lender) if item.v_tokens]
    signature = "redeemUnderlyingBehalf(address,uint256)"
    pool.send(delegate, pool.site.markets[held[0].symbol], signature, lender, held[0].supplied // 100)
    pool.send(delegate, pool.site.markets["DAI"], "borrowBehalf(address,uint256)", lender, pool.units("DAI", 900))
    world.feeds.move("LINK / USD", 40)


def move_tokens(pool: VenusPool, world: World, users: Sequence[str]) -> None:
    """VTokens to members, to strangers and through an approved spender; dust; a direct gift to a market."""
    held = pool.positions(users[0])[0]
    market = pool.site.markets[held.symbol]
    pool.transfer(users[0], held.symbol, users[7], held.v_tokens // 50)
    pool.transfer(users[0], held.symbol, address_of(f"devnet {world.seed} venus stranger"), held.v_tokens // 90)
    pool.transfer(users[0], held.symbol, users[28], 1)
    pool.send(users[0], market, "approve(address,uint256)", users[2], held.v_tokens)
    pool.send(users[2], market, "transferFrom(address,address,uint256)", users[0], users[3], held.v_tokens // 40)
    # Not counted: the market keeps its own account of its cash.
    pool.send(users[2], pool.tokens["USDC"], "mint(address,uint256)", pool.site.markets["USDC"], 5_000_000)


def come_and_go(pool: VenusPool, _world: World, users: Sequence[str]) -> None:
    """Everything out; a market left; entered without a position; debt in the token that is also supplied."""
    held = pool.positions(users[2])
    pool.redeem(users[2], held[0].symbol, held[0].v_tokens)
    free = next((symbol for symbol in pool.entered(users[3]) if not pool.position(users[3], symbol).debt), None)
    if free:
        pool.leave(users[3], free)
    pool.enter(users[27], ["WETH", "LINK"])
    pool.supply(users[26], "DAI", pool.units("DAI", 4_000))
    pool.enter(users[26], ["DAI"])
    pool.borrow(users[26], "DAI", pool.units("DAI", 1_500))


def pay_back(pool: VenusPool, _world: World, users: Sequence[str]) -> None:
    """A whole debt with more than enough, and a market left afterwards."""
    who = users[8]
    for item in pool.positions(who):
        if item.debt:
            pool.repay(who, item.symbol, item.debt + item.debt // 10 + 5)
    pool.repay(users[26], "DAI", pool.units("DAI", 300))


def ordinary_block(pool: VenusPool, world: World, users: Sequence[str]) -> None:
    """A few users do something sensible; a failure is tolerated and counted."""
    for who in world.dice.sample(list(users[:18]), 2):
        held = [item for item in pool.positions(who) if item.symbol != "USDT"]
        if not held:
            continue
        item = world.dice.choice(held)
        if item.debt:
            pool.lenient().repay(who, item.symbol, max(1, item.debt // world.dice.choice((2, 4, 9))))
        elif world.dice.random() < 0.5:
            pool.lenient().supply(who, item.symbol, max(1, item.supplied // 8))
        elif not any(other.debt for other in held):
            pool.lenient().withdraw(who, item.symbol, max(1, item.supplied // 20))


def calm(pool: VenusPool, world: World, users: Sequence[str]) -> None:
    """Ordinary life with small price moves."""
    ordinary_block(pool, world, users)
    world.feeds.move(world.dice.choice(("ETH / USD", "LINK / USD", "BTC / USD")), world.dice.randint(-90, 90) or 5)


def settle(pool: VenusPool, world: World, users: Sequence[str], phase: int) -> None:
    """The second pool, interest by seconds: two suppliers, then borrowers of all sizes, then their debts."""
    symbols = tuple(pool.site.markets)
    if phase == 0:
        for symbol in symbols:
            pool.supply(users[0], symbol, pool.units(symbol, world.size(100_000, 300_000)))
        pool.enter(users[0], symbols[:2])
        pool.supply(users[1], "USDC", pool.units("USDC", 70_000))
    for index, who in enumerate(users[2:]):
        held = symbols[(0, 2, 0, 1, 2, 0)[index]]
        if phase == 1:
            pool.supply(who, held, pool.units(held, (40, 60, 900, 300, 5_000, 12_000)[index]))
            pool.enter(who, [held])
        if phase == 2:
            dollars = pool.liquidity(who, borrowing=True) / 10**18 * (0.99, 0.99, 0.97, 0.8, 0.98, 0.95)[index]
            debts = [symbol for symbol in symbols if symbol != held]
            for symbol in debts:
                pool.borrow(who, symbol, pool.units(symbol, dollars / len(debts)))


def venus_story(pool: VenusPool, timed: VenusPool, users: Sequence[str]) -> tuple[Chapter, ...]:
    """The chapters in order; the first thirty users live in the first pool."""

    def beat(act: Act, seconds: int = 12) -> Beat:
        return Beat(lambda world: act(pool, world, users[:FIRST_POOL]), seconds)

    def second(phase: int) -> Beat:
        return Beat(lambda world: settle(timed, world, users[FIRST_POOL:], phase))

    arrival = [beat(partial(act, half=half)) for act in (supply, bring_collateral, borrow) for half in (0, 1)]
    life = [
        beat(for_others),
        beat(move_tokens, 1_200),
        beat(come_and_go),
        beat(pay_back, 43_200),
        *(beat(calm, seconds) for seconds in (12, 12, 3_600, 12, 7_200, 12)),
    ]
    return (
        Chapter("Venus users", tuple(arrival)),
        Chapter("Venus life", tuple(life)),
        Chapter("second Venus pool", tuple(second(phase) for phase in range(3))),
        Chapter("Venus trouble", tuple(beat(act, seconds) for act, seconds in trouble())),
    )
