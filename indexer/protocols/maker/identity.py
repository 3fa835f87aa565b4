"""Whether an entry is a Vat: it answers `debt`, `vice`, `Line`, `live`, and `ilks` with five words (dss 6fd7de0)."""

from indexer.abi import word_of, words_of
from indexer.evm import Call
from indexer.protocols._interface import Deployment, Facts, Identity
from indexer.protocols.maker.deployments import companions
from indexer.protocols.maker.interfaces import VAT, ilk_word

_GETTERS = ("debt", "vice", "Line", "live")
_ILK_WORDS = 5
REVISION = "dss"


def plan_identity(deployment: Deployment, known: Facts) -> list[Call]:
    """The Vat's getters."""
    del known
    return [*(VAT.call(getter, deployment.entry) for getter in _GETTERS), _any_ilk(deployment)]


def identity(deployment: Deployment, known: Facts) -> Identity:
    """What the answers say the entry is."""
    for getter in _GETTERS:
        if word_of(known.get(VAT.call(getter, deployment.entry))) is None:
            return Identity(f"it is not a Vat: {getter}() does not answer")
    if words_of(known.get(_any_ilk(deployment)), _ILK_WORDS) is None:
        return Identity("it is not a Vat: ilks(bytes32) does not answer five words")
    around = companions(deployment.entry)
    contracts = (deployment.entry, *(around.managers if around else ()))
    return Identity(None, REVISION, supported=True, contracts=contracts)


def _any_ilk(deployment: Deployment) -> Call:
    return VAT.call("ilks", deployment.entry, ilk_word("ETH-A"))
