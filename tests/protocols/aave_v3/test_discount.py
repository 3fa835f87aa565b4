"""GHO's debt token up to 3.3: histories of the token's own code, decoded from what it logs."""

from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.protocols.aave_v3 import discount
from indexer.protocols.aave_v3.discount import DiscountedDebt
from indexer.protocols.aave_v3.revisions import RULES, Rounding, TokenRules
from indexer.protocols.aave_v3.state import Position
from indexer.protocols.aave_v3.token_events import ScaledBalance
from tests.protocols.aave_v3.solidity import percentMul, rayDiv, rayMul
from tests.protocols.aave_v3.strategies import RAY

RULES_OF_DEBT = TokenRules(is_debt=True, rounding=Rounding.HALF_UP)


class GhoVariableDebtToken:
    """One account, as the contract does it (`_mintScaled`, `_burnScaled`, `_accrueDebtOnAction`)."""

    def __init__(self) -> None:
        self.scaled, self.index, self.percent = 0, 0, 0

    def balance_of(self, index: int) -> int:
        increase = rayMul(self.scaled, index) - rayMul(self.scaled, self.index)
        return rayMul(self.scaled, index) - percentMul(increase, self.percent)

    def _accrue(self, index: int) -> tuple[int, int]:
        increase = rayMul(self.scaled, index) - rayMul(self.scaled, self.index)
        self.index = index
        forgiven = percentMul(increase, self.percent)
        return increase - forgiven, rayDiv(forgiven, index)

    def mint(self, amount: int, index: int) -> tuple[str, int, int]:
        increase, forgiven_scaled = self._accrue(index)
        self.scaled += rayDiv(amount, index) - forgiven_scaled
        return "Mint", amount + increase, increase

    def burn(self, amount: int, index: int) -> tuple[str, int, int]:
        whole = amount == self.balance_of(index)
        increase, forgiven_scaled = self._accrue(index)
        self.scaled = 0 if whole else self.scaled - rayDiv(amount, index) - forgiven_scaled
        return ("Mint", increase - amount, increase) if increase > amount else ("Burn", amount - increase, increase)


steps = st.lists(
    st.tuples(
        st.sampled_from(["mint", "burn", "burn_all", "rebalance"]),
        st.integers(10**6, 10**24),
        st.sampled_from([0, 1]) | st.integers(0, RAY // 3),
        st.sampled_from([None, 0, 1, 3000]) | st.integers(0, 3000),
    ),
    max_size=20,
)


@given(steps)
@settings(max_examples=200)
def test_discounted_debt_is_decoded_to_its_storage(history: list[tuple[str, int, int, int | None]]) -> None:
    token, index = GhoVariableDebtToken(), RAY
    decoded, percent = ScaledBalance(), 0
    for action, amount, growth, new_percent in history:
        index += growth
        balance = token.balance_of(index)
        if action == "mint":
            name, value, increase = token.mint(amount, index)
        elif action == "rebalance":
            increase = value = token.mint(0, index)[1]
            name = "Mint"
        else:
            burnt = balance if action == "burn_all" else min(amount, balance // 2)
            if rayDiv(burnt, index) == 0:
                continue
            name, value, increase = token.burn(burnt, index)
        debt = DiscountedDebt(decoded, percent)
        assert debt.balance(index) == balance
        change = discount.apply_mint if name == "Mint" else discount.apply_burn
        decoded = change(debt, value, increase, index, RULES_OF_DEBT)
        assert decoded == ScaledBalance(token.scaled, token.index)
        if new_percent is not None:
            token.percent = percent = new_percent


def test_only_3_3_asks_the_token_for_the_health_factor() -> None:
    position = Position(0, 0, 10**18, False, debt_index=RAY, discount=3000)
    index = 2 * RAY
    owed = {
        revision: discount.variable_debt(position, index, rules, discounted=rules.discounts_account_debt)
        for revision, rules in RULES.items()
    }
    assert owed[7] == 17 * 10**17
    assert {amount for revision, amount in owed.items() if revision != 7} == {2 * 10**18}
