"""What each owner of a collateral chain does, step by step: one step is one block."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from scripts.devnet.chains_plan import (
    ATOMIC,
    ATOMIC_PART,
    ATOMIC_WRAPPED,
    CARRIED,
    CYCLE,
    DEPOSITORS,
    EMODE,
    LOOP,
    LOOP_ROUNDS,
    RECEIPT,
    RECEIVER,
    SENDER,
    STAKED,
    STATIC,
    STATIC_CHAIN,
    WRAPPED,
)
from scripts.devnet.market import MAX
from scripts.devnet.morpho_deploy import PARAMS
from scripts.devnet.morpho_market import units
from scripts.devnet.story.chains_stage import DOLLAR, ChainsStage, borrow, bring, post, post_static

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripts.devnet.story.world import World

    Step = Callable[[ChainsStage, World], None]

CARRY = "carry(address,address,address,uint256,uint256)"
CARRY_WRAPPED = f"carryWrapped(address,address,address,{PARAMS},uint256)"
# What is borrowed of the ether that was just posted, in percent.
LOOP_SHARE = 75


def wrap_receipts(stage: ChainsStage, world: World) -> None:
    """Ether supplied on Aave 3.6 becomes static: all of the aTokens go in."""
    who, static = stage.who(STATIC_CHAIN), stage.token(STATIC)
    receipt, _, _ = world.main.reserve_tokens("WETH")
    stage.send(who, receipt, "approve(address,uint256)", static, MAX)
    stage.send(who, static, "depositATokens(uint256,address)", MAX, who)


def borrow_on_morpho(stage: ChainsStage, world: World) -> None:
    """A part of what the static aTokens allow."""
    position = stage.position(STATIC_CHAIN)
    stage.site.market.borrow(position.who, int(position.limit * world.dice.uniform(0.5, 0.65)))


def deposit_ether(stage: ChainsStage, world: World) -> None:
    """Ether goes into static aTokens directly."""
    who, amount = stage.who(RECEIPT), units(world, "WETH", world.size(40_000, 90_000))
    stage.mint(who, "WETH", amount)
    stage.allow(who, "WETH", stage.token(STATIC))
    stage.send(who, stage.token(STATIC), "deposit(uint256,address)", amount, who)


def begin_loop(stage: ChainsStage, world: World) -> None:
    """The looper's own ether is there, its e-mode is chosen."""
    who = stage.who(LOOP)
    stage.mint(who, "WETH", units(world, "WETH", world.size(150_000, 250_000)))
    world.main.set_emode(who, EMODE.category)
    stage.allow(who, "WETH", stage.token(STAKED))
    stage.allow(who, STAKED, stage.token(WRAPPED))


def stake(stage: ChainsStage, _world: World) -> None:
    """All ether is staked."""
    who = stage.who(LOOP)
    stage.send(who, stage.token(STAKED), "submit(uint256)", stage.held(who, "WETH"))


def wrap(stage: ChainsStage, _world: World) -> None:
    """All staked ether is wrapped."""
    who = stage.who(LOOP)
    stage.send(who, stage.token(WRAPPED), "wrap(uint256)", stage.held(who, STAKED))


def borrow_ether(stage: ChainsStage, world: World) -> None:
    """Most of the ether that the last supply is worth. The account holds nothing else, so the whole is its room."""
    who = stage.who(LOOP)
    dollars = world.main.account(who).available_base / DOLLAR * LOOP_SHARE / 100
    world.main.borrow(who, "WETH", world.main.units("WETH", dollars))


def join_vault(stage: ChainsStage, world: World) -> None:
    """Two depositors, each with shares."""
    for name in DEPOSITORS:
        who, amount = stage.who(name), units(world, "WETH", world.size(60_000, 150_000))
        stage.mint(who, "WETH", amount)
        stage.allow(who, "WETH", stage.site.vault)
        stage.send(who, stage.site.vault, "deposit(uint256,address)", amount, who)


def vault_borrows(stage: ChainsStage, world: World) -> None:
    """The vault borrows on Aave 3.0.2 against what its depositors brought."""
    dollars = world.legacy.account(stage.site.vault).available_base / DOLLAR * world.dice.uniform(0.4, 0.6)
    args = [stage.token("USDC"), world.legacy.units("USDC", dollars)]
    stage.site.send(stage.site.vault, "borrow(address,uint256)", args)


