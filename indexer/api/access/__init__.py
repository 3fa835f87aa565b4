"""Who may ask, how much and how fast: what stands between the network and the application."""
