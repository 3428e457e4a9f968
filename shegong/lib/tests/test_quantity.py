"""Figures with qualifiers: the golden figures of the reports, and the rules of bounds."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shegong.lib import quantity as q
from shegong.lib.quantity import Figure, InvalidQuantity, Order, Qualifier, exact


def refusal(call: object) -> str:
    with pytest.raises(InvalidQuantity) as caught:
        call()  # type: ignore[operator]
    assert str(caught.value)
    return caught.value.code


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("超过3400人", "≥3,400人"), ("3400余人", "≥3,400人"), ("200多场", "≥200场"), ("500人以上", "≥500人"), ("不少于16家", "≥16家"),
        ("逾3400名", ">3,400人"), ("近200人", "<200人"), ("不足10件", "<10件"), ("约3700人", "≈3,700人"), ("3.5万人左右", "≈35,000人"),
        ("不超过1000万元", "≤10,000,000元"), ("500人以下", "≤500人"), ("百余场", "≥100场"), ("上百人", "≥100人"), ("上千人次", "≥1,000人次"),
        ("万余人", "≥10,000人"), ("两千余名", "≥2,000人"), ("十多万人", "≥100,000人"), ("超过100多人", "≥100人"), ("41.5%", "41.5%"),
        ("百分之四十一点五", "41.5%"), ("四成", "40%"), ("近4成", "<40%"), ("过半", ">50%"), ("31.5个百分点", "31.5个百分点"),
        ("559户", "559户"), ("13人次", "13人次"), ("一亿二千万", "120,000,000"), ("三百二十四", "324"), ("一万零三百", "10,300"),
        ("３８，７００人", "38,700人"), (">2,600", ">2,600"), ("5", "5"),
    ],
)  # fmt: skip
def test_ways_of_writing(written: str, shown: str) -> None:
    assert str(q.parse(written)) == shown


@pytest.mark.parametrize(
    ("written", "code"),
    [("", "empty"), ("数十场", "vague"), ("几百人", "vague"), ("若干", "vague"), ("约", "format"), ("12,34", "format"), ("abc", "format"),
     ("近200人以上", "format"), ("约12元3角", "format")],
)  # fmt: skip
def test_each_refusal_has_its_own_code(written: str, code: str) -> None:
    assert refusal(lambda: q.parse(written)) == code


def test_three_tenths_and_more_lies_between_30_and_40_per_cent() -> None:
    figure = q.parse("3成多")
    assert (
        figure.low,
        figure.high,
        figure.open_low,
        figure.open_high,
        figure.unit,
    ) == (D(30), D(40), True, True, "%")


def test_golden_g01_parts_equal_the_stated_total() -> None:
    parts = [exact(n, "件") for n in (18_666, 678, 5_047, 165)]
    assert q.total(parts, disjoint=True) == exact(24_556, "件")


def test_golden_g02_shares_come_from_raw_counts() -> None:
    whole = exact(24_556, "件")
    shares = [q.share(exact(n, "件"), whole) for n in (18_666, 678, 5_047, 165)]
    assert [str(q.rounded(share, 1)) for share in shares] == [
        "76%",
        "2.8%",
        "20.6%",
        "0.7%",
    ]
    assert str(q.rounded(q.total(shares, disjoint=True), 1)) == "100%"
    assert sum(q.rounded(share, 1).value for share in shares) == D("100.1"), (
        "which is why rounded parts are never added"
    )


def test_golden_g03_recovered_amount_and_its_means() -> None:
    recovered = q.parse("38,257余万元")
    assert (recovered.low, recovered.high, recovered.open_high) == (
        D(382_570_000),
        D(382_580_000),
        True,
    )
    per_case = q.rounded(q.divide(recovered, exact(24_556, "件"), "元/件", attributable=True), 2)
    assert str(per_case) == "≥15,579.49元/件"
    assert (
        str(
            q.rounded(
                q.divide(recovered, exact(18_666 + 678, "件"), "元/件", attributable=True),
                2,
            )
        )
        == "≥19,777.19元/件"
    )


def test_golden_g04_per_year() -> None:
    assert q.divide(exact(24_556, "件"), exact(4, "年"), "件/年", attributable=True) == exact(6_139, "件/年")
    loss = q.divide(q.parse("38257余万元"), exact(4, "年"), "元/年", attributable=True)
    assert str(loss) == "≥95,642,500元/年"


def test_golden_g06_means_of_heads() -> None:
    assert q.divide(exact(50, "人"), exact(4, "家"), "人/家", attributable=True).value == D("12.5")
    assert q.rounded(q.divide(exact(50, "人"), exact(18, "个"), "人/个", attributable=True), 2).value == D("2.78")


def test_golden_g08_two_lower_bounds_give_no_bound() -> None:
    rate = q.share(q.parse("超过600人"), q.parse("超过3400人"))
    assert str(q.rounded(rate, 1)) == "≈17.6%"
    assert rate.low is None and rate.high is None


def test_golden_g09_share_of_about() -> None:
    about = Figure(D(3_700), "人", Qualifier.ABOUT, within=D(50))
    certified = q.of(exact(D("41.5"), "%"), about)
    assert str(q.rounded(certified)) == "≈1,536人"
    assert certified.low is not None and certified.high is not None
    assert (round(certified.low), round(certified.high)) == (1_515, 1_556)


def test_golden_g10_percentage_points() -> None:
    change = q.subtract(q.parse("41.5%"), q.parse("10%"))
    assert str(change) == "31.5个百分点"
    assert str(q.divide(change, exact(3, "年"), "个百分点/年", attributable=True)) == "10.5个百分点/年"
    assert q.divide(q.parse("41.5%"), q.parse("10%"), "倍", attributable=True).value == D("4.15")
    assert refusal(lambda: q.add(q.parse("10%"), change, disjoint=True)) == "unit"


def test_golden_g13_sub_groups_of_a_lower_bound() -> None:
    sichuan = q.parse("超过2000人")
    shown = [str(q.rounded(q.of(q.parse(rate), sichuan))) for rate in ("44.8%", "3.1%", "4%")]
    assert shown == ["≥896人", "≥62人", "≥80人"]
    assert refusal(lambda: q.add(q.parse("44.8%"), q.parse("3.1%"), disjoint=False)) == "overlap"


def test_golden_g15_allocations_stay_within_the_grant() -> None:
    grant = q.parse("1000万元")
    assert grant == exact(10_000_000, "元")
    assert q.compare(exact(10_000_000, "元"), grant) is Order.EQUAL
    assert q.compare(exact(D("10000000.01"), "元"), grant) is Order.GREATER


def test_golden_g18_households_are_not_added() -> None:
    assert refusal(lambda: q.add(q.parse("559户"), q.parse("41户"), disjoint=False)) == "overlap"
    assert refusal(lambda: q.add(q.parse("559户"), q.parse("559人"), disjoint=True)) == "unit"


def test_golden_g24_bounds_of_the_report() -> None:
    written = ["267家", "38700人", "100余名", "50多支", "200多场", "3600多件"]
    assert [str(q.parse(text)) for text in written] == [
        "267家",
        "38,700人",
        "≥100人",
        "≥50支",
        "≥200场",
        "≥3,600件",
    ]


def test_golden_g25_members_are_not_per_new_union() -> None:
    members, unions = q.parse("38700人"), q.parse("267家")
    assert refusal(lambda: q.divide(members, unions, "人/家", attributable=False)) == "not_attributable"


def test_golden_g26_overlapping_persons_have_no_total() -> None:
    assert refusal(lambda: q.total([exact(256, "人"), exact(324, "人")], disjoint=False)) == "overlap"


def test_bounds_of_opposite_sides_leave_nothing() -> None:
    assert refusal(lambda: q.add(q.parse("近200人"), q.parse("超过100人"), disjoint=True)) == "unbounded"
    assert str(q.subtract(q.parse("超过300人"), q.parse("近100人"))) == ">200人"


def test_comparison_is_unknown_when_bounds_do_not_decide() -> None:
    assert q.compare(q.parse("超过100人"), q.parse("逾200人")) is Order.UNKNOWN
    assert q.compare(q.parse("近100人"), q.parse("100人")) is Order.LESS
    assert q.compare(q.parse("约100人"), q.parse("500人")) is Order.UNKNOWN
    assert q.compare(q.parse("超过100人"), q.parse("100人")) is Order.UNKNOWN
    assert q.compare(q.parse("逾100人"), q.parse("100人")) is Order.GREATER


def test_a_share_of_nothing_is_refused() -> None:
    assert refusal(lambda: q.share(exact(1, "人"), exact(0, "人"))) == "zero"


numbers = st.decimals(min_value=0, max_value=10**9, places=2)
bounded = st.sampled_from(
    [
        Qualifier.EXACT,
        Qualifier.AT_LEAST,
        Qualifier.MORE,
        Qualifier.AT_MOST,
        Qualifier.LESS,
    ]
)
figures = st.builds(lambda value, qualifier: Figure(value, "件", qualifier), numbers, bounded)


def holds(figure: Figure, true_value: D) -> bool:
    """Whether the statement a figure makes is true of a value."""
    low_ok = figure.low is None or figure.low < true_value or (figure.low == true_value and not figure.open_low)
    high_ok = figure.high is None or true_value < figure.high or (true_value == figure.high and not figure.open_high)
    return low_ok and high_ok


def witness(figure: Figure, offset: D) -> D:
    """A value of which the figure's statement is true."""
    sign = {
        Qualifier.AT_LEAST: 1,
        Qualifier.MORE: 1,
        Qualifier.AT_MOST: -1,
        Qualifier.LESS: -1,
    }.get(figure.qualifier, 0)
    return figure.value + sign * offset


