"""The tables that Directus shows, and what it is told of them."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from bench.peers.corpus import Corpus

TABLES = """
CREATE TABLE public.fiche (
  numero integer PRIMARY KEY, plan varchar(80) NOT NULL, titre text NOT NULL, axe varchar(20) NOT NULL,
  objectif varchar(20), statut varchar(40) NOT NULL, debut date, fin date, en_retard boolean NOT NULL, note text,
  thematiques jsonb, publics jsonb, avancement jsonb, pilotes jsonb, echeances jsonb, autres jsonb
);
CREATE TABLE public.action (
  code varchar(20) PRIMARY KEY, fiche_id integer NOT NULL REFERENCES public.fiche (numero), rang integer NOT NULL,
  numero_officiel varchar(20), groupe text, titre text NOT NULL, contenu jsonb, statut varchar(40) NOT NULL, debut date,
  fin date, en_retard boolean NOT NULL, note text
);
CREATE INDEX ON public.action (fiche_id);
CREATE TABLE public.indicateur (
  code varchar(20) PRIMARY KEY, fiche_id integer NOT NULL REFERENCES public.fiche (numero), libelle text NOT NULL
);
CREATE INDEX ON public.indicateur (fiche_id);
CREATE TABLE public.mesure (
  id bigserial PRIMARY KEY, grandeur varchar(40) NOT NULL, territoire varchar(40) NOT NULL,
  commune varchar(40) NOT NULL, periode varchar(20) NOT NULL, annee integer NOT NULL,
  ventilation varchar(200) NOT NULL, source varchar(80) NOT NULL, definition integer NOT NULL,
  valeur double precision, numerateur double precision, denominateur double precision, somme double precision,
  effectif double precision, modalite text, texte text, statut varchar(40), confidentialite varchar(40),
  commentaire text,
  extrait_le timestamptz NOT NULL, enregistre_le timestamptz NOT NULL, lot varchar(60), supprimee boolean NOT NULL,
  UNIQUE (grandeur, territoire, periode, ventilation, source)
);
"""
NAMES = ("fiche", "action", "indicateur", "mesure")
COLLECTIONS = tuple(("PATCH", f"/collections/{name}", {"meta": {"hidden": False}}) for name in NAMES)
CHILDREN = {"actions": "action", "indicateurs": "indicateur"}
ALIASES = (
    *(("POST", "/fields/fiche", {"field": field, "type": "alias", "meta": {"special": ["o2m"]}}) for field in CHILDREN),
    *(("PATCH", f"/relations/{child}/fiche_id", {"meta": {"one_field": field}}) for field, child in CHILDREN.items()),
)
DATES = ("debut", "fin")


def rows_of(corpus: Corpus) -> Iterator[tuple[str, list[str], list[tuple[Any, ...]]]]:
    """Yield each table of the plan, its columns and its rows; what a rule would compute is written down."""
    fiches = [{**each, "avancement": {"actions": 0, "realisees": 0, "part": 0}} for each in corpus.plan["fiches"]]
    for fiche in fiches:
        own = [each for each in corpus.plan["actions"] if each["fiche_id"] == fiche["numero"]]
        fiche["avancement"] = {"actions": len(own), "realisees": 0, "part": 0}
    yield "fiche", *_table([_dated(each) for each in fiches])
    yield "action", *_table([_dated(each) for each in corpus.plan["actions"]])
    yield "indicateur", *_table(corpus.plan["indicateurs"])


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    days = {name: date.fromisoformat(row[name]) if row[name] else None for name in DATES}
    return {**row, **days, "en_retard": days["fin"] is not None and days["fin"] < date.today()}  # noqa: DTZ011


def _table(rows: list[dict[str, Any]]) -> tuple[list[str], list[tuple[Any, ...]]]:
    columns = list(rows[0])
    return columns, [tuple(_written(row[name]) for name in columns) for row in rows]


def _written(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
