"""Keys: random, hashed at rest, found by either header, and by nothing that is nearly one."""

import hashlib

import pytest

from indexer.api.access.keys import Keys, hashed, new_key
from indexer.settings.sections import ApiKeySettings

KEY = "chi_" + "k" * 43
KEYS = Keys([ApiKeySettings(name="bot", sha256=hashed(KEY)), ApiKeySettings(name="desk", sha256=hashed("other"))])


def test_a_key_is_256_random_bits_with_a_mark() -> None:
    made = {new_key() for _ in range(100)}
    assert len(made) == 100
    assert all(key.startswith("chi_") and len(key) == 4 + 43 for key in made)


def test_what_is_stored_is_the_sha_256() -> None:
    assert hashed(KEY) == hashlib.sha256(KEY.encode()).hexdigest()


@pytest.mark.parametrize(
    ("authorization", "x_api_key", "name"),
    [
        (f"Bearer {KEY}", None, "bot"),
        (f"bearer  {KEY} ", None, "bot"),
        (None, KEY, "bot"),
        (None, "other", "desk"),
        (None, None, None),
        ("", None, None),
        ("Bearer", None, None),
        (f"Basic {KEY}", None, None),
        (KEY, None, None),
        (f"Bearer {KEY[:-1]}", None, None),
        (f"Bearer {KEY}x", None, None),
        (f"Bearer {hashed(KEY)}", None, None),
        (None, KEY.upper(), None),
        ("Bearer wrong", KEY, None),
        (None, "\xff", None),
    ],
)
def test_the_name_of_the_key_that_a_request_carries(
    authorization: str | None, x_api_key: str | None, name: str | None
) -> None:
    given = [None if value is None else value.encode("latin-1") for value in (authorization, x_api_key)]
    assert KEYS.name_of(*given) == name


def test_no_keys_are_false() -> None:
    assert KEYS
    assert not Keys([])
