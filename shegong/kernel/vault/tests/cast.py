"""Tables that only these tests have; their label is no installed app, so that no migration is ever made for them."""

# ruff: noqa: DJ008

from django.db import models

from shegong.kernel.vault.fields import BlindIndex, SealedSecret, SealedText, hide_all
from shegong.kernel.vault.search import SearchRow
from shegong.lib import idcard
from shegong.lib.ids import new_id

ID_NUMBER = "440106199001011234"
STORY = "老板拖欠工资三个月，本人在流水线上受伤。"


def upper(text: str) -> str:
    return text.strip().upper()


class Person(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=40, default="")
    id_number = SealedSecret(null=True, mask=idcard.mask, index="id_digest", normalise=upper, index_purpose="id_number")
    id_digest = BlindIndex(unique=True)
    phone = SealedSecret(null=True, mask=hide_all)
    story = SealedText(default="", blank=True)
    other_story = SealedText(null=True, blank=True)

    class Meta:
        app_label = "vault_tests"


class Early(models.Model):
    """Its index column comes before its secret, and shares a purpose with Person's."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    digest = BlindIndex(db_index=True)
    number = SealedSecret(null=True, mask=hide_all, index="digest", normalise=upper, index_purpose="id_number")

    class Meta:
        app_label = "vault_tests"


class Note(models.Model):
    """Plain texts to compare the blind search with."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    body = models.TextField()

    class Meta:
        app_label = "vault_tests"


class NoteWords(SearchRow):
    class Meta(SearchRow.Meta):
        app_label = "vault_tests"

    @classmethod
    def texts_of(cls, owner_ids):
        return [(note.pk, "", note.body) for note in Note.objects.filter(pk__in=owner_ids)]


class NameWords(SearchRow):
    names = True

    class Meta(SearchRow.Meta):
        app_label = "vault_tests"

    @classmethod
    def texts_of(cls, owner_ids):
        return [(person.pk, "", person.name) for person in Person.objects.filter(pk__in=owner_ids)]


TABLES = [Person, Early, Note, NoteWords, NameWords]
