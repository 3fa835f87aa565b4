"""How the tour speaks: headings, commands, progress. Widgets on a terminal, plain lines in a pipe."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from scripts.demo_tour.processes import run_in_front

DevnetReport = Callable[[str, float | None], None]


class Stage:
    """The terminal or pipe, the demo's folder, and the time since the command was typed."""

    def __init__(self, console: Console, folder: Path, seconds_before: float = 0) -> None:
        self.console = console
        self.folder = folder
        self._started = time.monotonic() - seconds_before
        self._chapter = 0

    @property
    def is_live(self) -> bool:
        """Whether a person watches a terminal."""
        return self.console.is_terminal

    @property
    def seconds(self) -> int:
        """Seconds since the user typed the command."""
        return int(time.monotonic() - self._started)

    def chapter(self, title: str, text: str) -> None:
        """A numbered heading and what is about to be seen."""
        self._chapter += 1
        self.console.print()
        self.console.rule(f"[bold]{self._chapter} · {escape(title)}", align="left")
        self.console.print(text)

    def say(self, text: str) -> None:
        """A line or more, with rich's markup."""
        self.console.print(text)

    def command(self, *arguments: str) -> None:
        """Show a command as the user would type it, then run it. Raises ProcessFailed."""
        shown = " ".join(("indexer", *arguments))
        self.console.print(f"\n[bold green]$[/] [bold]{escape(shown)}[/]")
        run_in_front(arguments, self.folder)

    def table(self, *arguments: str) -> None:
        """A command that answers with a table: on a terminal by itself, in a pipe when asked."""
        self.command(*arguments, *(() if self.is_live else ("--format", "table")))

    @contextmanager
    def devnet_progress(self) -> Iterator[DevnetReport]:
        """A report for the devnet: one line that changes on a terminal, one line a step elsewhere."""
        if not self.is_live:
            yield self._lines()
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.console, transient=True) as progress:
            task = progress.add_task("starting", total=None)

            def show(text: str, fraction: float | None) -> None:
                progress.update(task, description=escape(text[:80]), total=fraction and 1, completed=fraction or 0)

            yield show

    def _lines(self) -> DevnetReport:
        told: set[str] = set()

        def show(text: str, fraction: float | None) -> None:
            # "block 95: first calm": a line for each chapter of the story is enough.
            key = text if fraction is None else text.rpartition(": ")[2]
            if key not in told:
                told.add(key)
                self.console.print(f"  {escape(text)}", soft_wrap=True)

        return show
