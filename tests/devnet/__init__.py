"""Against a real node with the real contracts: what the devnet's life says, ours must say."""
