"""What every service stands on: settings, database, clock, event bus, HTTP, identity, telemetry.

Knows no word of the domain (no partnership, no organization) and imports no service.
"""
