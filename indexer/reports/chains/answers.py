"""`indexer chains`, and what `account` and `explain` say of an owner's chains."""

from indexer.errors import NotFoundError
from indexer.reports.chains.rows import ChainFilters, chain_rows, passes
from indexer.reports.chains.scene import Scene
from indexer.reports.chains.summary import all_dependencies, concentration_row, cycle_rows, dependency_rows
from indexer.reports.envelope import Answer, envelope


def chains_answer(scene: Scene, filters: ChainFilters) -> Answer:
    """Every edge, and what they come to. Sums are over all edges, whatever the filters hide.

    Raises NotFoundError where the owner asked for has no position, or there is no such deployment.
    """
    if filters.deployment is not None and filters.deployment not in scene.views:
        raise NotFoundError(f"no deployment {filters.deployment!r} at this block; there are: {', '.join(scene.views)}")
    owners = scene.owners() if filters.owner is None else [scene.owner(filters.owner)]
    if filters.owner is not None and not owners[0].holdings:
        raise NotFoundError(f"{filters.owner} has no position in this database at block {scene.snapshot.ref.number}")
    rows, found = chain_rows(scene, owners), all_dependencies(scene, owners)
    shown = [row for row in rows if passes(row, filters)][: filters.limit]
    return {
        **envelope(scene.snapshot),
        "deployments_unknown": scene.unknown,
        "deployments_quarantined": scene.quarantined,
        "hidden_rows": len(rows) - len(shown),
        "chains": shown,
        "dependencies": dependency_rows(found),
        "cycles": cycle_rows(scene, found),
        "concentration": concentration_row(scene, found),
    }
