"""Protocols of other packages: the entry-point group `indexer.protocols`, looked up once, each loaded when first used.

A package registers one in its pyproject.toml, by the name that configurations use:

    [project.entry-points."indexer.protocols"]
    toy = "toy_protocol.adapter:Toy"
"""

from collections.abc import Collection, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from indexer.errors import ConfigurationError
from indexer.protocols._interface import Protocol

GROUP = "indexer.protocols"
_MEMBERS = sorted({name for name in (*vars(Protocol), *Protocol.__annotations__) if not name.startswith("_")})


@cache
def registered() -> Mapping[str, EntryPoint]:
    """What other packages register, by name; none is imported yet. Raises `ConfigurationError` for a doubled name."""
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=GROUP):
        other = found.setdefault(entry.name, entry)
        if other != entry:
            raise ConfigurationError(
                f"two packages register the protocol {entry.name!r}, {_package(other)} and {_package(entry)}: "
                "uninstall one"
            )
    return found


def collisions(built_in: Collection[str]) -> list[str]:
    """One line for each name that is built in and registered by another package too."""
    return [
        f"{_package(entry)} registers the protocol {name!r}, which is built in: uninstall it"
        for name, entry in registered().items()
        if name in built_in
    ]


@cache
def load(name: str) -> Protocol | None:
    """The protocol that another package registers under this name; None where there is none.

    Raises `ConfigurationError` that names the package and what is wrong with it.
    """
    entry = registered().get(name)
    if entry is None:
        return None
    blame = f"the protocol {name!r} of {_package(entry)} cannot be used"
    try:
        found = entry.load()
        found = found() if isinstance(found, type) else found
    except Exception as error:  # whatever a stranger's module does
        why = (str(error).splitlines() or [""])[0]
        raise ConfigurationError(f"{blame}: {type(error).__name__}: {why}; mend or uninstall it") from error
    missing = [member for member in _MEMBERS if not hasattr(found, member)]
    if missing:
        raise ConfigurationError(f"{blame}: it has no {', '.join(missing)} (indexer/protocols/_interface.py)")
    if found.name != name:
        raise ConfigurationError(f"{blame}: it calls itself {found.name!r}; both names must be the same")
    protocol: Protocol = found
    return protocol


def _package(entry: EntryPoint) -> str:
    return f"the package {entry.dist.name}" if entry.dist is not None else entry.value
