"""What values are read with, and which source each period is read from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.definition_files import VentilationFile
from services.indicators.definitions import Definitions, Grandeur, ventilations_of
from services.indicators.geography import Geographie
from services.indicators.periods import Periode
from services.indicators.queries import definitions as definition_queries
from services.indicators.queries import valeurs as queries
from services.indicators.queries.valeurs import Portee, Reference, Sources
from services.indicators.service.atelier import Atelier
from services.indicators.vocabulary import MotifCellule
from shared.reading import Source


@dataclass(frozen=True)
class Fonds:
    """What values are read with, whatever the question."""

    plan: str
    definitions: Definitions
    geo: Geographie
    ventilations: Mapping[str, VentilationFile]


@dataclass(frozen=True)
class Lot:
    """Periods of one definition that one source is read for; ``motif`` when there is none to read."""

    grandeur: Grandeur
    periodes: tuple[Periode, ...]
    source: str | None
    motif: MotifCellule | None

    def scope(self, ventilations: Iterable[str]) -> Portee:
        """Return which rows are read."""
        assert self.source is not None
        return Portee(self.grandeur.definition, self.source, tuple(ventilations))


async def open_fonds(session: AsyncSession, atelier: Atelier, plan: str, codes: Sequence[str] | None = None) -> Fonds:
    """Return what values are read with; ``codes`` names the only quantities needed."""
    return Fonds(
        plan=plan,
        definitions=await definition_queries.read_definitions(session, plan, codes=codes),
        geo=atelier.geo,
        ventilations=ventilations_of(atelier.plan_dir),
    )


async def split_by_source(
    session: Source, fonds: Fonds, grandeurs: Sequence[str], periodes: Sequence[Periode]
) -> tuple[list[Lot], Sources]:
    """Say which definition and which source each period is read from, and what the database says that stands."""
    versions = [each for code in grandeurs for each in fonds.definitions.versions(code)]
    numbers = _numbers_of(fonds, versions)
    sources = await queries.read_sources(
        session,
        fonds.plan,
        [number for inside in numbers.values() for number in inside],
        [each.indicateur for each in versions],
    )
    presences = {
        definition: tuple(dict.fromkeys(source for number in inside for source in sources.presences.get(number, ())))
        for definition, inside in numbers.items()
    }
    groups: dict[tuple[int, str | None, MotifCellule | None], list[Periode]] = {}
    numbered = {each.definition: each for each in versions}
    for code in grandeurs:
        for periode in periodes:
            grandeur = fonds.definitions.find(code, periode)
            source, motif = choose_source(
                sources.references.get(grandeur.indicateur, ()), presences[grandeur.definition], periode
            )
            if grandeur.straddles(periode):
                source, motif = None, MotifCellule.NON_AGREGEABLE
            groups.setdefault((grandeur.definition, source, motif), []).append(periode)
    lots = [Lot(numbered[number], tuple(inside), source, motif) for (number, source, motif), inside in groups.items()]
    return lots, sources


def _numbers_of(fonds: Fonds, grandeurs: Sequence[Grandeur]) -> dict[int, list[int]]:
    """Return, by definition, those whose rows have something to say of it: its own, or the buckets of a median."""
    numbers = {each.definition: [each.definition] for each in grandeurs}
    for each in grandeurs:
        if each.tranches:
            numbers[each.definition] += [
                flux.definition for flux in fonds.definitions.versions(each.tranches["grandeur"])
            ]
    return numbers


def choose_source(
    references: Iterable[Reference], presences: Sequence[str], periode: Periode
) -> tuple[str | None, MotifCellule | None]:
    """Return the source of reference on the first day of the period, else the only one present, else why none."""
    for reference in references:
        if reference.holds(periode.debut):
            return reference.source, None
    if len(presences) == 1:
        return presences[0], None
    return None, MotifCellule.SOURCE_A_CHOISIR if presences else MotifCellule.AUCUNE_DONNEE
