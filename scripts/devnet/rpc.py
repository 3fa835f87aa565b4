"""JSON-RPC to the devnet's own node: one call, or many in one HTTP request."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

# A JSON-RPC result: its shape is known to the caller, by the method.
Json = Any
# The node refuses request bodies over 2 MB; 200 calls of a few hundred bytes stay far below.
BATCH_SIZE = 200
TIMEOUT_SECONDS = 120


class RpcError(Exception):
    """The node answered a request with an error.

    Attributes:
        method: the JSON-RPC method that failed.
        code: the JSON-RPC error code.
        data: the error's data, for a reverted call the revert data as a hex string.

    """

    def __init__(self, method: str, error: dict[str, Any]) -> None:
        self.method = method
        self.code = int(error.get("code", 0))
        self.data = error.get("data")
        super().__init__(f"{method}: {error.get('message', error)} {self.data or ''}".rstrip())


class Rpc:
    """A blocking JSON-RPC client for one URL over one kept connection.

    Plain http.client: the story makes thousands of small requests, and a richer client spends more
    time on each of them than the node does.
    """

    def __init__(self, url: str, timeout_s: float = TIMEOUT_SECONDS) -> None:
        self.url = url
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=timeout_s)

    def request(self, method: str, params: Sequence[Any] = ()) -> Json:
        """Send one request and return its result; raise RpcError when the node refuses."""
        return self.batch([(method, params)])[0]

    def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Json]:
        """Send many requests; results in the order of `calls`. The first error is raised."""
        results = self.try_batch(calls)
        for result in results:
            if isinstance(result, RpcError):
                raise result
        return results

    def try_batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Json]:
        """Like batch(), but an error takes the place of its result instead of being raised."""
        results: list[Json] = []
        for start in range(0, len(calls), BATCH_SIZE):
            results += self._post(calls[start : start + BATCH_SIZE])
        return results

    def _post(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Json]:
        body = [
            {"jsonrpc": "2.0", "id": index, "method": method, "params": list(params)}
            for index, (method, params) in enumerate(calls)
        ]
        payload = json.loads(self._exchange(json.dumps(body if len(body) > 1 else body[0]).encode()))
        answers = payload if isinstance(payload, list) else [payload]
        by_id = {answer["id"]: answer for answer in answers}
        return [
            RpcError(method, by_id[index]["error"]) if "error" in by_id[index] else by_id[index]["result"]
            for index, (method, _) in enumerate(calls)
        ]

    def _exchange(self, body: bytes) -> bytes:
        try:
            self._connection.request("POST", "/", body, {"Content-Type": "application/json"})
            response = self._connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()  # the next request connects again
            raise
        if response.status != http.client.OK:
            raise ConnectionError(f"{self.url}: HTTP {response.status} {answer[:200]!r}")
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
