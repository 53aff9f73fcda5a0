"""The demonstration trust: five invented schools, each running one of the five real policies.

Every school, person, street and visit is invented; telephone numbers are of the ranges kept for drama. The
history is made by sending real commands through the bus, with a fixed seed and an injected clock:

    await load(urls, now, progress)   # makes, or goes on making, the five schools; safe after a kill
    is_loaded(store)                  # whether nothing of it is missing
    SCHOOLS                           # the schools: slug, name, whose policy, `runs` ("runs St Patrick's policy")
"""

from commands.demonstration.load import Loaded, is_loaded, load
from commands.demonstration.schools import SCHOOLS, TRUST, DemonstrationSchool

__all__ = ["SCHOOLS", "TRUST", "DemonstrationSchool", "Loaded", "is_loaded", "load"]
