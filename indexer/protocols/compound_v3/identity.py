"""Whether an entry is a Comet, and which implementation stands behind it now."""

from indexer.abi import word_of, words_of
from indexer.evm import Call
from indexer.protocols._interface import Deployment, Facts, Identity
from indexer.protocols.compound_v3 import configuration
from indexer.protocols.compound_v3.interfaces import COMET
from indexer.protocols.compound_v3.reads import TOTALS
from indexer.protocols.compound_v3.stored import is_supported

_REQUIRED = ("baseToken", "numAssets")


def plan_identity(deployment: Deployment, known: Facts) -> list[Call]:
    """Its configuration and its totals."""
    del known
    return [*configuration.calls(deployment.entry), COMET.call("totalsBasic", deployment.entry)]


def identity(deployment: Deployment, known: Facts) -> Identity:
    """What the answers say the entry is."""
    for getter in _REQUIRED:
        if word_of(known.get(COMET.call(getter, deployment.entry))) is None:
            return Identity(f"it is not a Comet: {getter}() does not answer")
    if words_of(known.get(COMET.call("totalsBasic", deployment.entry)), len(TOTALS)) is None:
        return Identity("it is not a Comet: totalsBasic() does not answer")
    found = configuration.read(deployment.entry, known)
    if found is None:
        return Identity("its configuration cannot be read whole: this is no Comet we know")
    settings, _ = found
    supported = is_supported(settings)
    return Identity(None, str(settings["max_assets"]), supported=supported, contracts=(deployment.entry,))
