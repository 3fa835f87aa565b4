"""Whether an aToken's `BalanceTransfer.value` is scaled: not in 3.0.0, always from 3.0.1 on.

Both say ATOKEN_REVISION 1 and POOL_REVISION 1, and no getter tells them apart. Their logs do. From 3.0.1 on a transfer
that finds interest on either side logs it first, as a Mint whose value is its balanceIncrease
(`ScaledBalanceTokenBase._transfer`); 3.0.0 never logs such a Mint, and leaves the interest where it is. So every
transfer between accounts with interest decides for its token, and so does one of more than the sender has. Until the
first of them, tokens of the same pool decide, or whether a flash loan switch was ever logged (the switch is of 3.0.1).
"""

from indexer.book import Draft, Entity
from indexer.protocols.aave_v3.configuration import read
from indexer.protocols.aave_v3.interfaces import emode_id
from indexer.protocols.aave_v3.token_events import ScaledBalance
from indexer.units import ray_mul_half_up

FIELD = "atoken_scaled"
"""Market field: 1 scaled transfers were seen, 0 unscaled ones."""
FIRST_REVISION = 1  # ATOKEN_REVISION and POOL_REVISION of 3.0.0


def may_be_unscaled(draft: Draft, market: Entity) -> bool:
    """Whether pool and token are of a revision that 3.0.0 shares."""
    pool_revision = draft.get(Entity(market.deployment), "pool_revision")
    return pool_revision == FIRST_REVISION and draft.get(market, "atoken_revision") == FIRST_REVISION


def note_mint(draft: Draft, market: Entity, value: int, balance_increase: int) -> None:
    """A Mint of interest alone: only a transfer of 3.0.1 or later logs one."""
    if value == balance_increase and draft.get(market, FIELD) is None and may_be_unscaled(draft, market):
        draft.set(market, FIELD, 1)


def is_scaled(
    draft: Draft, market: Entity, sender: ScaledBalance, recipient: ScaledBalance, value: int, index: int
) -> bool:
    """Whether this transfer's value is scaled, given both accounts as the logs before it left them."""
    if not may_be_unscaled(draft, market):
        return True
    known = draft.get(market, FIELD)
    if known is not None:
        return known == 1
    has_silent_interest = any(_interest(account, index) > 0 for account in (sender, recipient))
    if has_silent_interest or value > sender.scaled:
        draft.set(market, FIELD, 0)
        return False
    return _neighbours_are_scaled(draft, market.deployment)


def _interest(account: ScaledBalance, index: int) -> int:
    return ray_mul_half_up(account.scaled, index) - ray_mul_half_up(account.scaled, account.index)


def _neighbours_are_scaled(draft: Draft, deployment: str) -> bool:
    reserves = [Entity(deployment, market) for market in draft.markets(deployment) if emode_id(market) is None]
    known = {draft.get(reserve, FIELD) for reserve in reserves}
    if known & {0, 1}:
        return 1 in known
    return any(read(draft.number(reserve, "configuration"), "flashloan") for reserve in reserves)
