"""The error tree as drawn is the error tree as it is."""

import re

import pytest

from indexer import errors


def drawn() -> dict[str, str]:
    """Class -> parent, from the picture in the module's docstring."""
    parents: dict[str, str] = {}
    above: dict[int, str] = {0: "IndexerError"}
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"([│ ]*)(?:├──|└──) (\w+)", line)
        if found:
            depth = len(found[1]) // 4 + 1
            parents[found[2]] = above[depth - 1]
            above[depth] = found[2]
    return parents


def defined() -> dict[str, str]:
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.IndexerError)]
    return {c.__name__: c.__bases__[0].__name__ for c in classes if c is not errors.IndexerError}


def test_the_picture_is_the_tree() -> None:
    assert drawn() == defined()


@pytest.mark.parametrize("error", [errors.ConfigurationError, errors.DatabaseError, errors.HistoryError])
def test_the_users_mistakes_are_user_errors(error: type[errors.IndexerError]) -> None:
    assert issubclass(error, errors.UserError)


def test_a_wrong_chain_names_both_chains_and_what_to_do() -> None:
    error = errors.WrongChainError(expected=1, actual=10, where="the node")
    assert (error.expected, error.actual) == (1, 10)
    assert str(error) == (
        "the node is chain 10, but the database holds chain 1: "
        "one database is one chain; use another [database] url or another node"
    )
