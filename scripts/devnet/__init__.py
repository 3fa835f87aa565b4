"""A local chain with real lending markets, Chainlink feeds and a seeded life: see README.md."""

from __future__ import annotations

from scripts.devnet.devnet import Devnet
from scripts.devnet.manifest import Deployment, Feed, Manifest, Token

__all__ = ["Deployment", "Devnet", "Feed", "Manifest", "Token"]
