"""What a reader of the devnet may know: addresses, feeds, tokens, accounts; and the matching settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Token:
    """An underlying asset, shared by the deployments."""

    symbol: str
    address: str
    decimals: int


@dataclass(frozen=True)
class Feed:
    """A price feed: the proxy is what the protocols store and what stays."""

    name: str
    proxy: str
    heartbeat_s: int
    deviation_bps: int
    delayed: bool


@dataclass(frozen=True)
class Deployment:
    """One lending market."""

    name: str
    protocol: str
    revision: str
    entry: str  # PoolAddressesProvider
    pool: str
    configurator: str
    oracle: str
    sentinel: str
    sequencer: str
    data_provider: str
    treasury: str
    first_block: int


@dataclass(frozen=True)
class JoinedDeployment:
    """A lending market that joined after the common story. `contracts`: further addresses by name."""

    name: str
    protocol: str
    entry: str
    first_block: int
    contracts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Relabel:
    """A token that counts one for one as another, which its contract does not say: staked ether as ether."""

    token: str
    underlying: str


@dataclass(frozen=True)
class Manifest:
    """Everything deployed, by address. `tokens` name what exists from the start.

    `deployments` are the two Aave V3 markets, `joined` what was deployed after the common story, `more_tokens` the
    wrappers, static aTokens and vaults that came with it; nobody may mint those.
    """

    chain_id: int
    deployments: tuple[Deployment, ...]
    feeds: tuple[Feed, ...]
    tokens: tuple[Token, ...]
    accounts: tuple[str, ...]
    admin: str
    joined: tuple[JoinedDeployment, ...] = ()
    more_tokens: tuple[Token, ...] = ()
    relabels: tuple[Relabel, ...] = ()

    @property
    def listed(self) -> tuple[Deployment | JoinedDeployment, ...]:
        """Every lending market that exists by now."""
        return (*self.deployments, *self.joined)

    def deployment(self, name: str) -> Deployment:
        """The deployment with that name."""
        return next(item for item in self.deployments if item.name == name)

    def feed(self, name: str) -> Feed:
        """The feed with that name, "ETH / USD"."""
        return next(item for item in self.feeds if item.name == name)

    def token(self, symbol: str) -> Token:
        """The token with that symbol."""
        return next(item for item in (*self.tokens, *self.more_tokens) if item.symbol == symbol)


def config_toml(manifest: Manifest, node_url: str, database_url: str) -> str:
    """The indexer's settings for this devnet."""
    lines = ["builtin = false", "", "[node]", f'url = "{node_url}"', ""]
    lines += ["[database]", f'url = "{database_url}"']
    for deployment in manifest.listed:
        lines += ["", "[[deployments]]", f'name = "{deployment.name}"']
        lines += [f'protocol = "{deployment.protocol}"', f'entry = "{deployment.entry}"']
        lines += [f"first_block = {deployment.first_block}"]
    for feed in manifest.feeds:
        lines += ["", "[[feeds]]", f'name = "{feed.name}"', f'proxy = "{feed.proxy}"']
        lines += [f"heartbeat_s = {feed.heartbeat_s}", f"deviation_bps = {feed.deviation_bps}"]
    for relabel in manifest.relabels:
        lines += ["", "[[wrappers]]", f'token = "{relabel.token}"', 'kind = "same"']
        lines += [f'underlying = "{relabel.underlying}"']
    return "\n".join(lines) + "\n"
