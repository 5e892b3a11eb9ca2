"""Sorting the rows of a push: those that may be written, those that are rejected, those given twice."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from services.indicators.errors import fault
from services.indicators.lot_rows import LigneLue
from services.indicators.reports import Rejet
from services.indicators.row_context import Contexte
from services.indicators.row_validation import Ligne, Validateur

CHUNK = 5_000
MOST_COPIES = 50
Cle = tuple[int, str, str, str]
Progress = Callable[[int], Awaitable[None]]


@dataclass
class Tri:
    """The rows of a push, judged."""

    bonnes: dict[Cle, Ligne] = field(default_factory=dict)
    rejets: list[Rejet] = field(default_factory=list)
    doublons: list[Rejet] = field(default_factory=list)
    repetees: int = 0


async def sort_rows(lignes: Sequence[LigneLue], contexte: Contexte, progress: Progress | None = None) -> Tri:
    """Judge every row, in slices beside the event loop; copies that contradict each other are all rejected."""
    tri, validateur = Tri(), Validateur(contexte)
    copies: dict[Cle, list[Ligne]] = {}
    for start in range(0, len(lignes), CHUNK):
        await asyncio.to_thread(_sort_slice, lignes[start : start + CHUNK], validateur, tri, copies)
        if progress is not None:
            await progress(min(start + CHUNK, len(lignes)))
    for key, same in copies.items():
        _judge_copies(tri, key, same)
    tri.rejets.sort(key=lambda rejet: rejet.indice)
    tri.doublons.sort(key=lambda rejet: rejet.indice)
    return tri


def _sort_slice(lignes: Sequence[LigneLue], validateur: Validateur, tri: Tri, copies: dict[Cle, list[Ligne]]) -> None:
    for ligne in lignes:
        found = validateur.check(ligne.indice, ligne.contenu)
        if isinstance(found, list):
            tri.rejets.append(Rejet(ligne.indice, found))
            continue
        key: Cle = found[1:5]
        first = tri.bonnes.setdefault(key, found)
        if first is not found:
            copies.setdefault(key, [first]).append(found)


def _judge_copies(tri: Tri, key: Cle, same: list[Ligne]) -> None:
    if all(each.contenu == same[0].contenu for each in same):
        newest = max(same, key=lambda each: each.extrait_le)
        tri.bonnes[key] = newest._replace(indice=same[0].indice)
        tri.repetees += len(same) - 1
        for each in same[1:]:
            tri.doublons.append(Rejet(each.indice, [fault("", "DOUBLON_IDENTIQUE", attendu=f"ligne {same[0].indice}")]))
        return
    del tri.bonnes[key]
    ranks = [str(each.indice) for each in same[: MOST_COPIES + 1]]
    for each in same:
        others = [rank for rank in ranks if rank != str(each.indice)][:MOST_COPIES]
        tri.rejets.append(Rejet(each.indice, [fault("", "DOUBLON_CONTRADICTOIRE", attendu=others)]))
