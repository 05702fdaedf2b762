"""The registry: organizations, units, focal points, networks and partnerships.

It owns the public record and the authority to change it. It knows nothing of search, mail or pages: they learn from its
events. `app.py` builds it; the composition roots (`services.embedded`, `services.cli`) call that.
"""
