"""Colours and shapes of chains, the same in pictures and in DOT. Every colour's meaning is also written beside it."""

INK = "#1f2328"
"""Text on white; all the text colours here have a contrast of 4.5 and more on their backgrounds."""
QUIET = "#59636e"
RECEIPT = "#1b7c83"
REUSE = "#0550ae"
WARNING = "#b62324"
CIRCULAR = "#8250df"

_STATES = {
    "healthy": ("#1a7f37", "#e6f6ea"),
    "at_risk": ("#9a6700", "#fff5cc"),
    "liquidatable": ("#cf222e", "#ffebe9"),
    "bad_debt": ("#82071e", "#ffd7d5"),
    "unknown": ("#59636e", "#eaeef2"),
}
_NO_POSITION = ("#1b7c83", "#e3f4f5")

DOT_NODES = {
    "owner": {"shape": "house"},
    "position": {"shape": "box"},
    "market": {"shape": "cylinder"},
    "deployment": {"shape": "box3d"},
    "token": {"shape": "ellipse"},
    "wrapper": {"shape": "ellipse", "peripheries": "2"},
    "feed": {"shape": "note"},
}
DOT_EDGES = {"reuse": REUSE, "recursive": REUSE, "receipt": RECEIPT, "dependency": INK}


def colour_of(state: str | None) -> str:
    """A state's colour; that of an issuer, which is no position, for None."""
    return _STATES.get(state, _STATES["unknown"])[0] if state is not None else _NO_POSITION[0]


def tint_of(state: str | None) -> str:
    """A state's background."""
    return _STATES.get(state, _STATES["unknown"])[1] if state is not None else _NO_POSITION[1]
