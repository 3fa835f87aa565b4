"""The market in memory, as columns of exact integers, and the changes that move it."""

from indexer.book.book import Book, DeploymentBook
from indexer.book.change import Change, Entity
from indexer.book.draft import Draft

__all__ = ["Book", "Change", "DeploymentBook", "Draft", "Entity"]
