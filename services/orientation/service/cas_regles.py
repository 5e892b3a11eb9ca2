"""Plays the cases of a rule set: those of the product, and those of the draft, which may stand for them."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.load import read_cas
from services.orientation.models import JeuRegles
from services.orientation.rule_files import JeuFile
from services.orientation.rules import Faits, Jeu, check_faits
from services.orientation.rules.verification import list_day_faults
from services.orientation.schemas.cas_regles import Attendu, Cas, CasIn, EcartOut, RapportCasOut
from services.orientation.service.en_vigueur import EnVigueur
from services.orientation.service.regles import find_draft
from shared import clock
from shared.errors import CODES_FAUTE, DonneesRefusees, Faute
from shared.problems import unknown_value

COMPARED = ("parcours", "modalite", "motifs", "signalements", "question_suivante")
PRODUCT, DRAFT = "produit", "brouillon"
suite = cache(read_cas)


@dataclass(frozen=True)
class CasJouable:
    """A case of a suite, its facts checked."""

    cas: Cas
    origine: str
    faits: Faits


async def run_cases(session: AsyncSession, en_vigueur: EnVigueur, version: str, corps: CasIn) -> RapportCasOut:
    """Play the cases of a draft, those given if any, which are kept, and keep the report with the content it is of.

    Raises :class:`DonneesRefusees`, :class:`ReglesInconnues`, :class:`ReglesPubliees`.
    """
    if corps.cas is not None:
        faults = list(_iter_faults(corps.cas, en_vigueur))
        if faults:
            raise DonneesRefusees(erreurs=faults)
    draft = await find_draft(session, en_vigueur, version)
    if corps.cas is not None:
        draft.cas = [cas.model_dump(mode="json") for cas in corps.cas]
    rapport = await asyncio.to_thread(report_on, draft, en_vigueur)
    draft.rapport = rapport.model_dump(mode="json")
    await session.flush()
    return rapport


def report_on(draft: JeuRegles, en_vigueur: EnVigueur) -> RapportCasOut:
    """Play every case of a draft; write nothing."""
    joueur = Joueur(en_vigueur.compile(JeuFile.model_validate_json(draft.contenu)))
    played = list_cases(draft.cas, en_vigueur)
    gaps = [ecart for each in played if (ecart := _gap_of(each, joueur)) is not None]
    own = {each.cas.ref for each in played if each.origine == DRAFT}
    return RapportCasOut(
        empreinte=draft.empreinte,
        joue_le=clock.write_instant(clock.now()),
        vert=not gaps,
        joues=len(played),
        remplaces=[cas.ref for cas in suite() if cas.ref in own],
        ecarts=gaps,
    )


def list_cases(own: Sequence[Mapping[str, Any]], en_vigueur: EnVigueur) -> list[CasJouable]:
    """Return the cases of the product, but those that a case of the draft stands for, then those of the draft."""
    mine = [Cas.model_validate(each) for each in own]
    replaced = {cas.ref for cas in mine}
    named = [(cas, PRODUCT) for cas in suite() if cas.ref not in replaced] + [(cas, DRAFT) for cas in mine]
    found = []
    for cas, origine in named:
        faits = check_faits(cas.faits, en_vigueur.regles.definitions)
        if isinstance(faits, list):
            raise DonneesRefusees(erreurs=faits)
        found.append(CasJouable(cas, origine, faits))
    return found


class Joueur:
    """Asks a rule set, be it in force or not, only on the days for which it has all it needs."""

    def __init__(self, jeu: Jeu) -> None:
        self.jeu = jeu
        self._playable: dict[date, bool] = {}

    def outcome_of(self, faits: Faits) -> dict[str, Any] | None:
        """Return what the rule set gives, ``None`` on a day for which it lacks a threshold or a rule."""
        day = faits["date_reference"]
        if day not in self._playable:
            self._playable[day] = not list_day_faults(self.jeu.source, day)
        if not self._playable[day]:
            return None
        outcome = self.jeu.evaluate(faits, "aucune").outcome()
        return {name: outcome[name] for name in COMPARED}


def _gap_of(each: CasJouable, joueur: Joueur) -> EcartOut | None:
    expected = each.cas.attendu
    attendu = expected.model_dump() | {"signalements": sorted(set(expected.signalements))}
    obtenu = joueur.outcome_of(each.faits)
    if obtenu == attendu:
        return None
    found = Attendu.model_validate(obtenu) if obtenu else None
    return EcartOut(ref=each.cas.ref, origine=each.origine, attendu=expected, obtenu=found)


def _iter_faults(cases: Sequence[Cas], en_vigueur: EnVigueur) -> Iterator[Faute]:
    lexique, seen = en_vigueur.lexique, set()
    for place, cas in enumerate(cases):
        faits = check_faits(cas.faits, lexique.definitions, f"/cas/{place}/faits")
        yield from faits if isinstance(faits, list) else ()
        if cas.ref in seen:
            message = CODES_FAUTE["CODE_REPETE"].libelle
            yield Faute(champ=f"/cas/{place}/ref", code="CODE_REPETE", message=message, valeur=cas.ref)
        seen.add(cas.ref)
        for name, known in (("parcours", lexique.parcours), ("modalite", lexique.modalites)):
            if getattr(cas.attendu, name) not in known:
                yield unknown_value(f"/cas/{place}/attendu/{name}", getattr(cas.attendu, name), known)
