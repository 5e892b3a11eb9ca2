"""The rules of the orientation, pure: facts in, a proposal out; neither web, nor database, nor clock.

Specification: fiche 11 of the plan (pp. of the fiche), CASF L262-27 to L262-39, and our own choices, each told in
``data/regles``. An unknown fact is never a no.
"""

from services.orientation.rules.facts import Faits, check_faits
from services.orientation.rules.jeu import Jeu
from services.orientation.rules.proposition import Etape, Proposition, Verdict

__all__ = ["Etape", "Faits", "Jeu", "Proposition", "Verdict", "check_faits"]
