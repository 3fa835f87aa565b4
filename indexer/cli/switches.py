"""What stands before the command's name. Apart from the session, so that `--help` loads nothing of it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Switches:
    """The options that every command has."""

    config: Path | None = None
    """The settings; None for indexer.toml, where it is there."""
    verbose: bool = False
    quiet: bool = False
