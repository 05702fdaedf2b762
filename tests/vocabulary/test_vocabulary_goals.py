"""References to goals, and what follows from a Millennium Goal."""

import json
from pathlib import Path

import pytest
import yaml

from schemas.vocabulary import GOAL_SCHEMES, UnknownCode, UnknownScheme, crosswalk, goal_reference, scheme

# A word that the official texts of both halves of a pair hold.
SHARED_WORD = {
    "1.A": "people",
    "1.B": "full and productive employment",
    "1.C": "hunger",
    "2.A": "complete",
    "3.A": "gender disparit",
    "4.A": "under",
    "5.A": "maternal mortality ratio",
    "5.B": "universal access to",
    "6.A": "aids",
    "6.C": "malaria",
    "7.D": "slum",
    "8.D": "debt",
}


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("sdg:6", ("sdg", "6")),
        ("6", ("sdg", "6")),
        (" 6 ", ("sdg", "6")),
        ("6.1", ("sdg-target", "6.1")),
        ("sdg-target:6.a", ("sdg-target", "6.a")),
        ("sdg-indicator:6.1.1", ("sdg-indicator", "6.1.1")),
        ("sdg-indicator:17.18.1", ("sdg-indicator", "17.18.1")),
        ("mdg:7", ("mdg", "7")),
        ("mdg-target:1.C", ("mdg-target", "1.C")),
        ("agenda21:24", ("agenda21", "24")),
        ("plan:khm-nsdp:3.2", ("plan:khm-nsdp", "3.2")),
    ],
)
def test_reference(text: str, reference: tuple[str, str]) -> None:
    assert goal_reference(text) == reference


@pytest.mark.parametrize(
    "text",
    ["", "18", "0", "06", "sdg:", "sdg:6.1", "6.99", "sdg-target:6", "sdg-indicator:6.1", "sdg-indicator:6.99.1"],
)
def test_reference_to_a_code_that_there_is_not(text: str) -> None:
    with pytest.raises(UnknownCode):
        goal_reference(text)


@pytest.mark.parametrize("text", ["sgd:6", ":6", "country:KHM", "role:lead", "plan:3", "plan::3", "plan:khm-nsdp:"])
def test_reference_to_a_scheme_that_has_no_goals(text: str) -> None:
    with pytest.raises(UnknownScheme):
        goal_reference(text)


def test_reference_by_a_word_is_refused_with_the_code() -> None:
    with pytest.raises(UnknownCode) as caught:
        goal_reference("gender")
    assert "5" in caught.value.nearest


@pytest.mark.parametrize("name", [name for name in GOAL_SCHEMES if name != "sdg-indicator"])
def test_every_code_can_be_referred_to(name: str) -> None:
    for code in scheme(name).codes:
        assert goal_reference(f"{name}:{code}") == (name, code)


def test_goals_that_follow_from_the_millennium_goals() -> None:
    followed = {code: crosswalk("mdg", code) for code in scheme("mdg").codes}
    assert followed == {
        "1": (),
        "2": (("sdg", "4"),),
        "3": (("sdg", "5"),),
        "4": (("sdg", "3"),),
        "5": (("sdg", "3"),),
        "6": (("sdg", "3"),),
        "7": (),
        "8": (),
    }


def test_targets_that_follow_from_the_millennium_targets() -> None:
    followed = {code: crosswalk("mdg-target", code) for code in scheme("mdg-target").codes}
    targets = {code: pairs[0][1] for code, pairs in followed.items() if pairs and pairs[0][0] == "sdg-target"}
    assert targets == {
        "1.A": "1.1",
        "1.B": "8.5",
        "1.C": "2.1",
        "2.A": "4.1",
        "3.A": "4.5",
        "4.A": "3.2",
        "5.A": "3.1",
        "5.B": "3.7",
        "6.A": "3.3",
        "6.C": "3.3",
        "7.D": "11.1",
        "8.D": "17.4",
    }
    goals = {code: pairs[0][1] for code, pairs in followed.items() if pairs and pairs[0][0] == "sdg"}
    assert goals == {"6.B": "3", "7.C": "6", "8.E": "3"}
    assert {code for code, pairs in followed.items() if not pairs} == {"7.A", "7.B", "8.A", "8.B", "8.C", "8.F"}
    assert all(len(pairs) <= 1 for pairs in followed.values())


def test_both_halves_of_a_pair_speak_of_the_same(data: Path) -> None:
    document = json.loads((data / "goals" / "mdg_goals_targets.json").read_text(encoding="utf-8"))
    millennium = {code: text for goal in document["goals"] for code, text in goal["targets"]}
    folder = data / "goals" / "open-sdg-translations" / "en"
    official = yaml.safe_load((folder / "global_targets.yml").read_text(encoding="utf-8"))
    for code, word in SHARED_WORD.items():
        ((name, target),) = crosswalk("mdg-target", code)
        assert name == "sdg-target"
        assert word in millennium[code].casefold(), code
        assert word in official[target.replace(".", "-") + "-title"].casefold(), code


def test_nothing_follows_from_goals_of_other_schemes() -> None:
    assert crosswalk("sdg", "6") == ()
    assert crosswalk("agenda21", "18") == ()


def test_crosswalk_of_an_unknown_code() -> None:
    with pytest.raises(UnknownCode):
        crosswalk("mdg", "9")
    with pytest.raises(UnknownScheme):
        crosswalk("sdgs", "1")
