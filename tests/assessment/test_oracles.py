"""Indices whose right figures others have published: agreement (Krippendorff) and voting power (Banzhaf, Shapley and Shubik)."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.assessment.figures.agreement import Metric, krippendorff_alpha
from services.assessment.indices import banzhaf, shapley_shubik


@pytest.fixture
def oracles(shared_data: Path) -> Any:
    return orjson.loads((shared_data / "oracles" / "oracles.json").read_bytes())


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio"])
def test_alpha_of_krippendorffs_four_observers(oracles: Any, metric: Metric) -> None:
    example = oracles["krippendorff_C_data"]
    found = krippendorff_alpha(example["data"], metric)
    assert found is not None
    assert round(found, 4) == example["alpha"][metric]


def test_power_in_the_council_of_1958(oracles: Any) -> None:
    council = oracles["eec_1958"]
    assert banzhaf(council["weights"], council["quota"]) == [Fraction(each) for each in council["banzhaf_normalised"]]
    assert shapley_shubik(council["weights"], council["quota"]) == [
        Fraction(each) for each in council["shapley_shubik"]
    ]


def test_power_in_a_parliament(oracles: Any) -> None:
    parliament = oracles["powerindexR_example"]
    for index, name in ((banzhaf, "banzhaf_normalised"), (shapley_shubik, "shapley_shubik")):
        assert [round(float(each), 5) for each in index(parliament["weights"], parliament["quota"])] == parliament[name]
