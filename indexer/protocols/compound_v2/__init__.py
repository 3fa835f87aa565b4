"""Compound V2 and its descendants: one folder, one `Lineage` a name."""
