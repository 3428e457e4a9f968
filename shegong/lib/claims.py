"""What a worker may claim by labour law, reckoned from stated inputs: formula, article and every step. Nothing is advised.

A calculator is data (what it asks, by which article) beside one pure function. It reckons only what the article fixes: what a
province or the employer's own rules set is named in a step and left out. Amounts are whole fen, rounded half up once, at the end.

Sources: 《劳动合同法》(2008, amended 2012) art. 46, 47, 82, 85, 87, 97; 《劳动合同法实施条例》(2008) art. 6, 7, 25, 27;
《职工带薪年休假条例》(2008) art. 2, 3, 5; 《企业职工带薪年休假实施办法》(2008) art. 5, 10–12; 《工伤保险条例》(2010)
art. 35–37, 39, 64.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, ClassVar, Literal

from shegong.lib.clocks import add_months
from shegong.lib.errors import N_, Invalid

CONTRACT_LAW = date(2008, 1, 1)
PAID_DAYS = Fraction(87, 4)  # 21.75 paid days a month
Kind = Literal["money", "date", "count"]
DAY = timedelta(days=1)


class InvalidClaim(Invalid):
    """Inputs from which nothing can be reckoned. ``params["field"]`` names the input."""

    MESSAGES: ClassVar[Mapping[str, str]] = {
        "not_positive": N_("Give an amount above zero."),
        "negative": N_("A number below zero cannot be."),
        "order": N_("The last day lies before the first."),
        "before_law": N_("The article applies from %(since)s on; this ended before."),
        "other_year": N_("Both days must lie in one calendar year: leave is granted by the year."),
        "grade": N_("The grade of disability is a number from 1 to 10."),
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """One input. ``kind``: money is in fen, count a whole number."""

    name: str
    label: str
    kind: Kind
    required: bool = True
    help: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a message with its values, and the amount in fen where it comes to one."""

    text: str
    values: Mapping[str, Any]
    fen: int | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The answer in fen; ``most_fen`` is above ``fen`` where the article leaves a range."""

    fen: int
    most_fen: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Calculator:
    """One claim: what it asks and by which article and formula it is reckoned."""

    code: str
    title: str
    formula: str
    article: str
    asks: tuple[Asked, ...]
    reckon: Callable[..., Claim]


def fen(amount: Fraction | int) -> int:
    """Whole fen, half up."""
    return int((amount * 2 + 1) // 2)


def _plain(count: Fraction) -> str:
    """3, 3.5: a count of months as people write it."""
    return f"{float(count):g}"


class _Sheet:
    """The steps as they are written down."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def note(self, text: str, amount: Fraction | int | None = None, **values: Any) -> None:
        self.steps.append(Step(text, values, None if amount is None else fen(amount)))

    def claim(self, least: Fraction | int, most: Fraction | int | None = None) -> Claim:
        return Claim(fen(least), fen(least if most is None else most), tuple(self.steps))


# --- economic compensation --------------------------------------------------------------------------------------------
def service(started_on: date, ended_on: date) -> tuple[int, int]:
    """Whole months of service with both days counted, and the days beyond them."""
    after = ended_on + DAY
    months = (after.year - started_on.year) * 12 + after.month - started_on.month
    if add_months(started_on, months) > after:
        months -= 1
    return months, (after - add_months(started_on, months)).days


def compensated(started_on: date, ended_on: date) -> Fraction:
    """Months of wage by art. 47: one for each year; six months and more count as a year, less as half a month."""
    months, days = service(started_on, ended_on)
    years, rest = divmod(months, 12)
    if rest >= 6:
        return Fraction(years + 1)
    return Fraction(years) + (Fraction(1, 2) if rest or days else 0)


