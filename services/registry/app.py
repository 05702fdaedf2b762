"""The composition of the registry: the only place that builds its adapters and knows all of its aggregates.

`create_app` gives the HTTP side, `build` everything that the service runs (HTTP, consumers, jobs of the clock).
"""
