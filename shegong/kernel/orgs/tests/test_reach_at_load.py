"""The reach that is set while the actor is read is the reach of ``set_reach``; whoever is not let in gets none."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from shegong.kernel.orgs.models import User
from shegong.kernel.orgs.reach import acting, load_actor
from tests import cast

pytestmark = pytest.mark.django_db


def said() -> tuple[list[str], str]:
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('app.reach', true), current_setting('app.user', true)")
        reach, user = cursor.fetchone()
    return sorted(filter(None, (reach or "").split(","))), user


@pytest.mark.parametrize("account", [row[0] for row in cast.PEOPLE])
def test_the_same_as_set_reach(account: str) -> None:
    pk = User.objects.get(username=account).pk
    plain = load_actor(pk)
    assert plain is not None
    with acting(plain):
        wanted = said()
    with transaction.atomic():
        assert load_actor(pk, reach=True) == plain
        assert said() == wanted


def test_nobody_gets_nothing() -> None:
    user = User.objects.get(username="town_worker")
    with transaction.atomic():
        load_actor(user.pk, reach=True)
        assert said()[0]
        assert load_actor(user.pk, session="of an earlier password", reach=True) is None
        assert said() == ([], "0")
    User.objects.filter(pk=user.pk).update(is_active=False)
    with transaction.atomic():
        assert load_actor(user.pk, reach=True) is None
        assert said() == ([], "0")
