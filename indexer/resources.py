"""What the installation brings: the folders `abis/` and `db/`, and modules that load when they are first used."""

import sys
from importlib.util import LazyLoader, find_spec, module_from_spec
from pathlib import Path
from types import ModuleType

from indexer.errors import ConfigurationError

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """Return the folder `abis` or `db`: inside the wheel, or beside the package in a clone or an editable install.

    Raises `ConfigurationError` when the installation lacks it.
    """
    for candidate in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise ConfigurationError(f"the installation has no {name}/ folder: install the package again")


def when_used(name: str) -> ModuleType:
    """A module that is loaded at its first use, for dependencies that are slow to load and seldom needed.

    Raises `ConfigurationError` when it is not installed.
    """
    if name in sys.modules:
        return sys.modules[name]
    spec = find_spec(name)
    if spec is None or spec.loader is None:
        raise ConfigurationError(f"the installation has no {name}: install the package again")
    spec.loader = LazyLoader(spec.loader)
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
