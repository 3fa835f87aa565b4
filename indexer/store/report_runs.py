"""Reports that were made: one row a block, only so many, and none of a block that the chain no longer has."""

import json

from sqlalchemy import delete, select

from indexer.store.facts import Facts
from indexer.store.records import ReportRun
from indexer.store.tables import REPORT_RUN

_COLUMNS = ("block_number", "block_hash", "created_at", "figures")


class ReportRuns(Facts):
    """What the last reports said."""

    def save_report_run(self, run: ReportRun, keep: int) -> None:
        """Remember a report, in place of an earlier one of the same block; only the newest `keep` blocks stay."""
        figures = json.dumps(run.figures, separators=(",", ":"), sort_keys=True)
        with self._writing() as connection:
            row = (run.block_number, run.block_hash, run.created_at, figures)
            self._backend.upsert(connection, REPORT_RUN, _COLUMNS, [row])
            number = REPORT_RUN.c.block_number
            newest = select(number).order_by(number.desc()).limit(keep)
            connection.execute(delete(REPORT_RUN).where(number.not_in(newest)))

    def report_run_before(self, block: int) -> ReportRun | None:
        """The last report of an earlier block."""
        number = REPORT_RUN.c.block_number
        query = select(REPORT_RUN).where(number < block).order_by(number.desc()).limit(1)
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return ReportRun(row.block_number, row.block_hash, row.created_at, json.loads(row.figures))
