"""Where the API may listen, and under which names a loopback API may be called.

A web page can make its visitor's browser call 127.0.0.1 under the page's own name (DNS rebinding), and then reads the
answers as if they came from the page's server. The Host header tells: it carries the page's name.
"""

from functools import lru_cache
from ipaddress import ip_address

_LOCAL = b"localhost"


def is_loopback(address: str) -> bool:
    """Whether an address that was bound is reached from this machine only."""
    try:
        return ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=256)
def is_local_name(host: bytes) -> bool:
    """Whether a Host header (with or without port) names this machine: localhost or a loopback address."""
    name = _without_port(host).lower()
    return name == _LOCAL or is_loopback(name.decode("latin-1"))


def _without_port(host: bytes) -> bytes:
    if host.startswith(b"["):
        return host[1:].partition(b"]")[0]
    return host.partition(b":")[0]
