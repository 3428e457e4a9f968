"""A canary in every text kept at home: whoever is foreign searches, filters, sorts, exports and follows every link, by page and
by API, and no canary comes back; nor does a case number, nor a count that would tell of one."""

from __future__ import annotations

import io
import re
import uuid
import zipfile
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import unquote, urljoin

import pytest
from django.db import transaction
from django.test import Client

from shegong.apps.casework.models import CaseSearch, NeedEntry
from shegong.kernel.orgs.reach import everything
from shegong.kernel.vault import search
from shegong.kernel.vault.cells import open_secret
from shegong.registry.models import Person, PersonSearch
from shegong.site import api

from . import cast, world
from .test_access import FOREIGN, sign_in

MOST = 40  # links that one crawl follows beyond the addresses it asks for
LINK = re.compile(r'(?:href|action|hx-get|src)="(/[^"#]*)"')
NEVER = re.compile(r"^/(static|sign-out|_kit)")  # no pages, or the end of the crawl
# Foreign to the content of the home case, though some of them work in the house next door or above it.
STRANGERS = [a for a in FOREIGN if a != "suspended"] + ["base_cadre", "legal_officer", "hotline", "other_worker", "system_admin"]
OPEN = {"registry.employer", "casework.resource", "registry.org", "registry.grant", "filter", "token"}  # directories, numbers
SUPERIORS = ["city_officer", "province_officer"]


class House:
    """What is kept at home, and what of it must never be read elsewhere."""

    def __init__(self) -> None:
        self.things = world.build().things
        case = self.things["casework.case"]
        with everything():
            person = Person.objects.get(pk=case.client_id)
            self.number = open_secret(person.id_number)
            search.put(CaseSearch, case.pk, [world.CANARY, "金丝雀家访"])
            search.put(PersonSearch, person.pk, [world.CLIENT])
            NeedEntry.objects.create(need=self.things["casework.urgent_need"], by=cast.user("town_worker"), text="金丝雀答复", kind="answer")
        self.case = case
        keys = {str(t.pk) for code, t in self.things.items() if code not in OPEN and len(str(t.pk)) > 20}
        words = {world.CANARY, world.CLIENT, world.PHONE, self.number, case.number, "X2026-1", "金丝雀-1"}
        self.secrets = words | keys | {"金丝雀家访", "金丝雀工资条", "金丝雀答复", "金丝雀名册", "金丝雀筛选", "金丝雀系统", "催办", "拿回工资"}

    def asked(self) -> list[str]:
        """Addresses that ask for what is kept at home in every way there is a box for."""
        case, town = self.case, cast.org("town").pk
        words = [world.CLIENT, "欧阳", "ouyangjinsique", "oyjsq", world.PHONE, self.number, case.number, world.CANARY, "X2026-1"]
        found = [f"/search?q={w}" for w in words] + [f"/people?q={w}" for w in ("欧阳", "oyjsq", world.PHONE, self.number)]
        found += [f"/employers?q={world.CLIENT}", "/cases?client=欧阳", "/cases?client=oyjsq", "/cases?text=欠薪"]
        found += [f"/cases?{q}" for q in (
            f"number={case.number}", f"org={town}", f"worker={case.worker_id}", f"employer={case.employer_id}", "line=rights",
            "problem=wages", "state=intervention", "state=open", "overdue=1", "order=priority", "order=priority&risk=0", "mine=1",
            "registered_from=2026-03-02&registered_to=2026-03-02", f"after={uuid.UUID(int=2**128 - 1)}", f"org={town}&order=priority",
        )]  # fmt: skip
        found += [f"/cases/export?org={town}", f"/people/export?q={self.number}", f"/legal-aid/export?text={world.CLIENT}"]
        found += [f"/legal-aid?text={world.CLIENT}", "/legal-aid?text=金丝雀-1", f"/legal-aid?org={town}", "/needs?problem=wages"]
        found += ["/needs?overdue=1", "/referrals?state=sent", f"/organisations?below={town}", f"/resources?text={case.number}"]
        found += [f"/{page}?org={town}" for page in ("dashboard", "reports/T09", "figures/casework.open", "figures/casework.open/entries")]
        found += [f"/figures/casework.registered/entries?org={town}&format={f}" for f in ("csv", "xlsx")]
        found += [f"/reports/T09?org={town}&format={f}" for f in ("csv", "xlsx", "json")] + [f"/reports/T09?org={town}&print=1"]
        return found + self.by_key()

    def by_key(self) -> list[str]:
        """The addresses of the very things."""
        at = {code.rpartition(".")[2]: thing.pk for code, thing in self.things.items()}
        found = [f"/cases/{at['case']}{tail}" for tail in ("", "/readers", "/print")]
        found += [f"/people/{at['person']}", f"/people/{at['person']}/merge/{at['other_person']}", f"/documents/{at['document']}"]
        found += [f"/documents/{at['document']}/preview", f"/referrals/{at['referral']}", f"/needs/{at['urgent_need']}"]
        found += [f"/promises/{at['promise']}", f"/legal-aid/{at['legal_aid']}", f"/imports/{at['run']}", f"/imports/{at['run']}/progress"]
        found += [f"/imports/{at['run']}/returned", f"/inbox/{at['notice']}"]
        kinds = [(code, thing.pk) for code, thing in self.things.items() if code.count(".") == 1]
        found += [f"/why/{code}/{pk}" for code, pk in kinds]
        return found + [f"/do/{deed}/{at['case']}" for deed in ("casework.case.break_glass", "casework.case.correct_facts")]

    def operations(self) -> list[str]:
        case, months = self.case, "org=town&from=2026-01&to=2026-03"
        found = [f"cases?{q}" for q in (
            "", f"client={world.CLIENT}", "text=欠薪", f"number={case.number}", "org=town", "order=priority", "line=rights", "risk=0",
            "external_ref=x", "mine=true", "overdue=true",
        )]  # fmt: skip
        found += ["me", "orgs", "orgs?kind=town", "urgent-needs", "referrals", "referrals?end=received", "indicators"]
        found += [f"cases/{case.pk}", f"cases/{case.pk}/progress", f"reports/T09?{months}", f"indicators/casework.open?{months}"]
        found += [f"indicators/casework.registered?{months}&by={by}" for by in ("area", "month", "line")]
        return [f"/api/v1/{each}" for each in found]





