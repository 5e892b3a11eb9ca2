"""Table Schemas: what they let through the service takes, what they refuse it refuses."""

import csv
import io
import random
import re
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from services.indicators.schemas.schemas_csv import SchemaGrandeurOut, SchemaLotOut

Bearer = Callable[[str], dict[str, str]]
LEXICAL = {"integer": r"-?\d+", "number": r"-?\d+(\.\d+)?", "string": r"(?s:.*)"}
ENVELOPE = {"source": "essai", "extrait_le": "2025-01-02T08:00:00+01:00", "simulation": "true", "seuil_rejet": "1"}


def faults_of(schema: dict[str, Any], row: dict[str, str]) -> list[str]:
    """Check a row as Table Schema says, and name the columns at fault."""
    fields = {field["name"]: field for field in schema["fields"]}
    unknown = [name for name in row if name not in fields]
    return unknown + [name for name, field in fields.items() if not _passes(field, row.get(name, ""))]


def _passes(field: dict[str, Any], cell: str) -> bool:
    rules = field["constraints"]
    if cell == "":
        return not rules["required"]
    if not re.fullmatch(LEXICAL[field["type"]], cell):
        return False
    return (
        ("enum" not in rules or cell in rules["enum"])
        and ("pattern" not in rules or re.fullmatch(rules["pattern"], cell) is not None)
        and ("minimum" not in rules or float(cell) >= rules["minimum"])
        and rules.get("minLength", 0) <= len(cell) <= rules.get("maxLength", len(cell))
    )


async def schema_of(client: httpx2.AsyncClient, code: str) -> dict[str, Any]:
    answer = await client.get(f"/v1/grandeurs/{code}/schema")
    assert answer.status_code == 200, answer.text
    schema: dict[str, Any] = answer.json()
    return schema


async def one_of_each_nature(client: httpx2.AsyncClient) -> dict[str, str]:
    found: dict[str, str] = {}
    listed = (await client.get("/v1/indicateurs?limite=200")).json()["elements"]
    for indicateur in listed:
        for grandeur in (await client.get(f"/v1/indicateurs/{indicateur['code']}")).json()["grandeurs"]:
            found.setdefault(grandeur["nature"], grandeur["code"])
    return found


async def test_anyone_reads_the_schema_of_a_quantity(indicators: httpx2.AsyncClient) -> None:
    answer = await indicators.get("/v1/grandeurs/11.I5.a/schema")
    schema = SchemaGrandeurOut.model_validate_json(answer.content)
    assert [field.name for field in schema.fields] == [
        "ref",
        "grandeur",
        "territoire",
        "periode",
        "ventilation.sexe",
        "ventilation.age",
        "ventilation.qpv",
        "ventilation.parcours",
        "numerateur",
        "denominateur",
        "statut",
        "confidentialite",
        "commentaire",
        "extrait_le",
    ]
    assert (schema.x_nature, schema.x_unite, schema.x_pour) == ("ratio", "%", 100)
    assert schema.missingValues == [""]
    assert schema.primaryKey[:3] == ["grandeur", "territoire", "periode"]
    assert set(schema.primaryKey) <= {field.name for field in schema.fields}
    by_name = {field.name: field for field in schema.fields}
    assert by_name["ventilation.sexe"].constraints.enum == ["F", "H", "inconnu"]
    assert (by_name["numerateur"].type, by_name["numerateur"].constraints.minimum) == ("integer", 0)
    assert (
        await indicators.get("/v1/grandeurs/11.I5.a/schema", headers={"If-None-Match": answer.headers["etag"]})
    ).status_code == 304


