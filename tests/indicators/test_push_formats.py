"""One push in JSON, NDJSON or CSV, plain or compressed: the same rows, and what cannot be read refuses the whole."""

import csv
import gzip
import io
import json
import secrets
from typing import Any

import httpx2
import pytest

from tests.conftest import Base
from tests.indicators.batches import ENVELOPPE, as_body, check_counters, count, fetch, make_rows, send
from tests.indicators.calls import codes_of, push
from tests.indicators.conftest import Key

JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"
ROWS: list[dict[str, Any]] = [
    {"grandeur": "30.I1.a", "territoire": "69266", "periode": "2025-06", "valeur": 3, "commentaire": "=1+1"},
    {"grandeur": "1.I3.b", "territoire": "69M", "periode": "2025", "ventilation": {"sexe": "F"}}
    | {"numerateur": 8, "denominateur": "10"},
    {"grandeur": "11.I3.b", "territoire": "69M", "periode": "2025", "somme": "12.5", "effectif": 2, "statut": "e"},
    {"grandeur": "1.I1.c", "territoire": "69M", "periode": "2025", "texte": "À l'été ; « deux\nlignes », œuvre"},
]
STORED = """
SELECT territoire, periode, ventilation, valeur, diviseur, texte, statut, commentaire FROM mesure WHERE source = $1
ORDER BY definition
"""


def as_ndjson(rows: list[Any], **enveloppe: Any) -> bytes:
    lines = [{"enveloppe": {**ENVELOPPE, **enveloppe}}, *rows]
    return b"\r\n".join(json.dumps(line).encode() for line in lines)


def as_csv(rows: list[dict[str, Any]], *, separator: str = ",", decimal: str = ".") -> str:
    names = ["grandeur", "territoire", "periode", "ventilation.sexe", "valeur", "numerateur", "denominateur", "somme"]
    names += ["effectif", "texte", "statut", "commentaire", "ref"]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(names)
    for row in rows:
        flat = {**row, "ventilation.sexe": row.get("ventilation", {}).get("sexe")}
        if flat.get("somme"):
            flat["somme"] = flat["somme"].replace(".", decimal)
        writer.writerow([flat.get(name, "") for name in names])
    return out.getvalue()


async def send_csv(
    client: httpx2.AsyncClient, headers: dict[str, str], text: str | bytes, **params: Any
) -> httpx2.Response:
    body = text.encode() if isinstance(text, str) else text
    return await send(client, headers, body, CSV, params={**ENVELOPPE, **params})


async def test_every_format_and_dialect_says_the_same(indicators: httpx2.AsyncClient, base: Base, partner: Key) -> None:
    plain = as_csv(ROWS)
    semicolon = as_csv(ROWS, separator=";", decimal=",")
    answers = {
        "json": await send(indicators, partner, as_body(ROWS, source="json"), JSON),
        "ndjson": await send(indicators, partner, as_ndjson(ROWS, source="ndjson"), NDJSON),
        "csv": await send_csv(indicators, partner, plain, source="csv"),
        "bom": await send_csv(indicators, partner, "\ufeff" + plain, source="bom"),
        "tab": await send_csv(indicators, partner, as_csv(ROWS, separator="\t"), source="tab", separateur="tabulation"),
        "pipe": await send_csv(indicators, partner, as_csv(ROWS, separator="|"), source="pipe", separateur="|"),
        "excel": await send_csv(
            indicators,
            partner,
            semicolon.encode("cp1252"),
            source="excel",
            separateur=";",
            decimale=",",
            encodage="windows-1252",
        ),
        "latin": await send_csv(
            indicators, partner, plain.encode("iso-8859-15"), source="latin", encodage="iso-8859-15"
        ),
    }
    wanted = [tuple(row.values()) for row in await fetch(base, STORED, "json")]
    assert len(wanted) == 4
    for source, answer in answers.items():
        assert answer.status_code == 200, (source, answer.text)
        assert [tuple(row.values()) for row in await fetch(base, STORED, source)] == wanted, source


