"""The one OpenAPI document: made from the services, committed, valid, and complete."""

import json
import re
from typing import Any

import pytest
from openapi_spec_validator import validate

from gateway.addresses import UNKNOWN, Address, read_addresses
from gateway.contract_parts import ContractConflictError
from gateway.openapi import HERE, build_files, merge
from gateway.settings import SERVICES
from tests.gateway.contract import DOCUMENT, OPERATIONS, answers_of, check_schema, faults_of

PROBLEM_JSON = "application/problem+json"
PROBLEM = {"$ref": "#/components/schemas/Probleme"}
BINARY = {"application/vnd.apache.parquet", "image/svg+xml"}
OPERATION = {"x-service": "catalogue", "responses": {}}
every_operation = pytest.mark.parametrize("name", OPERATIONS)


def document(*, paths: dict[str, Any] | None = None, schemas: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"paths": paths or {}, "components": {"schemas": schemas or {}, "securitySchemes": {}}}


def test_the_committed_files_are_what_the_services_say() -> None:
    for name, text in build_files().items():
        assert (HERE / name).read_text(encoding="utf-8") == text, f"run ./spie openapi: {name}"


def test_two_descriptions_of_one_schema_are_refused_by_name() -> None:
    with pytest.raises(ContractConflictError, match="Fiche"):
        merge([document(schemas={"Fiche": {"type": "object"}}), document(schemas={"Fiche": {"type": "string"}})])


def test_two_descriptions_of_one_path_are_refused_by_name() -> None:
    documents = [document(paths={"/v1/fiches": {method: OPERATION}}) for method in ("get", "post")]
    with pytest.raises(ContractConflictError, match="/v1/fiches"):
        merge(documents)


def test_one_description_given_twice_is_kept_once() -> None:
    same = document(paths={"/v1/b": {}, "/v1/a": {}}, schemas={"Fiche": {"type": "object"}})
    merged = merge([same, same])
    assert list(merged["paths"]) == ["/v1/a", "/v1/b"]
    assert merged["components"]["schemas"] == {"Fiche": {"type": "object"}}


def test_the_document_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    validate(DOCUMENT)


def test_every_schema_is_valid_and_used() -> None:
    text = json.dumps(DOCUMENT)
    for name, schema in DOCUMENT["components"]["schemas"].items():
        check_schema(schema)
        assert f'"#/components/schemas/{name}"' in text, f"{name} is described and never used"


