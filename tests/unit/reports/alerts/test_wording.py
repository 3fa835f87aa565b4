"""Strangers choose symbols: no message lets them mention, mark up or link anything."""

import pytest

from indexer.reports.alerts.rules import Target
from indexer.reports.alerts.wording import defused, token


@pytest.mark.parametrize(
    "text",
    [
        "@everyone",
        "@here",
        "<!channel>",
        "<@U123>",
        "[a](http://evil.example)",
        "**b**",
        "`c`",
        "evil.com",
        "||d||",
        "#e",
    ],
)
def test_nothing_a_chat_service_reads_as_its_own_is_left(text: str) -> None:
    assert not set("@<>*_~`|[]()#/\\:.\n\r&") & set(defused(text))


def test_a_symbol_stands_beside_its_address() -> None:
    address = "0x" + "ab" * 20
    assert token("WETH", address) == f"WETH ({address})"
    assert token("USDC.e\u202e", address) == f"USDC․e� ({address})"  # noqa: RUF001
    assert token(None, address) == address
    assert token("  ", address) == address


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        (Target("slack://s3cretA/s3cretB/s3cretC", is_webhook=False), "slack://…"),
        (Target("tgram://123456789:s3cret/chat", is_webhook=False), "tgram://…"),
        (Target("mailto://user:s3cret@example.com", is_webhook=False), "mailto://…"),
        (Target("https://hooks.example/s3cret?x=s3cret", is_webhook=True), "https://hooks.example/…"),
        (Target("s3cret", is_webhook=False), "…"),
    ],
)
def test_a_target_is_shown_without_its_secrets(target: Target, shown: str) -> None:
    assert target.shown == shown
    assert "s3cret" not in repr(target)
    assert "s3cret" not in target.key
