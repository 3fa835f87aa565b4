"""The Ethereum node over JSON-RPC: client, logs, reads, heads. The only folder that speaks to it (beside `verify`)."""

from indexer.node.endpoint import redact
from indexer.node.faults import NodeTimedOut, OverridesUnsupported, RpcFault
from indexer.node.logs import LogFilter
from indexer.node.node import BlockAnswer, Heads, LogRange, Node
from indexer.node.reads import Read
from indexer.node.rpc import JsonRpc, Reply, Request

__all__ = [
    "BlockAnswer",
    "Heads",
    "JsonRpc",
    "LogFilter",
    "LogRange",
    "Node",
    "NodeTimedOut",
    "OverridesUnsupported",
    "Read",
    "Reply",
    "Request",
    "RpcFault",
    "redact",
]
