"""Whatever stands in a file, reading it gives activities that the contract takes, and rejections; it never raises."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.registry.imports.iati import Activity, Rejection
from tests.imports.files import activity_xml, iati_file, results, validated
from tests.imports.test_versions import ONE_POINT_ONE

TWO_POINT_THREE = iati_file(
    activity_xml(
        "XM-DAC-41114-1",
        '<description type="1"><narrative>Wells</narrative></description><activity-status code="2"/>'
        '<participating-org role="1" type="10" ref="NO-4"><narrative>Norway</narrative></participating-org>'
        '<activity-date type="2" iso-date="2020-01-01"/><activity-date type="3" iso-date="2022-01-01"/>'
        '<recipient-country code="KH"/><recipient-region code="298"/><activity-scope code="4"/>'
        '<location ref="L"><name><narrative>Kampot</narrative></name><location-id vocabulary="G1" code="1831112"/></location>'
        '<sector vocabulary="7" code="6" percentage="100"/><sector code="14030"/><tag vocabulary="3" code="6.1"/>'
        '<budget type="1"><period-start iso-date="2020-01-01"/><period-end iso-date="2020-12-31"/>'
        '<value currency="USD" value-date="2020-01-01">1000.50</value></budget>'
        '<transaction><transaction-type code="1"/><transaction-date iso-date="2020-01-01"/><value value-date="2020-01-01">5</value>'
        '<provider-org ref="NO-4"><narrative>Norway</narrative></provider-org></transaction>'
        '<document-link url="https://example.org/x"><title><narrative>D</narrative></title><category code="A07"/></document-link>'
        '<result type="1"><title><narrative>R</narrative></title><indicator measure="1"><title><narrative>I</narrative></title>'
        '<baseline year="2019" value="1"/><period><period-start iso-date="2020-01-01"/><period-end iso-date="2020-12-31"/>'
        '<target value="3"/><actual value="2"><dimension name="sex" value="female"/></actual></period></indicator></result>',
    ),
    activity_xml("XM-DAC-41114-2"),
)
FILES = st.sampled_from([TWO_POINT_THREE, ONE_POINT_ONE])
TRIES = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(content: bytes) -> None:
    for found in results(content):
        assert isinstance(found, Activity | Rejection)
        if isinstance(found, Activity):
            validated(found)


@TRIES
@given(FILES, st.floats(0, 1))
def test_files_cut_anywhere(content: bytes, where: float) -> None:
    check(content[: int(len(content) * where)])


@TRIES
@given(FILES, st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=12))
def test_files_with_other_bytes_in_them(content: bytes, changes: list[tuple[float, int]]) -> None:
    changed = bytearray(content)
    for where, byte in changes:
        changed[int(len(changed) * where)] = byte
    check(bytes(changed))


@TRIES
@given(FILES, st.data())
def test_attributes_and_texts_of_any_characters(content: bytes, data: st.DataObject) -> None:
    """Well-formed files whose values are anything at all: codes, dates, amounts, names."""
    characters = st.characters(codec="utf-8", exclude_categories=("Cs",), exclude_characters="<>&\"'\x00")
    text = content.decode("latin-1" if b"8859-1" in content[:60] else "utf-8").replace('encoding="ISO-8859-1"', "")
    parts = text.split('"')
    for place in data.draw(st.lists(st.integers(8, len(parts) - 1), min_size=1, max_size=10)):
        odd = place | 1
        if odd < len(parts):
            value = data.draw(
                st.one_of(st.text(characters, max_size=30), st.sampled_from(["-1", "0", "999999", "1e400", "NaN", "²"]))
            )
            parts[odd] = "".join(each for each in value if each in "\t\n\r" or each >= " ")
    check('"'.join(parts).encode())


@TRIES
@given(st.binary(max_size=400))
def test_any_bytes_at_all(content: bytes) -> None:
    check(content)
    check(b"<iati-activities>" + content)