def vault_posts(stage: ChainsStage, world: World) -> None:
    """It posts all of it on Aave 3.6."""
    args = [world.main.pool, stage.token("USDC"), stage.held(stage.site.vault, "USDC")]
    stage.site.send(stage.site.vault, "post(address,address,uint256)", args)


def send_on(stage: ChainsStage, _world: World) -> None:
    """What was borrowed goes to somebody else."""
    who = stage.who(SENDER)
    stage.send(who, stage.token("USDC"), "transfer(address,uint256)", stage.who(RECEIVER), stage.held(who, "USDC"))


def secure(stage: ChainsStage, world: World, name: str) -> None:
    """Collateral worth three times what one transaction will borrow."""
    borrowed, _ = CARRIED[name]
    dollars = 3 * borrowed * world.feeds.visible("ETH / USD") / 10**26
    world.legacy.supply(stage.who(name), "WBTC", world.legacy.units("WBTC", dollars))


def delegate(stage: ChainsStage, world: World, name: str) -> None:
    """Credit for exactly what one transaction will borrow."""
    world.legacy.delegate(stage.who(name), "WETH", stage.site.looper, CARRIED[name][0])


def carry(stage: ChainsStage, world: World, name: str) -> None:
    """One transaction: ether borrowed on Aave 3.0.2, so much of it posted on Aave 3.6."""
    args = [world.legacy.pool, world.main.pool, stage.token("WETH"), *CARRIED[name]]
    stage.send(stage.who(name), stage.site.looper, CARRY, *args)


def carry_wrapped(stage: ChainsStage, world: World) -> None:
    """One transaction: ether borrowed on Aave 3.0.2, made static aTokens, posted on Morpho Blue."""
    site = stage.site
    args = [world.legacy.pool, stage.token(STATIC), site.morpho.morpho, site.market.params, CARRIED[ATOMIC_WRAPPED][0]]
    stage.send(stage.who(ATOMIC_WRAPPED), site.looper, CARRY_WRAPPED, *args)


def _loop() -> tuple[Step, ...]:
    deposit = partial(post, name=LOOP, symbol=WRAPPED, legacy=False)
    rounds = (deposit, borrow_ether, stake, wrap) * LOOP_ROUNDS
    return (begin_loop, stake, wrap, *rounds, deposit)


def _atomic(name: str, act: Step) -> tuple[Step, ...]:
    return (partial(secure, name=name), partial(delegate, name=name), act)


STEPS: tuple[tuple[Step, ...], ...] = (
    (
        partial(bring, name=STATIC_CHAIN, symbol="WETH", legacy=False),
        wrap_receipts,
        partial(post_static, name=STATIC_CHAIN),
        borrow_on_morpho,
        partial(post, name=STATIC_CHAIN, symbol="USDC", legacy=True),
        partial(borrow, name=STATIC_CHAIN, symbol="DAI", legacy=True),
    ),
    _loop(),
    (
        partial(bring, name=CYCLE, symbol="DAI", legacy=True),
        partial(borrow, name=CYCLE, symbol="USDC", legacy=True),
        partial(post, name=CYCLE, symbol="USDC", legacy=False),
        partial(borrow, name=CYCLE, symbol="DAI", legacy=False),
        partial(post, name=CYCLE, symbol="DAI", legacy=True),
    ),
    (join_vault, vault_borrows, vault_posts),
    # What would make a chain if the depositors were taken for the vault, or for each other.
    (
        partial(bring, name=DEPOSITORS[0], symbol="WBTC", legacy=True),
        partial(borrow, name=DEPOSITORS[0], symbol="USDC", legacy=True),
        partial(bring, name=DEPOSITORS[1], symbol="USDC", legacy=False),
    ),
    (
        partial(bring, name=SENDER, symbol="WBTC", legacy=True),
        partial(borrow, name=SENDER, symbol="USDC", legacy=True),
        send_on,
        partial(post, name=RECEIVER, symbol="USDC", legacy=False),
    ),
    _atomic(ATOMIC, partial(carry, name=ATOMIC)),
    _atomic(ATOMIC_WRAPPED, carry_wrapped),
    _atomic(ATOMIC_PART, partial(carry, name=ATOMIC_PART)),
    (deposit_ether, partial(post_static, name=RECEIPT)),
)
