"""Laws that hold for whatever is declared, now or later: figures add up, sheets round-trip, each deed leaves its line."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from typing import Any

import pytest
from django import forms
from django.db import transaction

from shegong.apps.casework.models import Case
from shegong.apps.casework.views.entries import LISTS
from shegong.kernel.actions.forms import DeedForm
from shegong.kernel.actions.vocabulary import all_deeds, form_of
from shegong.kernel.audit.models import Entry
from shegong.kernel.indicators import figures, upkeep
from shegong.kernel.indicators.declare import all_cubes, all_indicators
from shegong.kernel.indicators.figures import Ask
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import acting, everything, today
from shegong.kernel.sheets import runs, services
from shegong.kernel.sheets.declare import Column, Sheet, Type, all_sheets
from shegong.kernel.sheets.tests.conftest import own_store  # noqa: F401 - a fixture
from shegong.kernel.sheets.tests.files import table
from shegong.kernel.sheets.tests.taking import take
from shegong.kernel.sheets.write.looks import heading
from shegong.kernel.sheets.write.template import write_template
from shegong.lib import creditcode, idcard
from shegong.registry.models import Employer

from . import access_policy, cast, world
from .test_access import CLICKED, sign_in

pytestmark = pytest.mark.django_db


def test_every_figure_opens_to_a_list_of_rows():
    assert {cube.model for cube in all_cubes().values() if cube.model.startswith("casework.")} <= set(LISTS)


# --- figures ------------------------------------------------------------------------------------------------------------
PLACES = ("town", "town2", "county", "neighbour_town", "other_town", "station")


def _spread(home: world.World) -> None:
    """Copies of everything that is counted, at every level of two cities, in every form that some figure asks for."""
    for number, key in enumerate(PLACES):
        place = {"org": cast.org(key), "org_path": cast.org(key).path}
        case = home.things["casework.case"]
        ended = {"state": "closed", "closed_on": world.DAY, "close_reason": "goal", "recovered_fen": 7}
        opened = world.again(case, client=None, claimed_fen=100 + number, **place)
        closed = world.again(case, client=None, **ended, **place)
        world.again(home.things["casework.rating"], case=opened, **place)
        scores = dict.fromkeys(("overall", "attitude", "speed", "result"), 1 + number % 5)
        answered = {"state": "given", "given_on": world.DAY, **scores}
        world.again(home.things["casework.rating"], case=closed, **answered, **place)
        for state in ("raised", "closed"):
            world.again(home.things["casework.urgent_need"], state=state, closed_on=world.DAY, **place)
        for state in ("sent", "done"):
            need = world.again(home.things["need"], case=case)
            world.again(home.things["casework.referral"], state=state, need=need, case=case, **place)
        for state in ("performed", "not_reached"):
            told = {"case": None, "days": 3, "confirmed_on": world.DAY if state == "performed" else None}
            world.again(home.things["casework.mediation"], state=state, **told, **place)
        for n, (kind, state, in_time) in enumerate((
            ("reminder", "corrected", "yes"), ("opinion", "uncorrected", "no"), ("opinion", "answered", "yes"),
        )):  # fmt: skip
            told = {"in_time": in_time, "serial": 10 * number + n + 2}
            world.again(home.things["casework.letter"], kind=kind, state=state, **told, **place)
        for form in ("mediation", "representation", "consultation", "drafting"):
            money = {"claimed_fen": 11, "recovered_fen": 5, "is_group": True, "people": 2 + number}
            world.again(home.things["casework.legal_aid"], form=form, **money, **place)


def test_a_parent_is_the_sum_of_its_children_and_its_own_for_every_figure():
    with everything():
        _spread(world.build())
        upkeep.rebuild()
        codes = [code for code, one in all_indicators().items() if one.live is None and code.startswith("casework.")]
        for org in Org.objects.filter(kind__in=["province", "city", "county", "town"]):
            ask = Ask(org, world.DAY, world.DAY)
            whole = figures.table(codes, ask).get((), dict.fromkeys(codes, 0))
            below = [figures.table(codes, Ask(child, world.DAY, world.DAY)) for child in Org.objects.filter(parent=org)]
            below.append(figures.table(codes, Ask(org, world.DAY, world.DAY, own=True)))
            assert whole == {code: sum(part.get((), {}).get(code, 0) for part in below) for code in codes}, org.code
            if org.kind == "province":
                assert not [code for code, value in whole.items() if not value], "a figure without anything to add up"


# --- sheets -------------------------------------------------------------------------------------------------------------
def _example(column: Column) -> Any:
    """What a careful person would write below this heading."""
    by_name = {"birth_on": dt.date(1990, 1, 2), "area_code": "440106", "result": "成功"}
    by_type = {
        Type.DATE: world.DAY, Type.MONTH: "2026-03", Type.MONEY: 12, Type.INTEGER: 3, Type.DECIMAL: 1,
        Type.YES_NO: "是", Type.CREDIT_CODE: creditcode.synthetic(1), Type.ORGANISATION: cast.org("town").name, Type.PHONE: "13800000001",
        Type.ID_NUMBER: idcard.synthetic(birth_on=dt.date(1990, 1, 2), sex="1"),
    }  # fmt: skip
    first = str(column.choices[0].label) if column.choices else column.example
    return by_name.get(column.name) or by_type.get(column.type) or first or "某某"


def _filled(sheet: Sheet) -> bytes:
    """The sheet's own template, with one row written under its headings."""
    out = io.BytesIO()
    write_template(sheet, out)
    layout = take(out.getvalue(), sheet).layout
    assert [match.column for match in layout.matches] == list(sheet.columns), (
        "the template is read back column by column"
    )
    return table([[heading(c) for c in sheet.columns], [_example(c) for c in sheet.columns]])


