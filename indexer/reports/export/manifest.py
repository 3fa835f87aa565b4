"""The manifest of one snapshot: what it is of, what was written, and how anybody checks it."""

from typing import Any

import msgspec

from indexer.errors import SnapshotError
from indexer.reports.export.schema import SCHEMA_VERSION
from indexer.reports.export.target import Target

NEWEST = "manifest.json"
"""A copy of the manifest written last, at the top of the archive."""


class WrittenFile(msgspec.Struct, frozen=True):
    """One file; `path` is relative to the archive."""

    path: str
    protocol: str
    rows: int
    bytes: int
    sha256: str


class WrittenTable(msgspec.Struct, frozen=True):
    """One table: its hash over `content_columns` of all its rows, in `order`, and its files."""

    rows: int
    content_hash: str
    content_columns: list[str]
    order: list[str]
    files: list[WrittenFile]


class DeploymentIn(msgspec.Struct, frozen=True):
    """A deployment of the snapshot. `history_from`: the first block its history is known from."""

    name: str
    protocol: str
    entry: str
    revision: str
    quarantined: bool
    accounts: dict[str, int]
    """How many accounts are in which state; unknown ones by reason, `unknown: unpriced`."""


class Manifest(msgspec.Struct, frozen=True):
    """What is the same for the same block: everything but `written` and the files' bytes and sha256."""

    schema_version: int
    chain_id: int
    block_number: int
    block_hash: str
    block_timestamp: int
    format: str
    command: str
    parameters: dict[str, Any]
    deployments: list[DeploymentIn]
    deployments_behind: list[str]
    tables: dict[str, WrittenTable]
    written: dict[str, Any]
    """By which program, when, and where the node's head was: of no block."""

    @property
    def path(self) -> str:
        """Where it stands in the archive."""
        return manifest_path(self.chain_id, self.block_number)

    @property
    def files(self) -> list[WrittenFile]:
        """Every file of every table."""
        return [file for table in self.tables.values() for file in table.files]

    @property
    def content(self) -> dict[str, str]:
        """The content hash of each table."""
        return {name: table.content_hash for name, table in self.tables.items()}

    def encoded(self) -> bytes:
        """As it is written, for people too."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"


def manifest_path(chain_id: int, block: int) -> str:
    """Where a snapshot's manifest stands."""
    return f"manifests/chain_id={chain_id}/block={block}/{NEWEST}"


def read_manifest(target: Target, path: str) -> Manifest | None:
    """The manifest at a path; None where there is none. Raises SnapshotError for what is no manifest of ours."""
    data = target.read(path)
    if data is None:
        return None
    try:
        found = msgspec.json.decode(data, type=Manifest)
    except msgspec.DecodeError as error:
        raise SnapshotError(f"{path} is no manifest of a snapshot: {error}") from None
    if found.schema_version > SCHEMA_VERSION:
        raise SnapshotError(
            f"{path} has schema version {found.schema_version}, this program knows {SCHEMA_VERSION}: "
            "install a newer version of the program"
        )
    return found