async def test_the_line_of_the_file_is_told(indicators: httpx2.AsyncClient, partner: Key) -> None:
    good = ROWS[3]
    bad = ROWS[0] | {"valeur": -1, "ref": "r7"}
    ndjson = as_ndjson([good]) + b"\n\n\n" + json.dumps(bad).encode() + b"\n"
    (fault,) = (await send(indicators, partner, ndjson, NDJSON)).json()["rejets"]
    assert (fault["indice"], fault["ligne_source"], fault["ref"]) == (1, 5, "r7")
    text = as_csv([good]) + "\r\n,,,,,,,,,,,,\r\n" + as_csv([bad]).split("\r\n")[1]
    report = (await send_csv(indicators, partner, text)).json()
    (fault,) = report["rejets"]
    assert (report["recues"], fault["indice"], fault["ligne_source"], fault["ref"]) == (2, 1, 6, "r7")
    (fault,) = (await push(indicators, partner, [good, bad])).json()["rejets"]
    assert (fault["indice"], fault["ligne_source"]) == (1, None)


@pytest.mark.parametrize(
    ("media_type", "body", "status"),
    [
        (JSON, b"", 400),
        (JSON, b"[", 400),
        (JSON, b"[1]", 422),
        (JSON, b'{"enveloppe": {}, "enveloppe": {}}', 400),
        (JSON, as_body([{"valeur": 0}]).replace(b'"valeur": 0', b'"valeur": NaN'), 400),
        (JSON, as_body([{"valeur": 0}]).replace(b'"valeur": 0', b'"valeur": 12,5'), 400),
        (JSON, as_body([{"valeur": 0}]).replace(b'"valeur": 0', b'"valeur": ' + b"[" * 100 + b"]" * 100), 400),
        (JSON, as_body([{"valeur": 0}]).replace(b'"valeur": 0', b'"valeur": 1e' + b"9" * 30), 400),
        (JSON, as_body([{}]).decode().encode("utf-16"), 400),
        (NDJSON, b"", 400),
        (NDJSON, b"\n\n", 400),
        (NDJSON, json.dumps(ROWS[0]).encode(), 422),
        (NDJSON, as_ndjson([]), 422),
        (NDJSON, as_ndjson([ROWS[0]]) + b"\n{", 400),
        (NDJSON, as_ndjson([ROWS[0]]) + b'\n{"valeur": 1e' + b"9" * 30 + b"}", 400),
        ("text/plain", b"x", 415),
        ("application/xml", b"<x/>", 415),
    ],
)
async def test_what_cannot_be_read_refuses_the_whole(
    indicators: httpx2.AsyncClient, partner: Key, media_type: str, body: bytes, status: int
) -> None:
    answer = await send(indicators, partner, body, media_type)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("1e999", "HORS_BORNES"),
        ("1e-400000", "HORS_BORNES"),
        ("0.5", "VALEUR_NON_ENTIERE"),
        ("-0.0", None),
        ("1e3", None),
    ],
)
async def test_numbers_of_json_are_exact_within_bounds(
    indicators: httpx2.AsyncClient, partner: Key, number: str, code: str | None
) -> None:
    body = as_body([ROWS[0], ROWS[3]], simulation=True).replace(b'"valeur": 3', f'"valeur": {number}'.encode())
    report = (await send(indicators, partner, body, JSON)).json()
    assert [fault["code"] for fault in report["rejets"]] == ([code] if code else [])


@pytest.mark.parametrize(
    ("text", "champ", "code", "suggestion"),
    [
        ("", None, None, None),
        ("grandeur;territoire;periode;valeur\n", "grandeur;territoire;periode;valeur", "CHAMP_INCONNU", "separateur=;"),
        ("grandeur,territoire,periode,valuer\n", "valuer", "CHAMP_INCONNU", "valeur"),
        ("grandeur,territoire,periode,ventilations.sexe\n", "ventilations.sexe", "CHAMP_INCONNU", "ventilation.sexe"),
        ("grandeur,territoire,valeur\n", "periode", "CHAMP_REQUIS", None),
        ("grandeur,territoire,periode,periode\n", "periode", "PARAMETRE_REPETE", None),
        ('grandeur,territoire,periode,valeur\n1,2,3,"4\n', None, None, None),
        ("grandeur,territoire,periode" + ",ventilation.x" * 300, None, None, None),
    ],
)
async def test_a_wrong_header_refuses_the_whole(
    indicators: httpx2.AsyncClient, partner: Key, text: str, champ: str | None, code: str, suggestion: str | None
) -> None:
    answer = await send_csv(indicators, partner, text)
    assert answer.status_code == 400, answer.text
    told = [(fault["champ"], fault["code"], fault["suggestion"]) for fault in answer.json()["erreurs"]]
    assert (champ, code, suggestion) in told if champ else not told


