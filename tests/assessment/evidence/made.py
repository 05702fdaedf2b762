"""Made-up records that state something everywhere, as many as a test or a benchmark wants; a seed gives the same ones again.

Each part is there or not, whole or in pieces, so that every level of every indicator comes up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from tests.assessment.evidence.documents import LINK, Document

CONSTITUENCIES = (
    "government", "un_system", "civil_society", "private_sector", "local_authority", "women", "farmers", "community",
    "foundation", "academia", "unspecified",
)  # fmt: skip
DAYS = ("2019", "2023-05-01", "2024-08", "2025-06-30", "2026-02", "2026-05-20", "2027")
KINDS = ("financial", "in_kind", "staff")


class Maker:
    """Makes records from a source of chance."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def documents(self, count: int) -> Iterator[Document]:
        return (self.document() for _ in range(count))

    def document(self, chance: float = 0.7) -> Document:
        """A record of which each part is stated with that chance."""
        ids = [self.identifier() for _ in range(self.random.randint(1, 7))]
        partners = [self.partner(each, ids, lead=place == 0) for place, each in enumerate(ids)]
        parts: dict[str, Callable[[], Any]] = {
            "partners": lambda: partners,
            "stakeholders": lambda: self.several(3, lambda: self.stakeholder(ids)),
            "analysis": self.analysis,
            "bodies": lambda: self.several(2, lambda: self.body(ids)),
            "documents": lambda: self.several(4, self.paper),
            "agreement": lambda: self.stated(type="memorandum", signed=self.day(), url=LINK),
            "mutual_review": self.review,
            "independent_evaluation": self.review,
            "complaints": self.complaints,
            "safeguarding": lambda: self.stated(
                policy_url=LINK, contact_url=LINK, training=self.flag(), binds_all=self.flag()
            ),
            "funding": self.funding,
            "private_sector": lambda: self.stated(
                kinds=self.random.sample(["sme", "multinational"], self.random.randint(0, 2)),
                absence_reason="Nobody asked",
                interests_declared=self.flag(),
                exclusions_url=LINK,
            ),
            "due_diligence": lambda: self.several(
                3, lambda: self.some("organization_id", organization_id=self.one(ids), date=self.day())
            ),
            "goals": lambda: self.several(4, self.goal),
            "mandate": self.mandate,
            "budget": lambda: self.some(
                by_goal=self.several(3, lambda: {"goal": self.reference(), "percent": self.percent()})
            ),
            "processes": lambda: self.several(3, self.process),
            "agency_commitments": lambda: self.several(3, lambda: self.commitment(ids)),
            "deliverables": lambda: self.several(4, lambda: self.deliverable(ids)),
            "reports": lambda: self.several(
                4, lambda: self.some(due=self.day(), submitted=self.day(), explanation="Late")
            ),
            "silences": lambda: {
                self.one(["/funding", "/complaints"]): self.one(["not_applicable", "withheld_for_safety"])
            },
        }
        stated = {name: part() for name, part in parts.items() if self.random.random() < chance}
        return {"id": self.identifier(), "title": {"en": "A record"}, "created_at": "2025-01-01T00:00:00Z", **stated}

    def identifier(self) -> str:
        digits = f"{self.random.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-7{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"

    def one(self, choices: Sequence[Any]) -> Any:
        return self.random.choice(choices)

    def flag(self) -> bool:
        return self.random.random() < 0.6

    def day(self) -> str:
        return str(self.one(DAYS))

    def percent(self) -> int:
        return self.random.randint(0, 100)

    def reference(self) -> str:
        return str(
            self.one(["sdg:6", "sdg:3", "sdg-target:6.1", "sdg-target:3.2", "sdg-indicator:6.1.1", "plan:khm-nsdp:3"])
        )

    def several(self, most: int, make: Callable[[], Document]) -> list[Document]:
        """None to so many items, each with an id of its own."""
        return [{"id": self.identifier(), **make()} for _ in range(self.random.randint(0, most))]

    def some(self, *always: str, **members: Any) -> Document:
        """An object with most of these members."""
        return {name: value for name, value in members.items() if name in always or self.random.random() < 0.75}

    def stated(self, **members: Any) -> Document | bool:
        """An object with most of these members, or that there is none."""
        return self.random.random() > 0.08 and self.some(**members)

    def partner(self, organization: str, ids: list[str], *, lead: bool) -> Document:
        entry: Document = {
            "id": self.identifier(),
            "organization": {
                "id": organization,
                "name": {"en": "A partner"},
                **self.some(
                    "constituency",
                    constituency=self.one(CONSTITUENCIES),
                    business_size=self.one(["sme", "multinational"]),
                ),
            },
            "confirmation": {
                "state": self.one(
                    ["claimed", "claimed", "confirmed", "confirmed", "corrected", "answered", "declined"]
                ),
                "at": f"{self.one(['2025-06-01', '2026-05-20'])}T00:00:00Z",
            },
            **self.some("roles", roles=["lead"] if lead else [self.one(["implementer", "funder"])]),
        }
        if self.random.random() < 0.15:
            entry["organization"]["controlled_by"] = self.one(ids)
        if self.random.random() < 0.1:
            entry["left"] = self.day()
        if self.random.random() < 0.8:
            entry["contributions"] = self.several(2, self.contribution)
        return entry

    def contribution(self) -> Document:
        stages = {name: self.amount() for name in ("pledged", "confirmed", "delivered")}
        return {
            **self.some(
                "kind",
                "pledged",
                kind=self.one(KINDS),
                earmarking=self.one(["none", "soft", "tight"]),
                period={"start": "2024-01", "end": self.one(["2024-12", "2026-12"])},
                recipient={"local": self.flag()},
                **stages,
            )
        }

    def amount(self) -> Document:
        currency = self.one(["USD", "USD", "USD", "USD", "SEK"])
        rate = {"rate": "0.1"} if currency == "SEK" and self.random.random() < 0.8 else {}
        return {"amount": str(self.random.randint(0, 1000)), "currency": currency, **rate}

    def stakeholder(self, ids: list[str]) -> Document:
        return self.some(
            "group",
            group=self.one(["Families", "Fishers", "Ministry"]),
            affected=self.flag(),
            constituency=self.one(CONSTITUENCIES),
            places=["Kampong Luong"],
            number=9200,
            effect="Safe water",
            updated=self.day(),
            represented_by=self.random.sample(ids, self.random.randint(0, min(2, len(ids)))),
            chosen_by=self.one(["themselves", "partnership"]),
        )

    def analysis(self) -> Document | bool:
        actors = [{"kind": self.one(CONSTITUENCIES), "present": self.flag()} for _ in range(self.random.randint(0, 5))]
        return self.stated(done=self.flag(), date=self.day(), url=LINK, key_actors=actors)

    def holder(self, ids: list[str]) -> Document:
        return dict(
            [
                self.one(
                    [
                        ("organization_id", self.one(ids)),
                        ("constituency", self.one(CONSTITUENCIES)),
                        ("group", "Families"),
                    ]
                )
            ]
        )

    def body(self, ids: list[str]) -> Document:
        seats = self.several(5, lambda: {"holder": self.holder(ids), "votes": self.random.randint(0, 4)})
        vetoes = self.several(1, lambda: {"holder": self.holder(ids)}) if self.random.random() < 0.2 else None
        stated = self.some(
            "name",
            name="Board",
            rule=self.one(["majority", "majority", "qualified", "consensus", "lead", "double_majority"]),
            quota={"kind": self.one(["share", "votes"]), "value": self.one(["66.67", "3", "75"])},
            seats=seats,
        )
        return {
            **stated,
            **({"veto": vetoes} if vetoes else {}),
            **({"fallback": "majority"} if self.random.random() < 0.2 else {}),
        }

    def paper(self) -> Document:
        return self.some(
            "kind", kind=self.one(["agreement", "minutes", "accounts", "policy", "audit"]), date=self.day(), url=LINK
        )

    def review(self) -> Document | bool:
        return self.stated(date=self.day(), url=LINK, response_url=LINK)

    def complaints(self) -> Document | bool:
        received = {"year": self.random.randint(2019, 2026), "count": 3}
        return self.stated(url=LINK, languages=["km"], anonymous=self.flag(), deadline_days=21, received=received)

    def funding(self) -> Document | bool:
        names = ("unearmarked_percent", "multi_year_percent", "local_percent")
        figures: Document = {name: self.percent() for name in names if self.random.random() < 0.5}
        if self.random.random() < 0.5:
            figures["median_days_to_payment"] = self.random.randint(0, 300)
        return self.stated(payments=self.several(3, self.payment), **figures)

    def payment(self) -> Document:
        paid = self.one(["2025-03-20", "2025-07-01", "2026-05-01"])
        dates = self.some("applied_on", applied_on="2025-03-01", paid_on=paid)
        return {"amount": "50", "currency": "USD", "recipient": {"local": self.flag()}, **dates}

    def goal(self) -> Document:
        scheme, _, code = self.one(["sdg:6", "sdg:3", "sdg:4", "sdg-target:6.1", "sdg-indicator:6.1.1"]).partition(":")
        weight = {"weight": self.one(["primary", "secondary"])} if self.flag() else {}
        return {
            "scheme": scheme,
            "code": code,
            **weight,
            **({"derived_from": "mdg:7"} if self.random.random() < 0.1 else {}),
        }

    def mandate(self) -> Document | bool:
        return self.stated(
            source=self.some(title="Water plan", url=LINK),
            goals=[self.one(["sdg:6", "sdg:3", "sdg:4"])],
            scope_changes=self.several(2, lambda: self.some("description", description="Latrines", decided_by="All")),
            exit=self.some(criteria="Done", decided_by="The council"),
        )

    def process(self) -> Document:
        return self.some(
            "kind",
            kind=self.one(["national_plan", "vnr", "hlpf"]),
            name="A process",
            year=self.random.randint(2020, 2026),
            relation=self.one(["tied", "submitted", "cited", "confirmed"]),
            url=LINK,
        )

    def commitment(self, ids: list[str]) -> Document:
        return self.some(
            "organization_id",
            "kind",
            organization_id=self.one(ids),
            kind=self.one(["logo", "focal_point", "staff", "funds"]),
            delivered=self.flag(),
            signed_off_by="Head of office",
            date=self.day(),
            url=LINK,
        )

    def deliverable(self, ids: list[str]) -> Document:
        return self.some(
            "level",
            "title",
            level=self.one(["output", "activity"]),
            title={"en": "Stations"},
            description={"en": "That run"},
            due=self.day(),
            responsible=[self.one(ids)],
            resources={"en": "Boats"},
            goals=[self.reference()],
            indicators=self.several(2, self.indicator),
        )

    def indicator(self) -> Document:
        actuals = self.several(1, lambda: self.some("value", value="17", period={"end": "2025"}))
        targets = [{"id": self.identifier(), "value": "30"}]
        return self.some("title", title="Stations", baseline={"value": "2"}, targets=targets, actuals=actuals)
