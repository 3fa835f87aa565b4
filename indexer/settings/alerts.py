"""[alerts] and [[alerts.rules]]: what is watched, who is told, and how patiently."""

import json
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode

from indexer.reports.alerts.rules import Figure, Kind, Rule, Target
from indexer.risk.alerting import Patience
from indexer.settings.sections import Section
from indexer.words import State

_ALWAYS = frozenset(("name", "kind", "to", "webhooks", "cooldown_s", "growth", "resolved"))
_PLACE = frozenset(("deployment", "protocol"))
_KEYS = {
    Kind.STATE: _PLACE | {"states", "min_debt_usd", "asset"},
    Kind.SOLVENCY: _PLACE | {"figure", "above", "asset"},
    Kind.ORACLE_STALE: _PLACE | {"asset", "max_age_s"},
    Kind.PENDING_PRICE: _PLACE | {"asset", "min_move_bps"},
    Kind.SYNC_LAG: frozenset(("above_blocks", "above_s")),
    Kind.VERIFY_MISMATCH: _PLACE,
}
"""The keys that a kind of rule understands, beside those of all."""


def _listed(value: object) -> object:
    """One URL, several with spaces between, a list, or (from the environment) a list as JSON."""
    if isinstance(value, str):
        return json.loads(value) if value.lstrip().startswith("[") else value.split()
    return value


def _service(url: str) -> str:
    if "://" not in url:
        raise ValueError("an entry is no apprise URL: they begin with a service, as in slack:// or mailto://")
    return url


def _http(url: str) -> str:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        raise ValueError("an entry is no http or https URL")
    return url


Services = Annotated[list[Annotated[str, AfterValidator(_service)]], NoDecode, BeforeValidator(_listed)]
Webhooks = Annotated[list[Annotated[str, AfterValidator(_http)]], NoDecode, BeforeValidator(_listed)]


class AlertRuleSettings(Section):
    """[[alerts.rules]]: one thing to watch. What is not set here is as in [alerts]."""

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=60)
    kind: Kind
    states: list[Literal["at_risk", "liquidatable", "bad_debt", "unknown"]] = Field(
        default=["liquidatable", "bad_debt"], min_length=1
    )
    min_debt_usd: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    deployment: str | None = None
    protocol: str | None = None
    asset: str | None = None
    figure: Figure | None = None
    above: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    above_blocks: int | None = Field(default=None, ge=0)
    above_s: int | None = Field(default=None, ge=1)
    max_age_s: int | None = Field(default=None, ge=1)
    min_move_bps: float = Field(default=0, ge=0, allow_inf_nan=False)
    resolved: bool = True
    cooldown_s: int | None = Field(default=None, ge=0)
    growth: float | None = Field(default=None, gt=1, allow_inf_nan=False)
    to: Services = Field(default=[], repr=False)
    webhooks: Webhooks = Field(default=[], repr=False)

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        foreign = sorted(self.model_fields_set - _ALWAYS - _KEYS[self.kind])
        if foreign:
            known = ", ".join(sorted(_KEYS[self.kind]))
            raise ValueError(f"a rule of kind {self.kind} has no {foreign[0]}; it has {known}")
        if self.kind is Kind.SOLVENCY and (self.figure is None or self.above is None):
            raise ValueError(f"a rule of kind solvency needs figure ({', '.join(Figure)}) and above")
        if self.kind is Kind.SOLVENCY and self.asset is not None and self.figure is not Figure.UTILISATION:
            raise ValueError("asset goes with figure utilisation alone: the others are of a whole deployment")
        if self.kind is Kind.SYNC_LAG and self.above_blocks is None and self.above_s is None:
            raise ValueError("a rule of kind sync_lag needs above_blocks or above_s")
        return self


class AlertSettings(Section):
    """[alerts]: rules over every block, messages to `to` (apprise) and `webhooks`; 0 seconds turn it off."""

    every_s: int = Field(default=10, ge=0)
    to: Services = Field(default=[], repr=False)
    webhooks: Webhooks = Field(default=[], repr=False)
    timeout_s: float = Field(default=10, gt=0, allow_inf_nan=False)
    cooldown_s: int = Field(default=300, ge=0)
    growth: float = Field(default=2.0, gt=1, allow_inf_nan=False)
    max_lag: int = Field(default=5, ge=0)
    give_up_after_s: int = Field(default=259_200, ge=1)
    keep_days: int = Field(default=30, ge=1)
    rules: list[AlertRuleSettings] = Field(default=[])

    def targets(self) -> tuple[Target, ...]:
        """Every target, each once: the common ones first."""
        found = _targets(self.to, self.webhooks)
        for rule in self.rules:
            found += _targets(rule.to, rule.webhooks)
        return tuple(dict.fromkeys(found))

    def watched(self) -> tuple[Rule, ...]:
        """The rules, each with all it needs."""
        return tuple(self._rule(own) for own in self.rules)

    def _rule(self, own: AlertRuleSettings) -> Rule:
        cooldown_s = self.cooldown_s if own.cooldown_s is None else own.cooldown_s
        patience = Patience(cooldown_s, self.growth if own.growth is None else own.growth)
        targets = _targets(own.to, own.webhooks) or _targets(self.to, self.webhooks)
        plain = own.model_dump(exclude={"states", "to", "webhooks", "cooldown_s", "growth"})
        return Rule(
            **plain,
            patience=patience,
            targets=tuple(dict.fromkeys(targets)),
            states=tuple(State(state) for state in own.states),
        )


def _targets(services: list[str], webhooks: list[str]) -> list[Target]:
    return [*(Target(url, is_webhook=False) for url in services), *(Target(url, is_webhook=True) for url in webhooks)]
