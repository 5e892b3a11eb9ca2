"""Who owes what: what each quantity's definition expects, against what was received."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.definitions import Definitions, Grandeur
from services.indicators.geography import Geographie
from services.indicators.periods import Periode, iter_inside
from services.indicators.queries import completude as queries
from services.indicators.queries import definitions as definition_queries
from services.indicators.queries import publication as publication_queries
from services.indicators.questions import read_periodes
from services.indicators.schemas.completude import CompletudeOut, FiltresCompletude
from services.indicators.service.codes import known_codes, natural, unknown_codes
from services.indicators.vocabulary import EtatCompletude, Periodicite
from shared import clock
from shared.clock import PARIS
from shared.errors import DonneesRefusees
from shared.territoires import Niveau

Days = tuple[date, date]
LATE = frozenset({EtatCompletude.PARTIEL, EtatCompletude.ABSENT})


class LigneCompletude(CompletudeOut):
    """One line of the answer, with what pages go by."""

    @property
    def cle(self) -> str:
        """What tells one line from another."""
        return f"{self.grandeur} {self.periode}"


@dataclass(frozen=True)
class Attente:
    """What is expected: a value for each territory of a level, for one period of one definition."""

    grandeur: Grandeur
    periode: Periode
    niveau: Niveau
    echeance: date

    @property
    def order(self) -> tuple[str, tuple[int, int, str], date]:
        """By producer, then by quantity, then by period."""
        return self.grandeur.document["producteur"], natural(self.grandeur.code), self.periode.debut


@dataclass
class Lieux:
    """The territories of each level on a day; two days with the same ones share a place."""

    geo: Geographie
    sets: list[tuple[str, ...]] = field(default_factory=list)
    _places: dict[tuple[str, ...], int] = field(default_factory=dict)

    def place_of(self, niveau: Niveau, day: date) -> int:
        """Return the place in ``sets`` of the territories of ``niveau`` on ``day``."""
        territoires = self.geo.read_at(day).territoires
        codes = tuple(code for code, each in territoires.items() if each.niveau is niveau)
        if codes not in self._places:
            self._places[codes] = len(self.sets)
            self.sets.append(codes)
        return self._places[codes]


async def list_completude(
    session: AsyncSession, filtres: FiltresCompletude, *, plan: str, geo: Geographie
) -> list[LigneCompletude]:
    """Return what is due and what was received, by producer and period. Raises :class:`DonneesRefusees`."""
    definitions = await definition_queries.read_definitions(session, plan, au=filtres.known_at)
    windows = _read_windows(filtres, definitions)
    today = _day_of(filtres.au)
    dates = await publication_queries.read_plan_dates(session, plan)
    attentes = [
        attente
        for code in definitions.codes
        for attente in iter_attentes(definitions.versions(code), dates=dates, windows=windows, today=today)
        if _is_wanted(attente.grandeur, filtres)
    ]
    attentes.sort(key=lambda attente: attente.order)
    lieux = Lieux(geo)
    places = [lieux.place_of(each.niveau, each.periode.dernier_jour) for each in attentes]
    besoins = [
        (each.grandeur.definition, each.periode.code, place) for each, place in zip(attentes, places, strict=True)
    ]
    received = await queries.count_received(session, besoins, lieux.sets, filtres.au)
    lignes = [
        judge(attente, len(lieux.sets[place]), received.get((definition, code), 0), today)
        for attente, (definition, code, place) in zip(attentes, besoins, strict=True)
        if lieux.sets[place]
    ]
    return [ligne for ligne in lignes if _is_asked(ligne, filtres)]


def _read_windows(filtres: FiltresCompletude, definitions: Definitions) -> list[Days]:
    """Return the days that the periods asked for cover, those that touch each other as one."""
    faults = unknown_codes(filtres, known_codes(definitions))
    periodes = read_periodes(filtres.periode, faults)
    if faults:
        raise DonneesRefusees(erreurs=faults)
    windows: list[Days] = []
    for periode in sorted(periodes, key=lambda each: each.debut):
        if windows and periode.debut <= windows[-1][1] + timedelta(days=1):
            windows[-1] = (windows[-1][0], max(windows[-1][1], periode.dernier_jour))
        else:
            windows.append((periode.debut, periode.dernier_jour))
    return windows


def _day_of(au: datetime | None) -> date:
    today = clock.today()
    return today if au is None else min(today, au.astimezone(PARIS).date())


def _is_wanted(grandeur: Grandeur, filtres: FiltresCompletude) -> bool:
    asked = (
        (filtres.grandeur, grandeur.code),
        (filtres.indicateur, grandeur.indicateur),
        (filtres.fiche, int(grandeur.code.partition(".")[0])),
        (filtres.producteur, grandeur.document["producteur"]),
    )
    return all(not values or value in values for values, value in asked)


def iter_attentes(
    versions: Sequence[Grandeur], *, dates: Days, windows: Sequence[Days], today: date
) -> Iterator[Attente]:
    """Yield what one quantity expects: of the past periods in ``windows``, else of the latest one due."""
    past = [attente for grandeur in versions for attente in _iter_past(grandeur, dates, today)]
    if not windows:
        due = [attente for attente in past if attente.echeance < today]
        yield from sorted(due, key=lambda attente: attente.periode.debut)[-1:]
        return
    for attente in past:
        if any(first <= attente.periode.debut and attente.periode.dernier_jour <= last for first, last in windows):
            yield attente


def _iter_past(grandeur: Grandeur, dates: Days, today: date) -> Iterator[Attente]:
    attendu = grandeur.document["attendu"]
    delay = timedelta(days=attendu["delai_jours"])
    for periode in iter_inside(*dates, Periodicite.of(attendu["periode"])):
        if periode.dernier_jour < today and grandeur.holds(periode) and not grandeur.straddles(periode):
            yield Attente(grandeur, periode, Niveau.of(attendu["niveau"]), periode.dernier_jour + delay)


def judge(attente: Attente, attendus: int, recus: int, today: date) -> LigneCompletude:
    """Return how things stand on ``today``."""
    if recus >= attendus:
        etat = EtatCompletude.COMPLET
    elif today <= attente.echeance:
        etat = EtatCompletude.PAS_ENCORE_DU
    else:
        etat = EtatCompletude.PARTIEL if recus else EtatCompletude.ABSENT
    return LigneCompletude(
        producteur=attente.grandeur.document["producteur"],
        grandeur=attente.grandeur.code,
        niveau=attente.niveau,
        periode=attente.periode.code,
        echeance=attente.echeance,
        attendus=attendus,
        recus=recus,
        part=recus / attendus,
        etat=etat,
        en_retard_jours=(today - attente.echeance).days if etat in LATE else 0,
    )


def _is_asked(ligne: LigneCompletude, filtres: FiltresCompletude) -> bool:
    late = filtres.en_retard is None or filtres.en_retard == (ligne.etat in LATE)
    return late and (not filtres.etat or ligne.etat in filtres.etat)
