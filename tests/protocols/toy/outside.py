"""A package from outside, as an installer would leave it: modules and metadata in a folder on the path."""

import importlib
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from indexer.protocols import _outside

HERE = Path(__file__).parent


def install(site: Path, package: str, entries: Mapping[str, str]) -> None:
    """Write the metadata of a package that registers protocols: name -> module:object."""
    found = site / f"{package}-1.0.dist-info"
    found.mkdir(parents=True)
    (found / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    lines = [f"{name} = {value}" for name, value in entries.items()]
    (found / "entry_points.txt").write_text("\n".join(["[indexer.protocols]", *lines, ""]))


def install_pond(site: Path) -> None:
    """The package `pond-protocol`, from its sources beside this file."""
    shutil.copytree(HERE / "pond", site / "pond", ignore=shutil.ignore_patterns("__pycache__"))
    install(site, "pond_protocol", {"pond": "pond.adapter:Pond"})


@contextmanager
def on_path(site: Path) -> Iterator[None]:
    """The folder is on the path meanwhile; what was imported from it is forgotten afterwards."""
    known = set(sys.modules)
    sys.path.insert(0, str(site))
    _forget()
    try:
        yield
    finally:
        sys.path.remove(str(site))
        for name in set(sys.modules) - known:
            if str(site) in str(getattr(sys.modules[name], "__file__", "")):
                del sys.modules[name]
        _forget()


def _forget() -> None:
    importlib.invalidate_caches()
    _outside.registered.cache_clear()
    _outside.load.cache_clear()
