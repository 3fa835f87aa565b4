"""The alerts of the configuration, over a database."""

from indexer.reports.alerts.delivery import Delivery
from indexer.reports.alerts.watch import Alerts
from indexer.reports.living import Living
from indexer.reports.snapshot import Asked
from indexer.settings import Settings
from indexer.store import Store


def alerts_of(settings: Settings, store: Store, asked: Asked, shared: Living | None = None) -> Alerts | None:
    """The alerts over an open database; None where no rule is set, or `every_s` turns them off.

    `shared`: the newest block as somebody else follows it, so that it is not held twice.
    """
    own = settings.alerts
    if not own.rules or not own.every_s:
        return None
    delivery = Delivery(store, own.targets(), timeout_s=own.timeout_s, give_up_after_s=own.give_up_after_s)
    return Alerts(store, own.watched(), asked, delivery, own.max_lag, own.keep_days, own.every_s, shared)
