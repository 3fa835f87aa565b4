"""What the contracts are and how they compute. Sans-I/O: one folder a lineage."""
