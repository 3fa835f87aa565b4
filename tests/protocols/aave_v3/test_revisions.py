"""Which pool revisions compute, and how."""

import pytest

from indexer.protocols.aave_v3.revisions import (
    RULES,
    Compounding,
    Rounding,
    TokenRules,
    newest_token_revision,
    rules_for,
    token_rules_for,
)


@pytest.mark.parametrize(
    ("pool_revision", "version"),
    [
        *[(1, "3.0.2"), (4, "3.1"), (5, "3.2"), (6, "3.2.1"), (7, "3.3"), (8, "3.4")],
        *[(9, "3.5"), (10, "3.6"), (11, "3.7")],
    ],
)
def test_revisions_compared_with_the_contract_are_handed_out(pool_revision: int, version: str) -> None:
    rules = rules_for(pool_revision)
    assert rules is not None
    assert (rules.pool_revision, rules.version) == (pool_revision, version)


@pytest.mark.parametrize("pool_revision", [0, 2, 3, 12])
def test_every_other_revision_is_unsupported(pool_revision: int) -> None:
    assert rules_for(pool_revision) is None


def test_3_0_0_shares_its_number_with_3_0_2() -> None:
    rules = rules_for(1, is_3_0_0=True)
    assert rules is not None
    assert (rules.pool_revision, rules.version) == (1, "3.0.0")
    assert rules_for(4, is_3_0_0=True) is RULES[4]


def test_each_rule_changes_at_the_version_the_sources_say() -> None:
    # as the sources say
    def since(flag: str, value: object = True) -> list[int]:
        return [revision for revision, rules in sorted(RULES.items()) if getattr(rules, flag) == value]

    assert since("rounding", Rounding.DIRECTIONAL) == [9, 10, 11]
    assert since("compounding", Compounding.TAYLOR) == [8, 9, 10, 11]
    assert since("health_from_weighted_sum") == [9, 10, 11]
    assert since("counts_zero_threshold_collateral") == [10, 11]
    assert since("emode_by_bitmap") == [5, 6, 7, 8, 9, 10, 11]
    assert since("emode_overrides_ltv") == [10, 11]
    assert since("emode_price_source") == [1, 4]
    assert since("stable_debt") == [1, 4]
    assert since("account_close_factor") == [7, 8, 9, 10, 11]
    assert since("burns_bad_debt") == [7, 8, 9, 10, 11]
    assert since("grace_period") == [4, 5, 6, 7, 8, 9, 10, 11]
    assert since("virtual_balance") == [4, 5, 6, 7, 8, 9, 10, 11]
    assert since("forbids_self_liquidation") == [8, 9, 10, 11]
    assert since("sentinel", value=False) == [11]
    assert since("directional_liquidation") == [11]
    assert since("consumption_in_scaled_units") == [11]
    assert since("accrues_collateral_unlogged") == [9, 10, 11]
    assert since("isolated_emodes") == [11]
    assert since("discounts_account_debt") == [7]
    assert since("discounts_liquidated_debt") == [1, 4, 5, 6, 7]


DEBT, SUPPLY = True, False


@pytest.mark.parametrize(
    ("kind", "token_revision", "pool_revision", "expected"),
    [
        ("supply", 1, 1, TokenRules(SUPPLY, Rounding.HALF_UP)),
        ("debt", 3, 8, TokenRules(DEBT, Rounding.HALF_UP)),
        ("debt", 4, 8, TokenRules(DEBT, Rounding.HALF_UP)),  # GHO's own, one ahead
        ("supply", 4, 9, TokenRules(SUPPLY, Rounding.DIRECTIONAL)),
        ("debt", 5, 10, TokenRules(DEBT, Rounding.DIRECTIONAL)),
        ("supply", 3, 9, TokenRules(SUPPLY, Rounding.HALF_UP)),  # lags behind its pool
        ("supply", 7, 99, TokenRules(SUPPLY, Rounding.DIRECTIONAL)),
        ("supply", 7, 0, TokenRules(SUPPLY, Rounding.DIRECTIONAL)),  # the pool's revision cannot be read
    ],
)
def test_a_token_is_decoded_by_its_own_revision(
    kind: str, token_revision: int, pool_revision: int, expected: TokenRules
) -> None:
    assert token_rules_for(kind, token_revision, pool_revision) == expected


@pytest.mark.parametrize(("pool_revision", "newest"), [(1, 1), (4, 3), (8, 3), (9, None), (11, None)])
def test_a_listed_token_is_not_newer_than_its_pool(pool_revision: int, newest: int | None) -> None:
    assert newest_token_revision(pool_revision) == newest
