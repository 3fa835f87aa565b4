"""Alerts: rules over a block, an outbox in the database, and the sinks that messages go to."""
