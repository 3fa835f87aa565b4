"""The recorded cases of tests/golden/maker: integers as the contracts gave them."""

from typing import Any

from tests.protocols.recording import recording


def recorded(name: str) -> Any:
    """One recorded document."""
    return recording("maker", name)


class Case:
    """One recorded case: integers are text in the file."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> int:
        return int(self._fields[name])

    def __contains__(self, name: str) -> bool:
        return self._fields.get(name) is not None

    def said(self, name: str) -> Any:
        """A field that is no integer."""
        return self._fields[name]


def cases(kind: str) -> list[Case]:
    """Every case of a kind."""
    return [Case(fields) for fields in recorded("cases.json.gz")["cases"] if fields["kind"] == kind]
