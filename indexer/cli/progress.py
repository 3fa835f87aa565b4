"""What `sync` shows while it works: a bar on a terminal, log lines elsewhere. Always on stderr."""

import sys
import time
from types import TracebackType
from typing import Self

import structlog
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn

from indexer.reports.text import moment
from indexer.sync.progress import Phase
from indexer.sync.progress import Progress as Report

_LINE_EVERY_S = 2.0

_log = structlog.get_logger()


class Watch:
    """Takes sync's reports. `first` is the block the work starts at, as far as that is known before."""

    def __init__(self, first: int, *, bar: bool | None = None) -> None:
        terminal = sys.stderr.isatty() if bar is None else bar
        self._bar = _bar(Console(stderr=True)) if terminal else None
        self._task: TaskID | None = None
        self._first = first
        self._last_line = 0.0
        self._started = time.monotonic()
        self.blocks = 0
        self.changes = 0
        self._done = first - 1

    def __call__(self, report: Report) -> None:
        """Show one report."""
        if report.phase is Phase.WAIT:
            self._hide()
            return
        if report.phase is Phase.REORG:
            self._done = report.done
            return
        self.blocks += max(0, report.done - self._done)
        self._done = max(self._done, report.done)
        self.changes += report.changes
        caught_up = report.phase is Phase.FOLLOW and report.done >= report.total
        if self._bar is not None and not caught_up:
            self._show(report)
        else:
            self._hide()
            self._line(report, caught_up=caught_up)

    def summary(self) -> str:
        """What was done, in words."""
        seconds = time.monotonic() - self._started
        return f"{self.blocks:,} blocks, {self.changes:,} changes, {seconds:.1f} s"

    def _show(self, report: Report) -> None:
        if self._bar is None:
            return
        if self._task is None:
            self._bar.start()
            self._task = self._bar.add_task("", total=report.total - self._first + 1, rate="", changes="")
        seconds = max(time.monotonic() - self._started, 1e-3)
        self._bar.update(
            self._task,
            description="backfill" if report.phase is Phase.BACKFILL else "following",
            completed=report.done - self._first + 1,
            total=report.total - self._first + 1,
            changes=f"{self.changes:,} changes",
            rate=f"{self.blocks / seconds:,.0f} blocks/s",
        )

    def _hide(self) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.stop()
            self._bar.remove_task(self._task)
            self._task = None

    def _line(self, report: Report, *, caught_up: bool) -> None:
        now = time.monotonic()
        if not caught_up and now - self._last_line < _LINE_EVERY_S:
            return
        self._last_line = now
        facts: dict[str, object] = {"number": report.done, "of": report.total, "changes": report.changes}
        if report.block is not None:
            facts["time"] = moment(report.block.timestamp)
        _log.info("block" if report.phase is Phase.FOLLOW else "backfill", **facts)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hide()


def _bar(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} blocks"),
        TextColumn("{task.fields[changes]}", style="dim"),
        TextColumn("{task.fields[rate]}", style="dim"),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        expand=True,
    )
