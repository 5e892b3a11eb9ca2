"""What is supplied, and what adds up: the content of cells before any rule reads it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from services.indicators.geography import Geographie
from services.indicators.periods import parse_periode
from services.indicators.series.arrondis import add
from services.indicators.series.regles import QUOTIENTS, WORDS, Regles
from services.indicators.vocabulary import Confidentialite, Nature, StatutMesure

Cle = tuple[str, str]
"""A territory and the code of a period."""
Statuts = frozenset[StatutMesure | None]
Confidentialites = frozenset[Confidentialite | None]
NO_STATUT: Statuts = frozenset({None})
NOT_CONFIDENTIAL: Confidentialites = frozenset({None})


@dataclass(frozen=True, slots=True)
class Valeur:
    """A supplied value: value, numerator or sum; denominator or number; modality or text."""

    valeur: Decimal | None = None
    diviseur: Decimal | None = None
    texte: str | None = None
    statut: StatutMesure | None = None
    confidentialite: Confidentialite | None = None
    revise_le: datetime | None = None


@dataclass(frozen=True, slots=True)
class Somme:
    """Supplied values put together; ``recus`` counts them. A sum of plain values needs the first four only."""

    valeur: Decimal | None
    diviseur: Decimal | None
    recus: int
    revise_le: datetime | None
    maximum: Decimal | None = None
    textes: tuple[str, ...] = ()
    statuts: Statuts = NO_STATUT
    confidentialites: Confidentialites = NOT_CONFIDENTIAL


@dataclass(frozen=True, slots=True)
class Donnees:
    """The supplied rows, and the sums of the directly supplied children of each parent that has some: all are read."""

    valeurs: Mapping[Cle, Valeur]
    sommes: Mapping[Cle, Somme] = field(default_factory=dict)


def weigh(regles: Regles, valeur: Valeur, population: int | None) -> Somme:
    """Return one supplied value as a sum. What cannot exist is received and brings nothing; a hidden value is not."""
    nombre, diviseur, texte = _read_content(regles.nature, valeur, population)
    known = nombre is not None or texte is not None
    received = known or valeur.statut == StatutMesure.M
    conf = valeur.confidentialite
    return Somme(
        valeur=nombre,
        diviseur=diviseur,
        recus=int(received),
        revise_le=valeur.revise_le,
        maximum=nombre,
        textes=() if texte is None else (texte,),
        statuts=_read_statuts(valeur.statut) if received else frozenset(),
        confidentialites=NOT_CONFIDENTIAL if conf is None else frozenset({conf}),
    )


def _read_statuts(statut: StatutMesure | None) -> Statuts:
    return NO_STATUT if statut is None else frozenset({statut})


def _read_content(
    nature: Nature, valeur: Valeur, population: int | None
) -> tuple[Decimal | None, Decimal | None, str | None]:
    """Return number, divisor and text of a row that bears all that its nature needs, else nothing."""
    nombre, diviseur = valeur.valeur, valeur.diviseur
    if valeur.statut == StatutMesure.M:
        return None, None, None
    if nature in WORDS:
        return None, None, valeur.texte
    if nature not in QUOTIENTS:
        return nombre, None, None
    if nature is Nature.TAUX:
        diviseur = None if population is None else Decimal(population)
    return (None, None, None) if nombre is None or diviseur is None else (nombre, diviseur, None)


def combine(sommes: Sequence[Somme]) -> Somme:
    """Return the sum of sums, whatever their order and however they were grouped; there is at least one."""
    if len(sommes) == 1:
        return sommes[0]
    maxima = [each.maximum for each in sommes if each.maximum is not None]
    revisions = [each.revise_le for each in sommes if each.revise_le is not None]
    return Somme(
        valeur=_add_known([each.valeur for each in sommes]),
        diviseur=_add_known([each.diviseur for each in sommes]),
        recus=sum([each.recus for each in sommes]),
        revise_le=max(revisions) if revisions else None,
        maximum=max(maxima) if maxima else None,
        textes=tuple([texte for each in sommes for texte in each.textes]),
        statuts=sommes[0].statuts.union(*[each.statuts for each in sommes]),
        confidentialites=sommes[0].confidentialites.union(*[each.confidentialites for each in sommes]),
    )


def _add_known(values: list[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return add(known) if known else None


def sum_children(
    regles: Regles, geo: Geographie, valeurs: Mapping[Cle, Valeur], parents: Collection[Cle] | None = None
) -> dict[Cle, Somme]:
    """Return the sums of supplied children by parent and period, those of ``parents`` only when they are named."""
    groups: dict[Cle, list[Somme]] = defaultdict(list)
    for (territoire, periode), valeur in valeurs.items():
        carte = geo.read_at(parse_periode(periode).dernier_jour)
        parent = carte.parents.get(territoire)
        if parent is not None and (parents is None or (parent, periode) in parents):
            groups[parent, periode].append(weigh(regles, valeur, carte.populations[territoire]))
    return {cle: combine(group) for cle, group in groups.items()}


def collapse(
    regles: Regles, modalites: Mapping[str, Mapping[Cle, Valeur]], exigees: Collection[str]
) -> dict[Cle, Valeur]:
    """Return the totals of a partition dimension, where every modality of ``exigees`` is there; residual ones may miss.

    ``modalites`` holds the rows by modality; one that is there without its value leaves no total. Nothing either for a
    nature that does not add up. A supplied total goes before.
    """
    groups: dict[Cle, dict[str, Somme]] = defaultdict(dict)
    for modalite, valeurs in modalites.items():
        for cle, valeur in valeurs.items():
            groups[cle][modalite] = weigh(regles, valeur, population=0)
    if not regles.additive:
        return {}
    return {
        cle: _make_total(combine(list(group.values())))
        for cle, group in groups.items()
        if group.keys() >= set(exigees) and all(somme.recus for somme in group.values())
    }


def _make_total(somme: Somme) -> Valeur:
    return Valeur(
        valeur=somme.valeur,
        diviseur=somme.diviseur,
        statut=merge_statuts(somme.statuts),
        confidentialite=merge_confidentialites(somme.confidentialites),
        revise_le=somme.revise_le,
    )


WORST_FIRST = (
    StatutMesure.E,
    StatutMesure.P,
    StatutMesure.U,
    StatutMesure.N,
    StatutMesure.D,
    StatutMesure.B,
    StatutMesure.F,
    StatutMesure.I,
)


def merge_statuts(statuts: Statuts) -> StatutMesure | None:
    """Return the status of a sum: that of its parts when they agree, else the worst; what cannot exist says nothing."""
    told = statuts - {StatutMesure.M}
    if not told:
        return StatutMesure.M if statuts else None
    return next((statut for statut in WORST_FIRST if statut in told), None)


def merge_confidentialites(confidentialites: Confidentialites) -> Confidentialite | None:
    """Return what hides every part, the strictest when they differ; nothing when a part may be shown."""
    if None in confidentialites:
        return None
    return next((each for each in Confidentialite if each in confidentialites), None)
