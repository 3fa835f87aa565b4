"""Whether an entry is a Morpho Blue singleton: `DOMAIN_SEPARATOR()`, `feeRecipient()`, `owner()`, `idToMarketParams`.

The contract is not upgradeable and has one release, so what answers these is revision 1.
"""

from indexer.abi import word_of, words_of
from indexer.evm import Call
from indexer.protocols._interface import Deployment, Facts, Identity
from indexer.protocols.morpho_blue.interfaces import MORPHO, PARAMS

REVISION = "1"
_GETTERS = ("DOMAIN_SEPARATOR", "feeRecipient", "owner")


def plan_identity(deployment: Deployment, known: Facts) -> list[Call]:
    """The getters of the singleton."""
    del known
    return [*(MORPHO.call(getter, deployment.entry) for getter in _GETTERS), _params_of_none(deployment)]


def identity(deployment: Deployment, known: Facts) -> Identity:
    """What the answers say the entry is."""
    for getter in _GETTERS:
        if word_of(known.get(MORPHO.call(getter, deployment.entry))) is None:
            return Identity(f"it is not a Morpho Blue singleton: {getter}() cannot be read")
    params = words_of(known.get(_params_of_none(deployment)), len(PARAMS))
    if params is None or any(params):
        return Identity("it is not a Morpho Blue singleton: idToMarketParams(0) is not five empty words")
    return Identity(None, REVISION, supported=True, contracts=(deployment.entry,))


def _params_of_none(deployment: Deployment) -> Call:
    return MORPHO.call("idToMarketParams", deployment.entry, 0)
