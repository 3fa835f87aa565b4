"""Chains for people: names they know, and no headline that is better than what is known."""

from indexer.cli.output import rendered
from indexer.cli.tables.chains import draw_chains
from indexer.cli.tables.contagion import draw_contagion
from tests.unit.reports.chains.made_up import USDC, answer, edge, side


def test_the_way_of_a_flag_names_tokens_as_people_know_them() -> None:
    path = ["liquidatable", "aave", USDC, "spark"]
    flagged = {"flags": ["chain_at_risk"], "flag_paths": [{"flag": "chain_at_risk", "path": path}]}
    row = edge(side("aave", USDC, "liquidatable"), side("spark", USDC), 0, 100, **flagged)
    shown = rendered(draw_chains({**answer([row]), "concentration": {"hhi_by_base": None}}))
    assert "chain at risk: liquidatable → aave → USDC → spark" in shown


def test_nobody_falls_is_not_said_of_those_about_whom_nothing_is_known() -> None:
    books = ("collateral_lost", "bonus", "equity_lost", "absorbed", "bad_debt", "relief")
    told = {
        **answer([]),
        "shock": {"falls": [], "rates": [], "bad_debt": []},
        "contagion": [],
        "rounds": [],
        "losses": [],
        "balance": {f"{name}_usd": 0.0 for name in books},
        "baseline": {"accounts": 0, "short_usd": 0.0},
        "ending": "fixed_point",
        "unvalued": [],
    }
    assert "nobody falls who was not below before" in rendered(draw_contagion({**told, "unknown": []}))
    dark = rendered(draw_contagion({**told, "unknown": [{"deployment": "aave", "account": "0x1"}]}))
    assert "nobody falls of those about whom anything can be said" in dark
    assert "who was not below before" not in dark
