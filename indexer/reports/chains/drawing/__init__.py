"""Pictures of chains: what is in one, where everything goes, and its SVG. Only `canvas` loads matplotlib."""
