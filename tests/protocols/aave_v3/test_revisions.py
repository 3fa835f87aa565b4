"""Which pool revisions compute, and how."""

import pytest

from indexer.protocols.aave_v3.revisions import RULES, Compounding, Rounding, TokenRules, rules_for, token_rules_for


@pytest.mark.parametrize(("pool_revision", "version"), [(1, "3.0.2"), (10, "3.6")])
def test_revisions_compared_with_a_deployed_contract_are_handed_out(pool_revision: int, version: str) -> None:
    rules = rules_for(pool_revision)
    assert rules is not None
    assert (rules.pool_revision, rules.version) == (pool_revision, version)


@pytest.mark.parametrize("pool_revision", [0, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12])
def test_every_other_revision_is_unsupported(pool_revision: int) -> None:
    assert rules_for(pool_revision) is None


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


def test_token_rules_follow_the_pool() -> None:
    assert token_rules_for("supply", 1, 1) == TokenRules(is_debt=False, rounding=Rounding.HALF_UP)
    assert token_rules_for("debt", 5, 10) == TokenRules(is_debt=True, rounding=Rounding.DIRECTIONAL)
    unscaled = token_rules_for("supply", 1, 1, transfers_scaled=False)
    assert unscaled == TokenRules(is_debt=False, rounding=Rounding.HALF_UP, transfers_scaled=False)


@pytest.mark.parametrize(("token_revision", "pool_revision"), [(1, 10), (3, 10), (4, 1), (1, 99)])
def test_a_token_of_another_age_than_its_pool_is_not_decoded(token_revision: int, pool_revision: int) -> None:
    assert token_rules_for("supply", token_revision, pool_revision) is None
