"""The endpoints under /v1: each module makes a router over the desk."""
