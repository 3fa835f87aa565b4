"""API keys: made once, kept as hashes, compared in constant time."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from indexer.settings.sections import ApiKeySettings

_PREFIX = "chi_"
_KEY_BYTES = 32
_BEARER = b"bearer "


def new_key() -> str:
    """A key of 256 random bits; the prefix lets scanners of leaked secrets know it."""
    return _PREFIX + secrets.token_urlsafe(_KEY_BYTES)


def hashed(key: str) -> str:
    """The SHA-256 of a key in hex, as the configuration holds it."""
    return hashlib.sha256(key.encode()).hexdigest()


class Keys:
    """The keys of the configuration."""

    def __init__(self, keys: Sequence[ApiKeySettings]) -> None:
        self._hashes = [(key.name, bytes.fromhex(key.sha256)) for key in keys]

    def __bool__(self) -> bool:
        return bool(self._hashes)

    def name_of(self, authorization: bytes | None, x_api_key: bytes | None) -> str | None:
        """The name of the key that a request's headers carry; None: no key, or one that is not known.

        Every hash is compared, whichever fits, so that the time tells nothing.
        """
        given = _given(authorization, x_api_key)
        if given is None:
            return None
        digest, found = hashlib.sha256(given).digest(), None
        for name, known in self._hashes:
            if hmac.compare_digest(digest, known):
                found = name
        return found


def _given(authorization: bytes | None, x_api_key: bytes | None) -> bytes | None:
    if authorization is None:
        return x_api_key
    is_bearer = authorization[: len(_BEARER)].lower() == _BEARER
    return authorization[len(_BEARER) :].strip() if is_bearer else None
