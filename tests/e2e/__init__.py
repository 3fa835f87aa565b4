"""The real command, by subprocess, against a devnet."""
