"""The whole product, measured beside what bounds it: `python -m harness`, or `make bench`."""
