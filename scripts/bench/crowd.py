"""More accounts on the devnet than its story has."""

from eth_utils.crypto import keccak

from scripts.devnet import Devnet

BORROWERS_A_BLOCK = 30
SUPPLIED = 10**18
DOLLARS = 500.0


def add_borrowers(devnet: Devnet, count: int) -> None:
    """Mine blocks in which `count` new accounts supply one ether and borrow dollars on the main market."""
    market = devnet.world.main
    debt = market.units("USDC", DOLLARS)
    for number in range(count):
        who = "0x" + keccak(text=f"crowd {number}")[-20:].hex()
        market.supply(who, "WETH", SUPPLIED)
        market.borrow(who, "USDC", debt)
        if number % BORROWERS_A_BLOCK == BORROWERS_A_BLOCK - 1 or number == count - 1:
            devnet.mine()
