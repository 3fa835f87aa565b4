"""The application: every door under one roof."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import Depends, FastAPI
from fastapi.responses import JSONResponse

from indexer.api import faults
from indexer.api.access.refusals import RESPONSES
from indexer.api.asking import refuse_repeated
from indexer.api.desk import Desk
from indexer.api.doors import Doors
from indexer.api.hot import HotLayer
from indexer.api.routes import chains, lists, owners, tables

_ROUTERS = (lists.router, owners.router, tables.router, chains.router)


def build_app(doors: Doors) -> FastAPI:
    """Make the ASGI application over `doors`.

    It listens to `doors.current`, so make it before that runs. Middleware that is added afterwards (who may ask, and
    how often) stands in front of the answers that are ready, too.
    """
    desk = Desk(doors)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        desk.close()

    app = FastAPI(
        title="Collateral health indexer",
        version=version("collateral-health-indexer"),
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        responses=RESPONSES,
    )
    app.state.doors = doors
    faults.install(app)
    app.add_route("/openapi.json", lambda _: JSONResponse(app.openapi()), include_in_schema=False)
    for router in _ROUTERS:
        app.include_router(router(desk), dependencies=[Depends(refuse_repeated)])
    app.add_middleware(HotLayer, pages=desk.pages)
    desk.start()
    return app
