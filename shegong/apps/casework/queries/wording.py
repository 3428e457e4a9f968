"""READ: what the fields of a record are called, for pages and forms alike."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

LABELS = {
    "text": _("What happened"),
    "way": _("How"),
    "agreed": _("What was agreed"),
    "question": _("Question"),
    "answer": _("Answer"),
    "kind": _("Kind"),
    "note": _("Note"),
    "exceptions_explained": _("Exceptions from confidentiality explained"),
    "self_system": _("The client: health, skills, income, wishes"),
    "family_system": _("Family: members, support, burdens"),
    "social_system": _("Surroundings: employer, community, help available"),
    "problems": _("Problems"),
    "needs": _("Needs"),
    "priorities": _("What comes first, and why"),
    "strengths": _("Strengths to build on"),
    "risk": _("Risk level"),
    "goals_reached": _("How far the goals were reached"),
    "changes": _("What changed for the client"),
    "client_view": _("The client's own view"),
    "method": _("How it was evaluated"),
    "close_reason": _("Closing reason"),
    "follow_up_on": _("Follow-up on"),
    "decision": _("Decision"),
    "reason": _("Reason"),
    "opinion": _("Opinion"),
    "stable": _("The result lasts"),
    "advice": _("Advice given"),
    "need": _("Need"),
    "field": _("Field"),
    "old": _("Text before"),
    "from": _("From"),
    "to": _("To"),
    "last": _("Last follow-up"),
    "reopened": _("Reopened"),
    "closed_on": _("Had been closed on"),
    "org": _("Organisation"),
    "shared": _("What the receiver was told"),
    "consent_on": _("Client agreed on"),
    "outcome": _("Outcome"),
    "resource": _("Resource"),
}
# values that are codes in a stored record, with what they mean to a reader
VALUES = {
    ("kind", "written"): _("in writing"),
    ("kind", "spoken"): _("spoken, noted by the worker"),
    ("kind", "photo"): _("photo of the signed sheet"),
    ("decision", "closed"): _("closed"),
    ("decision", "declined"): _("declined"),
    ("decision", "referred"): _("referred to another organisation"),
    ("decision", "referral_accept"): _("the referral was accepted"),
    ("decision", "referral_decline"): _("the referral was declined"),
    ("decision", "referral_finish"): _("the referral was finished"),
    ("decision", "referral_recall"): _("the referral was recalled"),
    ("decision", "split_from"): _("split out of a group case"),
    ("decision", "split_out"): _("a worker was split out"),
    ("decision", "joined_group"): _("went into a group case"),
    ("decision", "joined_from"): _("another case joined the group"),
    ("decision", "resource_confirmed"): _("the resource reached the client"),
    ("outcome", "met"): _("met"),
    ("outcome", "partly"): _("partly met"),
    ("outcome", "unmet"): _("not met"),
    ("outcome", "referred"): _("taken over for good"),
    ("stable", "yes"): _("yes"),
    ("stable", "no"): _("no"),
    ("last", "yes"): _("yes"),
    ("way", "phone"): _("by phone"),
    ("way", "in_person"): _("in person"),
    ("way", "online"): _("online"),
}


def label_of(name: str) -> str:
    """The label of a record's field; an unknown name stays as it is."""
    return str(LABELS.get(name, name))
