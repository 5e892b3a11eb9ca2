"""Says what someone should look at today: dossiers, opinions, rules that end, sendings that are late."""

from collections.abc import Iterable
from datetime import date, timedelta

from services.orientation.queries.alertes import Recherche
from services.orientation.rules import Jeu
from services.orientation.schemas.alertes import FiltresAlertes
from shared import clock
from shared.errors import CODES_FAUTE, DonneesRefusees, Faute
from shared.pagination import Key

RULES_NOTICE, SENDING_LATE = timedelta(days=60), timedelta(days=1)


def search(filtres: FiltresAlertes, jeux: Iterable[Jeu]) -> Recherche:
    """Return what is read of the alerts of today."""
    now = clock.now()
    types = [str(each) for each in filtres.type]
    regles = ending_rules(jeux, clock.today())
    return Recherche(clock.today(), now, now - SENDING_LATE, types, filtres.ctm, regles)


def ending_rules(jeux: Iterable[Jeu], today: date) -> list[tuple[str, date]]:
    """Return the rule sets that hold today or later and end within two months, with their last day."""
    ends = [(jeu.version, jeu.source.valide_au) for jeu in jeux]
    return [(version, end) for version, end in ends if end is not None and today <= end <= today + RULES_NOTICE]


def check_key(key: Key) -> Key:
    """Return the key of a cursor, whose day exists. Raises :class:`DonneesRefusees`: anyone can write a cursor."""
    try:
        if key is not None:
            date.fromisoformat(key[0])
    except ValueError:
        code = "CURSEUR_INVALIDE"
        raise DonneesRefusees(erreurs=[Faute(champ="curseur", code=code, message=CODES_FAUTE[code].libelle)]) from None
    return key