async def test_the_schema_of_a_push_holds_every_column(indicators: httpx2.AsyncClient) -> None:
    answer = await indicators.get("/v1/schemas/lot")
    schema = SchemaLotOut.model_validate_json(answer.content)
    names = {field.name for field in schema.fields}
    for code in (await one_of_each_nature(indicators)).values():
        of_one = await schema_of(indicators, code)
        assert {field["name"] for field in of_one["fields"]} <= names
        enum = next(field.constraints.enum for field in schema.fields if field.name == "grandeur")
        assert enum is not None
        assert code in enum


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/grandeurs/99.I1.a/schema", 404, "GRANDEUR_INCONNUE"),
        ("/v1/grandeurs/11.I5.a/schema?format=x", 422, "DONNEES_REFUSEES"),
        ("/v1/grandeurs/11.I5.a/schema?au=2001-01-01T00:00:00Z", 404, "PLAN_ABSENT"),
        ("/v1/schemas/lot?plan=autre", 422, "DONNEES_REFUSEES"),
        ("/v1/schemas/autre", 404, "INTROUVABLE"),
    ],
)
async def test_a_schema_of_nothing_is_refused(
    indicators: httpx2.AsyncClient, path: str, status: int, code: str
) -> None:
    answer = await indicators.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def generate(schema: dict[str, Any], chance: random.Random) -> dict[str, str]:
    """Make a row of a past period that is mostly good; what a schema cannot say is left out of the draw."""
    fields = {field["name"]: field for field in schema["fields"]}
    code = fields["grandeur"]["constraints"]["enum"][0]
    row = {
        "ref": chance.choice(["", "a", "x" * 200]),
        "grandeur": code,
        "territoire": chance.choice(fields["territoire"]["constraints"]["enum"][:40]),
        "periode": f"{chance.randint(1990, 2024)}{chance.choice(['', '-S2', '-Q3', '-02'])}",
        "statut": chance.choice(["", "p", "b", "e"]),
        "confidentialite": chance.choice(["", "N"]),
        "commentaire": chance.choice(["", "é", "x" * 2000]),
        "extrait_le": chance.choice(["", "2025-01-01T08:00:00+02:00", "2025-01-01 08:00:00.5Z"]),
    }
    row |= {name: chance.choice(["", *_enum(field)]) for name, field in fields.items() if name.startswith("ventil")}
    row |= {name: _good(field) for name, field in fields.items() if name in VALUES}
    for name in chance.sample(sorted(row), chance.choice([0, 0, 1, 2])):
        row[name] = chance.choice(_bad(fields[name]))
    return row


VALUES = {
    "valeur": "4",
    "numerateur": "4",
    "denominateur": "9",
    "somme": "4",
    "effectif": "9",
    "texte": "Dit",
    "modalite": "",
}


def _enum(field: dict[str, Any]) -> list[str]:
    enum: list[str] = field["constraints"].get("enum", [])
    return enum


def _good(field: dict[str, Any]) -> str:
    return VALUES[field["name"]] or _enum(field)[0]


def _bad(field: dict[str, Any]) -> list[str]:
    if field["type"] != "string":
        # What divides stays above what it divides: a schema cannot compare two columns.
        return (
            ["-1", "9.5", "x"] if field["name"] in ("denominateur", "effectif") else ["-1", "1.5", "1,5", "0", "12 0"]
        )
    if field["name"] in ("grandeur", "territoire", "periode"):
        return ["", "99.I9.z", "2024-13", "2024-Q5", "69M ", "2024-W54", "1989", "٢٠٢٤"]
    if field["name"] == "extrait_le":
        return ["2025-01-01T08:00:00", "2025-01-01", "hier"]
    lengths = [field["constraints"][bound] + 1 for bound in ("maxLength",) if bound in field["constraints"]]
    return ["x" * length for length in lengths] or ["x"]


async def test_rows_that_a_schema_takes_the_service_takes_and_no_other(
    indicators: httpx2.AsyncClient, bearer: Bearer
) -> None:
    chance = random.Random(20260601)  # noqa: S311 - a draw that can be repeated
    for nature, code in (await one_of_each_nature(indicators)).items():
        schema = await schema_of(indicators, code)
        # Two rows of one key would contradict each other, which is seen in the whole file, not in a row.
        drawn = [generate(schema, chance) for _ in range(400)]
        rows = list({tuple(row[name] for name in schema["primaryKey"]): row for row in drawn}.values())
        refused = {rank for rank, row in enumerate(rows) if faults_of(schema, row)}
        assert 20 < len(refused) < len(rows) - 20, nature
        answer = await push_csv(indicators, bearer("partenaire"), schema, rows)
        assert {fault["indice"] for fault in answer.json()["rejets"]} == refused, nature


async def push_csv(
    client: httpx2.AsyncClient, headers: dict[str, str], schema: dict[str, Any], rows: list[dict[str, str]]
) -> httpx2.Response:
    """Push the rows as a dry run that no number of rejects stops."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field["name"] for field in schema["fields"]], restval="")
    writer.writeheader()
    writer.writerows(rows)
    more = {"Content-Type": "text/csv", "Idempotency-Key": schema["name"]}
    answer = await client.post("/v1/lots", params=ENVELOPE, content=text.getvalue().encode(), headers=headers | more)
    assert answer.status_code == 207, answer.text
    return answer
