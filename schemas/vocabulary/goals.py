"""References to goals (`sdg:6`, `sdg-target:6.1`, `plan:khm-nsdp:3`), and the way from the Millennium Goals to the SDGs.

It reads references and says which goal of another scheme follows from one; what the goals are called is asked of their
schemes. Validation of records, importers and search call it. A goal that follows by the crosswalk is *derived*: whoever
keeps it marks it so, and it is never counted as stated.
"""

from __future__ import annotations

import re

from schemas.vocabulary.codes import UnknownCode, UnknownScheme, scheme

GOAL_SCHEMES = ("sdg", "sdg-target", "sdg-indicator", "mdg", "mdg-target", "agenda21")
"""The schemes of goals beside the plans (`plan:*`: national, local, United Nations cooperation framework)."""

_PLAN = re.compile(r"plan:[A-Za-z0-9][A-Za-z0-9_.-]*")
_PLAN_CODE = re.compile(r"[^\s:]+")
_INDICATOR = re.compile(r"([0-9]+\.[0-9a-d]+)\.[0-9]+")

# Only pairs of which each half has no second half. The Millennium Declaration's eight goals, with the targets of the
# official list of MDG indicators (in force from 15 January 2008), beside the targets of A/RES/70/1. Not here, because
# several goals took them over: MDG 1 (now 1, 2 and 8), MDG 7 (6, 11, 12 to 15), MDG 8 (17, and 3, 9 and 10).
_GOALS = {
    "2": "4",  # primary education: the whole of it stands in SDG 4
    "3": "5",  # gender equality and the empowerment of women
    "4": "3",  # child mortality
    "5": "3",  # maternal health
    "6": "3",  # HIV/AIDS, malaria and other diseases
}
_TARGETS = {
    "1.A": "1.1",  # extreme poverty, by a line per day
    "1.B": "8.5",  # full and productive employment and decent work
    "1.C": "2.1",  # hunger: indicator 1.9, undernourishment, is now 2.1.1
    "2.A": "4.1",  # children complete school
    "3.A": "4.5",  # gender disparity in education, which is not in SDG 5
    "4.A": "3.2",  # mortality under five
    "5.A": "3.1",  # maternal mortality ratio
    "5.B": "3.7",  # reproductive health: indicators 5.3, 5.4 and 5.6 are now 3.7.1 and 3.7.2; 5.6 is about rights
    "6.A": "3.3",  # the spread of HIV/AIDS
    "6.C": "3.3",  # malaria and other major diseases
    "7.D": "11.1",  # people who live in slums
    "8.D": "17.4",  # debt sustainable in the long term
}
# Targets of which two or more targets of one goal took over a part: the goal follows, and no target.
_GOALS_OF_TARGETS = {
    "6.B": "3",  # treatment of HIV/AIDS: 3.3 and 3.8
    "7.C": "6",  # drinking water and sanitation: 6.1 and 6.2
    "8.E": "3",  # essential medicines: 3.8 and 3.b
}


def goal_reference(text: str) -> tuple[str, str]:
    """The scheme and the code of a reference; a bare `6` is `sdg:6`, a bare `6.1` is `sdg-target:6.1`.

    An indicator (`sdg-indicator:6.1.1`) is right where its target exists; the code of a plan may be any word, for its
    list is not kept here. Raises UnknownScheme or UnknownCode, both of which have `nearest`.
    """
    name, colon, code = text.strip().rpartition(":")
    if not colon:
        name = "sdg-target" if "." in code else "sdg"
    if _PLAN.fullmatch(name) and _PLAN_CODE.fullmatch(code):
        return name, code
    if name not in GOAL_SCHEMES:
        raise UnknownScheme(name)
    if name == "sdg-indicator":
        match = _INDICATOR.fullmatch(code)
        if match is None or match[1] not in scheme("sdg-target"):
            raise UnknownCode(scheme("sdg-target"), code)
    elif code not in scheme(name):
        raise UnknownCode(scheme(name), code)
    return name, code


def crosswalk(scheme_name: str, code: str) -> tuple[tuple[str, str], ...]:
    """The goals and targets of the SDGs that follow from a Millennium Goal or target; empty where none does alone.

    A target's goal follows from it as for every target (`Scheme.parent`), and is not listed beside it. Raises
    UnknownScheme or UnknownCode.
    """
    if code not in scheme(scheme_name):
        raise UnknownCode(scheme(scheme_name), code)
    if scheme_name == "mdg" and code in _GOALS:
        return (("sdg", _GOALS[code]),)
    if scheme_name == "mdg-target" and code in _TARGETS:
        return (("sdg-target", _TARGETS[code]),)
    if scheme_name == "mdg-target" and code in _GOALS_OF_TARGETS:
        return (("sdg", _GOALS_OF_TARGETS[code]),)
    return ()
