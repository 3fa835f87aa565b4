"""Messages through apprise: chat, mail, pagers, each an URL."""

import json

from apprise import Apprise, AppriseAsset, NotifyFormat

from indexer.reports.alerts.sinks import NotAccepted
from indexer.store import Outgoing

_ASSET = AppriseAsset(app_id="indexer", app_desc="Collateral health indexer", async_mode=False)


class Service:
    """One of apprise's services. It says whether it accepted, and not why not. Raises NotAccepted."""

    def __init__(self, url: str, timeout_s: float) -> None:
        found = Apprise.instantiate(url, asset=_ASSET, suppress_exceptions=True)
        if found is None:
            raise NotAccepted("apprise does not understand this URL")
        found.socket_connect_timeout = found.socket_read_timeout = timeout_s
        self._apprise = Apprise(asset=_ASSET)
        self._apprise.add(found)

    def send(self, message: Outgoing) -> None:
        """Title and text, as plain text. Raises NotAccepted."""
        text = json.loads(message.body)["text"]
        try:
            accepted = self._apprise.notify(body=text, title=message.title, body_format=NotifyFormat.TEXT)
        except Exception as error:  # noqa: BLE001 - a plugin's own failure; its text may hold the URL
            raise NotAccepted(f"the service's plugin failed ({type(error).__name__})") from None
        if not accepted:
            raise NotAccepted("the service did not accept it")