offsets = st.decimals(min_value=D("0.01"), max_value=1000, places=2)


@given(figures, figures, offsets, offsets)
def test_a_sum_is_true_whenever_its_terms_are(left: Figure, right: Figure, first: D, second: D) -> None:
    one, two = witness(left, first), witness(right, second)
    assert holds(left, one) and holds(right, two)
    try:
        assert holds(q.add(left, right, disjoint=True), one + two)
    except InvalidQuantity as refused:
        assert refused.code == "unbounded"


@given(figures, st.integers(-5, 5), offsets, st.integers(0, 2))
def test_scaling_and_rounding_stay_true(figure: Figure, factor: int, offset: D, decimals: int) -> None:
    true_value = witness(figure, offset)
    scaled = q.scale(figure, factor)
    assert holds(scaled, true_value * factor)
    if scaled.qualifier is not Qualifier.EXACT:
        assert holds(q.rounded(scaled, decimals), true_value * factor)


@given(figures, figures, offsets, offsets)
def test_a_decided_comparison_is_never_wrong(left: Figure, right: Figure, first: D, second: D) -> None:
    one, two = witness(left, first), witness(right, second)
    order = q.compare(left, right)
    assert order is Order.UNKNOWN or {Order.LESS: one < two, Order.EQUAL: one == two, Order.GREATER: one > two}[order]


@given(
    st.integers(0, 10**9),
    st.sampled_from(["", "≥", ">", "≤", "<", "≈"]),
    st.sampled_from(["", "人", "人次", "户", "件", "家", "场", "%"]),
)
def test_shown_figures_read_back(value: int, sign: str, unit: str) -> None:
    figure = Figure(D(value), unit, Qualifier(sign))
    assert q.parse(str(figure)) == figure


@given(st.text(alphabet="0123456789,.约近超过余多以上万亿千百十一二三成%人户元点", max_size=12) | st.text(max_size=12))
def test_any_other_text_is_refused_politely(text: str) -> None:
    try:
        assert str(q.parse(text))
    except InvalidQuantity as refused:
        assert str(refused)
