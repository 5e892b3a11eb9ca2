"""What may be compared with what in a condition: facts, what is computed from them, their values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.orientation.rules.conditions import COMPARED, PARCOURS, WORDS
from services.orientation.rules.facts import COMMUNE, Definition
from shared.errors import CODES_FAUTE, Faute
from shared.problems import unknown_value

BOOLEAN, NUMBER, CHOICE = "booleen", "entier", "choix"
COMPUTED: Mapping[str, str] = {
    "age": NUMBER,
    "freins_forts": NUMBER,
    "profils_directs": NUMBER,
    "territoire": CHOICE,
    PARCOURS: CHOICE,
    **dict.fromkeys(("sdd", "sdd_calcule", "delai_depasse", "notifie_2025", "code_ancien"), BOOLEAN),
    **dict.fromkeys(("frein_bloquant", "freins_legers", "paire_impossible"), BOOLEAN),
    **dict.fromkeys(("naissance_impossible", "notification_impossible"), BOOLEAN),
}
"""What follows from the facts (``situation``, ``moteur``), by nature."""
TERRITOIRES = ("DEDANS", "DEHORS")
LISTED, KNOWN, DIFFERS = ("est", "n_est_pas"), "connu", "differe_du_parcours"
ALLOWED: Mapping[str, frozenset[str]] = {
    "date": frozenset({KNOWN}),
    BOOLEAN: frozenset({*LISTED, KNOWN}),
    NUMBER: frozenset({*COMPARED, KNOWN}),
    "montant": frozenset({*COMPARED, KNOWN}),
    "commune": frozenset({*LISTED, KNOWN}),
    CHOICE: frozenset({*LISTED, KNOWN, DIFFERS}),
}
"""The comparisons that mean something, by nature of the fact."""


@dataclass(frozen=True)
class Lecture:
    """What the conditions of a stage may read; ``seuls``: these names alone, and never whether they are known."""

    definitions: Mapping[str, Definition]
    parcours: Sequence[str]
    parametres: Sequence[str]
    seuls: frozenset[str] | None = None

    @property
    def names(self) -> list[str]:
        """The names that may be read."""
        known = [*self.definitions, *COMPUTED]
        return known if self.seuls is None else [name for name in known if name in self.seuls]

    def nature_of(self, name: str) -> str:
        """Return the nature of a name that may be read."""
        return COMPUTED.get(name) or self.definitions[name].nature

    def allowed(self, name: str) -> frozenset[str]:
        """Return the comparisons that ``name`` may have."""
        found = ALLOWED[self.nature_of(name)]
        return found if self.seuls is None else found - {KNOWN, DIFFERS}

    def values_of(self, name: str) -> Sequence[str]:
        """Return the values of a closed list."""
        if self.nature_of(name) == BOOLEAN:
            return tuple(WORDS)
        if name == PARCOURS:
            return self.parcours
        return TERRITOIRES if name in COMPUTED else self.definitions[name].ordre


def iter_conditions(conditions: Sequence[Any], pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each comparison of a fact with its pointer, whatever group it stands in."""
    for place, each in enumerate(conditions):
        here = f"{pointer}/{place}"
        if each.fait is not None:
            yield here, each
        else:
            name = "tous" if each.tous is not None else "un"
            yield from iter_conditions(getattr(each, name), f"{here}/{name}")


def iter_condition_faults(condition: Any, pointer: str, lecture: Lecture) -> Iterator[Faute]:
    """Yield what is wrong with one comparison."""
    fait, comparison = condition.fait, condition.comparison
    names = lecture.names
    if fait not in names:
        yield unknown_value(f"{pointer}/fait", fait, names)
        return
    allowed = lecture.allowed(fait)
    if comparison not in allowed:
        message = CODES_FAUTE["CONDITION_INAPPLICABLE"].libelle
        here = f"{pointer}/{comparison}"
        yield Faute(champ=here, code="CONDITION_INAPPLICABLE", message=message, attendu=sorted(allowed))
    elif comparison in LISTED:
        yield from _iter_value_faults(getattr(condition, comparison), f"{pointer}/{comparison}", fait, lecture)
    elif comparison in COMPARED and not condition.limit.isdigit() and condition.limit not in lecture.parametres:
        yield unknown_value(f"{pointer}/{comparison}", condition.limit, lecture.parametres)


def _iter_value_faults(values: Sequence[str], pointer: str, fait: str, lecture: Lecture) -> Iterator[Faute]:
    commune = lecture.nature_of(fait) == "commune"
    known = () if commune else lecture.values_of(fait)
    for place, value in enumerate(values):
        if commune and not COMMUNE.fullmatch(value):
            message = CODES_FAUTE["VALEUR_INVALIDE"].libelle
            yield Faute(champ=f"{pointer}/{place}", code="VALEUR_INVALIDE", message=message, attendu="un code INSEE")
        elif not commune and value not in known:
            yield unknown_value(f"{pointer}/{place}", value, known, code="VALEUR_INCONNUE")
