"""What a question about values asks: which quantities, territories, periods and breakdowns, every fault named."""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.indicators.definition_files import VentilationFile
from services.indicators.definitions import Definitions, canonical
from services.indicators.errors import TropDeCellules, fault
from services.indicators.geography import Geographie, SelecteurInvalideError, VueGeographique
from services.indicators.periods import EXEMPLES, Periode, PeriodeInvalideError, iter_between, parse_periode
from services.indicators.schemas.valeurs import CHAMPS, FiltresValeurs
from services.indicators.series import Lecture
from services.indicators.vocabulary import TempsStock
from shared.errors import DonneesRefusees, Faute, Phrase
from shared.problems import unknown_value

MAX_CELLS = 50_000
RANGE = ".."
Axe = tuple[tuple[str, str], ...]
"""The modalities of one dimension, each with its name."""


@dataclass(frozen=True)
class Maille:
    """One breakdown that is answered: how it is shown, and the supplied breakdowns that it is made of."""

    montree: str
    fournies: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """The cells asked for, in the order they are answered."""

    grandeurs: tuple[str, ...]
    territoires: tuple[str, ...]
    periodes: tuple[Periode, ...]
    mailles: tuple[Maille, ...]
    lecture: Lecture
    au: datetime | None
    modifie_depuis: datetime | None
    historique: bool
    champs: tuple[str, ...]


def read_question(
    filtres: FiltresValeurs,
    *,
    definitions: Definitions,
    geo: Geographie,
    ventilations: Mapping[str, VentilationFile],
    default: Sequence[Periode],
    today: date,
    faults: Sequence[Faute] = (),
) -> Question:
    """Return what is asked; ``faults`` were found before.

    Raises :class:`DonneesRefusees` naming every fault, :class:`TropDeCellules`.
    """
    found = [*faults, *_iter_faults(filtres, definitions)]
    grandeurs = tuple(dict.fromkeys(filtres.grandeur))
    periodes = read_periodes(filtres.periode, found) or tuple(default)
    lecture = Lecture(today, filtres.geographie, filtres.stock is TempsStock.MOYENNE)
    territoires = _read_territoires(filtres.territoire, geo, lecture, periodes, found)
    known = all(definitions.versions(code) for code in grandeurs)
    dimensions = _dimensions(definitions, grandeurs) if known else sorted(ventilations)
    coupe = _read_coupe(filtres, ventilations, dimensions, found)
    if found:
        raise DonneesRefusees(erreurs=found)
    size = len(grandeurs) * len(territoires) * len(periodes) * math.prod(map(len, coupe.montrees))
    if max(size, coupe.lues) > MAX_CELLS:
        raise too_many(max(size, coupe.lues))
    return Question(
        grandeurs,
        territoires,
        periodes,
        coupe.list_mailles(),
        lecture,
        filtres.au,
        filtres.modifie_depuis,
        filtres.historique,
        tuple(filtres.champs),
    )


def _iter_faults(filtres: FiltresValeurs, definitions: Definitions) -> Iterator[Faute]:
    known = definitions.codes
    for code in filtres.grandeur:
        if code not in known:
            yield unknown_value("grandeur", code, known, code="GRANDEUR_INCONNUE")
    for name in filtres.champs:
        if name not in CHAMPS:
            yield unknown_value("champs", name, CHAMPS, code="VALEUR_INCONNUE")
    if filtres.au and filtres.modifie_depuis and filtres.au < filtres.modifie_depuis:
        yield fault("au", "DATES_INVERSEES", attendu="après modifie_depuis")


def too_many(count: int) -> TropDeCellules:
    """Return the refusal of an answer of so many cells."""
    titre = TropDeCellules.titre
    return TropDeCellules(
        Phrase(f"{titre.fr} ({count}, au plus {MAX_CELLS})", f"{titre.en} ({count}, at most {MAX_CELLS})")
    )


def _dimensions(definitions: Definitions, codes: Iterable[str]) -> list[str]:
    return sorted({name for code in codes for each in definitions.versions(code) for name in each.ventilations})


