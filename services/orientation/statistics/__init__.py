"""The five indicators of fiche 11, pure: parcours in, exact figures out (§5.10 of our specification)."""

from services.orientation.statistics.comptes import Compte, Fait, Nature, fold
from services.orientation.statistics.rio import PerimetreBrsa, Periode, compute

__all__ = ["Compte", "Fait", "Nature", "PerimetreBrsa", "Periode", "compute", "fold"]
