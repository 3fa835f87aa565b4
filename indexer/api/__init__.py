"""The HTTP API: what bots subscribe to."""
