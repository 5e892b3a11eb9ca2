"""Raw rows: as they stand, as they were known, or every state they had. The statement writes the JSON itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg

from services.indicators.queries.registre import REPERE, Registre, Repere, repere_of
from shared.pagination import Key, Tranche
from shared.reading import Parcours, Source, read_keyset_page, read_rows

CLE = ("m.definition", "m.territoire", "m.periode", "m.ventilation", "m.source")
COLUMNS = ", ".join((*CLE, *(f"m.{name}" for name in ("valeur", "diviseur", "texte", "statut", "confidentialite"))))
COLUMNS += ", m.commentaire, m.extrait_le, m.supprimee, m.ecriture"
SAME = f"({', '.join(CLE).replace('m.', 's.')}) = ({', '.join(CLE)})"
LATEST_KNOWN = f"""
m.ecriture >= (SELECT s.ecriture FROM revision s JOIN ecriture f ON f.id = s.ecriture
  WHERE {SAME} AND f.enregistre_le <= :au ORDER BY s.ecriture DESC LIMIT 1)
"""
"""Writes of one source follow each other, and the key holds the source: their numbers are in the order of instants. Not
``=``, which the planner takes for rare: it would read every row before it gives the first ones."""
CURRENT = f"SELECT {COLUMNS} FROM mesure m WHERE true"
REVISIONS = f"SELECT {COLUMNS} FROM revision m JOIN ecriture e ON e.id = m.ecriture WHERE e.enregistre_le <= :au"
CHANGED = f"""
SELECT {COLUMNS}, e.enregistre_le FROM ecriture e JOIN mesure m ON m.ecriture = e.id WHERE e.enregistre_le > :depuis
"""
CHANGES = f"""
SELECT {COLUMNS}, e.enregistre_le FROM ecriture n JOIN mesure s ON s.ecriture = n.id JOIN revision m ON {SAME}
JOIN ecriture e ON e.id = m.ecriture
WHERE n.enregistre_le > :depuis AND e.enregistre_le > :depuis AND e.enregistre_le <= :au
"""
"""What changed since an instant changed again or stands: its current row leads to it, by the index on ``ecriture``."""
FILTERS = {
    "definitions": "m.definition = ANY(CAST(:definitions AS int[]))",
    "territoires": "m.territoire = ANY(CAST(:territoires AS text[]))",
    "periodes": "m.periode = ANY(CAST(:periodes AS text[]))",
    "ventilations": "m.ventilation = ANY(CAST(:ventilations AS text[]))",
    "sources": "m.source = ANY(CAST(:sources AS text[]))",
}


def word(column: str) -> str:
    """Return the SQL of a JSON text that needs no escape: codes are made of letters, digits and ``-._``."""
    return f"'\"' || {column} || '\"'"


def number(column: str) -> str:
    """Return the SQL of a JSON number; of a JSON text beyond 15 significant digits."""
    short, shown = f"length({column}::text) <= 15", f"trim_scale({column})::text"
    exact = f"{short} OR length(ltrim(translate({shown}, '-.', ''), '0')) <= 15"
    return f"CASE WHEN {exact} THEN {shown} ELSE {word(shown)} END"


def members(given: Mapping[str, str], names: Iterable[str]) -> str:
    """Return the SQL of the JSON members ``names``: those not ``given`` are null."""
    return ", ',', ".join(f"""'"{name}":', coalesce({given.get(name, "NULL")}, 'null')""" for name in names)


VALUES = ("valeur", "numerateur", "denominateur", "somme", "effectif", "modalite", "texte")
FORMES = {
    "parts": {"numerateur": number("m.valeur"), "denominateur": number("m.diviseur")},
    "moyennes": {"somme": number("m.valeur"), "effectif": number("m.diviseur")},
    "modalites": {"modalite": word("m.texte")},
    "textes": {"texte": "to_json(m.texte)::text"},
}
BREAKDOWN = """CASE m.ventilation WHEN '' THEN '{}'
  ELSE '{"' || replace(replace(m.ventilation, ':', '":"'), '|', '","') || '"}' END"""
PLACE = {
    "grandeur": word("d.grandeur"),
    "territoire": word("m.territoire"),
    "periode": word("m.periode"),
    "ventilation": BREAKDOWN,
    "source": word("m.source"),
    "definition": "d.version::text",
}
REST = {
    "statut": word("m.statut"),
    "confidentialite": word("m.confidentialite"),
    "commentaire": "to_json(m.commentaire)::text",
    "extrait_le": "to_json(m.extrait_le)::text",
    "enregistre_le": "to_json(f.enregistre_le)::text",
    "lot": word("f.lot"),
    "supprimee": "m.supprimee::text",
}
VALUE = "".join(
    f" WHEN m.definition = ANY(CAST(:{forme} AS int[])) THEN concat({members(given, VALUES)})"
    for forme, given in FORMES.items()
)
ELEMENT = f"""concat('{{', {members(PLACE, PLACE)}, ',',
  CASE{VALUE} ELSE concat({members({"valeur": number("m.valeur")}, VALUES)}) END, ',', {members(REST, REST)}, '}}')"""
"""Written by hand: ``json_build_object`` takes twice the time, which is most of what a page costs."""
WRITTEN = "JOIN ecriture f ON f.id = m.ecriture JOIN definition d ON d.id = m.definition"
ELEMENTS = f"SELECT {', '.join(CLE)}, m.ecriture, f.enregistre_le, {ELEMENT} AS element FROM lignes m {WRITTEN}"


@dataclass(frozen=True)
class Releve:
    """Which raw rows are read. An absent filter keeps everything; ``au`` is after everything known by default."""

    filtres: Mapping[str, Sequence[Any]]
    au: datetime
    passe: bool = False
    """Whether ``au`` was asked for."""
    historique: bool = False
    depuis: datetime | None = None
    parametres: Mapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        parametres = {**self.filtres, "au": self.au, "depuis": self.depuis}
        object.__setattr__(self, "parametres", parametres)

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that order the rows: by instant when what changed is asked for, else by natural key."""
        if self.depuis is not None:
            return ("e.enregistre_le", *CLE)
        return (*CLE, "m.ecriture") if self.historique else CLE

    @property
    def rows(self) -> str:
        """The statement that finds the rows, but for what filters the first column of their key."""
        past = self.historique or self.passe
        now, then = (CURRENT, REVISIONS) if self.depuis is None else (CHANGED, CHANGES)
        query = then if past else now
        if self.passe and not self.historique:
            query += f" AND {LATEST_KNOWN}"
        if self.depuis is None and not self.historique:
            query += " AND NOT m.supprimee"
        return query + "".join(f" AND {FILTERS[name]}" for name in self.filtres if name != self._leads)

    @property
    def lead(self) -> str:
        """The condition on the first column of the key."""
        return f" AND {FILTERS[self._leads]}" if self._leads in self.filtres else ""

    @property
    def _leads(self) -> str:
        return "definitions" if self.depuis is None else ""

    def leaves_out(self, after: Sequence[Any]) -> bool:
        """Tell whether the key of a row is not among those that are read."""
        return self._leads in self.filtres and after[0] not in self.filtres[self._leads]

    @property
    def parcours(self) -> Parcours:
        """How pages are read."""
        listed = self.depuis is None and "territoires" in self.filtres
        return Parcours(self.rows, ELEMENTS, self.key, REPERE, self.lead, listed)


