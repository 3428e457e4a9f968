"""The worker's own rating: by her code only, once, in time, and never by staff; scores of few are not shown."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client

from shegong.apps.casework.models import Case, Rating, RatingTry
from shegong.apps.casework.queries import ratings as reading
from shegong.apps.casework.services import ratings
from shegong.kernel.actions.errors import NotAllowed, Refused, WrongState
from shegong.kernel.audit.models import Entry
from shegong.kernel.orgs.reach import Actor, acting, everything, today, widened
from tests import cast

from . import given
from .given import do

pytestmark = pytest.mark.django_db
ANSWERS = {"overall": 5, "attitude": 5, "speed": 4, "result": 4, "comment": "谢谢帮助"}
INVALID = "无效"


def invited(worker: str = "town_worker") -> tuple[Case, str]:
    case = given.case()
    with acting(cast.actor(worker)) as actor:
        with everything():
            Case.objects.filter(pk=case.pk).update(worker=cast.user(worker))
        case.worker_id = cast.user(worker).pk
        _rating, code = ratings.invite(actor, case)
    return case, code


def visitor(address: str = "192.0.2.1") -> Actor:
    return Actor(0, "", address=address)


def rate(code: str, actor: Actor | None = None, **answers: object) -> Rating:
    with acting(actor or visitor()) as anonymous:
        return ratings.rate(anonymous, code, **{**ANSWERS, **answers})


def stored(case: Case) -> Rating:
    with everything():
        return Rating.objects.get(case=case)


def test_closing_gives_a_code_and_the_code_rates_once():
    case = given.closed()
    code = case.shown_once["rating_code"]
    assert re.fullmatch(r"[2-9A-HJ-NP-Z]{8}", code)
    rate(f" {code[:4].lower()}-{code[4:]} ")  # as typed from paper
    found = stored(case)
    assert (found.state, found.overall, found.comment, found.given_on) == ("given", 5, "谢谢帮助", today())
    with pytest.raises(Refused):
        rate(code, overall=1)
    assert stored(case).overall == 5


def test_the_database_holds_no_code():
    case, code = invited()
    assert code.encode() not in bytes(stored(case).code_digest)
    with everything():
        assert not [e for e in Entry.objects.all() if code in str(e.changes)]


def test_a_renewed_code_kills_the_old_one_and_is_in_no_receipt():
    import uuid

    from shegong.kernel.actions.models import Receipt

    case = given.closed()
    old, key = case.shown_once["rating_code"], uuid.uuid4()
    again = do("town_worker", ratings.renew_invite, case, key=key)
    new = again.shown_once["rating_code"]
    with pytest.raises(Refused):
        rate(old)
    with everything():
        assert new not in str(Receipt.objects.filter(key=key).values())
    rate(new)
    with pytest.raises(Refused):
        do("town_worker", ratings.renew_invite, case)


@pytest.mark.parametrize(
    "account", ["town_worker", "supervisor", "province_officer", "system_admin", "hotline", "lawyer"]
)
def test_no_member_of_staff_rates_even_with_the_code(account):
    case, code = invited()
    with pytest.raises(NotAllowed) as error:
        rate(code, cast.actor(account))
    assert error.value.status == 403  # explained, and no try used up
    assert not RatingTry.objects.exists()
    with pytest.raises(NotAllowed):  # nor by the bare service, past the door
        with everything():
            rating = Rating.objects.get(case=case)
        held = cast.actor(account).working_as(extra={"rating_code": code})
        with acting(held), widened(rating.org_path):
            ratings.give_rating(held, rating, **ANSWERS)
    assert stored(case).state == "asked"


def test_without_the_code_nobody_rates():
    case, _code = invited()
    _other, foreign = invited()
    for extra in ({}, {"rating_code": ""}, {"rating_code": "AAAAAAAA"}, {"rating_code": foreign}):
        held = Actor(0, "", extra=extra)
        with everything():
            rating = Rating.objects.get(case=case)
        with acting(held), widened(rating.org_path), pytest.raises(NotAllowed):
            ratings.give_rating(held, rating, **ANSWERS)


def test_the_worker_may_be_signed_in_herself():
    _case, code = invited()
    assert rate(code, cast.actor("worker")).state == "given"


def test_expired_codes_open_nothing():
    case, code = invited()
    with everything():
        Rating.objects.filter(case=case).update(expires_on=today() - dt.timedelta(days=1))
    with acting(visitor()):
        assert ratings.look_up(code, "192.0.2.1") is None
    with pytest.raises(Refused):
        rate(code)
    held = Actor(0, "", extra={"rating_code": code})
    rating = stored(case)
    with acting(held), widened(rating.org_path), pytest.raises(NotAllowed):  # nor past the door and the wall
        ratings.give_rating(held, rating, **ANSWERS)


def test_the_last_day_still_counts():
    case, code = invited()
    with everything():
        Rating.objects.filter(case=case).update(expires_on=today())
    assert rate(code).state == "given"


def test_guessing_is_stopped_per_address_before_the_look_up():
    _case, code = invited()
    for n in range(ratings.TRIES_PER_ADDRESS):
        with acting(visitor()):
            assert ratings.look_up(f"AAAAAAA{ratings.ALPHABET[n]}", "192.0.2.9") is None
    with acting(visitor()), pytest.raises(ratings.TooManyTries):
        ratings.look_up(code, "192.0.2.9")  # even the right one
    with acting(visitor()):
        assert ratings.look_up(code, "192.0.2.10") is not None


def test_guessing_from_many_addresses_is_stopped_for_the_house(monkeypatch):
    monkeypatch.setattr(ratings, "TRIES_OF_ALL", 5)
    for n in range(5):
        with acting(visitor()):
            ratings.look_up("AAAAAAAA", f"192.0.2.{n}")
    with acting(visitor()), pytest.raises(ratings.TooManyTries):
        ratings.look_up("AAAAAAAA", "192.0.2.99")


def test_right_codes_do_not_use_up_the_tries():
    for _each in range(ratings.TRIES_PER_ADDRESS + 2):
        _case, code = invited()
        rate(code)
    assert ratings.forget_tries(dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)) == 2
    assert RatingTry.objects.count() == 0


@pytest.mark.parametrize("field", ["overall", "attitude", "speed", "result"])
@pytest.mark.parametrize("score", [0, 6, -1])
def test_scores_are_one_to_five(field, score):
    _case, code = invited()
    with pytest.raises(Refused) as error:
        rate(code, **{field: score})
    assert error.value.field == field


def test_the_anonymous_see_no_rating_and_no_case():
    invited()
    with acting(visitor()):
        assert not Rating.objects.exists() and not Case.objects.exists()
        found = ratings.look_up("BBBBBBBB", "192.0.2.5")
        assert found is None and not Rating.objects.exists()


def test_the_door_shuts_behind_the_look_up():
    _case, code = invited()
    with acting(visitor()):
        found = ratings.look_up(code, "192.0.2.5")
        assert found and found.place == cast.org("town").name
        assert not Rating.objects.exists()


def test_a_new_round_needs_a_deed_in_the_right_state():
    case, _code = invited()
    with pytest.raises(WrongState):
        do("town_worker", ratings.renew_invite, case)
    with pytest.raises(NotAllowed) as error:
        do("neighbour_town_worker", ratings.renew_invite, given.closed())
    assert error.value.status == 404


# --- figures ----------------------------------------------------------------------------------------------------------
def test_scores_of_fewer_than_five_are_hidden_but_the_response_rate_is_told():
    codes = [invited()[1] for _each in range(6)]
    for code in codes[:4]:
        rate(code)
    with acting(cast.actor("supervisor")) as actor:
        (four,) = reading.ratings_by_worker(actor, today(), today())
        assert (four.asked, four.given, four.overall, four.hidden) == (6, 4, None, True)
        assert four.response_rate == pytest.approx(4 / 6)
    rate(codes[4], overall=1)
    with acting(cast.actor("supervisor")) as actor:
        (five,) = reading.ratings_by_worker(actor, today(), today())
        assert (five.given, five.overall) == (5, pytest.approx(4.2))
        assert reading.ratings_by_worker(actor, today(), today(), org=cast.org("town2")) == []
    with acting(cast.actor("neighbour_supervisor")) as actor:
        assert reading.ratings_by_worker(actor, today(), today()) == []


def test_one_small_row_does_not_follow_from_the_total():
    for worker, answers in (("town_worker", 6), ("colleague", 7), ("supervisor", 2)):
        for _each in range(answers):
            rate(invited(worker)[1])
    with acting(cast.actor("county_clerk")) as actor:
        rows = {r.label: r for r in reading.ratings_by_worker(actor, today(), today())}
    assert rows["周立秋"].hidden and rows["陈小满"].hidden  # the smallest, and the next one
    assert not rows["林白露"].hidden


# --- pages ------------------------------------------------------------------------------------------------------------
def test_pages_from_the_qr_code_to_thanks():
    case, code = invited()
    client = Client()
    page = client.get(f"/rate/{code}")
    assert page.status_code == 200 and cast.org("town").name in page.content.decode()
    assert case.number not in page.content.decode()
    assert page.headers["Cache-Control"] == "no-store"
    posted = {"code": code, "answers": "1"}
    bad = client.post("/rate", {**posted, "overall": "5"})
    assert bad.status_code == 422 and stored(case).state == "asked"
    thanks = client.post("/rate", posted | {k: str(v) for k, v in ANSWERS.items()})
    assert thanks.status_code == 200 and stored(case).state == "given"


def test_wrong_expired_and_used_codes_get_one_answer():
    _used_case, used = invited()
    rate(used)
    expired_case, expired = invited()
    with everything():
        Rating.objects.filter(case=expired_case).update(expires_on=today() - dt.timedelta(days=1))
    client, answers = Client(), []
    for code in (used, expired, "ZZZZZZZZ"):
        page = client.get(f"/rate/{code}")
        assert page.status_code == 422
        text = re.sub(
            r'(name="(idempotency_key|csrfmiddlewaretoken)" value="|csrf-token" content=")[^"]*',
            r"\1",
            page.content.decode(),
        )
        answers.append(text.replace(code, "CODE").splitlines())
    assert answers[0] == answers[1] == answers[2]


def test_the_code_from_paper():
    case, code = invited()
    client = Client()
    assert client.get("/rate").status_code == 200
    assert client.post("/rate", {"code": f"{code[:4]} {code[4:]}"}).status_code == 200
    assert client.post("/rate", {"code": "QQQQQQQQ"}).status_code == 422
    assert client.post("/rate", {"code": ""}).status_code == 422
    assert stored(case).state == "asked"


def test_too_many_wrong_codes_say_so():
    client = Client()
    for _each in range(ratings.TRIES_PER_ADDRESS):
        client.get("/rate/22222222")
    assert client.get("/rate/22222222").status_code == 429


def test_staff_get_an_explanation_instead_of_the_form():
    case, code = invited()
    client = Client()
    client.force_login(cast.user("town_worker"), backend="django.contrib.auth.backends.ModelBackend")
    posted = {"code": code, "answers": "1"} | {k: str(v) for k, v in ANSWERS.items()}
    for answer in (client.get("/rate"), client.get(f"/rate/{code}"), client.post("/rate", posted)):
        assert answer.status_code == 403 and "overall" not in answer.content.decode()
    assert stored(case).state == "asked"


def test_the_slip_is_printed_by_who_reaches_the_case():
    _case, code = invited()
    client = Client()
    client.force_login(cast.user("town_worker"), backend="django.contrib.auth.backends.ModelBackend")
    page = client.post("/ratings/slip", {"code": code})
    assert page.status_code == 200
    assert "data:image/svg+xml" in page.content.decode() and f"{code[:4]} {code[4:]}" in page.content.decode()
    assert client.get("/ratings/slip").status_code == 405
    assert client.post("/ratings/slip", {"code": "AAAAAAAA"}).status_code == 404
    client.force_login(cast.user("neighbour_town_worker"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/ratings/slip", {"code": code}).status_code == 404
