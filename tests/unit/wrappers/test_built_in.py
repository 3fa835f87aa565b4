"""The built-in table is whole, and leads to base assets."""

from indexer.evm import address
from indexer.wrappers import WrapperKind, Wrapping, built_in_wrappers

STETH, WETH = "0xae7ab96520DE3A18E5e111B5EaAb095312D7fE84", "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
WSTETH = "0x7f39C581F595B53c5cb19bD0b3f8dA6c935E2Ca0"


def test_wrappers_of_ethereum() -> None:
    found = built_in_wrappers(1)
    assert len(found) == 6
    assert found[address(WSTETH)] == Wrapping(WrapperKind.WSTETH, address(STETH))
    assert found[address(STETH)] == Wrapping(WrapperKind.SAME, address(WETH))


def test_every_one_leads_to_ether() -> None:
    found = built_in_wrappers(1)
    for token in found:
        base = token
        for _ in found:
            base = found[base].underlying or base if base in found else base
        assert base == address(WETH)


def test_no_wrappers_of_a_devnet() -> None:
    assert built_in_wrappers(31_337) == {}
