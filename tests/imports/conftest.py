"""The registry as its own tests know it, for imports into records that people answer."""

from __future__ import annotations

from tests.registry.conftest import registry
from tests.registry.partnerships.conftest import first_scene, scene

__all__ = ["first_scene", "registry", "scene"]
