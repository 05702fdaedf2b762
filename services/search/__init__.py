"""Search: finds partnerships and organizations for everybody, by text in many languages, filters and facets.

It owns nothing that it shows: it reads the public documents from the bus, keeps their bytes in its own table and
derives from them what an index needs. The composition roots (`services.embedded`, `services.cli`) build it.
"""
