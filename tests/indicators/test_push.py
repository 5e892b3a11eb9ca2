"""Pushing many rows: each has a fate, the report says which, and what is written is right."""

from collections import Counter
from typing import Any

import httpx2
import pytest

from services.indicators.schemas.lots import LotOut, LotResume, RejetOut
from shared.wire import ListeOut
from tests.conftest import Base
from tests.indicators.batches import (
    ENVELOPPE,
    as_body,
    check_counters,
    check_sums,
    count,
    fetch,
    make_rows,
    send,
    spoil,
)
from tests.indicators.calls import Headers, post, push
from tests.indicators.conftest import Key
from tests.indicators.keys import make_key

REVISIONS = "SELECT count(*) FROM revision WHERE source = $1"
CELLS = "SELECT count(*) FROM mesure WHERE source = $1 AND NOT supprimee"
VOLATILE = ("lot", "empreinte", "recu_le", "termine_le", "simulation", "request_id")


def counters(report: dict[str, Any]) -> dict[str, int]:
    check_counters(report)
    names = ("recues", "creees", "modifiees", "inchangees", "supprimees", "perimees", "rejetees", "ecartees")
    return {name: report[name] for name in names if report[name]}


def without(report: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in report.items() if name not in names}


async def test_37_bad_rows_of_10_000_leave_9_963_written_and_each_fault_told(
    indicators: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    rows = make_rows(10_000)
    good = list(rows)
    expected = spoil(rows)
    rehearsal = await push(indicators, partner, rows, source="nuit", simulation=True)
    assert await count(base, CELLS, "nuit") == 0
    answer = await push(indicators, partner, rows, source="nuit")
    report = answer.json()
    assert (rehearsal.status_code, answer.status_code) == (207, 207)
    assert without(rehearsal.json(), VOLATILE) == without(report, VOLATILE)
    assert rehearsal.json()["simulation"]
    assert rehearsal.json()["lot"] != report["lot"]
    assert counters(report) == {"recues": 10_000, "creees": 9_963, "rejetees": 37}
    assert {fault["indice"]: fault["code"] for fault in report["rejets"]} == expected
    assert report["par_code"] == Counter(expected.values())
    assert await count(base, CELLS, "nuit") == await count(base, REVISIONS, "nuit") == 9_963
    assert LotOut.model_validate(report).incidence
    again = (await push(indicators, partner, good, source="nuit")).json()
    assert counters(again) == {"recues": 10_000, "creees": 37, "inchangees": 9_963}
    assert await count(base, REVISIONS, "nuit") == 10_000
    assert sum(len(each["periodes"]) for each in again["incidence"]) <= 37
    await check_sums(base)


async def test_all_or_nothing_writes_nothing_and_names_all_37(
    indicators: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    rows = make_rows(10_000)
    expected = spoil(rows)
    for simulation in (True, False):
        answer = await push(indicators, partner, rows, source="clos", mode="atomique", simulation=simulation)
        report = answer.json()
        assert (answer.status_code, report["code"]) == (422, "LOT_ATOMIQUE_REFUSE")
        assert answer.headers["content-type"] == "application/problem+json"
        assert counters(report) == {"recues": 10_000, "rejetees": 37, "ecartees": 9_963}
        assert {fault["indice"] for fault in report["rejets"]} == set(expected)
    assert await count(base, CELLS, "clos") == 0


async def test_a_refused_batch_is_kept_with_all_its_faults(indicators: httpx2.AsyncClient, partner: Key) -> None:
    rows = [{"grandeur": "30.I1.a", "territoire": "69M", "periode": f"x{place}"} for place in range(1_500)]
    answer = await push(indicators, partner, rows, source="casse")
    report = answer.json()
    assert (answer.status_code, report["code"], len(report["rejets"])) == (422, "AUCUNE_LIGNE_ACCEPTEE", 1_000)
    kept = LotOut.model_validate((await indicators.get(f"/v1/lots/{report['lot']}", headers=partner)).json())
    assert (kept.etat, kept.statut, kept.rejetees) == ("TERMINE", 422, 1_500)
    assert kept.probleme is not None
    assert kept.probleme["code"] == "AUCUNE_LIGNE_ACCEPTEE"
    seen: list[int] = []
    path: str | None = f"/v1/lots/{report['lot']}/rejets?limite=200"
    while path:
        page = ListeOut[RejetOut].model_validate((await indicators.get(path, headers=partner)).json())
        seen += [fault.indice for fault in page.elements]
        curseur = page.curseur_suivant
        path = f"/v1/lots/{report['lot']}/rejets?limite=200&curseur={curseur}" if curseur else None
    assert seen == list(range(1_500))


async def test_the_breaker_needs_more_than_ten_rejects_and_more_than_its_share(
    indicators: httpx2.AsyncClient, partner: Key
) -> None:
    for bad, threshold, status in (
        (10, "0.05", 207),
        (11, "0.05", 422),
        (11, 0.05, 422),
        (11, "0.11", 207),
        (11, 1, 207),
    ):
        rows = make_rows(100)
        for place in range(bad):
            rows[place] = rows[place] | {"valeur": -1}
        answer = await push(indicators, partner, rows, source="disjoncteur", seuil_rejet=threshold, simulation=True)
        assert answer.status_code == status, (bad, threshold)
        report = answer.json()
        assert counters(report)["rejetees"] == bad
        if status == 422:
            assert report["code"] == "SEUIL_REJET_DEPASSE"
            assert report["ecartees"] == 100 - bad


async def test_contradictory_copies_are_all_rejected_and_name_each_other(
    indicators: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    row = make_rows(1)[0]
    rows = [row, make_rows(2)[1], row | {"valeur": 7}, row | {"valeur": 8}]
    report = (await push(indicators, partner, rows, source="doublons")).json()
    assert counters(report) == {"recues": 4, "creees": 1, "rejetees": 3}
    told = {fault["indice"]: (fault["code"], fault["attendu"]) for fault in report["rejets"]}
    code = "DOUBLON_CONTRADICTOIRE"
    assert told == {0: (code, ["2", "3"]), 2: (code, ["0", "3"]), 3: (code, ["0", "2"])}
    assert await count(base, CELLS, "doublons") == 1


async def test_identical_copies_are_written_once_and_told(indicators: httpx2.AsyncClient, partner: Key) -> None:
    row = make_rows(1)[0]
    same = row | {"valeur": str(row["valeur"]) + ".0", "ventilation": {}, "ref": "autre"}
    report = (await push(indicators, partner, [row, same, row], source="jumeaux")).json()
    assert counters(report) == {"recues": 3, "creees": 1, "inchangees": 2}
    told = [(each["indice"], each["ref"], each["code"], each["attendu"]) for each in report["avertissements"]]
    assert told == [(1, "autre", "DOUBLON_IDENTIQUE", "ligne 0"), (2, None, "DOUBLON_IDENTIQUE", "ligne 0")]


@pytest.mark.parametrize(
    ("row", "faults"),
    [
        ({}, [("/grandeur", "CHAMP_REQUIS"), ("/periode", "CHAMP_REQUIS"), ("/territoire", "CHAMP_REQUIS")]),
        (["a"], [("", "TYPE_INVALIDE")]),
        (None, [("", "TYPE_INVALIDE")]),
        ({"periode": "2025-W53"}, [("/periode", "PERIODE_INVALIDE")]),
        ({"periode": "2026-W20"}, [("/periode", "PERIODE_NON_ADMISE")]),
        ({"periode": "2025-02-30"}, [("/periode", "PERIODE_INVALIDE")]),
        ({"periode": "٢٠٢٥"}, [("/periode", "PERIODE_INVALIDE")]),
        ({"periode": 2025}, [("/periode", "TYPE_INVALIDE")]),
        ({"periode": "2090-01"}, [("/periode", "PERIODE_FUTURE")]),
        ({"territoire": "69152", "periode": "2025-01"}, [("/territoire", "TERRITOIRE_FERME")]),
        ({"valeur": True}, [("/valeur", "NOMBRE_INVALIDE")]),
        ({"valeur": "12,5"}, [("/valeur", "NOMBRE_INVALIDE")]),
        ({"valeur": "1e3"}, [("/valeur", "NOMBRE_INVALIDE")]),
        ({"valeur": "NaN"}, [("/valeur", "NOMBRE_INVALIDE")]),
        ({"valeur": "١٢"}, [("/valeur", "NOMBRE_INVALIDE")]),
        ({"valeur": {"a": 1}}, [("/valeur", "NOMBRE_INVALIDE")]),
        ({"valeur": "0." + "1" * 20}, [("/valeur", "HORS_BORNES")]),
        ({"valeur": 10**40}, [("/valeur", "HORS_BORNES")]),
        ({"valeur": 1.5}, [("/valeur", "VALEUR_NON_ENTIERE")]),
        ({"valeur": None}, [("/valeur", "CHAMP_REQUIS")]),
        ({"statut": "m"}, [("/valeur", "VALEUR_SANS_OBJET")]),
        ({"statut": "M"}, [("/statut", "VALEUR_INCONNUE")]),
        ({"statut": 3}, [("/statut", "TYPE_INVALIDE")]),
        ({"confidentialite": ""}, [("/confidentialite", "VALEUR_INCONNUE")]),
        ({"numerateur": 1}, [("/numerateur", "CHAMP_NON_ADMIS")]),
        ({"valuer": 3}, [("/valuer", "CHAMP_INCONNU")]),
        ({"a/b~": 3}, [("/a~1b~0", "CHAMP_INCONNU")]),
        ({"ref": "x\ud800"}, [("/ref", "CARACTERE_INTERDIT")]),
        ({"ref": "x\x00"}, [("/ref", "CARACTERE_INTERDIT")]),
        ({"commentaire": "\udfff"}, [("/commentaire", "CARACTERE_INTERDIT")]),
        ({"grandeur": "30.I1.\ud800"}, [("/grandeur", "GRANDEUR_INCONNUE")]),
        ({"territoire": "\x00"}, [("/territoire", "TERRITOIRE_INCONNU")]),
        ({"periode": "\ud800"}, [("/periode", "PERIODE_INVALIDE")]),
        ({"valeur": "\ud8001"}, [("/valeur", "NOMBRE_INVALIDE")]),
        ({"\ud800": 1}, [("/?", "CHAMP_INCONNU")]),
        ({"commentaire": "x" * 2_001}, [("/commentaire", "LONGUEUR_INVALIDE")]),
        ({"ventilation": []}, [("/ventilation", "TYPE_INVALIDE")]),
        ({"ventilation": {"public": 1}}, [("/ventilation", "TYPE_INVALIDE")]),
        ({"ventilation": {"public": "brsaa"}}, [("/ventilation/public", "MODALITE_INCONNUE")]),
        ({"ventilation": {"\ud800": "x"}}, [("/ventilation/?", "VENTILATION_INCONNUE")]),
        ({"ventilation": {f"d{n}": "x" for n in range(20)}}, [("/ventilation", "LONGUEUR_INVALIDE")]),
        ({"extrait_le": "2026-01-02"}, [("/extrait_le", "DECALAGE_REQUIS")]),
        ({"extrait_le": "hier"}, [("/extrait_le", "DATE_INVALIDE")]),
        ({"extrait_le": "2090-01-01T00:00:00Z"}, [("/extrait_le", "HORS_BORNES")]),
        ({"extrait_le": 5}, [("/extrait_le", "TYPE_INVALIDE")]),
        ({"valeur": -1, "statut": "z"}, [("/statut", "VALEUR_INCONNUE"), ("/valeur", "VALEUR_NEGATIVE")]),
    ],
)
async def test_every_fault_of_a_row_is_named(
    indicators: httpx2.AsyncClient, partner: Key, row: Any, faults: list[tuple[str, str]]
) -> None:
    good: dict[str, Any] = {"grandeur": "30.I1.a", "territoire": "69266", "periode": "2025-06", "valeur": 3}
    whole = (good | row if row else row) if isinstance(row, dict) else row
    body = as_body([whole, good | {"territoire": "69256"}], source="fautes", simulation=True)
    answer = await send(indicators, partner, body, "application/json")
    report = answer.json()
    assert [(each["champ"], each["code"]) for each in report["rejets"]] == faults
    assert answer.status_code == 207
    assert counters(report) == {"recues": 2, "creees": 1, "rejetees": 1}
    assert all(each["message"] and len(each["valeur"] or "") <= 80 for each in report["rejets"])


@pytest.mark.parametrize(
    ("grandeur", "values", "code"),
    [
        ("1.I3.b", {"numerateur": 3, "denominateur": 2}, "NUMERATEUR_SUPERIEUR"),
        ("1.I3.b", {"valeur": 50}, "CHAMP_NON_ADMIS"),
        ("1.I3.b", {"numerateur": 3}, "CHAMP_REQUIS"),
        ("11.I3.b", {"somme": 3, "effectif": 0}, "SOMME_SANS_EFFECTIF"),
        ("1.I1.b", {"modalite": "inconnue"}, "MODALITE_INCONNUE"),
        ("1.I1.c", {"texte": ""}, "LONGUEUR_INVALIDE"),
        ("1.I1.c", {"texte": "x\x00"}, "CARACTERE_INTERDIT"),
        ("1.I1.c", {"valeur": 3}, "CHAMP_NON_ADMIS"),
        ("28.I5.b", {"valeur": 3, "territoire": "69266"}, "NIVEAU_NON_ADMIS"),
    ],
)
async def test_each_nature_has_its_fields_and_rules(
    indicators: httpx2.AsyncClient, partner: Key, grandeur: str, values: dict[str, Any], code: str
) -> None:
    row = {"grandeur": grandeur, "territoire": "69M", "periode": "2025", **values}
    report = (await push(indicators, partner, [row])).json()
    assert code in report["par_code"]


async def test_each_nature_is_stored_exactly(indicators: httpx2.AsyncClient, base: Base, partner: Key) -> None:
    rows: list[dict[str, Any]] = [
        {"grandeur": "1.I3.b", "territoire": "69M", "periode": "2025", "numerateur": 8, "denominateur": "10"},
        {"grandeur": "11.I3.b", "territoire": "69M", "periode": "2025", "somme": "1234.56789012345", "effectif": 3},
        {"grandeur": "1.I1.b", "territoire": "69M", "periode": "2025", "modalite": "absents"},
        {"grandeur": "1.I1.c", "territoire": "69M", "periode": "2025", "texte": "Dit\ten \\N\nphrases"},
        {"grandeur": "30.I1.a", "territoire": "69M", "periode": "2025", "statut": "m"},
        {"grandeur": "30.I1.b", "territoire": "69M", "periode": "2025", "confidentialite": "P"},
        {"grandeur": "30.I1.a", "territoire": "69M", "periode": "2090", "statut": "f", "valeur": 5},
    ]
    answer = await push(indicators, partner, rows, source="natures")
    assert answer.status_code == 200, answer.text
    stored = await fetch(base, "SELECT valeur, diviseur, texte, statut FROM mesure WHERE source = 'natures'")
    assert Counter(tuple(map(str, row.values())) for row in stored) == Counter(
        [
            ("8", "10", "None", "None"),
            ("1234.56789012345", "3", "None", "None"),
            ("None", "None", "absents", "None"),
            ("None", "None", "Dit\ten \\N\nphrases", "None"),
            ("None", "None", "None", "m"),
            ("None", "None", "None", "None"),
            ("5", "None", "None", "f"),
        ]
    )


async def test_near_words_are_suggested(indicators: httpx2.AsyncClient, partner: Key) -> None:
    good = make_rows(1)[0]
    changes: list[tuple[dict[str, Any], str]] = [
        ({"valeur": "1 234,5"}, "1234.5"),
        ({"valuer": 1}, "valeur"),
        ({"territoire": "VAL_DE_SAONNE"}, "VAL_DE_SAONE"),
        ({"ventilation": {"publics": "brsa"}}, "public"),
        ({"ventilation": {"public": "BRSA"}}, "brsa"),
    ]
    rows = [good | change for change, _ in changes]
    report = (await push(indicators, partner, rows)).json()
    assert [fault["suggestion"] for fault in report["rejets"]] == [suggestion for _, suggestion in changes]


async def test_what_people_wrote_is_never_echoed(indicators: httpx2.AsyncClient, partner: Key) -> None:
    good = make_rows(1)[0]
    rows: list[Any] = [
        good | {"commentaire": "secret" + "x" * 2_000},
        good | {"commentaire": 424242},
        {"grandeur": "1.I1.c", "territoire": "69M", "periode": "2025", "texte": 424242},
        {"grandeur": "1.I1.c", "territoire": "69M", "periode": "2025", "texte": "secret\x00"},
        good | {"texte": "secret"},
    ]
    answer = await push(indicators, partner, rows)
    assert answer.json()["rejetees"] == len(rows)
    assert "secret" not in answer.text
    assert "424242" not in answer.text


async def test_messages_are_in_the_language_asked_for(indicators: httpx2.AsyncClient, partner: Key) -> None:
    rows = [make_rows(1)[0] | {"valeur": -1}]
    english = (await push(indicators, {**partner, "Accept-Language": "en"}, rows)).json()
    assert (english["title"], english["rejets"][0]["message"]) == ("Every row is rejected", "The value is negative")
    french = (await push(indicators, partner, rows)).json()
    assert french["rejets"][0]["message"] == "La valeur est négative"


@pytest.mark.parametrize(
    ("head", "mesures", "champ", "code"),
    [
        ({"source": "Majuscule"}, [{}], "/enveloppe/source", "VALEUR_INVALIDE"),
        ({"source": None}, [{}], "/enveloppe/source", "TYPE_INVALIDE"),
        ({"modes": "partiel"}, [{}], "/enveloppe/modes", "CHAMP_INCONNU"),
        ({"mode": "total"}, [{}], "/enveloppe/mode", "VALEUR_INCONNUE"),
        ({"seuil_rejet": 1.5}, [{}], "/enveloppe/seuil_rejet", "HORS_BORNES"),
        ({"schema_version": 2}, [{}], "/enveloppe/schema_version", "HORS_BORNES"),
        ({"extrait_le": "hier"}, [{}], "/enveloppe/extrait_le", "DATE_INVALIDE"),
        ({"extrait_le": "2026-01-01T00:00:00"}, [{}], "/enveloppe/extrait_le", "DECALAGE_REQUIS"),
        ({"extrait_le": "2090-01-01T00:00:00Z"}, [{}], "/enveloppe/extrait_le", "HORS_BORNES"),
        ({"extrait_le": None}, [{}], "/enveloppe/extrait_le", "CHAMP_REQUIS"),
        ({"plan": "autre"}, [{}], "/enveloppe/plan", "CODE_INCONNU"),
        ({"strategie": "suppression"}, [{}], "/enveloppe", "CHAMP_REQUIS"),
        ({"strategie": "remplacement"}, [{}], "/enveloppe", "CHAMP_REQUIS"),
        ({}, [], "/mesures", "LONGUEUR_INVALIDE"),
        ({}, {}, "/mesures", "TYPE_INVALIDE"),
        ({}, None, "/mesures", "TYPE_INVALIDE"),
    ],
)
async def test_a_wrong_envelope_refuses_the_whole(
    indicators: httpx2.AsyncClient, partner: Key, head: dict[str, Any], mesures: Any, champ: str, code: str
) -> None:
    answer = await post(indicators, "/v1/lots", {"enveloppe": {**ENVELOPPE, **head}, "mesures": mesures}, partner)
    assert answer.status_code == 422, answer.text
    assert (champ, code) in [(fault["champ"], fault["code"]) for fault in answer.json()["erreurs"]]


async def test_an_unknown_member_is_told_with_the_nearest(indicators: httpx2.AsyncClient, partner: Key) -> None:
    answer = await post(indicators, "/v1/lots", {"envelope": ENVELOPPE, "mesures": []}, partner)
    told = {fault["champ"]: fault["suggestion"] for fault in answer.json()["erreurs"]}
    assert told["/envelope"] == "enveloppe"
    head = {**ENVELOPPE, "strategies": "fusion"}
    answer = await post(indicators, "/v1/lots", {"enveloppe": head, "mesures": [{}]}, partner)
    assert answer.json()["erreurs"][0]["suggestion"] == "strategie"


async def test_the_date_may_stand_on_the_rows_alone(indicators: httpx2.AsyncClient, partner: Key) -> None:
    dated = make_rows(1)[0] | {"extrait_le": "2026-01-01T00:00:00+01:00"}
    rows = [dated, make_rows(2)[1]]
    report = (await push(indicators, partner, rows, source="dates", extrait_le=None)).json()
    assert counters(report) == {"recues": 2, "creees": 1, "rejetees": 1}
    assert (report["rejets"][0]["champ"], report["rejets"][0]["code"]) == ("/extrait_le", "CHAMP_REQUIS")


async def test_one_sees_ones_own_batches_only(indicators: httpx2.AsyncClient, partner: Key, pilot: Key) -> None:
    made = (await push(indicators, partner, make_rows(1), source="siens")).json()
    listed = await indicators.get("/v1/lots?source=siens", headers=partner)
    page = ListeOut[LotResume].model_validate(listed.json())
    assert [lot.lot for lot in page.elements] == [made["lot"]]
    other: Headers = make_key("autre-systeme", "indicateurs:pousser")
    assert (await indicators.get("/v1/lots", headers=other)).json()["total"] == 0
    for path in ("", "/rejets", "/rejets.csv"):
        assert (await indicators.get(f"/v1/lots/{made['lot']}{path}", headers=other)).status_code == 404
        assert (await indicators.get(f"/v1/lots/{made['lot']}{path}", headers=partner)).status_code == 200
    assert (await indicators.get("/v1/lots", headers=pilot)).status_code == 403
    assert (await indicators.get("/v1/lots")).status_code == 401
