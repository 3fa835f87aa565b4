"""The steps from stored integers to the comparison of `bark`, as a person can check them on paper."""

from indexer.protocols._interface import Step
from indexer.protocols.maker.liquidation import prepared_moment
from indexer.protocols.maker.state import Core, Vault
from indexer.protocols.maker.vault import health_factor


def steps(vault: Vault, core: Core, at: int) -> list[Step]:
    """Collateral and debt with what is stored, then what they would be after `drip` and `poke`."""
    ilk = vault.ilk
    out = [
        Step("collateral", "urns.ink of the Vat, wad", vault.ink),
        Step("debt", "urns.art of the Vat, wad of normalised debt", vault.art),
        Step("price behind the spot", "what Spotter.poke stored: spot x mat in ray", ilk.price or 0),
        Step("weighted collateral", f"ink {vault.ink} x spot {ilk.spot}, rad", vault.ink * ilk.spot),
        Step("debt value", f"art {vault.art} x rate {ilk.rate}, rad", vault.art * ilk.rate),
    ]
    factor = health_factor(vault.ink, vault.art, ilk.rate, ilk.spot)
    if factor is not None:
        out.append(Step("health factor", "floor(weighted collateral x 10^18 / debt value)", factor))
    moment = prepared_moment(ilk, core, at)
    if moment is not None:
        name = "after Jug.drip and Spotter.poke"
        out.append(Step(f"weighted collateral {name}", f"ink x spot {moment.spot}", vault.ink * moment.spot))
        out.append(Step(f"debt value {name}", f"art x rate {moment.rate}", vault.art * moment.rate))
    return out
