"""searchapp turns a folder of news into a search site."""

__version__ = "0.1.0"