@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any) -> Iterator[House]:
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        try:
            yield House()
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)


def body(answer: Any) -> str:
    """Everything an answer holds, also inside a workbook."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if content[:2] == b"PK":
        book = zipfile.ZipFile(io.BytesIO(content))
        content = b"\n".join(book.read(name) for name in book.namelist())
    return content.decode("utf-8", "replace") + str(dict(answer.headers))


def asked_for(address: str) -> set[str]:
    """Words of the address itself: a page may repeat what it was asked."""
    return {part for part in re.split(r"[?&=/]", unquote(address)) if part}


def crawl(client: Client, start: list[str]) -> Iterator[tuple[str, str]]:
    """(address, text) of the start, then of links as they are found."""
    waiting, known = list(start), set(start)
    left = MOST + len(start)
    while waiting and left:
        address = waiting.pop(0)
        left -= 1
        with transaction.atomic():
            answer = client.get(address)
            text = body(answer)
            transaction.set_rollback(True)
        assert answer.status_code < 500, address
        yield address, text
        links = [unescape(link) for link in LINK.findall(text)] + ([answer["Location"]] if "Location" in answer else [])
        for link in (urljoin(address, found) for found in links):
            if link not in known and link.startswith("/") and not NEVER.match(link):
                known.add(link)
                waiting.append(link)


def leaks(client: Client, start: list[str], secrets: set[str]) -> list[str]:
    found = []
    for address, text in crawl(client, start):
        for secret in secrets - asked_for(address):
            if secret in text:
                found.append(f"{address}: {secret}")
    return found


PLACES = ["/", "/cases", "/people", "/people/duplicates", "/employers", "/organisations", "/posts", "/accounts", "/needs", "/referrals",
          "/resources", "/legal-aid", "/dashboard", "/reports", "/imports", "/imports/new", "/inbox", "/me", "/trail", "/cases/new"]  # fmt: skip


@pytest.mark.parametrize("account", STRANGERS)
def test_no_canary_flies_to_a_stranger(house, account):
    with transaction.atomic():
        client = sign_in(account)
        api.buckets._levels.clear()
        found = leaks(client, [*house.asked(), *house.operations(), *PLACES], house.secrets)
        transaction.set_rollback(True)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("account", SUPERIORS)
def test_the_levels_above_see_rows_but_no_name_no_number_no_word(house, account):
    """Case numbers, needs and the rows of lists are theirs; what stands in the file and who it is about is not."""
    with transaction.atomic():
        client = sign_in(account)
        api.buckets._levels.clear()
        words = {world.CLIENT, world.PHONE, house.number, "金丝雀家访", "金丝雀工资条", "催办", "拿回工资"}
        starts = [a for a in house.asked() if "/do/casework.case.break_glass" not in a]
        found = leaks(client, [*starts, *house.operations(), *PLACES], words)
        transaction.set_rollback(True)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("account", STRANGERS)
def test_the_same_number_of_hits_whether_or_not_it_is_there(house, account):
    """Lists and search say the same of what is kept at home as of what was never kept anywhere."""
    pairs = [
        (f"/search?q={world.CLIENT}", "/search?q=司徒乌有先"), (f"/people?q={house.number}", "/people?q=110101199003074370"),
        (f"/cases?number={house.case.number}", "/cases?number=2026-9999999"), ("/cases?text=欠薪四个月", "/cases?text=乌有之事实"),
        (f"/cases?client={world.CLIENT}", "/cases?client=司徒乌有先"), (f"/people?q={world.PHONE}", "/people?q=13900009999"),
    ]  # fmt: skip
    with transaction.atomic():
        client, differ = sign_in(account), []
        for there, nowhere in pairs:
            texts = [re.sub(re.escape(q.partition("=")[2]), "ASKED", shown(client, q)) for q in (there, nowhere)]
            if texts[0] != texts[1]:
                differ.append(there)
        transaction.set_rollback(True)
    assert not differ, differ


def shown(client: Client, address: str) -> str:
    from .test_access import _plain

    answer = client.get(address)
    text = unescape(_plain(answer.content)) if answer.status_code < 400 else ""
    text = re.sub(r"%[0-9A-F]{2}(?:%[0-9A-F]{2})*(?:\d+)?", "ASKED", text.replace(address, "ADDRESS"))
    return f"{answer.status_code} {text}"
