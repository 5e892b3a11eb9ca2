"""A rule set, compiled: for each span of days over which its parameters and variants do not change, one engine."""

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Literal

from services.orientation.rules.completions import Completions, Terrain
from services.orientation.rules.conditions import WORDS, Check, compile_all
from services.orientation.rules.cours import Avertissement, Regle, Variante
from services.orientation.rules.facts import Faits
from services.orientation.rules.lues import Lues
from services.orientation.rules.moteur import Moteur
from services.orientation.rules.proposition import Proposition
from services.orientation.rules.situation import Cadre
from shared.territoires import Arbre, Niveau

INSIDE = (Niveau.COMMUNE, Niveau.ARRONDISSEMENT)
REFERENCE = "date_reference"
MONTHS, DAYS = "delai_orientation_mois", "delai_orientation_jours"
INCOME = "seuil_revenu"
STRONG = "freins_forts"
Trace = Literal["aucune", "resume", "complete"]


def list_changes(source: Any) -> list[date]:
    """Return the days from which something is no longer as it was the day before, in order."""
    periods = [each for parametre in source.parametres for each in parametre.valeurs]
    periods += [each for regle in source.regles for each in regle.variantes] + list(source.signalements)
    starts = {each.valide_du for each in periods if each.valide_du is not None}
    return sorted(starts | {each.valide_au + timedelta(days=1) for each in periods if each.valide_au is not None})


class Jeu:
    """A rule set that can be asked. ``source`` is its data, ``faits`` the facts, ``arbre`` the territories.

    ``empreinte`` is given when it was computed once and for all: at publication.
    """

    def __init__(self, source: Any, faits: Sequence[Any], arbre: Arbre, empreinte: str | None = None) -> None:
        self.source = source
        self.version = f"{source.code}-{source.version}"
        self.empreinte = empreinte or hashlib.sha256(source.model_dump_json().encode()).hexdigest()
        self._arbre = arbre
        self._valeurs = {fait.code: tuple(v.valeur for v in fait.valeurs) or (True, False) for fait in faits}
        self._niveaux = {fait.code: {v.valeur: v.niveau for v in fait.valeurs} for fait in faits if fait.frein}
        self._parametres = {each.code: each for each in source.parametres}
        self._changes = list_changes(source)
        self._moteurs: dict[int, Moteur] = {}
        self._inside = lru_cache(maxsize=1 << 14)(self._is_inside)
        self._renamed = lru_cache(maxsize=1 << 14)(self._is_renamed)
        self._delay = lru_cache(maxsize=1 << 12)(self._find_delay)

    def evaluate(self, faits: Faits, trace: Trace = "resume") -> Proposition:
        """Return what the rules propose for ``faits``, which :func:`check_faits` checked.

        The same facts give the same proposal and the same fingerprint, in whatever order they come.
        """
        return self.engine_at(faits[REFERENCE]).evaluate(faits, trace)

    def engine_at(self, day: date) -> Moteur:
        """Return the engine in force on ``day``."""
        span = bisect_right(self._changes, day)
        found = self._moteurs.get(span)
        if found is None:
            found = self._moteurs[span] = self._compile(day)
        return found

    def _compile(self, day: date) -> Moteur:
        seuils = {code: found for code, each in self._parametres.items() if (found := each.at(day)) is not None}
        variantes = [each for regle in self.source.regles for each in regle.variantes]
        holders = [each for each in (*variantes, *self.source.signalements) if each.covers(day)]
        lues = Lues(_iter_comparisons([holder.conditions for holder in holders]), seuils, self._valeurs)
        regles = [_compile_rule(regle, seuils, day, lues) for regle in self.source.regles]
        avertissements = [_compile_warning(each, seuils, lues) for each in self.source.signalements if each.covers(day)]
        last = [(rank, variante) for rank, r in enumerate(regles) if r.etape == "C" for variante in r.variantes]
        completions = Completions(
            self._terrain(seuils), [v.check for _, v in last], [v.parcours or "" for _, v in last]
        )
        cadre = Cadre(self._niveaux, self._inside, self._renamed, self._delay, seuils[INCOME].valeur, lues)
        entete = f"{self.version} {self.empreinte}"
        ranks = [rank for rank, _ in last]
        return Moteur(self.version, entete, cadre, regles, avertissements, completions, ranks)

    def _terrain(self, seuils: Mapping[str, Any]) -> Terrain:
        """Return what the C rules compare, so that what they do not tell apart is played once."""
        listes: dict[str, list[frozenset[Any]]] = {}
        most = 0
        for each in _iter_comparisons(
            [v.conditions for r in self.source.regles if r.etape == "C" for v in r.variantes]
        ):
            if each.fait == STRONG:
                most = max(most, int(each.limit) if each.limit.isdigit() else seuils[each.limit].valeur)
            elif each.est or each.n_est_pas:
                listes.setdefault(each.fait, []).append(frozenset(WORDS.get(w, w) for w in each.est or each.n_est_pas))
        return Terrain(self._valeurs, self._niveaux, listes, most + 1)

    def _is_inside(self, commune: str, day: date) -> bool:
        found = self._arbre.find(commune, day)
        return found is not None and found.niveau in INSIDE

    def _is_renamed(self, commune: str, day: date) -> bool:
        found = self._arbre.find(commune, day)
        return found is not None and found.code != commune

    def _find_delay(self, notification: date) -> tuple[int, int] | None:
        months, days = (self._parametres[code].at(notification) for code in (MONTHS, DAYS))
        if months is None and days is None:
            return None
        return (months.valeur if months else 0), (days.valeur if days else 0)


def _iter_comparisons(groups: Sequence[Sequence[Any]]) -> Iterator[Any]:
    for conditions in groups:
        for each in conditions:
            if each.fait is not None:
                yield each
            else:
                yield from _iter_comparisons([each.tous or each.un])


def _compile_rule(regle: Any, seuils: Mapping[str, Any], day: date, lues: Lues) -> Regle:
    variantes = tuple(
        Variante(
            _check(each, seuils),
            each.parcours,
            each.modalite,
            frozenset(each.apres),
            lues.names_in(_iter_comparisons([each.conditions])),
        )
        for each in regle.variantes
        if each.covers(day)
    )
    return Regle(regle.code, regle.etape, variantes)


def _compile_warning(each: Any, seuils: Mapping[str, Any], lues: Lues) -> Avertissement:
    return Avertissement(
        each.code,
        _check(each, seuils),
        each.toujours,
        each.donne,
        frozenset(each.apres),
        frozenset(each.sans),
        each.seule,
        lues.names_in(_iter_comparisons([each.conditions])),
    )


def _check(holder: Any, seuils: Mapping[str, Any]) -> Check:
    return compile_all(holder.conditions, seuils)
