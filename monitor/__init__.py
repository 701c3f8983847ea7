"""The crawler and its store: feeds in, stories and blame frames out."""

__version__ = "0.1.0"