async def test_the_encoding_is_the_one_told(indicators: httpx2.AsyncClient, partner: Key) -> None:
    answer = await send_csv(indicators, partner, as_csv(ROWS).encode("cp1252"))
    assert answer.status_code == 400
    assert "utf-8" in answer.json()["detail"]
    answer = await send_csv(indicators, partner, as_csv(ROWS), encodage="utf-16")
    assert (answer.status_code, answer.json()["erreurs"][0]["code"]) == (422, "VALEUR_INCONNUE")


async def test_a_row_with_too_many_cells_is_rejected_alone(indicators: httpx2.AsyncClient, partner: Key) -> None:
    text = "ref,grandeur,territoire,periode,valeur\na,30.I1.a,69266,2025-06,1,234\nb,30.I1.a,69266,2025-05,1\n"
    answer = await send_csv(indicators, partner, text)
    report = answer.json()
    check_counters(report)
    assert [(each["indice"], each["ref"], each["code"]) for each in report["rejets"]] == [
        (0, "a", "NOMBRE_DE_COLONNES")
    ]


async def test_a_point_is_no_decimal_comma(indicators: httpx2.AsyncClient, partner: Key) -> None:
    text = "grandeur;territoire;periode;somme;effectif\n11.I3.b;69M;2025;12.5;1\n11.I3.b;69M;2024;1 234,5;1\n"
    answer = await send_csv(indicators, partner, text, separateur=";", decimale=",", simulation="true")
    told = [(fault["code"], fault["suggestion"]) for fault in answer.json()["rejets"]]
    assert told == [("NOMBRE_INVALIDE", None), ("NOMBRE_INVALIDE", "1234.5")]


@pytest.mark.parametrize(
    ("params", "champ", "code"),
    [
        ({"simulation": "oui"}, "/enveloppe/simulation", "TYPE_INVALIDE"),
        ({"confirmer": "١٢"}, "/enveloppe/confirmer", "TYPE_INVALIDE"),
        ({"modes": "partiel"}, "modes", "PARAMETRE_INCONNU"),
        ({"separateur": "#"}, "separateur", "VALEUR_INVALIDE"),
        ({"seuil_rejet": "-1"}, "/enveloppe/seuil_rejet", "HORS_BORNES"),
    ],
)
async def test_wrong_parameters_of_a_csv_refuse_the_whole(
    indicators: httpx2.AsyncClient, partner: Key, params: dict[str, str], champ: str, code: str
) -> None:
    answer = await send_csv(indicators, partner, as_csv(ROWS), **params)
    assert answer.status_code == 422, answer.text
    assert codes_of(answer) == [(champ, code)]


@pytest.mark.parametrize(("media_type", "make"), [(JSON, as_body), (NDJSON, as_ndjson)])
async def test_a_dry_run_asked_for_in_the_address_is_not_a_real_one(
    indicators: httpx2.AsyncClient, base: Base, partner: Key, media_type: str, make: Any
) -> None:
    body = make(ROWS, source="adresse")
    answer = await send(indicators, partner, body, media_type, params={"simulation": "true"})
    assert (answer.status_code, answer.json()["erreurs"][0]["code"]) == (422, "PARAMETRE_INCONNU")
    twice = await send_csv(indicators, partner, as_csv(ROWS), mode=["partiel", "atomique"], source="adresse")
    assert (twice.status_code, twice.json()["erreurs"][0]["code"]) == (422, "PARAMETRE_REPETE")
    assert await count(base, "SELECT count(*) FROM mesure WHERE source = 'adresse'") == 0


async def test_bodies_come_compressed(indicators: httpx2.AsyncClient, partner: Key) -> None:
    whole = gzip.compress(as_body(ROWS, source="gzip"))
    extra = {"Content-Encoding": "gzip"}
    assert (await send(indicators, partner, whole, JSON, extra=extra)).status_code == 200
    cut = await send(indicators, partner, whole[:-20], JSON, extra=extra)
    assert (cut.status_code, cut.json()["code"]) == (400, "REQUETE_ILLISIBLE")
    assert (await send(indicators, partner, b"x" * 50, JSON, extra=extra)).status_code == 400
    assert (await send(indicators, partner, b"", JSON, extra=extra)).status_code == 400
    assert (await send(indicators, partner, whole, JSON, extra={"Content-Encoding": "br"})).status_code == 415
    bomb = gzip.compress(b" " * (200 << 20))
    assert len(bomb) < 300_000
    assert (await send(indicators, partner, bomb, JSON, extra=extra)).status_code == 413


