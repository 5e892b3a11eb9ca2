"""Statistical disclosure control of one unit: all that one definition, source and calendar year would publish."""

from services.indicators.secrecy.audit import protect
from services.indicators.secrecy.cases import Case, Cle, Groupe, PublicationImpossibleError, differences

__all__ = ["Case", "Cle", "Groupe", "PublicationImpossibleError", "differences", "protect"]
