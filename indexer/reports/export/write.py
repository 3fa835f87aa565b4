"""Writing a snapshot: every file under a temporary name, then all of them in their places, the manifest last."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import quote

from indexer.errors import SnapshotError
from indexer.reports.envelope import finality
from indexer.reports.export.columns import Row, Table
from indexer.reports.export.content import ContentHash
from indexer.reports.export.files import FileFormat, batches, opened
from indexer.reports.export.manifest import NEWEST, DeploymentIn, Manifest, WrittenFile, WrittenTable, read_manifest
from indexer.reports.export.rows import WRITTEN, Rows
from indexer.reports.export.schema import ACCOUNTS, SCHEMA_VERSION
from indexer.reports.export.source import Source
from indexer.reports.export.target import Target
from indexer.reports.rows import incidents_of
from indexer.reports.snapshot import Snapshot

NO_PROTOCOL = "all"
"""The partition of tables whose rows are of no one protocol."""
STAGING = "_writing"
"""Where files are until all of them are whole. What a crash leaves there is no part of any snapshot."""

Progress = Callable[[str, int], None]
"""Told a table, and how many of its rows are written."""


def _silent(_: str, __: int) -> None:
    pass


@dataclass
class Writing:
    """One snapshot on its way into an archive."""

    source: Source
    target: Target
    form: FileFormat
    progress: Progress = _silent
    states: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def _snapshot(self) -> Snapshot:
        return self.source.snapshot

    @property
    def staging(self) -> str:
        """The folder of unfinished files."""
        return f"{STAGING}/chain_id={self._snapshot.chain_id}-block={self._snapshot.ref.number}"

    def tables(self) -> dict[str, WrittenTable]:
        """Write every table under temporary names. Raises SnapshotError."""
        return {table.name: self._table(table, rows) for table, rows in WRITTEN}

    def _table(self, table: Table, rows: Rows) -> WrittenTable:
        content, files, done = ContentHash(), [], 0
        for protocol in self.source.protocols if table.by_protocol else [NO_PROTOCOL]:
            content.begin(
                table.name,
                self._snapshot.chain_id,
                protocol,
                self._snapshot.ref.number,
                self._snapshot.ref.hash,
                columns=table.content_columns,
            )
            files.append(self._file(table, protocol, rows(self.source, protocol), content, done))
            done += files[-1].rows
        return WrittenTable(done, content.hexdigest(), list(table.content_columns), list(table.order), files)

    def _file(  # what a file is made of
        self, table: Table, protocol: str, rows: Iterator[Row], content: ContentHash, done: int
    ) -> WrittenFile:
        ref, own = self._snapshot.ref, 0
        place: Row = {
            "snapshot_block": ref.number,
            "snapshot_hash": ref.hash,
            "snapshot_timestamp": ref.timestamp,
        }
        about = {"schema_version": str(SCHEMA_VERSION), "block_hash": ref.hash}
        path = data_path(table.name, self._snapshot.chain_id, protocol, ref.number, self.form)
        with self.target.create(f"{self.staging}/{path}") as file:
            with opened(file, self.form, table, place, about) as out:
                for batch in batches(rows):
                    normal = [table.normal(row) for row in batch]
                    out.write(normal)
                    for row in normal:
                        content.add(row)
                    if table is ACCOUNTS:
                        self._count(normal)
                    own += len(normal)
                    self.progress(table.name, done + own)
            return WrittenFile(path, protocol, own, file.size, file.hexdigest())

    def _count(self, rows: list[Row]) -> None:
        for row in rows:
            state = row["state"] if row["reason"] is None else f"{row['state']}: {row['reason']}"
            self.states.setdefault(row["deployment"], Counter())[state] += 1

    def deployments(self) -> list[DeploymentIn]:
        """The deployments, with what was counted of their accounts."""
        return [
            DeploymentIn(
                name=found.deployment.name,
                protocol=found.deployment.protocol,
                entry=found.deployment.entry,
                revision=found.now.revision,
                quarantined=bool(incidents_of(self._snapshot, found)),
                accounts=dict(sorted(self.states.get(found.deployment.name, {}).items())),
            )
            for found in sorted(self._snapshot.deployments, key=lambda found: found.deployment.name)
        ]

    def manifest(self, tables: dict[str, WrittenTable], now: datetime) -> Manifest:
        """Everything about the snapshot."""
        snapshot, ref = self._snapshot, self._snapshot.ref
        form = "" if self.form is FileFormat.PARQUET else f" --format {self.form.value}"
        heads = snapshot.heads
        return Manifest(
            schema_version=SCHEMA_VERSION,
            chain_id=snapshot.chain_id,
            block_number=ref.number,
            block_hash=ref.hash,
            block_timestamp=ref.timestamp,
            format=self.form.value,
            command=f"indexer snapshot --block {ref.number} --out snapshot{form}",
            parameters={"watch_below": snapshot.asked.watch_below},
            deployments=self.deployments(),
            deployments_behind=sorted(snapshot.behind),
            tables=tables,
            written={
                "program": _program(),
                "at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "head_block": None if heads is None else heads.head.number,
                "finality": finality(snapshot),
            },
        )

    def publish(self, manifest: Manifest) -> None:
        """Put the files in their places, the manifest last. What fails leaves nothing of this snapshot."""
        moved: list[str] = []
        try:
            for file in manifest.files:
                self.target.move(f"{self.staging}/{file.path}", file.path)
                moved.append(file.path)
            for path in (manifest.path, NEWEST):
                with self.target.create(f"{self.staging}/{path}") as out:
                    out.write(manifest.encoded())
                self.target.move(f"{self.staging}/{path}", path)
                moved.clear()
        finally:
            for path in moved:
                self.target.remove(path)


def write_snapshot(  # one option each
    snapshot: Snapshot,
    liquidations: Sequence[Row],
    out: str,
    now: datetime,
    *,
    form: FileFormat = FileFormat.PARQUET,
    progress: Progress = _silent,
) -> tuple[Manifest, bool]:
    """Write one block into the archive `out`; the manifest, and whether anything new was written.

    `liquidations`: the rows of `liquidations_answer` without filters, asked of the store while the snapshot is open.
    The same content once more changes nothing. Raises SnapshotError when the archive has other content for this
    block, and for whatever keeps files from being written: nothing of the snapshot is there then.
    """
    target = Target(out)
    writing = Writing(Source(snapshot, liquidations), target, form, progress)
    target.remove(writing.staging)
    try:
        manifest = writing.manifest(writing.tables(), now)
        there = read_manifest(target, manifest.path)
        if there is not None and _is_whole(target, there):
            _refuse_other(there, manifest, target)
            return there, False
        target.remove(manifest.path)
        writing.publish(manifest)
        return manifest, True
    finally:
        target.remove(writing.staging)
        target.remove_empty(STAGING)


def data_path(table: str, chain_id: int, protocol: str, block: int, form: FileFormat) -> str:
    """Where the rows of one protocol stand: folders that DuckDB, Spark and Trino read as columns."""
    return f"{table}/chain_id={chain_id}/protocol={quote(protocol, safe='')}/block={block}/part-0.{form.value}"


def _is_whole(target: Target, manifest: Manifest) -> bool:
    return all(target.size(file.path) == file.bytes for file in manifest.files)


def _refuse_other(there: Manifest, new: Manifest, target: Target) -> None:
    where = f"{target.shown} holds block {new.block_number} of chain {new.chain_id} already"
    if there.block_hash != new.block_hash:
        raise SnapshotError(
            f"{where}, with another hash ({there.block_hash}, now {new.block_hash}): it was orphaned; "
            f"remove that snapshot, or choose another --out"
        )
    if (there.format, there.schema_version) != (new.format, new.schema_version):
        raise SnapshotError(
            f"{where}, as {there.format} of schema version {there.schema_version}: choose another --out"
        )
    names = sorted({*there.tables, *new.tables})
    other = [name for name in names if there.content.get(name) != new.content.get(name)]
    if other:
        raise SnapshotError(
            f"{where}, with other content in {', '.join(other)}: compare deployments and parameters in "
            f"{there.path}, or choose another --out"
        )


def _program() -> str:
    try:
        return f"indexer {version('collateral-health-indexer')}"
    except PackageNotFoundError:
        return "indexer"
