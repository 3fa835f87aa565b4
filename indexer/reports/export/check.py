"""Checking an archive: every file as its manifest says, and the content hashes made again from the rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from indexer.errors import SnapshotError
from indexer.reports.export.content import ContentHash
from indexer.reports.export.files import BATCH, FileFormat
from indexer.reports.export.manifest import NEWEST, Manifest, WrittenTable, read_manifest
from indexer.reports.export.schema import SCHEMA_VERSION, TABLES
from indexer.reports.export.target import Target

_SCHEMAS = {table.name: table.schema() for table in TABLES}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as a manifest says. `block` None: it is of no snapshot."""

    block: int | None
    path: str
    what: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at, and what is wrong."""

    snapshots: int
    files: int
    rows: int
    faults: list[Fault]


def check_archive(out: str) -> Checked:
    """Look at every snapshot of an archive. Raises SnapshotError where there is none, or it cannot be read.

    The content of CSV is not made again: nothing tells null from an empty text there; its files' hashes are.
    """
    target = Target(out)
    paths = target.find()
    manifests = [path for path in paths if path.startswith("manifests/") and path.endswith(f"/{NEWEST}")]
    if not manifests:
        raise SnapshotError(f"{target.shown} holds no snapshot: there is no manifest below {target.shown}/manifests")
    faults: list[Fault] = []
    known, files, rows = {NEWEST, *manifests}, 0, 0
    for path in manifests:
        try:
            manifest = read_manifest(target, path)
        except SnapshotError as error:
            faults.append(Fault(None, path, str(error)))
            continue
        if manifest is None:
            continue
        known |= {file.path for file in manifest.files}
        files += len(manifest.files)
        rows += sum(table.rows for table in manifest.tables.values())
        for name, table in manifest.tables.items():
            faults += _look_at(target, manifest, name, table)
    strays = [path for path in paths if path.partition("/")[0] in _SCHEMAS and path not in known]
    faults += [Fault(None, path, "no manifest names it: a crash left it; write that block again") for path in strays]
    return Checked(len(manifests), files, rows, faults)


def _look_at(target: Target, manifest: Manifest, name: str, table: WrittenTable) -> Iterator[Fault]:
    block, content, is_told = manifest.block_number, ContentHash(), manifest.format == FileFormat.PARQUET
    for file in table.files:
        if target.size(file.path) is None:
            yield Fault(block, file.path, "it is not there")
            return
        if target.sha256(file.path) != (file.sha256, file.bytes):
            yield Fault(block, file.path, "its sha256 is not the manifest's")
        if not is_told:
            continue
        content.begin(name, manifest.chain_id, file.protocol, block, manifest.block_hash, columns=table.content_columns)
        try:
            with target.open(file.path) as opened:
                yield from _read(pq.ParquetFile(opened), manifest, name, file.path, content)
        except (SnapshotError, pa.ArrowException, KeyError) as error:
            yield Fault(block, file.path, f"it cannot be read as Parquet: {' '.join(str(error).split())}")
            return
    if is_told and content.hexdigest() != table.content_hash:
        yield Fault(block, name, "its content hash, made again from the rows, is not the manifest's")


def _read(parquet: pq.ParquetFile, manifest: Manifest, name: str, path: str, content: ContentHash) -> Iterator[Fault]:
    """Feed the rows of a file to the hash, and compare its columns with the schema of its version."""
    if manifest.schema_version == SCHEMA_VERSION and parquet.schema_arrow.remove_metadata() != _plain(name):
        yield Fault(manifest.block_number, path, "its columns are not those of its schema version")
    hashes: set[Any] = set()
    for batch in parquet.iter_batches(batch_size=BATCH):
        hashes.update(batch.column("snapshot_hash").unique().to_pylist())
        for row in batch.to_pylist():
            content.add(row)
    if hashes - {manifest.block_hash}:
        yield Fault(manifest.block_number, path, "some row is of another block hash")


def _plain(name: str) -> pa.Schema:
    return _SCHEMAS[name].remove_metadata() if name in _SCHEMAS else pa.schema([])
