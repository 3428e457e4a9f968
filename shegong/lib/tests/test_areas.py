"""The area table: counts of the source, cities without districts, abolished codes, provenance."""

import hashlib
import re
from datetime import date

import pytest

from shegong.lib import areas
from shegong.lib.areas import Level


def count(province: str, level: Level) -> int:
    return sum(area.level is level for area in areas.load(province))


def test_guangdong_has_the_cities_and_towns_of_the_source() -> None:
    assert count("44", Level.CITY) == 21
    assert count("44", Level.TOWN) == 1_757
    assert count("44", Level.COUNTY) == 122  # 124 rows of the source less two placeholders
    assert areas.load()[0].name == "广东省"


def test_every_province_is_there_and_the_constant_agrees() -> None:
    provinces = {area.code[:2] for code in areas.PROVINCES for area in areas.load(code) if area.level is Level.PROVINCE}
    assert provinces == areas.PROVINCES and len(provinces) == 34
    assert sum(count(code, Level.TOWN) for code in provinces) == 41_352


@pytest.mark.parametrize(
    ("city", "name"),
    [
        ("441900", "东莞市"),
        ("442000", "中山市"),
        ("460400", "儋州市"),
        ("620200", "嘉峪关市"),
    ],
)
def test_towns_hang_directly_under_a_city_without_districts(city: str, name: str) -> None:
    below = areas.children(city)
    assert areas.get(city).name == name  # type: ignore[union-attr]
    assert below and {area.level for area in below} == {Level.TOWN}


def test_every_area_hangs_under_a_known_one_and_codes_fit_their_level() -> None:
    lengths = {Level.PROVINCE: 6, Level.CITY: 6, Level.COUNTY: 6, Level.TOWN: 9}
    for code in areas.PROVINCES:
        for area in areas.load(code):
            assert (
                len(area.code) == lengths[area.level] and area.code.isdigit() and area.name.strip() == area.name != ""
            )
            assert (area.level is Level.PROVINCE) if not area.parent else areas.get(area.parent) is not None


def test_full_names_leave_grouping_rows_out() -> None:
    assert areas.full_name("110101") == "北京市东城区"
    assert areas.full_name("441900") == "广东省东莞市"
    assert areas.full_name(areas.children("440305")[0].code).startswith("广东省深圳市南山区")
    assert areas.full_name("999999") == "" and areas.get("999999") is None


def test_abolished_codes_stay_readable_and_dated() -> None:
    merged = areas.get("440102")
    assert merged is not None and merged.name == "东山区"
    assert merged.valid_on(date(2004, 1, 1)) and not merged.valid_on(date(2006, 1, 1))
    assert areas.get(merged.successor).name == "越秀区"  # type: ignore[union-attr]
    assert merged not in areas.children("440100")
    for area in areas._abolished().values():
        assert area.code not in areas._by_code() and area.valid_to is not None
        assert areas.get(area.parent) is not None and area.successor in areas._by_code()


def test_known_codes() -> None:
    assert areas.is_known("440305") and areas.is_known("440102") and not areas.is_known("449999")
    assert areas.is_province("44") and not areas.is_province("99")


def test_the_table_is_the_one_its_provenance_names() -> None:
    stated = re.search(
        r"sha256: `([0-9a-f]{64})`",
        (areas.HERE / "PROVENANCE.md").read_text(encoding="utf-8"),
    )
    assert stated is not None
    assert hashlib.sha256(areas.TABLE.read_bytes()).hexdigest() == stated[1]
