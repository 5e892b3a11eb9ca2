"""What makes a rule set whole: every name it uses exists, and on each of its days every case has an answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.orientation.rules.comparisons import Lecture, iter_condition_faults, iter_conditions
from services.orientation.rules.completions import COMPLETED, NAMED
from services.orientation.rules.facts import EARLIEST, Definition
from services.orientation.rules.jeu import DAYS, INCOME, MONTHS, STRONG, list_changes
from services.orientation.rules.moteur import INDETERMINE
from shared.errors import CODES_FAUTE, Faute
from shared.problems import unknown_value

MOST_CONDITIONS = 1_000
MOST_DELAY = {MONTHS: 120, DAYS: 3_660}
READ_LAST = frozenset({*COMPLETED, NAMED, "frein_bloquant", STRONG})
"""What C rules may read: what is completed when unknown."""
GIVEN = {"T": ("parcours", "modalite"), "D": ("parcours", "modalite"), "K": ("modalite",), "M": ("modalite",)}
GIVEN |= {"L": ("parcours", "modalite"), "C": ("parcours",)}
"""What each variant of a stage must say."""


@dataclass(frozen=True)
class Lexique:
    """The words a rule set may use."""

    definitions: Mapping[str, Definition]
    parcours: Sequence[str]
    modalites: Sequence[str]


def list_faults(source: Any, lexique: Lexique) -> list[Faute]:
    """Return every fault of a rule set, each with its pointer; none when it may be asked any case of its days."""
    faults = [
        *_iter_repeated(source),
        *_iter_parameter_faults(source),
        *_iter_rule_faults(source, lexique),
        *_iter_reference_faults(source),
        *_iter_comparison_faults(source, lexique),
    ]
    if not faults:
        first = source.valide_du or EARLIEST
        days = [first, *(day for day in list_changes(source) if day > first)]
        daily = (fault for day in days if source.covers(day) for fault in list_day_faults(source, day))
        faults = list({(fault.champ, fault.code): fault for fault in daily}.values())
    return faults


def list_day_faults(source: Any, day: date) -> list[Faute]:
    """Return what a rule set lacks to answer on ``day``: a threshold, the meeting of everybody, a last pathway."""
    return [*_iter_absent_values(source, day), *_iter_absent_rules(source, day)]


def _iter_absent_values(source: Any, day: date) -> Iterator[Faute]:
    variantes = [each for regle in source.regles for each in regle.variantes]
    holders = [each for each in (*variantes, *source.signalements) if each.covers(day)]
    conditions = [each for holder in holders for _, each in iter_conditions(holder.conditions)]
    needed = {INCOME, *(each.limit for each in conditions if each.limit and not each.limit.isdigit())}
    held = {parametre.code for parametre in source.parametres if parametre.at(day) is not None}
    for place, parametre in enumerate(source.parametres):
        delay = parametre.code == DAYS and not held & {DAYS, MONTHS}
        if delay or parametre.code in needed - held:
            yield _fault(f"/parametres/{place}/valeurs", "SEUIL_ABSENT", attendu=f"une valeur le {day}")


def _iter_absent_rules(source: Any, day: date) -> Iterator[Faute]:
    for stage, attendu in (("M", "reçoit toute personne"), ("C", "vaut quand aucune autre ne vaut")):
        last = [regle for regle in source.regles if regle.etape == stage][-1:]
        if not any(each.covers(day) and not each.conditions for regle in last for each in regle.variantes):
            told = f"une dernière règle {stage}, sans condition, qui {attendu} le {day}"
            yield _fault("/regles", "REGLE_REQUISE", attendu=told)


def _iter_repeated(source: Any) -> Iterator[Faute]:
    seen: set[tuple[str, str]] = set()
    for name, space in (("parametres", "p"), ("regles", "r"), ("signalements", "r")):
        for place, each in enumerate(getattr(source, name)):
            if (space, each.code) in seen:
                yield _fault(f"/{name}/{place}/code", "CODE_REPETE", each.code)
            seen.add((space, each.code))


def _iter_parameter_faults(source: Any) -> Iterator[Faute]:
    known = [parametre.code for parametre in source.parametres]
    for code in (INCOME, MONTHS, DAYS):
        if code not in known:
            yield _fault("/parametres", "CHAMP_REQUIS", attendu=code)
    for place, parametre in enumerate(source.parametres):
        pointer = f"/parametres/{place}"
        expected = "date_notification_sdd" if parametre.code in MOST_DELAY else "date_reference"
        if parametre.lu_a != expected:
            yield _fault(f"{pointer}/lu_a", "VALEUR_INVALIDE", parametre.lu_a, expected)
        most = MOST_DELAY.get(parametre.code)
        ordered = sorted(enumerate(parametre.valeurs), key=lambda each: each[1].valide_du or date.min)
        for rank, (number, each) in enumerate(ordered):
            if most is not None and each.valeur > most:
                yield _fault(f"{pointer}/valeurs/{number}/valeur", "HORS_BORNES", each.valeur, f"au plus {most}")
            before = ordered[rank - 1][1] if rank else None
            if before and (before.valide_au is None or each.valide_du is None or before.valide_au >= each.valide_du):
                yield _fault(f"{pointer}/valeurs/{number}", "VALEURS_SIMULTANEES")


def _iter_rule_faults(source: Any, lexique: Lexique) -> Iterator[Faute]:
    if not any(regle.code == INDETERMINE and regle.etape == "X" for regle in source.regles):
        yield _fault("/regles", "REGLE_REQUISE", attendu=f"{INDETERMINE}, à l'étape X")
    for place, regle in enumerate(source.regles):
        for number, variante in enumerate(regle.variantes):
            pointer = f"/regles/{place}/variantes/{number}"
            for name in GIVEN.get(regle.etape, ()):
                if getattr(variante, name) is None:
                    yield _fault(f"{pointer}/{name}", "CHAMP_REQUIS")
            if variante.parcours is not None and variante.parcours not in lexique.parcours:
                yield unknown_value(f"{pointer}/parcours", variante.parcours, lexique.parcours)
            if variante.modalite is not None and variante.modalite not in lexique.modalites:
                yield unknown_value(f"{pointer}/modalite", variante.modalite, lexique.modalites)
            if regle.etape == "K" and not variante.apres:
                yield _fault(f"{pointer}/apres", "CHAMP_REQUIS", attendu="les règles D qu'elle retient")


def _iter_reference_faults(source: Any) -> Iterator[Faute]:
    """Yield the names of rules that are not rules."""
    rules = [regle.code for regle in source.regles]
    direct = [regle.code for regle in source.regles if regle.etape == "D"]
    last = [regle.code for regle in source.regles if regle.etape == "C"]
    named: list[tuple[str, str, list[str]]] = []
    for place, regle in enumerate(source.regles):
        for number, variante in enumerate(regle.variantes):
            pointer = f"/regles/{place}/variantes/{number}/apres"
            named += [(f"{pointer}/{rank}", code, direct) for rank, code in enumerate(variante.apres)]
    for place, each in enumerate(source.signalements):
        for name in ("apres", "sans"):
            codes = enumerate(getattr(each, name))
            named += [(f"/signalements/{place}/{name}/{rank}", code, rules) for rank, code in codes]
        named += [(f"/signalements/{place}/seule", each.seule, last)] if each.seule is not None else []
    for pointer, code, known in named:
        if code not in known:
            yield unknown_value(pointer, code, known)


def _iter_comparison_faults(source: Any, lexique: Lexique) -> Iterator[Faute]:
    parametres = [parametre.code for parametre in source.parametres]
    everywhere = Lecture(lexique.definitions, lexique.parcours, parametres)
    last = Lecture(lexique.definitions, lexique.parcours, parametres, READ_LAST)
    total = 0
    for place, regle in enumerate(source.regles):
        for number, variante in enumerate(regle.variantes):
            lecture = last if regle.etape == "C" else everywhere
            for pointer, each in iter_conditions(variante.conditions, f"/regles/{place}/variantes/{number}/conditions"):
                total += 1
                yield from iter_condition_faults(each, pointer, lecture)
    for place, signalement in enumerate(source.signalements):
        for pointer, each in iter_conditions(signalement.conditions, f"/signalements/{place}/conditions"):
            total += 1
            yield from iter_condition_faults(each, pointer, everywhere)
    if total > MOST_CONDITIONS:
        yield _fault("/regles", "HORS_BORNES", total, f"au plus {MOST_CONDITIONS} conditions en tout")


def _fault(champ: str, code: str, valeur: Any = None, attendu: str | None = None) -> Faute:
    shown = None if valeur is None else str(valeur)
    return Faute(champ=champ, code=code, message=CODES_FAUTE[code].libelle, valeur=shown, attendu=attendu)