async def test_a_key_is_asked_for_and_serves_one_body(indicators: httpx2.AsyncClient, base: Base, partner: Key) -> None:
    body = as_body(ROWS, source="cles")
    own = {**partner, "Content-Type": JSON}
    missing = await indicators.post("/v1/lots", content=body, headers=own)
    assert (missing.status_code, missing.json()["code"]) == (400, "CLE_REQUISE")
    key = {"Idempotency-Key": secrets.token_hex(8)}
    first = await indicators.post("/v1/lots", content=body, headers=own | key)
    again = await indicators.post("/v1/lots", content=body, headers=own | key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    other = await indicators.post("/v1/lots", content=body + b" ", headers=own | key)
    assert (other.status_code, other.json()["code"]) == (422, "CLE_REUTILISEE")
    assert await count(base, "SELECT count(*) FROM lot WHERE source = 'cles'") == 1


async def test_a_refusal_is_replayed_too(indicators: httpx2.AsyncClient, partner: Key) -> None:
    key = {"Idempotency-Key": secrets.token_hex(8)}
    body = as_body([ROWS[0] | {"valeur": -1}], source="rejouee")
    first = await send(indicators, partner, body, JSON, extra=key)
    again = await send(indicators, partner, body, JSON, extra=key)
    assert (first.status_code, again.status_code, again.content) == (422, 422, first.content)
    assert (await indicators.get(f"/v1/lots/{first.json()['lot']}", headers=partner)).status_code == 200


DANGEROUS = ["=HYPERLINK(1)", "+33 4", "-x", "@a", "\tx", "'=déjà", "''+x", "'simple", 'a,b;"c"\r\nd']


async def test_rejects_come_back_as_a_file_to_mend_and_push(
    indicators: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    months = [f"2024-{month:02d}" for month in range(1, len(DANGEROUS) + 1)]
    rows = [
        {
            "grandeur": "30.I1.a",
            "territoire": "69266",
            "periode": month,
            "valeur": "-3",
            "commentaire": text,
            "ref": text,
        }
        for month, text in zip(months, DANGEROUS, strict=True)
    ]
    odd: list[Any] = [
        {
            "grandeur": "30.I1.a",
            "territoire": "69266",
            "periode": "2023-01",
            "valeur": [1, {"a": None}],
            "statut": True,
        },
        {"grandeur": "30.I1.a", "territoire": "69266", "periode": "2023-02", "ventilation": {"publik": 3}},
        "pas un objet",
    ]
    report = (await push(indicators, partner, [*rows, *odd], source="navette")).json()
    assert (report["code"], report["rejetees"]) == ("AUCUNE_LIGNE_ACCEPTEE", len(rows) + 3)
    file = await indicators.get(f"/v1/lots/{report['lot']}/rejets.csv", headers=partner)
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(file.text, newline="")))
    assert len(lines) == len(rows) + 3
    for line in lines:
        assert not any(cell.startswith(("=", "+", "@", "\t")) for cell in line.values())
        assert line["erreur.code"]
    mended = "\r\n".join(file.text.replace(",-3,", ",3,").split("\r\n")[:-4])
    answer = await send_csv(indicators, partner, mended, source="navette")
    assert answer.status_code == 200, answer.text
    stored = await fetch(base, "SELECT commentaire FROM mesure WHERE source = 'navette' ORDER BY periode")
    assert [row["commentaire"] for row in stored] == DANGEROUS


async def test_the_breakdowns_of_rejects_are_columns(indicators: httpx2.AsyncClient, partner: Key) -> None:
    row = ROWS[1] | {"numerateur": 11}
    report = (await push(indicators, partner, [row])).json()
    file = await indicators.get(f"/v1/lots/{report['lot']}/rejets.csv", headers=partner)
    (line,) = csv.DictReader(io.StringIO(file.text, newline=""))
    assert (line["ventilation.sexe"], line["numerateur"], line["denominateur"]) == ("F", "11", "10")
    assert (line["erreur.champ"], line["erreur.code"]) == ("/numerateur", "NUMERATEUR_SUPERIEUR")
    again = await send_csv(indicators, partner, file.text.replace(",11,", ",9,"))
    assert again.status_code == 200, again.text


async def test_the_rows_of_a_csv_and_of_json_are_refused_alike(indicators: httpx2.AsyncClient, partner: Key) -> None:
    rows = make_rows(5)
    rows[2] = rows[2] | {"valeur": "douze"}
    of_json = (await push(indicators, partner, rows, simulation=True)).json()
    of_csv = (await send_csv(indicators, partner, as_csv(rows), simulation="true")).json()
    assert of_json["par_code"] == of_csv["par_code"] == {"NOMBRE_INVALIDE": 1}
