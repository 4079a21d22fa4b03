"""The version of Number Pools; `pyproject.toml` takes it from here."""

VERSION = "0.1.0"
