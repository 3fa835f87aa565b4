"""Where prices come from, and whether they are old or about to change. Sans-I/O."""
