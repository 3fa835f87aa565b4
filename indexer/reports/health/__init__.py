"""The health report: figures of one block as one answer, and the page, Markdown and JSON made from it."""
