"""The rubric by which partnerships are assessed: the Panel's eight lessons (¶75) with four computed and two judged indicators each,
in seven languages, as versions that never change once they were used.

The assessment, search and the pages ask here; nothing is read before the first question. How a computed indicator is worked out
from a record is the assessment's; a new version begins as a copy of the newest folder (`1/`), and
`python -m schemas.rubric difference 1 2` says what it breaks.
"""

from schemas.rubric.comparing import FIGURES, IndicatorChange, NotComparable, RubricDifference, difference
from schemas.rubric.contract import RubricDocument
from schemas.rubric.frozen import check_frozen, digest, freeze, is_frozen
from schemas.rubric.model import LEVELS, Anchors, Indicator, Lesson, Pulse, Rubric, UnknownIndicator
from schemas.rubric.page import render_page
from schemas.rubric.reading import RubricError, read, rubric, versions

__all__ = [
    "FIGURES",
    "LEVELS",
    "Anchors",
    "Indicator",
    "IndicatorChange",
    "Lesson",
    "NotComparable",
    "Pulse",
    "Rubric",
    "RubricDifference",
    "RubricDocument",
    "RubricError",
    "UnknownIndicator",
    "check_frozen",
    "difference",
    "digest",
    "freeze",
    "is_frozen",
    "read",
    "render_page",
    "rubric",
    "versions",
]
