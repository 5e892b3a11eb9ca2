"""The plan, as the catalogue serves it."""

import httpx2


async def test_the_plan_counts_what_the_document_holds(catalogue: httpx2.AsyncClient) -> None:
    answer = await catalogue.get("/v1/plan")
    assert answer.status_code == 200
    plan = answer.json()
    assert plan["code"] == "pmie-2022-2026"
    assert plan["decomptes"] == {
        "axes": 7,
        "objectifs": 12,
        "fiches": 38,
        "actions": 156,
        "indicateurs": 133,
        "objectifs_operationnels": 89,
    }
