"""What every peer is given: the plan and the measurements that the product holds, as plain rows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import BenchError
from bench.answers import fetch
from bench.instance import Connection, Database
from shared.territoires import arbre_of

RESUME = ("numero", "titre", "axe", "objectif", "thematiques", "publics", "statut", "debut", "fin", "note")
WITHIN = (*RESUME, "plan", "pilotes", "echeances")
COMPUTED = ("en_retard", "avancement")
COLUMNS = (
    *("grandeur", "territoire", "commune", "periode", "annee", "ventilation", "source", "definition", "valeur"),
    *("numerateur", "denominateur", "somme", "effectif", "modalite", "texte", "statut", "confidentialite"),
    *("commentaire", "extrait_le", "enregistre_le", "lot", "supprimee"),
)
MESURES = """
SELECT d.grandeur, m.territoire, coalesce(c.commune, m.territoire) AS commune, m.periode,
  left(m.periode, 4)::int AS annee, m.ventilation, m.source,
  d.version AS definition, m.valeur::float8, NULL AS numerateur, NULL AS denominateur, NULL AS somme, NULL AS effectif,
  NULL AS modalite, m.texte, m.statut, m.confidentialite, m.commentaire, m.extrait_le, e.enregistre_le, e.lot,
  m.supprimee
FROM {table} m JOIN definition d ON d.id = m.definition JOIN ecriture e ON e.id = m.ecriture
LEFT JOIN (VALUES {merged}) AS c (code, commune) ON c.code = m.territoire
ORDER BY d.grandeur, m.territoire, m.periode, m.ventilation, m.source
"""
GRANDEURS = "SELECT DISTINCT ON (grandeur) grandeur AS code, version AS definition FROM definition ORDER BY 1, 2 DESC"
MERGED = [code for code in arbre_of(None).codes() if arbre_of(None).entry(code).successeur]
"""Theirs is a column that says where a row counts today, which the product works out."""
TABLES = ("mesure", "revision")


@dataclass(frozen=True)
class Corpus:
    """Rows by table, and the files that hold the measurements."""

    plan: dict[str, list[dict[str, Any]]]
    files: dict[str, Path]

    def write_plan(self, folder: Path) -> Path:
        """Write the plan where a program reads it."""
        path = folder / "plan.json"
        path.write_text(json.dumps(self.plan, ensure_ascii=False), encoding="utf-8")
        return path


@dataclass(frozen=True)
class Asked:
    """What of the measurements is read: one grandeur, from one year to another."""

    grandeur: str
    first: int
    last: int


def read_corpus(port: int, database: Database, folder: Path) -> Corpus:
    """Read the plan through the door, the measurements from the tables."""
    plan: dict[str, list[dict[str, Any]]] = {"fiches": [], "actions": [], "indicateurs": []}
    for fiche in _iter_fiches(port):
        plan["fiches"].append({name: fiche.pop(name) for name in WITHIN} | {"autres": fiche})
        for name in ("actions", "indicateurs"):
            numero = plan["fiches"][-1]["numero"]
            plan[name] += [{**_stored(each), "fiche_id": numero} for each in fiche.pop(name)]
        for name in COMPUTED:
            fiche.pop(name)
    plan["territoires"] = [{"code": code, "commune": current_commune(code)} for code in arbre_of(None).codes()]
    merged = ", ".join(f"('{code}', '{current_commune(code)}')" for code in MERGED)
    files = {table: folder / f"{table}.csv" for table in TABLES}

    async def read(connection: Connection) -> None:
        for table, path in files.items():
            await connection.copy_from_query(MESURES.format(table=table, merged=merged), output=path, format="csv")
        plan["grandeurs"] = [dict(row) for row in await connection.fetch(GRANDEURS)]

    database.run(read)
    return Corpus(plan, files)


def current_commune(code: str) -> str:
    """Return the territory that counts today for what was measured in ``code``."""
    return arbre_of(None).entry(code).successeur or code


def _iter_fiches(port: int) -> Iterator[dict[str, Any]]:
    listed = json.loads(fetch(port, "/v1/fiches?limite=100", {}).body)["elements"]
    for each in listed:
        answer = fetch(port, f"/v1/fiches/{each['numero']}", {})
        if answer.status != 200:
            raise BenchError(f"la fiche {each['numero']} répond {answer.status}")
        yield json.loads(answer.body)


def _stored(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "en_retard"}


def copy_mesures(corpus: Corpus, database: Database, tables: dict[str, str]) -> None:
    """Copy the measurements into the tables of a peer, named by ours."""

    async def write(connection: Connection) -> None:
        for ours, theirs in tables.items():
            await connection.copy_to_table(
                theirs, source=corpus.files[ours], columns=COLUMNS, format="csv", schema_name="public"
            )
        for theirs in tables.values():
            await connection.execute(f"VACUUM (ANALYZE, FREEZE) public.{theirs}")

    database.run(write)
