"""The contracts: every document, command, event and code, defined once. Imports nothing else of Convene."""
