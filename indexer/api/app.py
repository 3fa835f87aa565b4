"""The application: every door under one roof."""

from importlib.metadata import version

from fastapi import FastAPI

from indexer.api.doors import Doors


def build_app(doors: Doors) -> FastAPI:
    """Make the ASGI application over `doors`."""
    app = FastAPI(
        title="Collateral health indexer",
        version=version("collateral-health-indexer"),
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.doors = doors
    return app
