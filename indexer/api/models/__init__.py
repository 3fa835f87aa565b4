"""What the answers look like: the OpenAPI document is made of these, and a test holds the answers to them.

Nothing is encoded by them. A field that is not here is not there, except in rows that say so.
"""
