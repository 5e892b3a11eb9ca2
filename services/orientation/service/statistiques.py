"""Measures the RIO over histories that a caller gives."""

from collections.abc import Mapping
from typing import Any

from services.orientation.episodes import Evenement, check_evenement, replay
from services.orientation.episodes.evenements import read_day
from services.orientation.schemas.statistiques import MOST_EVENTS, StatistiquesIn
from services.orientation.statistics import Periode, compute
from shared.errors import CODES_FAUTE, DonneesRefusees, Faute
from shared.problems import escape_pointer

MOST_ID = 100
MOST_FAULTS = 1_000


def measure(demande: StatistiquesIn) -> dict[str, Any]:
    """Return the figures, the states and the anomalies. Raises :class:`DonneesRefusees` naming every fault.

    Faults beyond the first thousand are not told, so that an answer stays readable.
    """
    faults: list[Faute] = []
    periode = _read_periode(demande.periode, faults)
    histories: dict[str, list[Evenement]] = {}
    for rank, personne in enumerate(demande.personnes):
        _read_person(personne, f"/personnes/{rank}", histories, faults)
    if faults or periode is None:
        raise DonneesRefusees(erreurs=faults[:MOST_FAULTS])
    parcours = {code: replay(evenements, periode.fin) for code, evenements in histories.items()}
    return {
        **compute(parcours, periode, demande.perimetre_brsa),
        "etats": {code: each.etat for code, each in parcours.items()},
        "anomalies": [f"{code}:{anomaly}" for code, each in parcours.items() for anomaly in each.anomalies],
    }


def _read_periode(given: Any, faults: list[Faute]) -> Periode | None:
    if not isinstance(given, Mapping):
        faults.append(_fault("/periode", "CHAMP_REQUIS" if given is None else "TYPE_INVALIDE", "{debut, fin}"))
        return None
    faults += [_unknown("/periode", name, "debut, fin") for name in given if name not in ("debut", "fin")]
    debut, fin = (read_day(given.get(name), f"/periode/{name}", faults) for name in ("debut", "fin"))
    if debut is None or fin is None:
        return None
    if fin < debut:
        faults.append(_fault("/periode/fin", "DATES_INVERSEES", "au plus tôt debut"))
    return Periode(debut, fin)


def _read_person(given: Any, pointer: str, histories: dict[str, list[Evenement]], faults: list[Faute]) -> None:
    if not isinstance(given, Mapping):
        faults.append(_fault(pointer, "TYPE_INVALIDE", "un objet {id, evenements}"))
        return
    faults += [_unknown(pointer, name, "id, evenements") for name in given if name not in ("id", "evenements")]
    code, evenements = given.get("id"), given.get("evenements")
    if not isinstance(code, str) or not 0 < len(code) <= MOST_ID:
        told = "CHAMP_REQUIS" if code is None else "TYPE_INVALIDE"
        faults.append(_fault(f"{pointer}/id", told, f"un texte de 1 à {MOST_ID} caractères"))
        code = None
    elif code in histories:
        faults.append(_fault(f"{pointer}/id", "VALEUR_INVALIDE", "une personne une fois"))
    if not isinstance(evenements, list) or len(evenements) > MOST_EVENTS:
        told = "CHAMP_REQUIS" if evenements is None else "TYPE_INVALIDE"
        faults.append(_fault(f"{pointer}/evenements", told, f"une liste, au plus {MOST_EVENTS}"))
        return
    read = [check_evenement(each, f"{pointer}/evenements/{rank}", rank) for rank, each in enumerate(evenements)]
    faults += [fault for each in read if isinstance(each, list) for fault in each]
    if code is not None:
        histories[code] = [each for each in read if isinstance(each, Evenement)]


def _unknown(pointer: str, name: str, known: str) -> Faute:
    return _fault(f"{pointer}/{escape_pointer(name[:80])}", "CHAMP_INCONNU", known)


def _fault(champ: str, code: str, attendu: str) -> Faute:
    return Faute(champ=champ, code=code, message=CODES_FAUTE[code].libelle, attendu=attendu)
