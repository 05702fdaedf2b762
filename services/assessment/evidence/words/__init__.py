"""The words of the evidence: a sentence for every finding, in seven languages, from `{language}.json` beside this module.

`profile` calls it. Sentences are written so that no number changes their grammar ("Deliverables that are SMART: 3 of 5."); a
missing language, sentence or part fails a test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import orjson

from schemas import vocabulary
from services.assessment.evidence.findings import Figure, Finding

_FOLDER = Path(__file__).parent
_PERCENT = frozenset({"share", "power", "seats", "largest"})
_CONSTITUENCY = "constituency"
_PLACES = {"herfindahl": 2}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    language: str
    decimal: str
    list: str
    percent: str
    reasons: Mapping[str, str]
    parts: Mapping[str, str]

    def number(self, value: Fraction | int, places: int = 1) -> str:
        """A number with at most so many decimals."""
        written = f"{float(round(Fraction(value), places)):.{places}f}".rstrip("0").rstrip(".")
        return written.replace(".", self.decimal)

    def figure(self, name: str, value: Figure) -> str:
        """A figure as the sentence shows it."""
        if isinstance(value, str):
            known = name == _CONSTITUENCY and value in vocabulary.scheme(_CONSTITUENCY)
            return vocabulary.scheme(_CONSTITUENCY).label(value, self.language) if known else value
        if name in _PERCENT:
            return self.percent.format(number=self.number(100 * value))
        return self.number(value, _PLACES.get(name, 1))

    def named(self, codes: Sequence[str]) -> str:
        return self.list.join(self.parts[code] for code in codes)

    def sentence(self, finding: Finding) -> str:
        """What was found."""
        figures = {name: self.figure(name, value) for name, value in finding.figures}
        if finding.reason == "parts":
            return self._parts(finding)
        said = self.reasons[finding.reason].format(**figures)
        return f"{said} {self._not_met(finding)}" if finding.missing else said

    def _parts(self, finding: Finding) -> str:
        """What is stated, what is not, and what is stated not to be there."""
        said = []
        if finding.found or finding.missing:
            name = "parts" if finding.found and finding.missing else "parts_found" if finding.found else "parts_missing"
            said = [self.reasons[name].format(found=self.named(finding.found), missing=self.named(finding.missing))]
        if finding.denied:
            said.append(self.reasons["parts_denied"].format(denied=self.named(finding.denied)))
        return " ".join(said)

    def _not_met(self, finding: Finding) -> str:
        return self.reasons["not_met"].format(missing=self.named(finding.missing))


@cache
def words(language: str) -> Words:
    """The words of one of the seven languages."""
    read = orjson.loads((_FOLDER / f"{language}.json").read_bytes())
    return Words(language, read["decimal"], read["list"], read["percent"], read["reasons"], read["parts"])


def explanation(finding: Finding, languages: Sequence[str] = vocabulary.LANGUAGES) -> dict[str, str]:
    """The sentence of a finding, in each of these languages."""
    return {language: words(language).sentence(finding) for language in languages}
