"""Which quantity, period, territory and breakdown the codes of a row name. Resolved once a code, and remembered."""

from datetime import date
from typing import Any, NamedTuple

from services.indicators.definitions import Grandeur, canonical
from services.indicators.errors import fault
from services.indicators.periods import EXEMPLES, Periode, PeriodeInvalideError, parse_periode, previous_periode
from services.indicators.row_context import Contexte, covers
from services.indicators.row_faults import Inconnus, pointer_to
from shared.errors import Faute
from shared.territoires import Territoire

MAX_DIMENSIONS = 10


class Place(NamedTuple):
    """A quantity at a period. ``future``: only forecasts may be given."""

    grandeur: Grandeur
    periode: Periode
    dernier_jour: date
    precedente: str
    future: bool


class Resolveur:
    """Resolves the codes of the rows of one push; a code that names nothing that may be written gives its faults."""

    def __init__(self, contexte: Contexte, inconnus: Inconnus) -> None:
        self._contexte = contexte
        self._inconnus = inconnus
        self._places: dict[tuple[str, str], Place | list[Faute]] = {}
        self._sites: dict[tuple[str, date], Territoire | list[Faute]] = {}
        self._breakdowns: dict[Any, str | list[Faute]] = {}
        self._grandeurs = tuple(sorted(contexte.definitions.codes))
        self._territoires = tuple(sorted(contexte.arbre.codes()))
        self._known_sites = frozenset(self._territoires)

    def place(self, code: str, periode: str) -> Place | list[Faute]:
        """Return the quantity and the period."""
        found = self._places.get((code, periode))
        if found is None:
            found = self._places[code, periode] = self._resolve_place(code, periode)
        return found

    def site(self, code: str, place: Place | None) -> Territoire | list[Faute]:
        """Return the territory, as it is on the last day of the period."""
        day = place.dernier_jour if place else self._contexte.today
        found = self._sites.get((code, day))
        if found is None:
            found = self._sites[code, day] = self._resolve_site(code, day)
        if place is not None and not isinstance(found, list) and found.niveau not in place.grandeur.niveaux:
            return [fault("/territoire", "NIVEAU_NON_ADMIS", valeur=code, attendu=sorted(place.grandeur.niveaux))]
        return found

    def ventilation(self, given: dict[str, str], grandeur: Grandeur | None) -> str | list[Faute]:
        """Return the breakdown in its canonical form."""
        key = (grandeur.definition if grandeur else 0, *given.items())
        found = self._breakdowns.get(key)
        if found is None:
            found = self._breakdowns[key] = self._resolve_ventilation(given, grandeur)
        return found

    def _resolve_place(self, code: str, text: str) -> Place | list[Faute]:
        faults: list[Faute] = []
        allowed = self._contexte.grandeurs_permises
        periode = read_periode(text, faults)
        if not self._contexte.definitions.versions(code):
            faults.append(self._inconnus.tell("/grandeur", code, self._grandeurs, "GRANDEUR_INCONNUE"))
        elif allowed is not None and not covers(allowed, code):
            faults.append(fault("/grandeur", "DROIT_GRANDEUR", valeur=code))
        if faults or periode is None:
            return faults
        grandeur = self._contexte.definitions.find(code, periode)
        faults = self._judge_place(grandeur, periode)
        future = periode.debut > self._contexte.today
        return faults or Place(grandeur, periode, periode.dernier_jour, previous_periode(periode).code, future)

    def _judge_place(self, grandeur: Grandeur, periode: Periode) -> list[Faute]:
        if periode.genre not in grandeur.periodes:
            allowed = [genre.value for genre in grandeur.periodes]
            return [fault("/periode", "PERIODE_NON_ADMISE", valeur=periode.code, attendu=allowed)]
        if grandeur.straddles(periode):
            expected = f"avant ou après {grandeur.valide_au}"
            return [fault("/periode", "PERIODE_A_CHEVAL", valeur=periode.code, attendu=expected)]
        if self._contexte.locks(grandeur.code, periode):
            return [fault("/periode", "PERIODE_VERROUILLEE", valeur=periode.code)]
        portee = self._contexte.portee
        if portee is not None and not portee.holds_grandeur(grandeur):
            return [fault("/grandeur", "HORS_PERIMETRE", valeur=grandeur.code)]
        if portee is not None and not portee.holds_periode(periode):
            return [fault("/periode", "HORS_PERIMETRE", valeur=periode.code)]
        return []

    def _resolve_site(self, code: str, day: date) -> Territoire | list[Faute]:
        arbre, portee = self._contexte.arbre, self._contexte.portee
        if code not in self._known_sites:
            return [self._inconnus.tell("/territoire", code, self._territoires, "TERRITOIRE_INCONNU")]
        if not self._may_write(arbre.entry(code)):
            return [fault("/territoire", "DROIT_TERRITOIRE", valeur=code)]
        site = arbre.find(code, day)
        if site is None or site.code != code:
            return [fault("/territoire", "TERRITOIRE_FERME", valeur=code, suggestion=site.code if site else None)]
        if portee is not None and code not in portee.territoires:
            return [fault("/territoire", "HORS_PERIMETRE", valeur=code)]
        return site

    def _may_write(self, site: Territoire) -> bool:
        allowed = self._contexte.territoires_permis
        here: Territoire | None = site
        while allowed is not None and here is not None and here.code not in allowed:
            here = self._contexte.arbre.entry(here.parent) if here.parent else None
        return here is not None

    def _resolve_ventilation(self, given: dict[str, str], grandeur: Grandeur | None) -> str | list[Faute]:
        if len(given) > MAX_DIMENSIONS:
            return [fault("/ventilation", "LONGUEUR_INVALIDE", attendu=f"au plus {MAX_DIMENSIONS} dimensions")]
        every = self._contexte.ventilations
        dimensions = tuple(sorted(grandeur.ventilations if grandeur else every))
        faults = []
        for dimension, modalite in given.items():
            champ = pointer_to("ventilation", dimension)
            if dimension not in dimensions:
                faults.append(self._inconnus.tell(champ, dimension, dimensions, "VENTILATION_INCONNUE"))
                continue
            modalites = tuple(each.code for each in every[dimension].modalites)
            if modalite not in modalites:
                faults.append(self._inconnus.tell(champ, modalite, modalites, "MODALITE_INCONNUE"))
        return faults or canonical(given)


def read_periode(text: str, faults: list[Faute]) -> Periode | None:
    """Return the period that ``text`` names, or add its fault."""
    try:
        return parse_periode(text)
    except PeriodeInvalideError:
        faults.append(fault("/periode", "PERIODE_INVALIDE", valeur=text, attendu=EXEMPLES))
        return None
