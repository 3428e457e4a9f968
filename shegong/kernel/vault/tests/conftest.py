"""A key ring of its own for each test, and the test tables."""

from contextlib import contextmanager

import pytest
from django.db import connection

from shegong.kernel.vault import keyring

from .cast import TABLES


@pytest.fixture
def keys(tmp_path, settings):
    """An AES key ring in a folder of its own."""
    folder = tmp_path / "keys"
    keyring.create(folder)
    settings.SHEGONG_KEY_DIR = folder
    keyring.forget()
    yield folder
    keyring.forget()


@contextmanager
def owner_role():
    """Act as the database's owner for a while; gives the application's role and the owner's."""
    with connection.cursor() as cursor:
        cursor.execute("select current_user, session_user")
        role, owner = cursor.fetchone()
        cursor.execute("set role none")
        try:
            yield role, owner
        finally:
            cursor.execute(f'set role "{role}"')


@contextmanager
def as_owner():
    """Tables are made by the database's owner; the application's role only uses them."""
    with owner_role() as (role, owner):
        with connection.schema_editor() as editor:
            yield editor
        if role == owner:
            return
        with connection.cursor() as cursor:
            for model in TABLES:
                if model._meta.db_table in connection.introspection.table_names(cursor):
                    cursor.execute(f'grant all on "{model._meta.db_table}" to "{role}"')
            cursor.execute(f'grant usage on all sequences in schema public to "{role}"')


@pytest.fixture
def tables(db, keys):
    """The test tables, gone with the test's transaction."""
    with as_owner() as editor:
        for model in TABLES:
            editor.create_model(model)


@pytest.fixture
def real_tables(django_db_setup, django_db_blocker, keys):
    """The test tables outside any transaction, for tests with several connections. (Django's own way would empty every
    table afterwards, which the application's role may not do, and the cast would be gone.)"""
    with django_db_blocker.unblock():
        with as_owner() as editor:
            for model in TABLES:
                editor.create_model(model)
        try:
            yield
        finally:
            with as_owner() as editor:
                for model in reversed(TABLES):
                    editor.delete_model(model)
            connection.close()
