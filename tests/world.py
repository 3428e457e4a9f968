"""One thing of every kind, kept by Shipai street, put into whatever state a deed starts from: what could leak to the others."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils import timezone

from shegong.apps.casework.models import (
    AidApplication,
    AidRule,
    Case,
    ClockEvent,
    Document,
    Duty,
    DutyRoster,
    FeeLine,
    FeeRate,
    FeeSheet,
    FirmParty,
    Hearing,
    LawFirm,
    Lawyer,
    LawyerWish,
    LegalAid,
    LegalClock,
    Letter,
    LetterCase,
    Mediation,
    Member,
    Participant,
    PlanNeed,
    Promise,
    Rating,
    Record,
    Referral,
    Resource,
    Station,
    StationHours,
    StationReview,
    StationService,
    StationStaff,
    Task,
    UrgentNeed,
)  # fmt: skip
from shegong.kernel.actions.models import Approval, Notice, SavedFilter
from shegong.kernel.actions.vocabulary import Deed
from shegong.kernel.orgs.models import ApiToken, Grant
from shegong.kernel.orgs.reach import everything
from shegong.kernel.sheets.models import ImportRun
from shegong.kernel.vault.cells import Secret, open_secret
from shegong.kernel.vault.fields import BlindIndex
from shegong.lib import creditcode, idcard
from shegong.registry.models import Employer, Person

from . import cast

DAY = dt.date(2026, 3, 2)
CANARY = "金丝雀欠薪四个月"
CLIENT = "欧阳金丝雀"
PHONE = "13800001234"


@dataclass
class World:
    """Things by kind code; ``put`` moves one into the state a deed starts from."""

    things: dict[str, Any]

    def target(self, deed: Deed) -> Any:
        """The organisation for deeds that create, else the home thing, in a state from which the deed could be done."""
        if deed.creates:
            return cast.org("town")
        thing = self.things[deed.kind.code]
        with everything():
            fields: dict[str, Any] = {}
            if deed.source:
                state = sorted(deed.source)[0]
                fields = {"state": state}
                if deed.kind.code == "casework.fee_sheet":
                    approved = state not in ("draft", "submitted")
                    fields |= {
                        "approved_by": cast.user("county_clerk") if approved else None, "approved_on": DAY if approved else None,
                    }  # fmt: skip
                if isinstance(thing, Case):
                    fields |= {
                        "closed_on": DAY if state in ("closed", "follow_up") else None,
                        "held_from": "intervention",
                    }
                if isinstance(thing, Person):
                    fields |= {"merged_into": self.things["other_person"] if state == "merged" else None}
                type(thing).objects.filter(pk=thing.pk).update(**fields)
            self._vote(deed, thing)
            thing.refresh_from_db()
        return thing

    def _vote(self, deed: Deed, thing: Any) -> None:
        Approval.objects.filter(
            object_id=thing.pk, state="open"
        ).delete() if deed.kind.code in ("casework.case", "casework.letter") else None
        flow = deed.flow or {
            "casework.case.withdraw_plan": "casework.plan", "casework.case.withdraw_closure": "casework.closure",
            "casework.letter.take_back": "casework.letter",
        }.get(deed.code)  # fmt: skip
        if flow:
            Approval.objects.create(
                flow=flow, tiers=[{"role": "supervisor", "need": 1, "days": 3}], kind=deed.kind.code, object_id=thing.pk,
                title="x", opened_by=cast.user("town_worker"), due_on=DAY, **_at("town"),
            )  # fmt: skip


def _at(key: str) -> dict[str, Any]:
    org = cast.org(key)
    return {"org": org, "org_path": org.path}


def digest_of_everything() -> str:
    """A digest over every row of the tables that deeds write: a denied deed must not change it."""
    total = hashlib.sha256()
    for model in (Case, Record, PlanNeed, Task, Member, Participant, Document, Rating, Referral, UrgentNeed, Resource, Promise, LegalAid, LegalClock, ClockEvent, LawFirm, Lawyer, FirmParty,
                  AidApplication, AidRule, Hearing, Mediation, Letter, LetterCase,
                  Station, StationHours, StationStaff, StationService, StationReview, LawyerWish, DutyRoster, Duty, FeeRate, FeeSheet,
                  FeeLine,
                  Person, Employer, Approval, Grant):  # fmt: skip
        for row in model.objects.order_by("pk").values_list():  # type: ignore[attr-defined]
            total.update(repr([bytes(v) if isinstance(v, memoryview) else v for v in row]).encode())
    return total.hexdigest()


def build(home: str = "town") -> World:
    """Make the things. Needs a transaction; opens its own reach."""
    with everything():
        worker, town_worker = cast.user("worker"), cast.user("town_worker")
        employer = Employer.objects.create(name="金丝雀电子有限公司", union_org=cast.org("base"))
        person = Person.objects.create(
            name=CLIENT, id_number=idcard.synthetic(birth_on=dt.date(1988, 5, 6), sex="1"), phone=PHONE, employer=employer,
            user=worker, **_at(home),
        )  # fmt: skip
        other = Person.objects.create(name="欧阳金丝", phone=PHONE, **_at(home))
        case = Case.objects.create(
            number="2026-9000001", line="rights", problem="wages", client=person, employer=employer, summary=CANARY,
            raised_by=town_worker, worker=town_worker, registered_on=DAY, consent_on=DAY, state="intervention", form="group",
            due_on=DAY, **_at(home),
        )  # fmt: skip
        on_file: dict[str, Any] = {"case": case, **_at(home)}
        Record.objects.create(kind="visit", body='{"text": "金丝雀家访"}', happened_on=DAY, by=town_worker, **on_file)
        need = PlanNeed.objects.create(
            problem="wages", goal="拿回工资", indicator="到账", method="协商", owner=town_worker, due_on=DAY, **on_file
        )
        Task.objects.create(need=need, text="催办", owner=town_worker, due_on=DAY, **on_file)
        for account, tie in (("worker", "client"), ("lawyer", "lawyer"), ("mediator", "mediator")):
            Member.objects.create(user=cast.user(account), tie=tie, **on_file)
        clock = LegalClock.objects.create(
            limit="arbitration.limitation", started_on=DAY, due_on=DAY + dt.timedelta(365), note="金丝雀时效", by=town_worker, **on_file
        )
        ClockEvent.objects.create(clock=clock, kind="interrupt", happened_on=DAY, reason="金丝雀投诉", by=town_worker, **on_file)
        Participant.objects.create(person=person, claimed_fen=100, **on_file)
        Document.objects.create(
            title="金丝雀工资条",
            media="image/png",
            size=1,
            digest="0" * 64,
            stored="missing",
            by=town_worker,
            **on_file,
        )
        things: dict[str, Any] = {
            "registry.person": person, "other_person": other, "registry.employer": employer, "registry.org": cast.org(home),
            "registry.grant": Grant.objects.get(user__username="colleague"), "casework.case": case, "need": need,
            "casework.legal_clock": clock, "casework.law_firm": _firm(home),
        }  # fmt: skip
        things |= _linked(case, need, on_file) | _beside(case) | _aid(case, on_file) | _letter(case, on_file)
        things |= _duty(home, things["casework.law_firm"])
        things["document"] = Document.objects.get(case=case)
    return World(things)


def _firm(home: str) -> LawFirm:
    """A firm on the panel, with a lawyer who has no account and a party that nobody else knows."""
    firm = LawFirm.objects.create(name="金丝雀律师事务所", credit_code=creditcode.synthetic(1, prefix="31"), **_at(home))
    Lawyer.objects.create(firm=firm, name="金律师", licence="14401201510000001", **_at(home))
    FirmParty.objects.create(firm=firm, side="for", name="金丝雀顾问有限公司", plain="金丝雀顾问有限公司", core="金丝雀顾问", **_at(home))
    return firm


def _duty(home: str, firm: LawFirm) -> dict[str, models.Model]:
    """A service point with everything, a lawyer with an account and a wish, her published duty, a fee and an approved sheet."""
    place, clerk = _at(home), cast.user("county_clerk")
    station = Station.objects.create(
        name="金丝雀工作站", site=cast.org("station"), site_path=cast.org("station").path, host=cast.org("partner"), state="open",
        opened_on=DAY, **place,
    )  # fmt: skip
    on_it = {"station": station, **place}
    StationHours.objects.create(weekday=0, opens=dt.time(9), closes=dt.time(17), valid_from=DAY, **on_it)
    StationStaff.objects.create(name="金丝雀职员", since=DAY, **on_it)
    StationService.objects.create(town=cast.org("town2"), since=DAY, **on_it)
    StationReview.objects.create(year=2026, reviewed_on=DAY, **on_it)
    lawyer = Lawyer.objects.create(firm=firm, name="金丝雀律师", licence="14401201510000002", user=cast.user("lawyer"), **place)
    LawyerWish.objects.create(lawyer=lawyer, kind="leave", first=DAY, last=DAY, reason="金丝雀请假", **place)
    roster = DutyRoster.objects.create(month=DAY.replace(day=1), **place)
    duty = Duty.objects.create(
        roster=roster, day=DAY, opens=dt.time(9), closes=dt.time(17), lawyer=lawyer, published=True, consultations=1, minutes=60,
        offered_at=timezone.now(), **on_it,
    )  # fmt: skip
    sheet = FeeSheet.objects.create(
        month=DAY.replace(day=1), state="approved", drawn_by=cast.user("legal_officer"), approved_by=clerk, approved_on=DAY,
        total_fen=100, **place,
    )  # fmt: skip
    FeeLine.objects.create(
        sheet=sheet, lawyer=lawyer, firm=firm, lawyer_name=lawyer.name, firm_name=firm.name, station_name=station.name, item="duty",
        source_kind="casework.duty", source_id=duty.pk, told=station.name, happened_on=DAY, rate_fen=100, amount_fen=100, **place,
    )  # fmt: skip
    return {
        "casework.station": station, "casework.lawyer": lawyer, "casework.duty_roster": roster, "casework.duty": duty,
        "casework.fee_rate": FeeRate.objects.create(item="duty", amount_fen=100, valid_from=DAY, by=clerk, **place),
        "casework.fee_sheet": sheet,
    }  # fmt: skip


def _aid(case: Case, on_file: dict[str, Any]) -> dict[str, models.Model]:
    """An application to the county, a means test of the home town, a hearing."""
    office, by, workshop = cast.org("county"), cast.user("town_worker"), cast.org("workshop")
    return {
        "casework.aid": AidApplication.objects.create(
            number="2026援900001", case_number=case.number, office=office, office_path=office.path, state="accepted",
            applicant_name=CLIENT, form="representation", stage="arbitration", dispute="金丝雀欠薪", facts=CANARY, applied_on=DAY,
            decided_on=DAY, entry=LegalAid.objects.create(
                number="2026援900001", form="representation", stage="arbitration", applicant_name="另一人", accepted_on=DAY,
                org=office, org_path=office.path,
            ), by=by, **on_file,
        ),
        "casework.aid_rule": AidRule.objects.create(
            valid_from=DAY, ceiling_fen=250_000, basis="金丝雀援助办法", keep_years=10, by=by, org=case.org, org_path=case.org_path
        ),
        "casework.mediation": Mediation.objects.create(
            number="2026调900001", case=case, org=workshop, org_path=workshop.path, state="agreed", applicant_name=CLIENT,
            opponent="金丝雀公司", claim=CANARY, agreement=CANARY, agreed_fen=100_00, applied_on=DAY, ended_on=DAY, by=by,
            mediator=cast.user("mediator"),
        ),
        "casework.hearing": Hearing.objects.create(
            kind="court", at=timezone.now(), forum="金丝雀人民法院", by=by, **on_file
        ),
    }  # fmt: skip


def _letter(case: Case, on_file: dict[str, Any]) -> dict[str, models.Model]:
    """A letter of the home town about the home case, in every respect complete, so that only its state says what can be done."""
    letter = Letter.objects.create(
        kind="reminder", number="石工提字〔2026〕1号", mark="石工", year=2026, serial=1, employer=case.employer, subject="金丝雀工资支付",
        text=CANARY, basis="金丝雀条", asks="金丝雀补发", by=cast.user("town_worker"), drafted_on=DAY, sent_on=DAY, way="left", served_on=DAY,
        proof="金丝雀回证", reply="refused", answered_on=DAY, answer="金丝雀答复", org=case.org, org_path=case.org_path,
    )  # fmt: skip
    LetterCase.objects.create(letter=letter, **on_file)
    return {"casework.letter": letter}


def _beside(case: Case) -> dict[str, models.Model]:
    """What has an address without being of a declared kind: an upload of the town, and small things of town_worker's own."""
    town_worker = cast.user("town_worker")
    return {
        "run": ImportRun.objects.create(
            sheet_code="registry.people", actor_id=town_worker.pk, digest="0" * 64, original_name="金丝雀名册.xlsx",
            size_bytes=1, state="checked", counts={"good": 1}, **_at("town"),
        ),
        "notice": Notice.objects.create(
            user=town_worker, text="A new request came in: %(number)s.", values={"number": case.number}, kind="casework.case",
            object_id=str(case.pk),
        ),
        "filter": SavedFilter.objects.create(user=town_worker, page="case_list", label="金丝雀筛选", query=f"number={case.number}"),
        "token": ApiToken.objects.create(
            user=town_worker, name="金丝雀系统", digest="0" * 64, expires_at=timezone.now() + dt.timedelta(days=1)
        ),
    }  # fmt: skip


