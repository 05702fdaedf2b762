"""What the vocabularies look like, for the documentation of the API. They are in no event, so they are not in `schemas/`."""

from schemas import fields as f
from schemas.documents import Contract


class VocabularyEntry(Contract):
    """A code."""

    code = f.Line(required=True, limit=f.SHORT)
    labels = f.LanguageMap("What it is called.", required=True)
    parent = f.Line("The code above it.", limit=f.SHORT)


class Vocabulary(Contract):
    """The codes of a scheme."""

    scheme = f.Line(required=True, limit=f.SHORT)
    count = f.Count(required=True)
    parent_scheme = f.Line("The scheme of the codes above.", limit=f.SHORT)
    items = f.Items(VocabularyEntry, required=True)
    total = f.Count()


class VocabularySummary(Contract):
    """A scheme, without its codes."""

    scheme = f.Line(required=True, limit=f.SHORT)
    count = f.Count(required=True)
    parent_scheme = f.Line(limit=f.SHORT)


class VocabularyIndex(Contract):
    """The schemes that there are."""

    items = f.Items(VocabularySummary, required=True)
    total = f.Count()
    languages = f.Items(f.Language(), "In which labels are written.")
