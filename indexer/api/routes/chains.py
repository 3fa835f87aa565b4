"""`/v1/chains`, `/v1/contagion`, `/v1/solvency`: what stands on what, what a shock reaches, what is behind it all."""

from fractions import Fraction
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi import Query as InQuery

from indexer.api.asking import ChainsQuery, ContagionQuery, TableQuery
from indexer.api.desk import Desk
from indexer.api.models.owners import ChainsAnswer, ContagionAnswer
from indexer.api.models.tables import SolvencyAnswer
from indexer.api.routes.described import described
from indexer.reports.chains.answers import chains_answer
from indexer.reports.chains.contagion import contagion_answer
from indexer.reports.chains.scene import Scene
from indexer.reports.envelope import Answer
from indexer.reports.snapshot import Snapshot
from indexer.reports.solvency import solvency_answer


def router(desk: Desk) -> APIRouter:
    """Heavy questions: so many at a time."""
    made = APIRouter(tags=["chains"])

    @made.get("/v1/chains", responses=described(ChainsAnswer), response_class=Response)
    async def chains(request: Request, query: Annotated[ChainsQuery, InQuery()]) -> Response:
        """Collateral chains: whose collateral is borrowed elsewhere, or is another protocol's receipt."""

        def ask(snapshot: Snapshot) -> Answer:
            return chains_answer(Scene(snapshot, Fraction(str(query.circular_above))), query.filters)

        return await desk.long_answer(request, ask, query)

    @made.get("/v1/contagion", responses=described(ContagionAnswer), response_class=Response)
    async def contagion(request: Request, query: Annotated[ContagionQuery, InQuery()]) -> Response:
        """What a shock reaches: who falls, in which round, through what, and who bears the loss."""

        def ask(snapshot: Snapshot) -> Answer:
            return contagion_answer(Scene(snapshot), query.asked)

        return await desk.long_answer(request, ask, query)

    @made.get("/v1/solvency", responses=described(SolvencyAnswer), response_class=Response)
    async def solvency(request: Request, query: Annotated[TableQuery, InQuery()]) -> Response:
        """What stands behind what is owed, by protocol and asset; `unknown` apart."""

        def ask(snapshot: Snapshot) -> Answer:
            return solvency_answer(snapshot, query.deployment)

        return await desk.long_answer(request, ask, query)

    return made