def economic_compensation(
    *, started_on: date, ended_on: date, monthly_fen: int, average_fen: int | None = None, unlawful: bool = False
) -> Claim:
    """Compensation at the end of employment (art. 47), or twice as much after an unlawful dismissal (art. 87).

    ``monthly_fen``: average of the twelve months before the end, all pay included. ``average_fen``: the place's average monthly
    wage of the year before; above three times it wage and years are capped. Raises ``InvalidClaim``.
    """
    _in_order(started_on, ended_on)
    _positive(monthly_fen, "monthly_fen")
    if average_fen is not None:
        _positive(average_fen, "average_fen")
    sheet = _Sheet()
    begun = started_on
    if not unlawful and started_on < CONTRACT_LAW:
        begun = CONTRACT_LAW
        sheet.note(
            N_("Service before %(since)s counts by the rules of that time (art. 97) and is left out here."), since=CONTRACT_LAW
        )
    if ended_on < CONTRACT_LAW:
        raise InvalidClaim("before_law", field="ended_on", since=CONTRACT_LAW)
    months, days = service(begun, ended_on)
    count = compensated(begun, ended_on)
    sheet.note(
        N_("From %(first)s to %(last)s: %(years)s years, %(months)s months, %(days)s days; that is %(count)s months of wage"),
        first=begun, last=ended_on, years=months // 12, months=months % 12, days=days, count=_plain(count),
    )  # fmt: skip
    wage = monthly_fen
    if average_fen is None:
        sheet.note(N_("The place's average wage was not given, so the cap of three times of it was not tested."))
    elif monthly_fen > 3 * average_fen:
        wage, count = 3 * average_fen, min(count, Fraction(12))
        sheet.note(N_("The wage is above three times the place's average: it is capped, and the years at twelve"), wage)
    sheet.note(N_("A wage below the local minimum wage counts as the minimum (regulation art. 27): not tested."))
    amount = wage * count
    sheet.note(N_("Monthly wage × %(count)s months"), amount, count=_plain(count))
    if unlawful:
        amount *= 2
        sheet.note(N_("Twice as much for an unlawful dismissal (art. 87)"), amount)
    return sheet.claim(amount)


# --- double wage ------------------------------------------------------------------------------------------------------
def double_wage(*, started_on: date, ended_on: date, monthly_fen: int, contract_on: date | None = None) -> Claim:
    """The second wage for work without a written contract (art. 82), from the day after one full month to the day before the
    contract, the last day of work or a full year, whichever is first: eleven months at most. Raises ``InvalidClaim``."""
    _in_order(started_on, ended_on)
    _positive(monthly_fen, "monthly_fen")
    if ended_on < CONTRACT_LAW:
        raise InvalidClaim("before_law", field="ended_on", since=CONTRACT_LAW)
    sheet = _Sheet()
    begun = max(started_on, CONTRACT_LAW)
    first = add_months(begun, 1)
    ends = [ended_on, add_months(begun, 12) - DAY]
    if contract_on is not None:
        ends.append(contract_on - DAY)
    last = min(ends)
    if last < first:
        sheet.note(N_("The contract or the end came within the first month: nothing is due."), 0)
        return sheet.claim(0)
    # counted from the first day of work, so that the end of a month never shifts the months after it
    months = 0
    while months < 11 and add_months(begun, months + 2) - DAY <= last:
        months += 1
    rest_from = add_months(begun, months + 1)
    rest = max(0, (last - rest_from).days + 1)
    span = (add_months(begun, months + 2) - rest_from).days
    count = months + Fraction(rest, span)
    text = N_("From %(first)s to %(last)s: %(months)s months and %(days)s days")
    sheet.note(text, first=first, last=last, months=months, days=rest)
    if rest:
        share = Fraction(rest, span)
        sheet.note(N_("%(days)s of the %(span)s days of the last month"), monthly_fen * share, days=rest, span=span)
    sheet.note(N_("The second wage; the first is due anyway"), monthly_fen * count)
    return sheet.claim(monthly_fen * count)


# --- annual leave -----------------------------------------------------------------------------------------------------
def leave_days(years: int) -> int:
    """Days of paid leave a year by years worked in all (art. 3)."""
    return 0 if years < 1 else 5 if years < 10 else 10 if years < 20 else 15


