"""Candidates for tests: evenly spread pools, and lopsided ones."""

from __future__ import annotations

from services.assessment.panels.rules import Candidate, PanelRules

CHAMBERS = ("public", "civil_society", "affected_groups", "business_and_knowledge")
CONSTITUENCIES = {
    "public": ("government", "local_authority", "parliament", "un_system"),
    "civil_society": ("civil_society",),
    "affected_groups": ("community", "women", "farmers", "children_youth"),
    "business_and_knowledge": ("private_sector", "academia", "foundation"),
}
RULES = PanelRules(CHAMBERS)


def candidate(name: str, chamber: str = "public", **said: object) -> Candidate:
    """A candidate of that name; networks, organizations and constituencies are its own unless said."""
    given = {
        "constituency": CONSTITUENCIES[chamber][0],
        "network_id": f"network-{name}",
        "organization_id": f"o-{name}",
    }
    return Candidate(name, chamber, **(given | said))  # type: ignore[arg-type]


def even_pool(each: int = 4) -> list[Candidate]:
    """So many candidates of every chamber, over its constituencies."""
    return [
        candidate(f"{chamber}-{number}", chamber, constituency=kinds[number % len(kinds)])
        for chamber, kinds in CONSTITUENCIES.items()
        for number in range(each)
    ]
