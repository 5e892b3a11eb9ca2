"""Saying what a source is, and for which indicators it is the one published."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.errors import ReferenceContraire, SourceInconnue, fault
from services.indicators.queries import publication as publication_queries
from services.indicators.queries import sources as queries
from services.indicators.queries.sources import ReferenceConnue
from services.indicators.schemas.sources import ReferenceSource, SourceMesuresIn
from services.indicators.service.lots import check_source
from shared import clock
from shared.errors import DonneesRefusees, Faute, Phrase
from shared.jobs import enqueue
from shared.problems import unknown_value
from shared.responses import Preconditions, found
from shared.tokens import Identite


async def check_indicateurs(session: AsyncSession, plan: str, codes: Sequence[str]) -> None:
    """Refuse indicators that the plan has not, naming every one. Raises :class:`DonneesRefusees`."""
    if not codes:
        return
    known = await queries.list_indicateurs(session, plan)
    if faults := [unknown_value("indicateur", code, known) for code in codes if code not in known]:
        raise DonneesRefusees(erreurs=faults)


async def put_source(
    session: AsyncSession,
    corps: SourceMesuresIn,
    *,
    plan: str,
    code: str,
    preconditions: Preconditions,
    identite: Identite,
) -> tuple[bytes, bool]:
    """Replace or create a source; return its representation, and whether it is new.

    What the source was and is published for is published again. Raises :class:`DonneesRefusees`,
    ``PreconditionRequise``, ``PreconditionEchouee`` or :class:`ReferenceContraire`.
    """
    check_source(identite, code)
    await queries.lock_sources(session)
    known = await queries.list_indicateurs(session, plan)
    if faults := list(_iter_faults(corps, code, known)):
        raise DonneesRefusees(erreurs=faults)
    current = await queries.read_source(session, plan, code)
    before = current.encode() if current is not None else None
    preconditions.check(before)
    await _refuse_contrary(session, corps.references, plan=plan, code=code)
    await _write(session, corps, plan=plan, code=code)
    after = found(await queries.read_source(session, plan, code), SourceInconnue)
    if after != before:
        await _publish_again(session, plan, code, _references_of(before) | _references_of(after))
    return after, before is None


def _iter_faults(corps: SourceMesuresIn, code: str, known: Sequence[str]) -> Iterator[Faute]:
    if corps.code not in (None, code):
        yield fault("/code", "VALEUR_INVALIDE", valeur=corps.code, attendu=code)
    for place, reference in enumerate(corps.references):
        champ = f"/references/{place}"
        if reference.indicateur not in known:
            yield unknown_value(f"{champ}/indicateur", reference.indicateur, known)
        elif any(reference.overlaps(other) for other in corps.references[:place]):
            yield fault(champ, "REFERENCE_REPETEE", valeur=reference.indicateur)


async def _refuse_contrary(
    session: AsyncSession, references: Sequence[ReferenceSource], *, plan: str, code: str
) -> None:
    codes = [reference.indicateur for reference in references]
    others = await queries.list_other_references(session, plan=plan, code=code, indicateurs=codes)
    faults = [
        _contrary(place, other)
        for place, reference in enumerate(references)
        for other in others
        if reference.overlaps(
            ReferenceSource(indicateur=other.indicateur, valide_du=other.valide_du, valide_au=other.valide_au)
        )
    ]
    if faults:
        raise ReferenceContraire(erreurs=faults)


def _contrary(place: int, other: ReferenceConnue) -> Faute:
    days = (f"{other.valide_du or '…'}", f"{other.valide_au or '…'}")
    message = Phrase(
        f"La source « {other.source} » fait référence pour {other.indicateur} du {days[0]} au {days[1]}",
        f'The source "{other.source}" is the reference for {other.indicateur} from {days[0]} to {days[1]}',
    )
    return Faute(champ=f"/references/{place}", code="VALEUR_INVALIDE", message=message, valeur=other.indicateur)


async def _write(session: AsyncSession, corps: SourceMesuresIn, *, plan: str, code: str) -> None:
    values: dict[str, Any] = corps.model_dump(include={"libelle", "organisme", "seuil_secret"})
    await queries.save_source(session, {**values, "code": code}, clock.now())
    references = [(each.indicateur, each.valide_du, each.valide_au) for each in corps.references]
    await queries.replace_references(session, references, plan=plan, code=code)


def _references_of(body: bytes | None) -> set[str]:
    return {each["indicateur"] for each in json.loads(body)["references"]} if body else set()


async def _publish_again(session: AsyncSession, plan: str, code: str, indicateurs: set[str]) -> None:
    touched = indicateurs | set(await queries.list_measured(session, plan=plan, code=code))
    if await publication_queries.ask_again(session, plan=plan, indicateurs=sorted(touched)):
        await enqueue(session, "publication", cle="tout")
