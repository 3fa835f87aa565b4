"""Collateral health indexer: who is healthy, at risk, liquidatable or insolvent, exactly as the contracts say."""
