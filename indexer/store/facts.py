"""Facts beside the integers: deployments, tokens, verifications, kept answers, job runs."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Table, and_, delete, or_, select, update

from indexer.errors import ConfigurationError
from indexer.evm import Address
from indexer.store.changes import Changes
from indexer.store.records import Deployment, JobRun, Token, Verification
from indexer.store.tables import (
    CHANGE,
    DEPLOYMENT,
    ENTITY,
    JOB_RUN,
    KEPT_ANSWER,
    LIQUIDATION,
    STATE,
    TOKEN,
    VERIFICATION,
)

_WATCH = "watch"
"""Under it stands by deployment what following saw of its accounts (`risk.watch`)."""


class Facts(Changes):
    """Small tables, one row a fact."""

    def save_deployments(self, deployments: Iterable[Deployment]) -> None:
        """Remember deployments, leaving what is covered of those known already.

        Raises ConfigurationError when a name is known with another protocol or entry: its stored state
        belongs to another contract.
        """
        with self._writing():
            known = {deployment.name: deployment for deployment in self.deployments()}
            for new in deployments:
                old = known.get(new.name, new)
                if (old.protocol, old.entry) != (new.protocol, new.entry):
                    raise ConfigurationError(
                        f"deployment {new.name} is stored as {old.protocol} at {old.entry}, the configuration says "
                        f"{new.protocol} at {new.entry}: give it another name"
                    )
                self._upsert(
                    DEPLOYMENT,
                    ("name", "protocol", "entry", "first_block"),
                    [(new.name, new.protocol, new.entry, new.first_block)],
                )

    def deployments(self) -> list[Deployment]:
        """Every deployment ever followed, by name, with the blocks covered."""
        with self._reading() as connection:
            rows = connection.execute(select(DEPLOYMENT).order_by(DEPLOYMENT.c.name))
            return [Deployment(*row) for row in rows]

    def set_covered_to(self, name: str, covered_to: int, covered_from: int | None = None) -> None:
        """Say up to which block all of a deployment is stored, and from which (None: unchanged, or first_block).

        Raises ValueError for a deployment that was not saved (a bug).
        """
        with self._writing() as connection:
            self._cover(connection, name, covered_to, covered_from)

    def drop_deployment(self, name: str) -> None:
        """Forget a deployment's entities, state and changes, so that it is backfilled again.

        Its verifications and liquidations go too. Its row stays, with nothing covered.
        """
        watched = and_(ENTITY.c.deployment == _WATCH, ENTITY.c.market == name)
        ids = select(ENTITY.c.id).where(or_(ENTITY.c.deployment == name, watched))
        with self._writing() as connection:
            self._count_write(connection)
            for table in (STATE, CHANGE):
                connection.execute(delete(table).where(table.c.entity_id.in_(ids)))
            connection.execute(delete(ENTITY).where(watched))
            for table in (ENTITY, VERIFICATION, LIQUIDATION):
                connection.execute(delete(table).where(table.c.deployment == name))
            nothing = {"covered_from": None, "covered_to": None}
            connection.execute(update(DEPLOYMENT).where(DEPLOYMENT.c.name == name).values(nothing))
            self._interning.clear()

    def save_tokens(self, tokens: Iterable[Token]) -> None:
        """Remember tokens' static facts. What cannot be stored as text (NUL, lone surrogates) is replaced."""
        rows = [(t.address, _text(t.symbol), t.decimals, _text(t.name)) for t in tokens]
        self._upsert(TOKEN, ("address", "symbol", "decimals", "name"), rows)

    def tokens(self) -> dict[Address, Token]:
        """Every known token by its address."""
        with self._reading() as connection:
            return {Address(row.address): Token(*row) for row in connection.execute(select(TOKEN))}

    def save_verified(self, verifications: Iterable[Verification]) -> None:
        """Remember the outcome of comparing accounts with the contract; the latest stands."""
        columns = ("deployment", "account", "block_number", "block_hash", "ok")
        rows = [tuple(getattr(v, column) for column in columns) for v in verifications]
        self._upsert(VERIFICATION, columns, rows)

    def verified(self, deployment: str | None = None) -> dict[tuple[str, str], Verification]:
        """The last verification of every account, by (deployment, account)."""
        query = select(VERIFICATION)
        if deployment is not None:
            query = query.where(VERIFICATION.c.deployment == deployment)
        with self._reading() as connection:
            return {(row.deployment, row.account): Verification(*row) for row in connection.execute(query)}

    def keep_answers(self, block_hash: str, answers: Mapping[bytes, bytes | None]) -> None:
        """Keep answers read at a past block, by `call_key`; None is a call that reverted."""
        rows = [(block_hash, key, answer) for key, answer in answers.items()]
        self._upsert(KEPT_ANSWER, ("block_hash", "call_key", "answer"), rows)

    def kept_answers(self, block_hash: str) -> dict[bytes, bytes | None]:
        """All answers kept for a block, by `call_key`."""
        query = select(KEPT_ANSWER.c.call_key, KEPT_ANSWER.c.answer).where(KEPT_ANSWER.c.block_hash == block_hash)
        with self._reading() as connection:
            return {row.call_key: row.answer for row in connection.execute(query)}

    def save_job_started(self, name: str, at: int) -> None:
        """Note that a job started at `at` (Unix seconds)."""
        self._upsert(JOB_RUN, ("name", "last_started"), [(name, at)])

    def save_job_finished(self, name: str, at: int, error: str | None = None) -> None:
        """Note that a job finished at `at` (Unix seconds), and its error if it failed."""
        self._upsert(JOB_RUN, ("name", "last_finished", "last_error"), [(name, at, _text(error))])

    def job_runs(self) -> dict[str, JobRun]:
        """The last runs of every job, by name."""
        with self._reading() as connection:
            return {row.name: JobRun(*row) for row in connection.execute(select(JOB_RUN))}

    def _upsert(self, table: Table, columns: tuple[str, ...], rows: list[Any]) -> None:
        with self._writing() as connection:
            self._backend.upsert(connection, table, columns, rows)


def _text(value: str | None) -> str | None:
    return (
        None if value is None else value.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
    )
