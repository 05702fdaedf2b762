"""The computed indicators, a folder for each version of the rubric: a published figure is worked out again by the functions
of its time.

An indicator is a pure function of the record, a date and the partner pulse. A new version begins with the functions of the
one before, imported from there, and writes anew only what has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services.assessment.evidence.findings import Indicator
from services.assessment.evidence.indicators import rubric_1
from services.assessment.evidence.record import Record

VERSIONS: Mapping[str, tuple[Indicator, ...]] = {rubric_1.VERSION: rubric_1.INDICATORS}
"""The computed indicators of each version, in the order of the rubric."""

NOT_APPLICABLE: Mapping[str, Callable[[Record], frozenset[str]]] = {rubric_1.VERSION: rubric_1.judged_not_applicable}
"""For each version: which judged indicators do not apply to a record."""

NEWEST = rubric_1.VERSION