@every_operation
def test_every_operation_says_what_it_does_and_who_owns_it(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["x-service"] in (*SERVICES, "gateway")
    assert operation["operationId"].startswith(f"{operation['x-service']}_")
    assert operation["summary"].strip()
    assert operation["description"].strip()


@every_operation
def test_every_operation_states_its_own_right(name: str) -> None:
    reads = name.startswith("GET ")
    known = set(DOCUMENT["components"]["securitySchemes"])
    needs = OPERATIONS[name]["security"]
    assert all(set(need) <= known and all(need.values()) for need in needs)
    assert reads or needs, "an operation that writes needs a right"


@every_operation
def test_every_operation_states_its_refusals_as_problems(name: str) -> None:
    operation = OPERATIONS[name]
    expected = {"401", "500", "503"} | ({"422"} if name.partition(" ")[2].startswith("/v1") else set())
    expected |= {"502", "504"} if operation["x-service"] != "gateway" else set()
    expected |= {"403"} if operation["security"] else set()
    expected |= (
        {"404"} if "{" in name or any(each["name"] == "plan" for each in operation.get("parameters", [])) else set()
    )
    expected |= {"400", "413", "415"} if "requestBody" in operation else set()
    headers = {each["name"].lower() for each in operation.get("parameters", []) if each["in"] == "header"}
    needed = {each["name"].lower() for each in operation.get("parameters", []) if each.get("required")}
    expected |= {"400", "409"} if "idempotency-key" in needed else set()
    expected |= {"412", "428"} if "if-match" in headers else set()
    refusals = {status: answer for status, answer in answers_of(operation).items() if status >= "400"}
    assert expected <= set(refusals)
    assert all(list(answer["content"]) == [PROBLEM_JSON] for answer in refusals.values())
    assert all(answer["content"][PROBLEM_JSON]["schema"] == PROBLEM for answer in refusals.values())
    assert "Retry-After" in refusals["503"]["headers"]


@every_operation
def test_every_operation_describes_what_it_answers_and_its_parameters(name: str) -> None:
    operation = OPERATIONS[name]
    answers = [answer for status, answer in operation["responses"].items() if status < "300"]
    assert answers
    assert all(answer["content"] for answer in answers)
    assert all(form["schema"] for answer in answers for form in answer["content"].values()), "a form without schema"
    for parameter in operation.get("parameters", []):
        assert parameter.get("description") or parameter["schema"].get("description"), parameter["name"]


def test_no_two_operations_share_an_identifier() -> None:
    identifiers = [operation["operationId"] for operation in OPERATIONS.values()]
    assert sorted(identifiers) == sorted(set(identifiers))


@every_operation
def test_every_operation_shows_its_body_and_what_it_answers(name: str) -> None:
    operation = OPERATIONS[name]
    contents = [operation["requestBody"]["content"]] if "requestBody" in operation else []
    contents += [answer["content"] for status, answer in answers_of(operation).items() if status != "304"]
    for content in contents:
        for media_type, form in content.items():
            assert ("example" in form) is (media_type not in BINARY), media_type
            if media_type.endswith("json") and media_type != "application/x-ndjson":
                assert faults_of(form["example"], form["schema"]) == []
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            assert "example" in parameter, parameter["name"]
        if "example" in parameter:
            assert faults_of(parameter["example"], parameter["schema"]) == []


@every_operation
def test_every_operation_stands_in_one_described_group(name: str) -> None:
    (tag,) = OPERATIONS[name]["tags"]
    assert tag in {each["name"] for each in DOCUMENT["tags"] if each["description"]}


def test_examples_name_no_one_and_open_nothing() -> None:
    shown = json.dumps([form for each in OPERATIONS.values() for form in examples_in(each)], ensure_ascii=False)
    assert re.findall(r"spie_(?!cle-d-exemple)|eyJhbGci|\bdev-[a-z]+\b|/tmp|127\.0\.0\.1|localhost", shown) == []
    assert re.findall(r'"identite": {[^}]*"(?:nom|prenom|nir)"', shown.replace("\\", "")) == []


def examples_in(node: Any) -> list[Any]:
    """Return every ``example`` and ``examples`` below ``node``."""
    if isinstance(node, list):
        return [each for part in node for each in examples_in(part)]
    if not isinstance(node, dict):
        return []
    found = [node[key] for key in ("example", "examples") if key in node]
    return found + [
        each for key, part in node.items() if key not in ("example", "examples") for each in examples_in(part)
    ]


def schemas_with_examples(node: Any) -> list[dict[str, Any]]:
    """Return every schema below ``node`` that declares examples."""
    parts = list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else []
    found = [schema for part in parts for schema in schemas_with_examples(part)]
    return [*found, node] if isinstance(node, dict) and isinstance(node.get("examples"), list) else found


def test_declared_examples_are_what_their_schemas_allow() -> None:
    declared = schemas_with_examples(DOCUMENT)
    assert declared
    for schema in declared:
        for example in schema["examples"]:
            assert faults_of(example, schema) == []


def test_every_path_of_the_contract_leads_to_its_service_whatever_fills_it() -> None:
    addresses = read_addresses()
    for path, operations in DOCUMENT["paths"].items():
        (owner,) = {each["x-service"] for each in operations.values()}
        assert addresses.find(path.replace("{", "x").replace("}", "")) == Address(path, owner)


@pytest.mark.parametrize(
    ("path", "template", "service"),
    [
        ("/v1/fiches/11/historique", "/v1/fiches/{numero}/historique", "catalogue"),
        ("/v1/rencontres/ren-1.ics", "/v1/rencontres/{id}.ics", "orientation"),
        ("/v1/fiches/", UNKNOWN, "catalogue"),
        ("/v1/fiches/11/autre", UNKNOWN, "catalogue"),
        ("/docs", "/docs", "gateway"),
        ("/problemes/INTROUVABLE", "/problemes/{code}", "gateway"),
        ("/", "/", "portail"),
        ("/fiches/11", "/fiches/{numero}", "portail"),
    ],
)
def test_a_path_is_known_by_its_template(path: str, template: str, service: str) -> None:
    assert read_addresses().find(path) == Address(template, service)


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v2/fiches", "/v1/fiche", "", "/sant"])
def test_a_path_that_no_service_owns_leads_nowhere(path: str) -> None:
    assert read_addresses().find(path) is None
