"""A sixth policy, invented: a school of its own, with clauses of its own, in one file and no code.

Its answers to the 63 questions are none of the five's: the school business manager and the DSL approve together, one of
two visitors may come from an agency, and word is left in three places.
"""

from commands.policy_files import load_policy, load_policy_file, policy_keys
from domain.policy import Policy

HILL_TOP = """\
key: hill_top
title: Hill Top Primary home visit policy

clauses:
  HT-01: {says: The business manager and the DSL both say yes to every visit., force: must, lines: [12, 13]}
  HT-02: {says: 'Nobody goes alone, whatever the reason.', force: must, lines: [15]}
  HT-03: {says: A colleague or a professional from another agency comes along., force: should, lines: [16]}
  HT-04: {says: 'Destination and time back are left with the office, the line manager and the front desk.', force: must,
    lines: [20, 21], note: Reception and office are one place here.}
  HT-05: {says: Families are met at home or where a parent works., force: may, lines: [8]}
  HT-06: {says: Staff wait a quarter of an hour when nobody answers., force: must, lines: [31]}
  HT-07: {says: Everyone carries a mobile and the office has its number., force: must, lines: [22]}
  HT-08: {says: 'We visit to meet new families, about attendance and to see that a child is well, for nothing else.',
    force: must, lines: [5, 6, 7]}
  HT-09: {says: A time is agreed with the family by telephone before anybody sets off., force: should, lines: [18]}
  HT-10: {says: 'When the visit is over and the staff are out of the house, they ring school.', force: must, lines: [33]}

settings:
  purposes:
    value: {allow: [new_family, attendance, safe_and_well], blocked: [], open: false}
    from: clause
    clauses: [HT-08]
    force: must
  safeguarding_purposes:
    value: [safe_and_well]
    from: reading
    clauses: [HT-08]
    force: must
  unannounced_purposes:
    value: [safe_and_well]
    from: reading
    clauses: [HT-08]
    force: advise
  places: {value: [home, workplace], from: clause, clauses: [HT-05], force: must}
  approval_roles:
    value: [[school_business_manager], [DSL, DDSL]]
    from: clause
    clauses: [HT-01]
    force: must
  approval_roles_safeguarding:
    value: [[school_business_manager], [DSL, DDSL]]
    from: clause
    clauses: [HT-01]
    force: must
  lone_visit: {value: never, from: clause, clauses: [HT-02], force: must}
  companion_kinds: {value: [staff, agency_professional], from: clause, clauses: [HT-03], force: should}
  phone_rule:
    value: {carry: true, on_throughout: null, number_holder: school_office}
    from: clause
    clauses: [HT-07]
    force: must
  appointment_rule: {value: required, from: clause, clauses: [HT-09], force: should}
  whereabouts:
    value: {holders: [school_office, line_manager], min: 2}
    from: clause
    clauses: [HT-04]
    force: must
  check_ins: {value: [left_property], from: clause, clauses: [HT-10], force: must}
  wait_absent_min:
    value: 15
    from: clause
    clauses: [HT-06]
    force: must
    note: Counted from when nobody answered.
"""


def policy_called(key: str) -> Policy:
    """One of the five, or the sixth."""
    return load_policy(key) if key in policy_keys() else load_policy_file(HILL_TOP, "hill_top.yaml")
