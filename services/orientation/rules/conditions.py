"""Conditions made into functions: of a situation, they return ``None`` when established, else what is lacking."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from services.orientation.rules.proposition import Echec

Situation = Mapping[str, Any]
"""Facts and what is computed from them; what is unknown is absent."""
Check = Callable[[Situation], Echec | None]
PARCOURS = "parcours"
WORDS = {"true": True, "false": False}
COMPARED: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "au_moins": ("au moins", lambda value, limit: value >= limit),
    "au_plus": ("au plus", lambda value, limit: value <= limit),
    "moins_de": ("moins de", lambda value, limit: value < limit),
    "plus_de": ("plus de", lambda value, limit: value > limit),
}


class Seuil(Protocol):
    """A value of a parameter, in force."""

    valeur: int
    source: str


def compile_all(conditions: Sequence[Any], seuils: Mapping[str, Seuil]) -> Check:
    """Return the check that all ``conditions`` hold; a condition that fails is told before one that is unknown."""
    checks = tuple(_compile(each, seuils) for each in conditions)
    if len(checks) == 1:
        return checks[0]

    def check(situation: Situation) -> Echec | None:
        unknown = None
        for each in checks:
            echec = each(situation)
            if echec is not None:
                if not echec.inconnu:
                    return echec
                unknown = unknown or echec
        return unknown

    return check


def compile_one(conditions: Sequence[Any], seuils: Mapping[str, Seuil]) -> Check:
    """Return the check that one of ``conditions`` holds; of those that do not, the first unknown is told."""
    checks = tuple(_compile(each, seuils) for each in conditions)

    def check(situation: Situation) -> Echec | None:
        lacking: Echec | None = None
        for each in checks:
            echec = each(situation)
            if echec is None:
                return None
            if lacking is None or (echec.inconnu and not lacking.inconnu):
                lacking = echec
        return lacking

    return check


def _compile(condition: Any, seuils: Mapping[str, Seuil]) -> Check:
    if condition.tous is not None:
        return compile_all(condition.tous, seuils)
    if condition.un is not None:
        return compile_one(condition.un, seuils)
    comparison = condition.comparison
    if comparison in COMPARED:
        return _compile_limit(condition.fait, comparison, getattr(condition, comparison), seuils)
    if comparison == "connu":
        return _compile_known(condition.fait, condition.connu)
    if comparison == "differe_du_parcours":
        return _compile_differs(condition.fait)
    values = frozenset(WORDS.get(word, word) for word in getattr(condition, comparison))
    return _compile_in(condition.fait, values) if comparison == "est" else _compile_not_in(condition.fait, values)


def _told(values: frozenset[Any]) -> str:
    return ", ".join(sorted(str(value).lower() if isinstance(value, bool) else str(value) for value in values))


def _compile_in(fait: str, values: frozenset[Any]) -> Check:
    unknown, wrong = (Echec(inconnu, fait, _told(values)) for inconnu in (True, False))

    def check(situation: Situation) -> Echec | None:
        value = situation.get(fait)
        if value is None:
            return unknown
        return None if value in values else wrong

    return check


def _compile_not_in(fait: str, values: frozenset[Any]) -> Check:
    wrong = Echec(False, fait, f"autre que {_told(values)}")

    def check(situation: Situation) -> Echec | None:
        return wrong if situation.get(fait) in values else None

    return check


def _compile_known(fait: str, known: bool) -> Check:
    lacking = Echec(known, fait, "connu" if known else "inconnu")

    def check(situation: Situation) -> Echec | None:
        return None if (situation.get(fait) is not None) is known else lacking

    return check


def _compile_differs(fait: str) -> Check:
    unknown, wrong = (Echec(inconnu, fait, "autre que le parcours proposé") for inconnu in (True, False))

    def check(situation: Situation) -> Echec | None:
        value = situation.get(fait)
        if value is None:
            return unknown
        return wrong if value == situation.get(PARCOURS) else None

    return check


def _compile_limit(fait: str, comparison: str, limit: str, seuils: Mapping[str, Seuil]) -> Check:
    word, holds = COMPARED[comparison]
    seuil = None if limit.isdigit() else seuils[limit]
    bound = int(limit) if seuil is None else seuil.valeur
    parametre, source = (None, None) if seuil is None else (limit, seuil.source)
    unknown, wrong = (Echec(inconnu, fait, f"{word} {bound}", bound, parametre, source) for inconnu in (True, False))

    def check(situation: Situation) -> Echec | None:
        value = situation.get(fait)
        if value is None:
            return unknown
        return None if holds(value, bound) else wrong

    return check
