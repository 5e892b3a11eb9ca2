"""Says what a rule set would change: cases played by it, and by those in force on their days. Nobody is named."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.errors import ReglesInconnues
from services.orientation.queries import regles as queries
from services.orientation.rule_files import JeuFile
from services.orientation.rules import Faits, Jeu, check_faits
from services.orientation.schemas.regles import SimulationFaite
from services.orientation.schemas.simulations import (
    MOST_DOSSIERS,
    MOST_SHOWN,
    CasChangeOut,
    IssueOut,
    PassageOut,
    SimulationIn,
    SimulationOut,
)
from services.orientation.service.cas_regles import Joueur, list_cases
from services.orientation.service.en_vigueur import EnVigueur
from services.orientation.service.propositions import Regles, iter_case_faults
from services.orientation.service.regles import check_source, given_content
from services.orientation.vocabulary_regles import PopulationSimulee
from shared import clock
from shared.errors import CODES_FAUTE, DonneesRefusees, Faute, Phrase

CANDIDATE = Phrase("Donnez version, ou jeu", "Give version, or jeu")
Cases = Sequence[tuple[str | None, Faits]]


@dataclass(frozen=True)
class Candidat:
    """The rule set that is simulated; ``brouillon``: it is the content of a draft."""

    jeu: Jeu
    cas: Sequence[Mapping[str, Any]] = ()
    brouillon: bool = False


async def simulate(session: AsyncSession, en_vigueur: EnVigueur, corps: SimulationIn) -> SimulationOut:
    """Play a candidate, and note with a draft that it was simulated; nothing else is written.

    Raises :class:`DonneesRefusees` naming every fault, :class:`ReglesInconnues`.
    """
    population = _population_of(corps)
    given = _read_cases(corps, en_vigueur) if corps.cas else []
    candidat = await _find_candidate(session, en_vigueur, corps)
    cases: Cases = given
    if population is PopulationSimulee.SUITE:
        cases = [(each.cas.ref, each.faits) for each in list_cases(candidat.cas, en_vigueur)]
    elif population is PopulationSimulee.DOSSIERS:
        cases = await _read_dossiers(session, en_vigueur, candidat.jeu, corps)
    found = await asyncio.to_thread(compare, candidat.jeu, en_vigueur.regles, cases, population)
    if candidat.brouillon and found.total:
        found.enregistree = await _record(session, found)
    return found


class Bilan:
    """What changes from case to case, added up."""

    def __init__(self, *, named: bool) -> None:
        self._named = named
        self.total = self.changes = self.unplayable = 0
        self.matrix: dict[str, Counter[str]] = defaultdict(Counter)
        self.groups: Counter[tuple[str, str, str, str]] = Counter()
        self.changed: list[CasChangeOut] = []

    def add(self, ref: str | None, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        """Count a case, and show it if it may be named."""
        if before is None or after is None:
            self.unplayable += 1
            return
        self.total += 1
        self.matrix[before["parcours"]][after["parcours"]] += 1
        if before == after:
            return
        self.changes += 1
        ways = (before["parcours"], before["modalite"], after["parcours"], after["modalite"])
        self.groups[ways] += ways[:2] != ways[2:]
        if self._named and len(self.changed) < MOST_SHOWN:
            self.changed.append(CasChangeOut(ref=ref, avant=IssueOut(**before), apres=IssueOut(**after)))

    def list_groups(self) -> list[PassageOut]:
        """Return the ways that change, the most frequent first."""
        ordered = sorted((+self.groups).items(), key=lambda each: (-each[1], each[0]))
        return [
            PassageOut(
                avant={"parcours": ways[0], "modalite": ways[1]},
                apres={"parcours": ways[2], "modalite": ways[3]},
                nombre=number,
            )
            for ways, number in ordered
        ]


def compare(candidate: Jeu, regles: Regles, cases: Cases, population: PopulationSimulee) -> SimulationOut:
    """Play ``cases`` by ``candidate`` and by the rules in force on their days; add up what changes."""
    joueur, joueurs = Joueur(candidate), {jeu.version: Joueur(jeu) for jeu in regles.jeux}
    bilan = Bilan(named=population is not PopulationSimulee.DOSSIERS)
    reference = set()
    for ref, faits in cases:
        version = regles.at(faits["date_reference"]).version
        reference.add(version)
        bilan.add(ref, joueurs[version].outcome_of(faits), joueur.outcome_of(faits))
    return SimulationOut(
        version=candidate.version,
        empreinte=candidate.empreinte,
        reference=sorted(reference),
        population=population,
        total=bilan.total,
        inchanges=bilan.total - bilan.changes,
        changes=bilan.changes,
        injouables=bilan.unplayable,
        matrice={old: dict(sorted(row.items())) for old, row in sorted(bilan.matrix.items())},
        groupes=bilan.list_groups(),
        changements=bilan.changed,
        enregistree=False,
    )


def _population_of(corps: SimulationIn) -> PopulationSimulee:
    """Return what the candidate is played on. Raises :class:`DonneesRefusees` when what is given does not agree."""
    faults = []
    population = corps.population or (PopulationSimulee.CAS if corps.cas else PopulationSimulee.SUITE)
    if (population is PopulationSimulee.CAS) != bool(corps.cas):
        faults.append(
            _fault("/cas", "CHAMP_REQUIS" if not corps.cas else "VALEUR_INVALIDE", f"population={population}")
        )
    if (corps.version is None) == (corps.jeu is None):
        faults.append(Faute(champ="/version", code="CHAMP_REQUIS", message=CANDIDATE, attendu=CANDIDATE.fr))
    if corps.date_reference is not None and population is not PopulationSimulee.DOSSIERS:
        faults.append(_fault("/date_reference", "VALEUR_INVALIDE", "population=dossiers"))
    if faults:
        raise DonneesRefusees(erreurs=faults)
    return population


def _read_cases(corps: SimulationIn, en_vigueur: EnVigueur) -> list[tuple[str | None, Faits]]:
    """Return the cases given, checked. Raises :class:`DonneesRefusees` naming every fault of every case."""
    faults: list[Faute] = []
    cases: list[tuple[str | None, Faits]] = []
    for place, each in enumerate(corps.cas or ()):
        own = list(iter_case_faults(each, f"/cas/{place}"))
        faits = own or check_faits(each["faits"], en_vigueur.lexique.definitions, f"/cas/{place}/faits")
        if isinstance(faits, list):
            faults += faits
        else:
            cases.append((each.get("ref"), faits))
    if faults:
        raise DonneesRefusees(erreurs=faults)
    return cases


async def _find_candidate(session: AsyncSession, en_vigueur: EnVigueur, corps: SimulationIn) -> Candidat:
    if corps.jeu is not None:
        try:
            source = check_source(en_vigueur, corps.jeu.version, given_content(corps.jeu))
        except DonneesRefusees as refus:
            faults = [Faute(**{**vars(each), "champ": f"/jeu{each.champ}"}) for each in refus.erreurs]
            raise DonneesRefusees(erreurs=faults) from refus
        return Candidat(en_vigueur.compile(source))
    version = corps.version or ""
    jeu = en_vigueur.regles.find(version)
    written = await queries.find_jeu(session, version)
    if written is not None and written.publie_le is None:
        source = JeuFile.model_validate_json(written.contenu)
        return Candidat(en_vigueur.compile(source, written.empreinte), written.cas, brouillon=True)
    if jeu is None:
        raise ReglesInconnues
    return Candidat(jeu, written.cas if written else ())


async def _read_dossiers(
    session: AsyncSession, en_vigueur: EnVigueur, jeu: Jeu, corps: SimulationIn
) -> list[tuple[str | None, Faits]]:
    """Return what is known of persons, as it would be read on the day that the candidate begins."""
    today = clock.today()
    day = corps.date_reference or max(jeu.source.valide_du or today, today)
    definitions = en_vigueur.lexique.definitions
    cases: list[tuple[str | None, Faits]] = []
    for known in await queries.list_known_facts(session, MOST_DOSSIERS):
        faits = check_faits({**known, "date_reference": str(day)}, definitions)
        if not isinstance(faits, list):
            cases.append((None, faits))
    return cases


async def _record(session: AsyncSession, found: SimulationOut) -> bool:
    """Note the simulation with the draft, unless it changed meanwhile."""
    await queries.wait_for_turn(session)
    draft = await queries.find_jeu(session, found.version)
    if draft is None or draft.publie_le is not None or draft.empreinte != found.empreinte:
        return False
    made = SimulationFaite(
        empreinte=found.empreinte,
        faite_le=clock.write_instant(clock.now()),
        population=found.population,
        total=found.total,
        changes=found.changes,
    )
    draft.simulation = made.model_dump(mode="json")
    await session.flush()
    return True


def _fault(champ: str, code: str, attendu: str) -> Faute:
    return Faute(champ=champ, code=code, message=CODES_FAUTE[code].libelle, attendu=attendu)
