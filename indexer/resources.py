"""Where `abis/` and `db/` are: inside the wheel, or beside the package in a clone or an editable install."""

from pathlib import Path

from indexer.errors import ConfigurationError

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """Return the folder `abis` or `db`. Raises `ConfigurationError` when the installation lacks it."""
    for candidate in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise ConfigurationError(f"the installation has no {name}/ folder: install the package again")
