"""The codes of the IATI standard that decide something here, and what each becomes in a record.

One table per code list, holding the words of 1.01 to 1.05 beside the numbers of 2.01 to 2.03: no word means one thing in the
one and another in the other, so that a file which mixes them is still read right. Codes that only describe are kept as
classifications and are not listed. Sources: the IATI code lists of versions 1.05 and 2.03.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Generic, TypeVar

Meaning = TypeVar("Meaning")


@dataclass(frozen=True, slots=True)
class CodeList(Generic[Meaning]):
    """A code list by its name in the standard: code (or word of 1.x, in lower case) to meaning; `labels` for messages."""

    name: str
    meanings: Mapping[str, Meaning]
    labels: Mapping[str, str]

    def get(self, code: str) -> Meaning | None:
        """The meaning of a code, whatever its case; `None` for a wrong one."""
        return self.meanings.get(code.strip().lower())

    def wrong(self, code: str) -> str:
        """What is wrong with a code that is not here, naming the nearest that are."""
        wanted = code.strip().lower()[:60]

        def distance(known: str) -> tuple[float, float]:
            alike = max(_likeness(wanted, known), _likeness(wanted, self.labels.get(known, "").lower()))
            if wanted.isdecimal():  # for a number, the numbers next to it, whatever its digits look like
                return (abs(int(known) - int(wanted)) if known.isdecimal() else float("inf"), -alike)
            return (-alike, 0)

        near = sorted(self.meanings, key=distance)[:3]
        named = ", ".join(f"{known} ({self.labels[known]})" if known in self.labels else known for known in near)
        return f"{code.strip()[:60]!r} is no code of {self.name}; nearest: {named}"


def _likeness(one: str, other: str) -> float:
    return round(SequenceMatcher(None, one, other, autojunk=False).ratio(), 2) if other else 0.0


DATE_TYPES = CodeList(
    "ActivityDateType",
    {
        "1": "planned_start",
        "2": "actual_start",
        "3": "planned_end",
        "4": "actual_end",
        "start-planned": "planned_start",
        "start-actual": "actual_start",
        "end-planned": "planned_end",
        "end-actual": "actual_end",
    },
    {"1": "planned start", "2": "actual start", "3": "planned end", "4": "actual end"},
)

STATUSES = CodeList(
    "ActivityStatus",
    {
        "1": "forming",
        "2": "active",
        # "Physical activity is complete ..., but the activity remains open pending financial sign off": the work is done.
        "3": "completed",
        "4": "completed",
        "5": "ended_early",
        "6": "dormant",
        "pipeline/identification": "forming",
        "implementation": "active",
        "completion": "completed",
        "finalisation": "completed",
        "post-completion": "completed",
        "closed": "completed",
        "cancelled": "ended_early",
        "suspended": "dormant",
    },
    {
        "1": "pipeline/identification",
        "2": "implementation",
        "3": "finalisation",
        "4": "closed",
        "5": "cancelled",
        "6": "suspended",
    },
)

ROLES = CodeList(
    "OrganisationRole",
    {
        "1": "funder",
        "2": "accountable",
        "3": "extending",
        "4": "implementer",
        "funding": "funder",
        "accountable": "accountable",
        "extending": "extending",
        "implementing": "implementer",
    },
    {"1": "funding", "2": "accountable", "3": "extending", "4": "implementing"},
)

ORGANIZATION_TYPES = CodeList(
    "OrganisationType",
    {
        "10": "government",
        "11": "local_authority",
        "15": "government",
        "21": "civil_society",
        "22": "civil_society",
        "23": "civil_society",
        "24": "civil_society",
        "30": "unspecified",  # a public private partnership is of no single constituency
        "40": "intergovernmental",  # or un_system: iati_organizations knows by the identifier
        "60": "foundation",
        "70": "private_sector",
        "71": "private_sector",
        "72": "private_sector",
        "73": "private_sector",
        "80": "academia",
        "90": "unspecified",
    },
    {
        "10": "government",
        "11": "local government",
        "15": "other public sector",
        "21": "international NGO",
        "22": "national NGO",
        "23": "regional NGO",
        "24": "partner country based NGO",
        "30": "public private partnership",
        "40": "multilateral",
        "60": "foundation",
        "70": "private sector",
        "71": "private sector in provider country",
        "72": "private sector in aid recipient country",
        "73": "private sector in third country",
        "80": "academic, training and research",
        "90": "other",
    },
)

SCOPES: CodeList[str | None] = CodeList(
    "ActivityScope",
    {
        "1": "global",
        "2": "regional",
        "3": None,  # several countries that are no region: none of our scopes says that; kept as a classification
        "4": "national",
        "5": "subnational",
        "6": "subnational",
        "7": "subnational",
        "8": "local",
    },
    {
        "1": "global",
        "2": "regional",
        "3": "multi-national",
        "4": "national",
        "5": "several first-level areas",
        "6": "one first-level area",
        "7": "one second-level area",
        "8": "single location",
    },
)

# What a transaction says about money: the basis of the budget's totals, and the stage of the provider's contribution.
# Incoming and outgoing commitments are kept apart until it is known which of the two the totals may count.
INCOMING_FUNDS, COMMITMENT, DISBURSEMENT, EXPENDITURE = "1", "2", "3", "4"
INCOMING_COMMITMENT, OUTGOING_PLEDGE, INCOMING_PLEDGE = "11", "12", "13"
TRANSACTION_TYPES = CodeList(
    "TransactionType",
    {str(number): str(number) for number in range(1, 14)}
    | {"if": "1", "c": "2", "d": "3", "e": "4", "ir": "5", "lr": "6", "r": "7", "qp": "8", "qs": "9", "cg": "10"}
    | {
        "incoming funds": "1",
        "commitment": "2",
        "disbursement": "3",
        "expenditure": "4",
        "interest repayment": "5",
        "loan repayment": "6",
        "reimbursement": "7",
        "purchase of equity": "8",
        "sale of equity": "9",
        "credit guarantee": "10",
    },
    {
        "1": "incoming funds",
        "2": "outgoing commitment",
        "3": "disbursement",
        "4": "expenditure",
        "5": "interest payment",
        "6": "loan repayment",
        "7": "reimbursement",
        "8": "purchase of equity",
        "9": "sale of equity",
        "10": "credit guarantee",
        "11": "incoming commitment",
        "12": "outgoing pledge",
        "13": "incoming pledge",
    },
)
INCOMING = frozenset({INCOMING_FUNDS, "9", INCOMING_COMMITMENT, INCOMING_PLEDGE})
STAGES = {
    INCOMING_FUNDS: "delivered",
    DISBURSEMENT: "delivered",
    COMMITMENT: "confirmed",
    INCOMING_COMMITMENT: "confirmed",
    OUTGOING_PLEDGE: "pledged",
    INCOMING_PLEDGE: "pledged",
}

BUDGET_TYPES = CodeList(
    "BudgetType",
    {"1": "original", "2": "revised", "original": "original", "revised": "revised"},
    {"1": "original", "2": "revised"},
)

# An impact is what outcomes lead to; the record's levels end with the outcome. "Other" says no level.
RESULT_TYPES: CodeList[str | None] = CodeList(
    "ResultType",
    {
        "1": "output",
        "2": "outcome",
        "3": "outcome",
        "9": None,
        "output": "output",
        "outcome": "outcome",
        "impact": "outcome",
        "other": None,
    },
    {"1": "output", "2": "outcome", "3": "impact", "9": "other"},
)

MEASURES = CodeList(
    "IndicatorMeasure",
    {
        "1": "unit",
        "2": "percent",
        "3": "nominal",
        "4": "ordinal",
        "5": "qualitative",
        "unit": "unit",
        "percentage": "percent",
        "nominal": "nominal",
        "ordinal": "ordinal",
        "qualitative": "qualitative",
    },
    {"1": "unit", "2": "percentage", "3": "nominal", "4": "ordinal", "5": "qualitative"},
)

# Only categories whose meaning is one of our kinds of document; the others keep their title and address without a kind.
DOCUMENT_KINDS = {
    "A05": "budget",
    "A07": "evaluation",
    "A09": "agreement",
    "A11": "agreement",
    "B04": "policy",
    "B06": "audit",
    "B07": "audit",
    "B08": "policy",
    "B09": "evaluation",
    "B10": "evaluation",
    "B13": "agreement",
    "B14": "policy",
}
ACTIVITY_WEB_PAGE = "A12"

RELATIONS = CodeList(
    "RelatedActivityType",
    {"1": "parent", "2": "child", "3": "sibling", "4": "co-funded", "5": "third-party"},
    {"1": "parent", "2": "child", "3": "sibling", "4": "co-funded", "5": "third party"},
)
PARENT = "parent"

# Sector vocabularies to the scheme of our classifications. 98 and 99 are the reporting organization's own lists.
SECTOR_SCHEMES = {
    "1": "dac-5",
    "2": "dac-3",
    "3": "cofog",
    "4": "nace",
    "5": "ntee",
    "6": "aiddata",
    "10": "humanitarian-cluster",
    "11": "naics",
    "12": "un-system-function",
    "dac": "dac-5",
    "dac-3": "dac-3",
    "cofog": "cofog",
    "nace": "nace",
    "ntee": "ntee",
    "adt": "aiddata",
    "wb": "world-bank",
    "iso": "iso",
}
SECTOR_GOALS = {"7": "sdg", "8": "sdg-target", "9": "sdg-indicator"}
TAG_GOALS = {"2": "sdg", "3": "sdg-target"}
TAG_SCHEMES = {"1": "agrovoc", "4": "team-europe-initiative", "5": "gfns-preparedness-plan"}
POLICY_MARKER_SCHEMES = {"1": "dac-policy-marker", "dac": "dac-policy-marker"}
HUMANITARIAN_SCHEMES = {"1-2": "glide", "2-1": "humanitarian-plan"}
OWN_VOCABULARIES = {"99": "", "98": "-2", "ro": "", "ro2": "-2"}
INDICATOR_GOALS = {"9": "sdg-indicator"}
GAZETTEERS = {
    "a1": "gaul",
    "a2": "salb",
    "a3": "gadm",
    "a4": "iso-3166-1",
    "g1": "geonames",
    "g2": "openstreetmap",
    "geo": "geonames",
    "nga": "nga",
    "osm": "openstreetmap",
}

# DAC regions that hold exactly what a region of UN M49 holds (since 2020 the subregions follow M49). Not here, because the
# two differ: north and south of Sahara (Sudan), Central Asia, South Asia, Far East, Middle East, and what joins regions.
DAC_REGIONS = {
    "89": "150",
    "298": "002",
    "489": "005",
    "498": "019",
    "798": "142",
    "889": "009",
    "1027": "014",
    "1028": "017",
    "1029": "018",
    "1030": "011",
    "1031": "029",
    "1032": "013",
    "1033": "054",
    "1034": "057",
    "1035": "061",
}

# CRS channel codes from 41000 to 41999 are "United Nations agency, fund or commission", but for these two.
UN_CHANNELS_NOT_UN = frozenset({"41102", "41317"})
