"""`/v1/stream`: every change of the watch list as it happens, as server-sent events."""
