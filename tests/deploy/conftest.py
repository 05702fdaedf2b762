"""Lets these tests import what lies in `deploy/`, which is not part of the program."""

from __future__ import annotations

import sys
from pathlib import Path

DEPLOY = Path(__file__).resolve().parent.parent.parent / "deploy"
sys.path.insert(0, str(DEPLOY / "stack"))