@pytest.mark.usefixtures("own_store")
@pytest.mark.parametrize("sheet", [s for s in all_sheets() if s.commit], ids=lambda s: s.code)
def test_a_filled_template_is_taken_without_an_error(sheet, monkeypatch):
    monkeypatch.setattr("shegong.kernel.sheets.tasks.start", runs.perform)
    role = sorted(runs.deed_of(sheet.code).roles & {"town_worker", "county_clerk"})[-1]
    with everything():  # the employer and the group case that rows may name
        Employer.objects.create(name="示例制造有限公司", credit_code=creditcode.synthetic(1))
        town = cast.org("town")
        Case.objects.create(
            number="20260000001", form="group", line="rights", state="intake", registered_on=world.DAY, org=town, org_path=town.path
        )
    with acting(cast.actor(role)) as actor:
        run = runs.upload(
            actor, io.BytesIO(_filled(sheet)), sheet_code=sheet.code, place=cast.org("town"), name="表.xlsx"
        )
        run = runs.upload_of(actor, run.pk)
        errors = [(e.cell, e.code, e.params) for e in services.errors_of(run)]
    assert (run.state, run.counts.get("good"), errors) == ("checked", 1, [])


@pytest.mark.parametrize("sheet", [s for s in all_sheets() if not s.commit], ids=lambda s: s.code)
def test_what_only_leaves_reads_back_too(sheet):
    taken = take(_filled(sheet), sheet, resolve=lambda written: written)
    assert not taken.errors
    assert [set(row.values) for row in taken.rows] == [{c.name for c in sheet.columns}]


# --- the trail ----------------------------------------------------------------------------------------------------------
# A deed on one thing that is also one on another has a line on each; one that starts another deed has that deed's line too.
ALSO = {
    **{f"casework.referral.{verb}": 1 for verb in ("accept", "decline", "finish", "recall")},  # on the case's file
    "casework.urgent_need.take_up": 1,  # the new case
    "casework.case.split_participant": 1,  # the case that goes on alone
}


def _value(field: forms.Field) -> Any:
    """Something that the field may take."""
    if field.initial not in (None, "") and not callable(field.initial):
        return field.initial
    if isinstance(field, forms.ModelChoiceField):
        first = field.queryset.first()
        return first.pk if first else ""
    if isinstance(field, forms.ChoiceField):
        return next((c[0] for c in field.choices if c[0]), "")
    plain = {forms.DateField: today(), forms.IntegerField: 1, forms.BooleanField: "on", forms.FileField: ""}
    return next((value for kind, value in plain.items() if isinstance(field, kind)), "金丝雀说明")


def _post(code: str, home: world.World) -> tuple[int, list[tuple[str, str]]]:
    """Do the deed as somebody who may, with what its form asks for at least. Status, and the lines that came into the trail."""
    deed, accounts = all_deeds()[code], access_policy.DEEDS[code]
    account = "town_worker" if "town_worker" in accounts else sorted(accounts)[0]
    target = home.target(deed)
    with acting(cast.actor(account)) as actor:
        form = (form_of(code) or DeedForm)(actor=actor, target=target)
        given = {name: _value(field) for name, field in form.fields.items() if field.required}
    with everything():
        last = Entry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    answer = sign_in(account).post(f"/do/{code}/{target.pk}", {**given, "idempotency_key": str(uuid.uuid4())})
    with everything():
        lines = list(Entry.objects.filter(seq__gt=last).order_by("seq").values_list("deed", "outcome"))
    return answer.status_code, lines


def test_each_deed_leaves_exactly_one_line():
    home, wrong, done = world.build(), [], set()
    for code in sorted(c for c in CLICKED if access_policy.DEEDS.get(c)):
        with transaction.atomic():
            status, lines = _post(code, home)
            transaction.set_rollback(True)
        if status in (200, 302):
            done.add(code)
            fits = lines.count((code, "done")) >= 1 and len(lines) == 1 + ALSO.get(code, 0)
        else:  # refused by a rule: a line; a form not filled rightly is no deed yet
            fits = status == 422 and lines in ([], [(code, "refused")])
        if not fits:
            wrong.append(f"{code}: {status} {lines}")
    assert not wrong, "\n".join(wrong)
    assert len(done) > len(CLICKED) * 2 / 3, f"too few were done to say anything: {sorted(set(CLICKED) - done)}"
    assert set(ALSO) <= done