def annual_leave(*, worked_years: int, from_on: date, to_on: date, taken: int, monthly_fen: int) -> Claim:
    """Pay for leave of one calendar year that was not granted: two more daily wages for each day, the normal wage being paid.

    ``from_on``, ``to_on``: the days of employment in that year; a part of a year gives its share, fractions of a day dropped.
    Raises ``InvalidClaim``.
    """
    _in_order(from_on, to_on, "to_on")
    _positive(monthly_fen, "monthly_fen")
    for name, number in (("worked_years", worked_years), ("taken", taken)):
        if number < 0:
            raise InvalidClaim("negative", field=name)
    if from_on.year != to_on.year:
        raise InvalidClaim("other_year", field="to_on")
    if to_on < CONTRACT_LAW:
        raise InvalidClaim("before_law", field="to_on", since=CONTRACT_LAW)
    sheet = _Sheet()
    whole = leave_days(worked_years)
    sheet.note(N_("%(years)s years worked in all: %(days)s days a year"), years=worked_years, days=whole)
    employed = (to_on - from_on).days + 1
    due = min(whole, whole * employed // 365)
    if due != whole:
        text = N_("%(employed)s of 365 days × %(days)s, fractions dropped: %(due)s days")
        sheet.note(text, employed=employed, days=whole, due=due)
    unused = max(0, due - taken)
    sheet.note(N_("%(due)s days due − %(taken)s taken = %(unused)s"), due=due, taken=taken, unused=unused)
    daily = monthly_fen / PAID_DAYS
    sheet.note(N_("Daily wage: monthly wage ÷ 21.75"), daily)
    amount = daily * unused * 2
    sheet.note(N_("%(unused)s days × daily wage × 200 %% beside the normal wage"), amount, unused=unused)
    return sheet.claim(amount)


# --- work injury ------------------------------------------------------------------------------------------------------
_GRANTS = {1: 27, 2: 25, 3: 23, 4: 21, 5: 18, 6: 16, 7: 13, 8: 11, 9: 9, 10: 7}  # months of her own wage
_ALLOWANCES = {1: 90, 2: 85, 3: 80, 4: 75, 5: 70, 6: 60}  # per cent of her own wage, monthly


def work_injury(*, grade: int, monthly_fen: int, average_fen: int | None = None) -> Claim:
    """The one-time disability grant by grade, and the monthly allowance named beside it.

    ``monthly_fen``: average monthly contribution wage of the twelve months before the injury; with ``average_fen``, the region's
    average wage, it is held between 60 and 300 per cent of it. Raises ``InvalidClaim``.
    """
    if grade not in _GRANTS:
        raise InvalidClaim("grade", field="grade")
    _positive(monthly_fen, "monthly_fen")
    if average_fen is not None:
        _positive(average_fen, "average_fen")
    sheet = _Sheet()
    wage: Fraction | int = monthly_fen
    if average_fen is None:
        sheet.note(N_("The region's average wage was not given, so the bounds of 60 and 300 %% of it were not tested."))
    else:
        wage = min(max(Fraction(monthly_fen), average_fen * Fraction(3, 5)), Fraction(3 * average_fen))
        if wage != monthly_fen:
            sheet.note(N_("The wage is held between 60 and 300 %% of the region's average"), wage)
    grant = wage * _GRANTS[grade]
    sheet.note(N_("Grade %(grade)s: %(months)s months of wage"), grant, grade=grade, months=_GRANTS[grade])
    if share := _ALLOWANCES.get(grade):
        text = N_("Monthly allowance of %(share)s %% of the wage, not part of the sum")
        if grade >= 5:
            text = N_("Monthly allowance of %(share)s %% of the wage where the employer has no fitting work, not part of the sum")
        sheet.note(text, Fraction(wage) * share / 100, share=share)
    if grade >= 5:
        sheet.note(N_("The one-time medical and employment grants at the end of work are set by the province: not reckoned."))
    return sheet.claim(grant)


def work_death(*, average_fen: int, income_fen: int) -> Claim:
    """Funeral grant and one-time grant after death at work.

    ``average_fen``: the region's average monthly wage of the year before; ``income_fen``: disposable income a head of the
    country's townspeople in the year before. Raises ``InvalidClaim``.
    """
    _positive(average_fen, "average_fen")
    _positive(income_fen, "income_fen")
    sheet = _Sheet()
    sheet.note(N_("Funeral grant: six months of the region's average wage"), 6 * average_fen)
    sheet.note(N_("One-time grant: twenty times the yearly disposable income of townspeople"), 20 * income_fen)
    sheet.note(N_("The pensions of those she kept depend on who they are: not reckoned."))
    return sheet.claim(6 * average_fen + 20 * income_fen)


# --- unpaid after an order --------------------------------------------------------------------------------------------
def after_order(*, unpaid_fen: int) -> Claim:
    """What is added when an employer does not pay what the labour inspection ordered within its term: 50 to 100 per cent."""
    _positive(unpaid_fen, "unpaid_fen")
    sheet = _Sheet()
    sheet.note(N_("At least 50 %% of the unpaid amount"), Fraction(unpaid_fen, 2))
    sheet.note(N_("At most 100 %% of the unpaid amount"), unpaid_fen)
    return sheet.claim(Fraction(unpaid_fen, 2), unpaid_fen)


def _positive(amount: int, name: str) -> None:
    if amount <= 0:
        raise InvalidClaim("not_positive", field=name)


def _in_order(first: date, last: date, name: str = "ended_on") -> None:
    if last < first:
        raise InvalidClaim("order", field=name)


_STARTED = Asked("started_on", N_("First day of work"), "date")
_ENDED = Asked("ended_on", N_("Last day of work"), "date")
_WAGE = Asked("monthly_fen", N_("Monthly wage (yuan)"), "money", help=N_("Average of the last twelve months, all pay included."))
_AVERAGE = Asked(
    "average_fen", N_("The place's average monthly wage (yuan)"), "money", required=False,
    help=N_("As published for the year before; left empty, the bounds are not tested."),
)  # fmt: skip

CALCULATORS: Mapping[str, Calculator] = {
    one.code: one
    for one in (
        Calculator(
            "compensation", N_("Economic compensation"), N_("monthly wage × years of service"),
            "《劳动合同法》第四十六、四十七、九十七条", (_STARTED, _ENDED, _WAGE, _AVERAGE), economic_compensation,
        ),
        Calculator(
            "unlawful", N_("Damages for unlawful dismissal"), N_("monthly wage × years of service × 2"),
            "《劳动合同法》第八十七条；《劳动合同法实施条例》第二十五条", (_STARTED, _ENDED, _WAGE, _AVERAGE),
            lambda **given: economic_compensation(unlawful=True, **given),
        ),
        Calculator(
            "double_wage", N_("Double wage without a written contract"),
            N_("monthly wage × months without a contract, 11 at most"),
            "《劳动合同法》第八十二条；《劳动合同法实施条例》第六、七条",
            (
                _STARTED, _ENDED,
                Asked("contract_on", N_("Written contract made on"), "date", required=False, help=N_("Empty if never.")),
                _WAGE,
            ),
            double_wage,
        ),
        Calculator(
            "annual_leave", N_("Unused annual leave"), N_("monthly wage ÷ 21.75 × unused days × 200 %%"),
            "《职工带薪年休假条例》第三、五条；《企业职工带薪年休假实施办法》第五、十至十二条",
            (
                Asked("worked_years", N_("Years worked in all"), "count", help=N_("With every employer together.")),
                Asked("from_on", N_("Employed in that year from"), "date"),
                Asked("to_on", N_("Employed in that year until"), "date"),
                Asked("taken", N_("Days taken"), "count"),
                Asked(
                    "monthly_fen", N_("Monthly wage (yuan)"), "money",
                    help=N_("Average of the twelve months before, without overtime pay."),
                ),
            ),
            annual_leave,
        ),
        Calculator(
            "work_injury", N_("Work injury: disability grant"), N_("her own wage × months by grade"),
            "《工伤保险条例》第三十五至三十七、六十四条",
            (
                Asked("grade", N_("Grade of disability"), "count", help=N_("1 to 10, by the decision on work capacity.")),
                Asked(
                    "monthly_fen", N_("Monthly contribution wage (yuan)"), "money",
                    help=N_("Average of the twelve months before."),
                ),
                _AVERAGE,
            ),
            work_injury,
        ),
        Calculator(
            "work_death", N_("Death at work"), N_("6 × average monthly wage + 20 × disposable income"),
            "《工伤保险条例》第三十九条",
            (
                Asked("average_fen", N_("The place's average monthly wage (yuan)"), "money"),
                Asked("income_fen", N_("Disposable income of townspeople (yuan a year)"), "money"),
            ),
            work_death,
        ),
        Calculator(
            "after_order", N_("Unpaid after an order of the labour inspection"), N_("unpaid amount × 50 %% to 100 %%"),
            "《劳动合同法》第八十五条", (Asked("unpaid_fen", N_("Unpaid amount (yuan)"), "money"),), after_order,
        ),
    )
}  # fmt: skip
