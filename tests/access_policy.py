"""Who may do what to a thing kept by Shipai street (home): written by hand from the rules, apart from the code it judges.

Accounts are those of ``tests.cast``. Whoever is not named for a deed must not be able to do it. Relations in this world:
``worker`` is the client of the home case and raised the urgent need; ``lawyer`` and ``mediator`` are assigned to the case;
``partner`` received the referral; ``base_cadre`` belongs to the employer's own union; ``town_worker`` submitted what awaits a
vote, so others decide.
"""

from __future__ import annotations

FIELD = {"town_worker", "colleague", "supervisor", "second_supervisor", "county_clerk"}
TOWN = {"town_worker", "colleague"}
SUPERVISORS = {"supervisor", "second_supervisor"}
ABOVE = {"city_officer", "province_officer"}
CLERK_UP = SUPERVISORS | {"county_clerk"}
INTAKE = FIELD | {"hotline"}
NOBODY: set[str] = set()

# The legal officer's post is at the centre, a sister of the town: she reaches the county's things only when the post is there.
DEEDS: dict[str, set[str]] = {
    # -- coming in: the target is the town
    "casework.case.create": INTAKE,
    "casework.case.request": {"worker", "other_worker"},
    "casework.case.consult": INTAKE,
    # -- the home case
    "casework.case.break_glass": FIELD | ABOVE,
    "casework.case.accept": FIELD,
    "casework.case.decline": CLERK_UP,
    "casework.case.take_up": FIELD,
    "casework.case.consent": FIELD,
    "casework.case.assess": FIELD,
    "casework.case.plan_need": FIELD,
    "casework.case.submit_plan": FIELD,
    "casework.case.approve_plan": SUPERVISORS,
    "casework.case.return_plan": SUPERVISORS,
    "casework.case.withdraw_plan": FIELD,
    "casework.case.log": FIELD | {"lawyer", "mediator"},
    "casework.case.settle_need": FIELD,
    "casework.case.evaluate": FIELD,
    "casework.case.submit_closure": FIELD,
    "casework.case.approve_closure": SUPERVISORS,
    "casework.case.return_closure": SUPERVISORS,
    "casework.case.withdraw_closure": FIELD,
    "casework.case.follow_up": FIELD,
    "casework.case.end_follow_up": FIELD,
    "casework.case.reopen": FIELD | {"worker"},
    "casework.case.renew_invite": FIELD,
    "casework.case.correct_record": FIELD | {"lawyer", "mediator"},
    "casework.case.correct_facts": FIELD,
    "casework.case.set_risk": FIELD,
    "casework.case.escalate": FIELD,
    "casework.case.answer_escalation": FIELD | ABOVE,
    "casework.case.reassign": FIELD,
    "casework.case.suspend": FIELD,
    "casework.case.resume": FIELD,
    "casework.case.set_task": FIELD,
    "casework.case.finish_task": FIELD,
    "casework.case.assign": CLERK_UP,
    "casework.case.unassign": CLERK_UP,
    "casework.case.add_participant": FIELD,
    "casework.case.settle_participant": FIELD,
    "casework.case.add_document": FIELD | {"lawyer", "mediator", "worker"},
    "casework.case.remove_document": FIELD,
    "casework.case.refer": FIELD,
    "casework.case.promise": FIELD,
    "casework.case.note_supervision": CLERK_UP,
    # -- the referral from home to the partner agency
    "casework.referral.accept": {"partner"},
    "casework.referral.decline": {"partner"},
    "casework.referral.finish": {"partner"},
    "casework.referral.recall": FIELD,
    "casework.referral.reveal": {"partner"},
    # -- the urgent need raised by the worker, owned by town_worker
    "casework.urgent_need.raise": INTAKE | ABOVE | {"worker", "other_worker"},
    "casework.urgent_need.assign": FIELD,
    "casework.urgent_need.take": FIELD,
    "casework.urgent_need.answer": FIELD | ABOVE,
    "casework.urgent_need.call_back": FIELD,
    "casework.urgent_need.close_off": {"worker"},
    "casework.urgent_need.redo": {"worker"},
    "casework.urgent_need.escalate": FIELD,
    "casework.urgent_need.take_up": FIELD,
    # -- a resource of the town, given by the county itself, promised to the home case
    "casework.resource.offer": FIELD | ABOVE,
    "casework.resource.correct": FIELD | ABOVE,
    "casework.resource.withdraw": FIELD | ABOVE,
    "casework.rating.give": NOBODY,  # only with the one-time code, never from an account
    "casework.legal_aid.register": FIELD,
    "casework.legal_aid.correct": FIELD,
    # -- people, employers
    "registry.person.register": INTAKE,
    "registry.person.correct": FIELD,
    "registry.person.reveal": FIELD,
    "registry.person.tie": INTAKE,
    "registry.person.merge": CLERK_UP,
    "registry.person.unmerge": CLERK_UP,
    "registry.person.dismiss_duplicate": FIELD,
    "registry.employer.register": INTAKE,
    # -- the tree and the accounts: administrators of the province
    "registry.org.found": {"system_admin"},
    "registry.org.rename": {"system_admin"},
    "registry.org.move": {"system_admin"},
    "registry.org.merge": {"system_admin"},
    "registry.org.close": {"system_admin"},
    "registry.grant.give": {"security_admin"},
    "registry.grant.end": {"security_admin"},
    "registry.account.open": {"security_admin"},
}
