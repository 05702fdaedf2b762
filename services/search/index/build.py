"""Chooses the index that `CONVENE_SEARCH_URL` names. The composition calls it; nothing else knows which one it is."""

from __future__ import annotations

from pathlib import Path

from services.chassis.settings import Settings
from services.search.index.ports import Index


def build_index(settings: Settings) -> Index:
    """The index of these settings. The adapters are imported here, so that a process loads the engine that it uses."""
    if settings.search_url.startswith("local:"):
        from services.search.index.tantivy import TantivyIndex

        return TantivyIndex(Path(settings.search_url.removeprefix("local:")))
    from services.search.index.elasticsearch import ElasticsearchIndex

    return ElasticsearchIndex(
        settings.search_url,
        api_key=settings.search_api_key,
        ca=settings.search_ca,
        replicas=settings.search_replicas,
    )
