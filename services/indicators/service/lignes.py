"""The rows and the kept sums that the series of a question need."""

from collections.abc import Iterable, Sequence

from services.indicators.periods import Periode
from services.indicators.queries import valeurs as queries
from services.indicators.queries.valeurs import Portee
from services.indicators.questions import Maille, Question
from services.indicators.series import Besoins, Lecture, Serie, Tranche, needed_rows, sum_children
from services.indicators.service.fonds import Fonds, Lot
from services.indicators.tables import Etude, below, regles_of
from shared.reading import Source


async def read_series(
    session: Source, question: Question, lot: Lot, etude: Etude, mailles: Sequence[Maille]
) -> dict[Maille, Serie]:
    """Return the series of plain breakdowns, from the sums kept beside the rows wherever these are enough."""
    regles, geo = etude.regles, etude.geo
    besoins = needed_rows(regles, geo, question.lecture, question.territoires, lot.periodes)
    portee = lot.scope(maille.fournies[0] for maille in mailles)
    lignes = await queries.read_lignes(session, portee, besoins)
    if not regles.rolled_up:
        sommes = {name: sum_children(regles, geo, rows) for name, rows in lignes.items()}
        return {maille: etude.series_of(maille, lignes, sommes) for maille in mailles}
    sommes, told = await queries.read_sommes(session, portee, besoins)
    if told:
        below_told = {code for code, _ in told} | {child for code, _ in told for child in geo.children(code)}
        needed = Besoins(frozenset(below_told), frozenset(), besoins.periodes)
        for name, rows in (await queries.read_lignes(session, portee, needed)).items():
            sommes[name] = {**sommes.get(name, {}), **sum_children(regles, geo, rows, told)}
    return {maille: etude.series_of(maille, lignes, sommes) for maille in mailles}


async def read_rows(
    session: Source, question: Question, lot: Lot, etude: Etude, mailles: Iterable[Maille]
) -> queries.Lignes:
    """Return every row that the cells of these breakdowns are made of, folded ones included."""
    besoins = raw_needs(etude, question.lecture, question.territoires, lot.periodes)
    return await _read_known(session, question, lot.scope(etude.finer(mailles)), besoins)


async def _read_known(session: Source, question: Question, portee: Portee, besoins: Besoins) -> queries.Lignes:
    if question.au is not None:
        return await queries.read_known(session, portee, besoins, question.au)
    return await queries.read_lignes(session, portee, besoins)


def raw_needs(etude: Etude, lecture: Lecture, territoires: Iterable[str], periodes: Iterable[Periode]) -> Besoins:
    """Return the rows that cells are made of, down to the leaves."""
    return needed_rows(etude.regles, etude.geo, lecture, territoires, periodes, kept_sums=False)


async def read_tranches(session: Source, fonds: Fonds, question: Question, lot: Lot, etude: Etude) -> list[Tranche]:
    """Return the buckets that a median is recomputed from, when its definition names some."""
    named = etude.grandeur.tranches
    if not named or not lot.periodes or lot.source is None:
        return []
    flux = fonds.definitions.find(named["grandeur"], lot.periodes[0])
    dimension = fonds.ventilations[named["ventilation"]]
    besoins = needed_rows(
        regles_of(flux), fonds.geo, question.lecture, question.territoires, lot.periodes, kept_sums=False
    )
    names = {each.code: below("", dimension.code, each.code) for each in dimension.modalites}
    portee = Portee(flux.definition, lot.source, tuple(names.values()))
    rows = await _read_known(session, question, portee, besoins)
    own = Etude(flux, fonds.geo, question.lecture, fonds.ventilations)
    return [
        Tranche(each.debut, each.fin, own.folded_series(Maille("", (names[each.code],)), rows))
        for each in dimension.modalites
    ]