async def list_mesures(
    session: Source, registre: Registre, releve: Releve, *, after: Key, limite: int
) -> tuple[Tranche, Repere]:
    """Return a page of raw rows, and what the statement saw of the definitions."""
    parameters = {**releve.parametres, **_formes(registre, releve)}
    tranche, row = await read_keyset_page(session, releve.parcours, after=after, limite=limite, parameters=parameters)
    return tranche, repere_of(row)


def _formes(registre: Registre, releve: Releve) -> Mapping[str, list[int]]:
    """Return the definitions by the members that carry their value, among those that are read."""
    definitions = releve.filtres.get("definitions")
    if definitions is None:
        return registre.formes
    wanted = set(definitions)
    return {forme: [number for number in numbers if number in wanted] for forme, numbers in registre.formes.items()}


async def find_mesures(session: Source, registre: Registre, releve: Releve) -> list[asyncpg.Record]:
    """Return the few rows of one key but its source, as ``source`` and ``element``; the latest definition first."""
    query = f"""
        WITH lignes AS ({releve.rows}{releve.lead})
        SELECT m.source, m.element::text, {REPERE} FROM ({ELEMENTS}) m ORDER BY m.source, m.definition DESC
    """
    return await read_rows(session, query, {**releve.parametres, **_formes(registre, releve)})
