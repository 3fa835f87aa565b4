"""What a rule watches, and whom it tells."""

import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from indexer.node.endpoint import HIDDEN, redact, secret_pieces
from indexer.risk.alerting import Patience
from indexer.words import State

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*", re.IGNORECASE)
_SHORTEST_SECRET = 8


class Kind(StrEnum):
    """What a rule looks at."""

    STATE = "state"
    """Accounts in one of `states`."""
    SOLVENCY = "solvency"
    """A figure of a deployment (utilisation: of a market) at or above a value."""
    ORACLE_STALE = "oracle_stale"
    """A price older than its feed's heartbeat or than `max_age_s`, or one that the contract cannot read."""
    PENDING_PRICE = "pending_price"
    """A price that is published, and that the protocol will use only later."""
    SYNC_LAG = "sync_lag"
    """The indexer is behind, in blocks or in seconds."""
    VERIFY_MISMATCH = "verify_mismatch"
    """A verification found integers that are not the contracts': the deployment is quarantined."""


class Figure(StrEnum):
    """What a solvency rule can watch. Dollars but for `unknown_borrowers` (a count) and `utilisation` (of 1)."""

    BAD_DEBT_USD = "bad_debt_usd"
    SHORTFALL_USD = "shortfall_usd"
    LIQUIDATABLE_USD = "liquidatable_usd"
    AT_RISK_USD = "at_risk_usd"
    UNKNOWN_BORROWERS = "unknown_borrowers"
    UTILISATION = "utilisation"


@dataclass(frozen=True, slots=True)
class Target:
    """Where messages go. Its URL is a secret: it is never shown, and the database knows the target by `key` alone."""

    url: str = field(repr=False)
    is_webhook: bool

    @property
    def key(self) -> str:
        """A digest that names the target."""
        return hashlib.sha256(f"{'webhook' if self.is_webhook else 'apprise'} {self.url}".encode()).hexdigest()[:24]

    @property
    def shown(self) -> str:
        """The target without secrets: of apprise the service alone, because every other part may be a token."""
        if self.is_webhook:
            return redact(self.url)
        scheme, found, _ = self.url.partition("://")
        return f"{scheme}://{HIDDEN}" if found and _SCHEME.fullmatch(scheme) else HIDDEN

    @property
    def secrets(self) -> list[str]:
        """What no message may repeat."""
        pieces = secret_pieces(self.url)
        try:
            host = urlsplit(self.url).netloc.rpartition("@")[2].partition(":")[0]
        except ValueError:
            return pieces
        hidden = not self.is_webhook and len(host) >= _SHORTEST_SECRET and "." not in host and host != "localhost"
        return [*pieces, host, unquote(host)] if hidden else pieces


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the configuration."""

    name: str
    kind: Kind
    patience: Patience
    targets: tuple[Target, ...] = ()
    states: tuple[State, ...] = (State.LIQUIDATABLE, State.BAD_DEBT)
    min_debt_usd: float | None = None
    deployment: str | None = None
    protocol: str | None = None
    asset: str | None = None
    figure: Figure | None = None
    above: float | None = None
    above_blocks: int | None = None
    above_s: int | None = None
    max_age_s: int | None = None
    min_move_bps: float = 0.0
    resolved: bool = True
    """Whether the end of it is told, too."""

    def is_about(self, deployment: str, protocol: str) -> bool:
        """Whether the rule is about this deployment."""
        return self.deployment in {None, deployment} and self.protocol in {None, protocol}

    def names(self, asset: str, symbol: str | None) -> bool:
        """Whether a token is the one the rule names, by address or by the symbol it gives itself; None: any."""
        return self.asset is None or self.asset.lower() == asset.lower() or self.asset == symbol
