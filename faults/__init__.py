"""The fault lab: servers that are broken on purpose under traffic, and a checker of what everybody received.

`scripts/faults` runs it, `docs/faults.md` describes it. It is not a part of the product, and builds on the support
of the tests.
"""
