"""The figures of an assessment, and what of them may be published: pure functions on reviews, exact to the last digit.

They know no database, no HTTP and no person: members and chambers are names. The evaluations call them, and so does whoever
recomputes what was published.
"""

from services.assessment.figures.disclosure import Disclosed, published
from services.assessment.figures.lessons import LessonJudgement, judge
from services.assessment.figures.reviews import Panel, Review

__all__ = ["Disclosed", "LessonJudgement", "Panel", "Review", "judge", "published"]
