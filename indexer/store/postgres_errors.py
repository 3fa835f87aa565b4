"""PostgreSQL's errors as one line each: what happened and what to do. No line ever holds a password."""

import psycopg

_CONNECT = (
    # The server's words before a session exists, when no SQLSTATE comes with them.
    (("database", "does not exist"), "the database of {name} does not exist: create it with `createdb {database}`"),
    (("role", "does not exist"), "the server does not know the user of {name}: correct it in [database] url"),
    (("password authentication failed",), "wrong user or password for {name}: correct them in [database] url"),
    (("no password supplied",), "{name} wants a password: put it into [database] url, or into ~/.pgpass"),
    (("pg_hba.conf",), "the server does not let this user in from here to {name} ({why}): allow it in its pg_hba.conf"),
    (("permission denied for database",), "this user may not connect to {name}: let its owner GRANT CONNECT"),
    (("too many",), "{name} has no connection left ({why}): close others, or raise max_connections"),
    (("connection slots",), "{name} has no connection left ({why}): close others, or raise max_connections"),
    (("starting up",), "{name} is starting up: try again in a moment"),
    (("not yet accepting",), "{name} recovers from a crash: try again in a moment"),
    (("shutting down",), "{name} is shutting down: start PostgreSQL again"),
    (("recovery mode",), "{name} recovers from a crash: try again in a moment"),
    (("invalid connection option",), "[database] url has an option PostgreSQL does not know ({why})"),
)
_UNREACHABLE = "cannot reach {name} ({why}): check that PostgreSQL runs there, and [database] url"

_LOST = (
    "the connection to {name} was lost ({why}): what was being written is stored whole or not at all; "
    "the next use connects again"
)
_STATEMENT = {
    "25006": "{name} is read-only (a standby, or set so): give [database] url the primary server",
    "25P03": _LOST,
    "25P04": _LOST,
    "2BP01": "views of your own depend on the views of {name} ({why}): drop them, start again, make them again",
    "3F000": "{name} has no schema to write to ({why}): create it, or correct the search_path in [database] url",
    "40001": "{name} broke off a long read because of other work ({why}): try again",
    "40P01": "{name} broke off because of a deadlock: stop the other writer, or try again",
    "42501": "permission denied in {name} ({why}): make this user the owner of the database, "
    "or for reading let the owner GRANT USAGE on the schema and SELECT on its tables",
    "53100": "no space left for {name} on its server: free some disk space; nothing was half written",
    "53200": "the server of {name} is out of memory ({why}); nothing was half written",
    "53400": "{name} is over a limit its server sets ({why}); nothing was half written",
    "55P03": "{name} was locked by another process for {wait:g} s: stop the other writer, or try again",
    "57014": "{name} stopped a statement ({why}): raise its statement_timeout, or try again",
    "58030": "the server of {name} failed to read or write ({why}): check its disk; nothing was half written",
    "58P01": "the server of {name} misses a file ({why}): check its disk; restore a copy",
    "XX001": "{name} is damaged ({why}): restore a copy, or drop the database and run `indexer sync` into a new one",
    "XX002": "{name} has a damaged index ({why}): run `REINDEX DATABASE`, or restore a copy",
}
_LOST_CLASSES = ("08", "57P")
_PASSING_CONNECT = {
    "too many",
    "connection slots",
    "starting up",
    "not yet accepting",
    "shutting down",
    "recovery mode",
}
_PASSING = (*_LOST_CLASSES, "25P03", "25P04", "40", "53", "55P03", "57014", "58030")


def explain_connect(error: psycopg.Error, name: str) -> str:
    """Say why there is no connection."""
    text, why = str(error), _why(error)
    for words, line in _CONNECT:
        if all(word in text for word in words):
            return line.format(name=name, why=why, database=name.rpartition("/")[2])
    return _UNREACHABLE.format(name=name, why=why)


def is_passing_connect(error: psycopg.Error) -> bool:
    """Whether the server may let us in later: it is away, busy or starting, and not refusing us."""
    text = str(error)
    known = next((words[0] for words, _ in _CONNECT if all(word in text for word in words)), None)
    return known is None or known in _PASSING_CONNECT


def is_passing(error: BaseException) -> bool:
    """Whether a statement's failure may pass by itself."""
    if not isinstance(error, psycopg.Error):
        return False
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError)
    return error.sqlstate.startswith(_PASSING)


def explain_statement(error: BaseException, name: str, wait_s: float) -> str | None:
    """Say why a statement failed; None when it is our mistake and not a circumstance."""
    if not isinstance(error, psycopg.Error):
        return None
    state = error.sqlstate
    if state is None:
        line = _LOST if isinstance(error, psycopg.OperationalError) else None
    elif state.startswith(_LOST_CLASSES):
        line = _LOST
    else:
        line = _STATEMENT.get(state)
    return line and line.format(name=name, why=_why(error), wait=wait_s)


def _why(error: psycopg.Error) -> str:
    """The reason alone: of the last address tried, without the server's advice, on one line."""
    text = error.diag.message_primary or str(error).rpartition("failed: ")[2]
    return text.strip().partition("\n")[0].removeprefix("FATAL:").strip()
