"""Which generation of Compound's Comptroller an implementation is (`rules.py` says what they do)."""

from indexer.evm import ZERO_ADDRESS, Address, Call
from indexer.protocols.compound_v2.interfaces import COMPTROLLER


def implementation_probes(implementation: Address) -> list[Call]:
    """What tells one Comptroller from another, asked at the implementation itself (`rules.py`)."""
    return [
        COMPTROLLER.call("isComptroller", implementation),
        COMPTROLLER.call("isDeprecated", implementation, ZERO_ADDRESS),
        COMPTROLLER.call("compContributorSpeeds", implementation, ZERO_ADDRESS),
    ]


def generation(deprecated: int | None, contributors: int | None) -> int:
    """The generation of a Comptroller from what its implementation answers to the last two probes (`rules.py`)."""
    if deprecated is not None:
        return 9
    return 6 if contributors is not None else 1
