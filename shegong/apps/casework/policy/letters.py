"""DECLARE: letters of labour-law supervision, 一函两书 (domain.md 3.8): reminder and opinion to an employer, proposal to an
authority. Each can lead to the next. The limits of an answer are data: ``shegong.lib.statutes``."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from shegong.kernel.actions.vocabulary import Kind, Tier, flow
from shegong.registry.policy import ABOVE, FIELD


class LetterKind(models.TextChoices):
    """In the order in which one leads to the next."""

    REMINDER = "reminder", _("Reminder")
    OPINION = "opinion", _("Written opinion")
    PROPOSAL = "proposal", _("Proposal")


class Way(models.TextChoices):
    """How a letter is served."""

    HAND = "hand", _("by hand")
    POST = "post", _("by post")
    ONLINE = "online", _("electronically")
    LEFT = "left", _("left there, receipt refused")


class Reply(models.TextChoices):
    """What the addressee answered."""

    ACCEPTED = "accepted", _("accepts it")
    PARTLY = "partly", _("accepts it in part")
    REFUSED = "refused", _("refuses it")


NEXT = {LetterKind.REMINDER: LetterKind.OPINION, LetterKind.OPINION: LetterKind.PROPOSAL}
# the limit of an answer, by kind; where no rule is in force for the area the office sets a day itself
LIMIT_OF = {LetterKind.OPINION: "supervision.opinion"}
# the character of the file mark by which offices tell the three series apart: 天工意字〔2026〕1号
SERIES = {LetterKind.REMINDER: "提", LetterKind.OPINION: "意", LetterKind.PROPOSAL: "建"}

DRAFT, SUBMITTED, APPROVED, SENT, ANSWERED = "draft", "submitted", "approved", "sent", "answered"
CORRECTED, UNCORRECTED, WITHDRAWN = "corrected", "uncorrected", "withdrawn"
OUT = {SENT, ANSWERED, CORRECTED, UNCORRECTED}
STEPS = (DRAFT, APPROVED, SENT, ANSWERED, CORRECTED)

LETTER = Kind(
    "casework.letter",
    _("supervision letter"),
    "casework.Letter",
    states={
        DRAFT: _("Draft"),
        SUBMITTED: _("Letter awaits approval"),
        APPROVED: _("Approved"),
        SENT: _("Sent"),
        ANSWERED: _("Answered"),
        CORRECTED: _("Corrected by the employer"),
        UNCORRECTED: _("Not corrected"),
        WITHDRAWN: _("Withdrawn"),
    },
    page="letter_detail",
)
LETTER_FLOW = flow("casework.letter", Tier("supervisor", need=1, days=3))
LEADERS = {"supervisor", "county_clerk"}

LETTER.deed("list", _("List letters"), _("listed letters"), roles=FIELD | ABOVE, reads=True)
LETTER.deed("view", _("Open the letter"), _("opened the letter"), roles=FIELD, reads=True, sensitive=True)
LETTER.deed("draft", _("Write a letter"), _("wrote a letter"), roles=FIELD, creates=True, primary=True)
LETTER.deed("import", _("Import a register of letters"), _("imported a letter"), roles=FIELD, creates=True, batch=True)
LETTER.deed(
    "export", _("Take the register of letters out"), _("took the register of letters out"), roles=LEADERS | {"legal_officer"},
    reads=True,
)  # fmt: skip
LETTER.deed("revise", _("Change the draft"), _("changed the draft"), roles=FIELD, source={DRAFT})
LETTER.deed(
    "allow_naming", _("Record who agrees to be named"), _("recorded whether workers agree to be named"), roles=FIELD,
    source={DRAFT, SUBMITTED},
    help=_("An employer must not learn from the letter who complained, unless that worker agreed to be named in it."),
)  # fmt: skip
LETTER.deed(
    "submit", _("Submit for approval"), _("submitted the letter"), roles=FIELD, source={DRAFT}, target=SUBMITTED,
    opens="casework.letter", primary=True,
)  # fmt: skip
LETTER.deed(
    "approve", _("Approve and number"), _("approved the letter"), roles={"supervisor"}, source={SUBMITTED}, target=APPROVED,
    flow="casework.letter", vote="approve", primary=True,
)  # fmt: skip
LETTER.deed(
    "send_back", _("Return for correction"), _("returned the letter"), roles={"supervisor"}, source={SUBMITTED}, target=DRAFT,
    flow="casework.letter", vote="return",
)  # fmt: skip
LETTER.deed("take_back", _("Take the submission back"), _("took it back"), roles=FIELD, source={SUBMITTED}, target=DRAFT)
LETTER.deed("send", _("Record the sending"), _("sent the letter"), roles=FIELD, source={APPROVED}, target=SENT, primary=True)
LETTER.deed("serve", _("Record or correct the receipt"), _("recorded the receipt"), roles=FIELD, source=OUT)
LETTER.deed("answer", _("Record the answer"), _("recorded the answer"), roles=FIELD, source=OUT, primary=True)
LETTER.deed(
    "find_corrected", _("Checked: corrected"), _("found it corrected"), roles=FIELD, source={SENT, ANSWERED, UNCORRECTED},
    target=CORRECTED,
)  # fmt: skip
LETTER.deed(
    "find_uncorrected", _("Checked: not corrected"), _("found it not corrected"), roles=FIELD, source={SENT, ANSWERED, CORRECTED},
    target=UNCORRECTED,
)  # fmt: skip
LETTER.deed(
    "follow", _("Go one step further"), _("went one step further"), roles=FIELD, source={SENT, ANSWERED, UNCORRECTED},
    help=_("Writes the next letter of the chain as a draft: an opinion after a reminder, a proposal after an opinion."),
)  # fmt: skip
LETTER.deed(
    "discard", _("Discard the draft"), _("discarded the draft"), roles=FIELD, source={DRAFT}, target=WITHDRAWN, danger=True
)
LETTER.deed(
    "withdraw", _("Withdraw the letter"), _("withdrew the letter"), roles=LEADERS, source={APPROVED, SENT}, target=WITHDRAWN,
    danger=True,
)  # fmt: skip
