"""Our terms on trial: every pair of an account, as we give it and as the contract does it at that timestamp."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import product
from typing import Self

from indexer.protocols._interface import View
from indexer.words import Terms
from tests.devnet.liquidator import Liquidator, Pair, Refused, Seen
from tests.devnet.refusals import NOT_COLLATERAL, REFUSALS
from tests.devnet.witness import Holding, Witness


@dataclass
class Verdict:
    """What a trial saw: pairs allowed and forbidden (by the first gate), and what differs."""

    allowed: int = 0
    forbidden: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def pairs(self) -> int:
        return self.allowed + self.forbidden.total()

    def __iadd__(self, other: "Verdict") -> Self:
        self.allowed += other.allowed
        self.forbidden += other.forbidden
        self.wrong += other.wrong
        return self


@dataclass
class Trial:
    """One deployment at the tip, liquidations at timestamp `at`."""

    witness: Witness
    liquidator: Liquidator
    holdings: dict[Holding, int]
    view: View
    at: int

    def judge(self, borrower: str) -> Verdict:
        """Compare every pair of debt and supplied asset that the contracts know of the borrower."""
        verdict = Verdict()
        terms = {(term.debt_asset, term.collateral_asset): term for term in self.view.liquidation(borrower, self.at)}
        pairs = self.pairs_of(borrower)
        for unknown in terms.keys() - {(pair.debt, pair.collateral) for pair in pairs}:
            verdict.wrong.append(f"{borrower}: terms for {unknown}, which the borrower does not have")
        for pair in pairs:
            self._judge_pair(verdict, pair, terms.get((pair.debt, pair.collateral)))
        return verdict

    def pairs_of(self, borrower: str) -> list[Pair]:
        """Every debt with every supply, used as collateral or not."""
        owed = sorted({asset for account, asset, side in self.holdings if account == borrower and side != "supply"})
        supplied = sorted({asset for account, asset, side in self.holdings if account == borrower and side == "supply"})
        return [Pair(borrower, debt, collateral) for debt, collateral in product(owed, supplied)]

    def outcome(self, pair: Pair) -> Seen | Refused:
        """What the contract does with the pair."""
        a_token = next(
            token.address
            for token in self.witness.tokens.values()
            if (token.asset, token.side) == (pair.collateral, "supply")
        )
        return self.liquidator.try_liquidation(pair, a_token, self.at)

    def _judge_pair(self, verdict: Verdict, pair: Pair, terms: Terms | None) -> None:
        seen, name = self.outcome(pair), self.witness.deployment.name
        if terms is None:
            verdict.forbidden["not used as collateral"] += 1
            expected: object = Refused(NOT_COLLATERAL[name])
        elif terms.allowed:
            verdict.allowed += 1
            expected = Seen(terms.max_debt_to_cover, terms.collateral_to_liquidator, terms.protocol_fee)
        else:
            gate = terms.gates[0]
            verdict.forbidden[gate.value] += 1
            if isinstance(seen, Refused) and seen.why in REFUSALS[name][gate]:
                return
            expected = gate
        if seen != expected:
            verdict.wrong.append(f"{name} {pair} at {self.at}: we say {expected}, the contract {seen}")
