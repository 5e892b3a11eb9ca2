"""A parameter that an operation does not have is refused by name, whatever the operation."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from gateway.cli.identity import DevelopmentIssuer
from tests.conftest import Base
from tests.gateway.contract import OPERATIONS
from tests.gateway.scenario import example_body
from tests.gateway.test_droits import EVERY_SCOPE, call
from tests.gateway.whole import whole_product
from tests.indicators.keys import make_key


@pytest.fixture(scope="module")
async def client(base: Base, issuer: DevelopmentIssuer) -> AsyncIterator[httpx2.AsyncClient]:
    async with whole_product(base, issuer) as made:
        yield made


@pytest.mark.parametrize("name", [name for name in OPERATIONS if "/sante/" not in name])
async def test_a_parameter_that_does_not_exist_is_refused_by_name(client: httpx2.AsyncClient, name: str) -> None:
    identifier = OPERATIONS[name]["operationId"]
    body = example_body(identifier) if "requestBody" in OPERATIONS[name] else None
    answer = await call(client, name, make_key("essai", *EVERY_SCOPE), query="?paramètre-inconnu=1", body=body)
    told = {fault["champ"]: fault["code"] for fault in answer.json()["erreurs"]}
    assert (answer.status_code, told.get("paramètre-inconnu")) == (422, "PARAMETRE_INCONNU"), answer.text
