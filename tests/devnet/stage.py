"""A market on the playground with everything to play a liquidation: admin, borrowers, liquidator, our view."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pytest

from indexer.protocols._interface import View
from indexer.words import Gate, Terms
from scripts.devnet import Devnet
from scripts.devnet.abi import Value
from scripts.devnet.chain import BLOCK_SECONDS
from scripts.devnet.manifest import Deployment
from scripts.devnet.market import Market
from scripts.devnet.plan import LEGACY, MAIN
from tests.devnet.indexing import Indexer
from tests.devnet.liquidator import Liquidator, Pair, Refused, Seen
from tests.devnet.refusals import REFUSALS
from tests.devnet.trial import Trial
from tests.devnet.witness import WAD, Witness

only_legacy = pytest.mark.parametrize("stage", [LEGACY], indirect=True)
only_main = pytest.mark.parametrize("stage", [MAIN], indirect=True)


@dataclass
class Stage:
    """One deployment of the devnet; every `mine` is followed by the indexer."""

    devnet: Devnet
    following: Indexer
    name: str

    @property
    def deployment(self) -> Deployment:
        return self.devnet.manifest.deployment(self.name)

    @property
    def market(self) -> Market:
        world = self.devnet.world
        return world.legacy if self.name == LEGACY else world.main

    @property
    def soon(self) -> int:
        """The next block's timestamp."""
        return self.following.cursor.timestamp + BLOCK_SECONDS

    @cached_property
    def symbols(self) -> dict[str, str]:
        return {token.address.lower(): token.symbol for token in self.devnet.manifest.tokens}

    def token(self, symbol: str) -> str:
        return self.devnet.manifest.token(symbol).address.lower()

    def send(self, sender: str, to: str, signature: str, *args: object) -> None:
        """Queue a transaction that must succeed."""
        self.devnet.chain.send(sender, to, signature, args)

    def configure(self, signature: str, *args: object) -> None:
        """Queue a decision of governance."""
        self.send(self.devnet.manifest.admin, self.deployment.configurator, signature, *args)

    def mine(self, seconds: int = BLOCK_SECONDS) -> None:
        """Mine what is queued, and follow."""
        self.devnet.mine(seconds)
        self.following.once()

    def read(self, to: str, signature: str, args: Sequence[object], returns: str = "uint256") -> Value:
        return self.devnet.call(to, signature, args, returns)

    def health_factor(self, account: str, at: int | None = None) -> int:
        """As the contract says it in the next block."""
        said = self.witness().account_data([account], self.following.cursor.hash, at or self.soon)[account]
        assert said is not None
        return said["health_factor"]

    def witness(self) -> Witness:
        return Witness(self.devnet, self.deployment)

    def view(self, at: int | None = None) -> View:
        """Ours: at the stored prices of the next block, or at those of any later timestamp."""
        if at in (None, self.soon):
            return self.following.view(self.name, "next_price")
        return self.following.view_at(self.name, self.following.sync.book, self.following.cursor.hash, at)

    def terms(self, pair: Pair, at: int | None = None) -> Terms | None:
        """Our terms for the pair, None where we list no such pair."""
        found = self.view(at).liquidation(pair.borrower, at or self.soon)
        return next(
            (term for term in found if (term.debt_asset, term.collateral_asset) == (pair.debt, pair.collateral)), None
        )

    def outcome(self, pair: Pair, at: int | None = None) -> Seen | Refused:
        """What the contract does."""
        witness = self.witness()
        trial = Trial(witness, Liquidator(self.devnet, self.deployment), {}, self.view(at), at or self.soon)
        return trial.outcome(pair)

    def choose(self, above: int = 0, below: int = WAD) -> Pair:
        """The first pair that may be liquidated in the next block, its borrower's health factor within bounds."""
        cursor, witness, view = self.following.cursor, self.witness(), self.view()
        accounts = witness.accounts(cursor.number)
        for account, said in witness.account_data(accounts, cursor.hash, self.soon).items():
            if said is None or not above < said["health_factor"] < below:
                continue
            for terms in view.liquidation(account, self.soon):
                if terms.allowed and terms.debt_asset != terms.collateral_asset:
                    return Pair(account, terms.debt_asset, terms.collateral_asset)
        raise AssertionError(f"no liquidation of {self.name} is what this test needs")

    def assert_allowed(self, pair: Pair, at: int | None = None) -> None:
        """We allow it, the contract does it, to the wei."""
        terms, outcome = self.terms(pair, at), self.outcome(pair, at)
        assert terms is not None
        assert terms.gates == ()
        assert Seen(terms.max_debt_to_cover, terms.collateral_to_liquidator, terms.protocol_fee) == outcome

    def assert_forbidden(self, gate: Gate, pair: Pair, at: int | None = None) -> None:
        """We name this gate and no other, the contract reverts for this reason."""
        terms, outcome = self.terms(pair, at), self.outcome(pair, at)
        assert terms is not None
        assert terms.gates == (gate,)
        assert isinstance(outcome, Refused)
        assert outcome.why in REFUSALS[self.name][gate]
