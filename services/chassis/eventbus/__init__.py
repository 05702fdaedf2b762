"""The event bus: outbox and relay on the writing side, runner and inbox on the reading side, a log between them.

The log is a port (`ports`) with two adapters that pass the same contract tests: `local` (SQLite) and `kafka`. Delivery is at
least once on both; the inbox makes applying an event twice, or late, change nothing.
"""
