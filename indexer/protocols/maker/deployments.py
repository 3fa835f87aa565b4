"""The deployments built in, and what belongs to each Vat though no log of its says so.

The entry is the Vat: it holds every vault, and its own logs name everything that may change them (`discovery`).
Mainnet's managers stand here, because there every hope would have to be looked at to find them. Vaults of contracts
whose owners no log of ours names (LockstakeEngine, Cropper, direct deposits, real-world assets, PSMs) are kept under
their urn, and their ilks are labelled (`market_rows.kind_of`).

Addresses and first blocks: messari/subgraphs 05274200 (makerdao template), protofire/maker-protocol-subgraph 84db5bf5,
defisaver-v3-contracts (MainnetMcdAddresses).
"""

from dataclasses import dataclass

from indexer.evm import Address, address
from indexer.protocols._adapter import BuiltIn


@dataclass(frozen=True, slots=True)
class Companions:
    """The contracts around one Vat: its modules, its Dai token, and the vault managers whose vaults it holds."""

    spotter: Address
    jug: Address
    dog: Address
    vow: Address
    dai: Address
    managers: tuple[Address, ...]


_MAINNET_VAT = address("0x35D1b3F3D7966A1DFe207aa4514C12a259A0492B")
_COMPANIONS = {
    _MAINNET_VAT: Companions(
        spotter=address("0x65C79fcB50Ca1594B025960e539eD7A9a6D434A3"),
        jug=address("0x19c0976f590D67707E62397C87829d896Dc0f1F1"),
        dog=address("0x135954d155898D42C90D2a57824C690e0c7BEf1B"),
        vow=address("0xA950524441892A31ebddF91d3cEEFa04Bf454466"),
        dai=address("0x6B175474E89094C44Da98b954EedeAC495271d0F"),
        managers=(address("0x5ef30b9986345249bc32d8928B7ee64DE9435E39"),),
    ),
}
BUILT_IN: BuiltIn = {1: (("maker", _MAINNET_VAT, 8_928_152),)}


def companions(vat: Address) -> Companions | None:
    """What is known to stand around a Vat; None for one we do not know: its contracts are found by its logs."""
    return _COMPANIONS.get(vat)