def _read_territoires(
    selecteurs: Iterable[str], geo: Geographie, lecture: Lecture, periodes: Sequence[Periode], faults: list[Faute]
) -> tuple[str, ...]:
    """Return the codes meant: today's, or those of the days on which the periods end."""
    days = {lecture.today}
    if lecture.geographie is VueGeographique.EPOQUE and periodes:
        days = {*{geo.read_at(each.dernier_jour): each.dernier_jour for each in periodes}.values()}
    found: dict[str, None] = {}
    for selecteur in selecteurs:
        meant = [codes for day in sorted(days) if (codes := _expand(geo, selecteur, day)) is not None]
        if not meant:
            faults.append(refuse_selecteur(selecteur, geo))
        found |= dict.fromkeys(itertools.chain.from_iterable(meant))
    return tuple(found)


def _expand(geo: Geographie, selecteur: str, day: date) -> tuple[str, ...] | None:
    try:
        return geo.expand(selecteur, day)
    except SelecteurInvalideError:
        return None


def refuse_selecteur(selecteur: str, geo: Geographie) -> Faute:
    """Return the fault of a selector that means nothing."""
    code, colon, _ = selecteur.partition(":")
    if colon and code in geo.codes():
        return fault(
            "territoire", "VALEUR_INVALIDE", valeur=selecteur, attendu="code:ctm|communes|arrondissements|enfants"
        )
    return unknown_value("territoire", selecteur, geo.codes(), code="TERRITOIRE_INCONNU")


def read_periodes(asked: Iterable[str], faults: list[Faute]) -> tuple[Periode, ...]:
    """Return the periods asked for: single ones, and ranges whose ends are of one type."""
    found: dict[str, Periode] = {}
    for text in asked:
        first, dots, last = text.partition(RANGE)
        try:
            ends = [parse_periode(end) for end in ((first, last) if dots else (first,))]
        except PeriodeInvalideError:
            faults.append(fault("periode", "PERIODE_INVALIDE", valeur=text, attendu=EXEMPLES))
            continue
        if ends[0].genre is not ends[-1].genre:
            faults.append(fault("periode", "PERIODE_INVALIDE", valeur=text, attendu="deux périodes du même type"))
        elif ends[-1].debut < ends[0].debut:
            faults.append(fault("periode", "DATES_INVERSEES", valeur=text))
        else:
            inside = itertools.islice(iter_between(ends[0], ends[-1].debut), MAX_CELLS + 1)
            found |= {each.code: each for each in inside}
    return tuple(found.values())


@dataclass(frozen=True)
class Coupe:
    """How cells are cut: the modalities shown of each dimension kept, and those folded of each one filtered."""

    montrees: tuple[Axe, ...] = ()
    repliees: tuple[Axe, ...] = ()

    @property
    def lues(self) -> int:
        """How many supplied breakdowns are looked at."""
        return math.prod(map(len, (*self.montrees, *self.repliees)))

    def list_mailles(self) -> tuple[Maille, ...]:
        """Return each breakdown that is answered, in order."""
        return tuple(
            Maille(
                canonical(dict(combination)),
                tuple(canonical(dict((*combination, *inner))) for inner in itertools.product(*self.repliees)),
            )
            for combination in itertools.product(*self.montrees)
        )


def _read_coupe(
    filtres: FiltresValeurs, every: Mapping[str, VentilationFile], allowed: Sequence[str], faults: list[Faute]
) -> Coupe:
    kept = dict.fromkeys(filtres.ventiler)
    unknown = [name for name in kept if name not in allowed]
    faults += [unknown_value("ventiler", name, allowed, code="VENTILATION_INCONNUE") for name in unknown]
    chosen: dict[str, list[str]] = {}
    for text in dict.fromkeys(filtres.filtrer):
        dimension, _, modalite = text.partition(":")
        if dimension not in allowed:
            faults.append(unknown_value("filtrer", dimension, allowed, code="VENTILATION_INCONNUE"))
        elif modalite not in (codes := _codes_of(every[dimension])):
            known = [f"{dimension}:{code}" for code in codes]
            faults.append(unknown_value("filtrer", text, known, code="MODALITE_INCONNUE"))
        else:
            chosen.setdefault(dimension, []).append(modalite)
    if faults:
        return Coupe()
    shown = [tuple((name, mod) for mod in chosen.get(name, _codes_of(every[name]))) for name in kept]
    folded = [tuple((name, mod) for mod in mods) for name, mods in chosen.items() if name not in kept]
    return Coupe(tuple(shown), tuple(folded))


def _codes_of(dimension: VentilationFile) -> list[str]:
    return [each.code for each in dimension.modalites]
