"""Logs of a vault manager: who owns which of its vaults.

Source: DssCdpManager of makerdao/dss-cdp-manager a9ee991 (with LibNote): `open` makes an urn by CREATE and logs NewCdp,
and only `give` moves it.
"""

from eth_hash.auto import keccak

from indexer.book import Draft, Entity
from indexer.errors import DecodeError
from indexer.evm import Address, Log, address
from indexer.protocols.maker import notes
from indexer.protocols.maker.context import Context, Handler
from indexer.protocols.maker.interfaces import account_key, owner_mark
from indexer.protocols.maker.notes import argument, topic
from indexer.protocols.maker.reads import ilks

_LIST, _STRING = 0xC0, 0x80


def urn_address(manager: Address, cdp: int) -> Address:
    """The urn of a vault: the manager makes nothing else, so the n-th vault is its n-th contract (EIP-161: from 1)."""
    nonce = cdp.to_bytes((cdp.bit_length() + 7) // 8, "big")
    encoded = nonce if cdp < _STRING else bytes((_STRING + len(nonce),)) + nonce
    body = bytes((_STRING + 20,)) + bytes.fromhex(manager[2:]) + encoded
    return address(keccak(bytes((_LIST + len(body),)) + body))


def _new_cdp(context: Context, log: Log) -> None:
    """`NewCdp` comes before the note of `open`, which names the ilk."""
    context.draft.set(context.contract(log.address), "manager", 1)
    context.draft.set(context.contract(log.address), "vaults", topic(log, 3))
    context.opened[log.address] = topic(log, 3)


def _open(context: Context, log: Log) -> None:
    cdp = context.opened.pop(log.address, None)
    if cdp is None:
        raise DecodeError(f"log {log.index} of block {log.block_number} at {log.address}: open without NewCdp")
    urn = int(urn_address(log.address, cdp), 16)
    where = Entity(context.deployment.name, "", context.position(argument(log, 0), urn).account)
    context.draft.set(where, "cdp", cdp)
    context.draft.set(where, "manager", int(log.address, 16))
    own(context.draft, where, argument(log, 1))


def _give(context: Context, log: Log) -> None:
    cdp, draft = argument(log, 0), context.draft
    urn = urn_address(log.address, cdp)
    for name in ilks(context.deployment, draft):
        where = Entity(context.deployment.name, "", account_key(urn, name))
        if draft.get(where, "cdp") == cdp:
            own(draft, where, argument(log, 1))


def own(draft: Draft, where: Entity, owner: int) -> None:
    """Whom a vault belongs to. Whether that is somebody's proxy is read: no log says so."""
    draft.set(where, "own", owner)
    draft.set(where, "principal", None)
    draft.set(Entity(where.deployment), "unread_owners", 1)
    draft.touch(Entity(where.deployment, owner_mark(where.account)))


HANDLERS: dict[str, Handler] = {notes.NEW_CDP: _new_cdp, notes.OPEN: _open, notes.GIVE: _give}
