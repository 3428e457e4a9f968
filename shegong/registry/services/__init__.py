"""WRITE: the deeds of the register, by noun. Import them from here."""

from .duplicates import keep_comparing, propose_all, propose_for
from .employers import check_employers, correct_employer, import_employers, register_employer
from .importing import check_people, import_people
from .merging import dismiss_duplicate, merge_people, unmerge_people
from .organisations import close_org, found_org, keep_tree, merge_org, move_org, rename_org
from .people import correct_person, record_tie, register_person, reveal_person, tie_person
from .posts import end_grant, give_grant, open_account

__all__ = [
    "check_employers",
    "check_people",
    "close_org",
    "correct_employer",
    "correct_person",
    "dismiss_duplicate",
    "end_grant",
    "found_org",
    "give_grant",
    "import_employers",
    "import_people",
    "keep_comparing",
    "keep_tree",
    "merge_org",
    "merge_people",
    "move_org",
    "open_account",
    "propose_all",
    "propose_for",
    "record_tie",
    "register_employer",
    "register_person",
    "rename_org",
    "reveal_person",
    "tie_person",
    "unmerge_people",
]
