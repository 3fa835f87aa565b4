"""The contracts of Pond as we read them, and the fields the book keeps.

Deployment fields: coin, oracle (addresses), revision. Market fields of a token: factor, frozen, total, price,
next_price; of the coin, a market of its own: index, rate, accrued, shares. Position fields: collateral (user x token),
shares (user x coin).
"""

from pathlib import Path

from indexer.abi import load_interface

_ABIS = Path(__file__).parent / "abis"
POND = load_interface("pond", "Pond", _ABIS)
ORACLE = load_interface("pond", "PondOracle", _ABIS)
SUPPORTED_REVISION = 1
