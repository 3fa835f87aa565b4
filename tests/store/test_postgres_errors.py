"""What goes wrong with a server is one line that says what to do, and never holds a password."""

import logging
from collections.abc import Iterator
from operator import attrgetter
from types import SimpleNamespace

import psycopg
import pytest
from sqlalchemy import text

from indexer.book.change import Change
from indexer.errors import DatabaseError
from indexer.store import Store, postgres
from indexer.store.postgres_errors import explain_connect, explain_statement
from tests.postgres_server import PASSWORD, PostgresServer
from tests.store.made import BORROWER, OTHER, commit, dump, ref, refused, state, told

MANY = [Change(BORROWER._replace(account=str(n)), "debt", None, n) for n in range(5_000)]


@pytest.fixture
def server(breakable: PostgresServer) -> PostgresServer:
    return breakable


@pytest.fixture
def url(server: PostgresServer) -> Iterator[str]:
    url = server.new_database()
    yield url
    server.drop(url)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url, wait_s=5) as opened:
        opened.bind_chain(1)
        commit(opened, 1, Change(BORROWER, "debt", None, 1))
        yield opened


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


class TestOpening:
    """No connection, or a database that cannot be used."""

    @pytest.mark.parametrize(
        ("url", "saying"),
        [
            (
                "postgresql://u:hidden@127.0.0.1:1/db",
                r"cannot reach postgresql://127.0.0.1:1/db \(Connection refused\)",
            ),
            ("postgres://u:hidden@nowhere.invalid/db", r"cannot reach postgresql://nowhere.invalid/db \("),
            ("postgresql:///db?host=/nowhere&password=hidden", r"cannot reach .*No such file"),
            (
                "postgresql://u:hidden@127.0.0.1,localhost/db?port=1,1",
                r"cannot reach postgresql://127.0.0.1,localhost/db",
            ),
            ("postgresql+psycopg2://u:hidden@h/db", "through psycopg 3 only: write"),
            ("postgresql+asyncpg://u:hidden@h/db", "through psycopg 3 only: write"),
            ("postgresql://u:hidden@h", "names no database"),
            ("postgresql://u:hid@hidden@h/db", "more than one @: write %40"),
            ("postgresql://u:hi@h:hidden/db", "is not understood: write it like"),
            ("postgresql://u@127.0.0.1:1/db?colour=hidden", 'does not know .*"colour"'),
        ],
    )
    def test_urls_that_lead_nowhere(self, url: str, saying: str) -> None:
        with pytest.raises(DatabaseError, match=saying) as caught:
            Store.open(url)
        assert "\n" not in str(caught.value)
        assert "hidden" not in told(caught.value)

    def test_a_wrong_password(self, server: PostgresServer) -> None:
        with refused("wrong user or password for postgresql://127.0.0.1"):
            Store.open(server.url("postgres", password="guess"))  # noqa: S106
        with refused("wrong user or password|does not know the user"):
            Store.open(server.url("postgres", user="nobody_here"))
        with refused("wants a password: put it into"):
            Store.open(f"postgresql://indexer@127.0.0.1:{server.port}/postgres?passfile=/dev/null")

    def test_a_missing_database_is_told_how_to_make(self, server: PostgresServer) -> None:
        with refused("the database of .*/nowhere does not exist: create it with `createdb nowhere`"):
            Store.open(server.url("nowhere"))

    def test_no_connection_left(self, server: PostgresServer, url: str) -> None:
        server.execute(f"CREATE ROLE many LOGIN PASSWORD '{PASSWORD}' CONNECTION LIMIT 0")
        with refused("has no connection left .*max_connections"):
            Store.open(server.url(name_of(url), user="many"))

    def test_not_let_in(self, server: PostgresServer, url: str) -> None:
        server.execute(f"CREATE ROLE stranger LOGIN PASSWORD '{PASSWORD}'")
        server.execute(f"REVOKE CONNECT ON DATABASE {name_of(url)} FROM PUBLIC")
        with refused("may not connect to .*GRANT CONNECT"):
            Store.open(server.url(name_of(url), user="stranger"))

    def test_another_encoding(self, server: PostgresServer) -> None:
        server.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
        with refused("has the encoding LATIN1.*`createdb --template template0 --encoding UTF8 NAME`"):
            Store.open(server.url("latin"))

    def test_a_server_too_old(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(postgres, "_OLDEST", 99)
        with refused(r"is PostgreSQL \d+: 99 or newer is needed"):
            Store.open(url)

    @pytest.mark.parametrize(
        ("words", "saying"),
        [
            ('FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "u"', "does not let this user in from here"),
            ("FATAL:  sorry, too many clients already", "no connection left"),
            ("FATAL:  remaining connection slots are reserved for roles with", "no connection left"),
            ("FATAL:  the database system is starting up", "is starting up: try again"),
            ("FATAL:  the database system is not yet accepting connections", "recovers from a crash"),
            ("FATAL:  the database system is shutting down", "is shutting down"),
            ("FATAL:  the database system is in recovery mode", "recovers from a crash"),
            ('FATAL:  role "u" does not exist', "does not know the user"),
            ("FATAL:  etwas auf Deutsch\nDETAIL: mehr", r"cannot reach postgresql://h/db \(etwas auf Deutsch\)"),
        ],
    )
    def test_words_of_the_server(self, words: str, saying: str) -> None:
        error = psycopg.OperationalError(f'connection failed: connection to server at "h", port 5 failed: {words}')
        with refused(saying):
            raise DatabaseError(explain_connect(error, "postgresql://h/db"))


class TestRights:
    """What a user of the server may and may not."""

    @pytest.fixture
    def guest(self, server: PostgresServer, url: str) -> Iterator[str]:
        server.execute(f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'")
        yield server.url(name_of(url), user="guest")
        server.execute("DROP OWNED BY guest", name_of(url))
        server.execute("DROP ROLE guest")

    def test_nothing_may_be_made(self, guest: str) -> None:
        with refused("permission denied in .*make this user the owner of the database"):
            Store.open(guest)

    @pytest.mark.usefixtures("store")
    def test_nothing_may_be_read(self, guest: str) -> None:
        with refused("permission denied in .*GRANT USAGE on the schema and SELECT"):
            Store.open(guest, read_only=True)

    @pytest.mark.usefixtures("store")
    def test_reading_needs_no_more_than_select(self, server: PostgresServer, url: str, guest: str) -> None:
        server.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest", name_of(url))
        with Store.open(guest, read_only=True) as reader:
            assert state(reader) == {(BORROWER, "debt"): 1}
            assert reader.integrity() == []
            assert reader.size_bytes() > 0
        with Store.open(guest) as writer, refused("permission denied in"):
            commit(writer, 2)

    def test_a_read_only_server(self, server: PostgresServer, url: str, store: Store) -> None:
        server.execute(f"ALTER DATABASE {name_of(url)} SET default_transaction_read_only = on")
        store._engine.dispose()
        assert state(store) == {(BORROWER, "debt"): 1}
        with refused("is read-only .*the primary server"):
            commit(store, 2)
        with pytest.raises(DatabaseError, match="is read-only"):
            store.save_job_started("verify", 1)


class TestInTheMiddle:
    """What happens while a block is written: nothing of it stays, and the next use works."""

    @pytest.mark.parametrize(
        ("sqlstate", "saying"),
        [
            ("53100", "no space left for .*free some disk space; nothing was half written"),
            ("53200", "is out of memory"),
            ("53400", "over a limit its server sets"),
            ("57014", "stopped a statement .*statement_timeout"),
            ("58030", "failed to read or write .*check its disk"),
            ("58P01", "misses a file"),
            ("40001", "broke off a long read .*try again"),
            ("40P01", "because of a deadlock"),
            ("XX001", "is damaged .*restore a copy"),
            ("XX002", "has a damaged index .*REINDEX"),
            ("08006", "was lost .*the next use connects again"),
        ],
    )
    def test_the_server_fails_in_the_middle_of_a_copy(self, store: Store, sqlstate: str, saying: str) -> None:
        before = dump(store)
        with store._writing() as connection:
            connection.exec_driver_sql(
                "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id >= 2000 THEN "
                f"RAISE EXCEPTION 'simulated' USING ERRCODE = '{sqlstate}'; END IF; RETURN NEW; END $$"
            )
            connection.exec_driver_sql(
                "CREATE TRIGGER fail BEFORE INSERT ON change FOR EACH ROW EXECUTE FUNCTION fail()"
            )
        with refused(saying):
            commit(store, 2, *MANY)
        assert dump(store) == before
        with store._writing() as connection:
            connection.exec_driver_sql("DROP TRIGGER fail ON change")
        commit(store, 2, *MANY)
        assert store.cursor() == ref(2)

    def test_a_bug_of_ours_is_no_database_error(self, store: Store) -> None:
        with pytest.raises(Exception, match="syntax error") as caught, store._reading() as connection:
            connection.execute(text("SELECT FROM WHERE"))
        assert not isinstance(caught.value, DatabaseError)
        assert explain_statement(ValueError("x"), "db", 1) is None
        assert explain_statement(psycopg.InterfaceError("the cursor is closed"), "db", 1) is None

    def test_the_connection_is_lost_between_two_uses(self, server: PostgresServer, url: str, store: Store) -> None:
        self._throw_out(server, url)
        assert store.cursor() == ref(1)
        self._throw_out(server, url)
        commit(store, 2)
        assert store.cursor() == ref(2)

    @pytest.mark.parametrize("after", ["_count_write", "_interning.field_ids", "_save_changes", "_move_cursor"])
    def test_the_connection_is_lost_in_a_commit(
        self, server: PostgresServer, url: str, store: Store, monkeypatch: pytest.MonkeyPatch, after: str
    ) -> None:
        """Ids given in the lost transaction are forgotten with it."""
        before = dump(store)
        real = attrgetter(after)(store)

        def lose(*arguments: object) -> object:
            answer = real(*arguments)
            self._throw_out(server, url)
            return answer

        with monkeypatch.context() as patch:
            where, _, name = f"store.{after}".rpartition(".")
            patch.setattr(attrgetter(where)(SimpleNamespace(store=store)), name, lose)
            with refused(r"the connection to .* was lost \(.*\): what was being written is stored whole or not at all"):
                commit(store, 2, *MANY)
        assert dump(store) == before
        commit(store, 2, Change(OTHER, "shares", None, 7))
        commit(store, 3, *MANY)
        assert len(state(store)) == 5_002
        assert state(store)[OTHER, "shares"] == 7
        assert store.integrity() == []

    def test_only_the_answer_of_a_commit_is_lost(self, url: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        """The block is stored and the program does not know: it must not store it again."""
        real = psycopg.Connection.commit

        def commit_and_lose(self: psycopg.Connection[tuple[object, ...]]) -> None:
            real(self)
            self.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

        with monkeypatch.context() as patch:
            patch.setattr(psycopg.Connection, "commit", commit_and_lose)
            with refused("is stored whole or not at all"):
                commit(store, 2, Change(BORROWER, "debt", 1, 2))
        with refused("start this one again"):
            commit(store, 2, Change(BORROWER, "debt", 1, 2))
        with Store.open(url) as again:
            assert again.cursor() == ref(2)
            commit(again, 3, Change(BORROWER, "debt", 2, 3))
            assert [number for number, _ in again.history(BORROWER)] == [1, 2, 3]

    def test_the_connection_is_lost_in_a_snapshot(self, server: PostgresServer, url: str, store: Store) -> None:
        commit(store, 2, *(Change(BORROWER._replace(account=str(n)), "debt", None, n) for n in range(30_000)))
        with refused("was lost"), store.snapshot():
            rows = store.load_state()
            next(rows)
            self._throw_out(server, url)
            list(rows)
        assert len(state(store)) == 30_001

    def test_the_server_is_gone_for_a_while(self, server: PostgresServer, store: Store) -> None:
        server.stop()
        for _ in range(2):
            with refused("cannot reach .*Connection refused"):
                store.cursor()
            with refused("cannot reach .*Connection refused"):
                commit(store, 2)
        assert store.integrity() == [line for line in store.integrity() if "cannot reach" in line]
        server.start()
        assert store.cursor() == ref(1)
        commit(store, 2, Change(BORROWER, "debt", 1, 2))
        assert state(store) == {(BORROWER, "debt"): 2}

    def _throw_out(self, server: PostgresServer, url: str) -> None:
        server.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "  # noqa: S608
            f"WHERE datname = '{name_of(url)}' AND pid <> pg_backend_pid()"
        )


def test_no_password_in_any_repr_or_log(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), Store.open(url) as store:
        store.bind_chain(1)
        shown = [store.name, repr(store), repr(store._backend), repr(store._engine), repr(store._engine.url)]
        shown += [repr(vars(store)), repr(vars(store._backend))]
        with store._reading() as connection:
            shown += [repr(connection), repr(connection.connection), repr(connection.connection.driver_connection)]
    assert PASSWORD not in caplog.text + " ".join(shown)
    assert "s3cret" not in caplog.text + " ".join(shown)


def test_a_schema_of_its_own(server: PostgresServer, url: str) -> None:
    """Two chains in two schemas of one database; neither sees nor waits for the other."""
    server.execute("CREATE SCHEMA one", name_of(url))
    server.execute("CREATE SCHEMA two", name_of(url))
    one, two = (f"{url}?options=-csearch_path%3D{schema}" for schema in ("one", "two"))
    with Store.open(one) as first, Store.open(two, wait_s=0.1) as second:
        first.bind_chain(1)
        with first.transaction():
            second.bind_chain(10)
        assert (first.chain_id, second.chain_id) == (1, 10)
    with refused("has no schema to write to"):
        Store.open(f"{url}?options=-csearch_path%3Dthree")


def test_integrity_finds_orphans(store: Store) -> None:
    assert store.integrity() == []
    with store._writing() as connection:
        connection.exec_driver_sql("INSERT INTO state VALUES (77, 88, '', 1)")
    assert sorted(store.integrity()) == [
        "table state: 1 rows refer to missing rows of entity",
        "table state: 1 rows refer to missing rows of field",
    ]
