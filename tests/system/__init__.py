"""Whole systems: real processes started from the command line, used over HTTP, and killed."""
