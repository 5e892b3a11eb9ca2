"""What a person lives through, pure: events in, episodes, state and anomalies out.

Specification: fiche 11 of the plan, CASF L262-27 to L262-39, and our own choices (states of a parcours).
"""

from services.orientation.episodes.etats import EtatParcours
from services.orientation.episodes.evenements import Evenement, Type, check_evenement
from services.orientation.episodes.jours import replay_days
from services.orientation.episodes.parcours import Abandon, Decision, Episode, Parcours, replay

__all__ = [
    "Abandon",
    "Decision",
    "Episode",
    "EtatParcours",
    "Evenement",
    "Parcours",
    "Type",
    "check_evenement",
    "replay",
    "replay_days",
]