def again(row: models.Model, **changed: Any) -> Any:
    """A row like this one, with its own key; what must be unique is made so, what is sealed is sealed anew."""
    values: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        if (
            field.name in changed
            or field.primary_key
            or isinstance(field, BlindIndex)
            or getattr(field, "generated", False)
        ):
            continue
        value = getattr(row, field.attname)
        if isinstance(field, models.CharField) and (field.unique or field.name in ("number", "digest")):
            value = uuid.uuid4().hex[: field.max_length]
        elif isinstance(value, Secret):
            value = None if field.name == "id_number" else open_secret(value)
        elif isinstance(field, models.BinaryField):
            value = uuid.uuid4().bytes
        values[field.attname] = value
    made = type(row)(**{**values, **changed})
    made.save(force_insert=True)
    return made


def addresses(home: World) -> dict[str, str]:
    """The names that addresses in the table of doors use for things kept at home."""
    short = {code.rpartition(".")[2]: str(thing.pk) for code, thing in home.things.items()}
    with everything():
        number = open_secret(Person.objects.get(pk=home.things["registry.person"].pk).id_number)
    return {**short, "town": str(cast.org("town").pk), "id_number": number}


def _linked(case: Case, need: PlanNeed, on_file: dict[str, Any]) -> dict[str, models.Model]:
    partner = cast.org("partner")
    town_worker, place = cast.user("town_worker"), {"org": case.org, "org_path": case.org_path}
    resource = Resource.objects.create(
        title="金丝雀救助金", kind="money", problem="relief", giver="区总工会", giver_org=cast.org("county"), **place
    )
    return {
        "casework.referral": Referral.objects.create(
            need=need, to_org=partner, to_path=partner.path, client_name=CLIENT, shared=CANARY, sent_by=town_worker,
            sent_on=DAY, due_on=DAY, consent_on=DAY, **on_file,
        ),
        "casework.urgent_need": UrgentNeed.objects.create(
            number="X2026-1", problem="wages", text=CANARY, raised_by=cast.user("worker"), owner=town_worker, raised_on=DAY,
            due_on=DAY, next_move_on=DAY, **place,
        ),
        "casework.resource": resource,
        "casework.promise": Promise.objects.create(
            resource=resource, asked_by=town_worker, asked_on=DAY, due_on=DAY, to_path=cast.org("county").path, **on_file
        ),
        "casework.rating": Rating.objects.create(
            worker=town_worker, line="rights", code_digest=b"x", asked_on=DAY, expires_on=DAY, **on_file
        ),
        "casework.legal_aid": LegalAid.objects.create(
            number="金丝雀-1", form="mediation", applicant_name=CLIENT, accepted_on=DAY, **place
        ),
    }  # fmt: skip
