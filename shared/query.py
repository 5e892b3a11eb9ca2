"""Query strings: one described model each, unknown or repeated parameters refused by name.

FastAPI documents the model (``Annotated[Filtres, Query()]``); it does not see what this dependency refuses: a parameter
given twice where one value is expected, or a character PostgreSQL cannot hold.
"""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from starlette.requests import Request

from shared.errors import CODES_FAUTE, DonneesRefusees, Faute, Phrase
from shared.problems import FauteError, unknown_value


class Parametres(BaseModel):
    """The parameters of one operation; nothing unknown is let through."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _split_commas(value: Any) -> Any:
    if isinstance(value, list):
        parts = [part.strip() for item in value for part in str(item).split(",") if part.strip()]
        return parts or value  # what is given empty is a value too, which its schema refuses
    return value


Liste = BeforeValidator(_split_commas)
"""Marks a list parameter: repeated or comma-separated values are alternatives (OR)."""

CodePlan = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
MAX_PARAMETERS = 200
PLAN_HELP = "Code du plan ; par défaut celui en vigueur aujourd'hui, sinon le dernier commencé."
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def _written(form: re.Pattern[str]) -> BeforeValidator:
    """Take only text of a form, or a date as it is: a number is read by pydantic as seconds since 1970."""

    def check(value: Any) -> Any:
        if value is None or isinstance(value, date) or (isinstance(value, str) and form.fullmatch(value)):
            return value
        raise FauteError("DATE_INVALIDE")

    return BeforeValidator(check)


JourEcrit = Annotated[date, _written(re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII))]
"""A day, as it comes in."""
Jour = Annotated[JourEcrit, Field(ge=date(1900, 1, 1), le=date(9998, 12, 31))]
"""A day that the database holds as one: its first and last would be infinities there."""
Instant = Annotated[AwareDatetime, _written(re.compile(r"\d{4}-\d{2}-\d{2}[Tt ].{4,40}", re.ASCII))]
"""An instant with its offset, as it comes in."""
AU_HELP = "Instant avec décalage : l'état tel qu'il était connu alors."


class ParametresPlan(Parametres):
    """Which plan is read."""

    plan: CodePlan | None = Field(None, description=PLAN_HELP, examples=["pmie-2022-2026"])


class ParametreAu(Parametres):
    """As known at which instant."""

    au: Instant | None = Field(
        None, ge=EARLIEST, lt=LATEST, description=AU_HELP, examples=["2026-01-31T12:00:00+01:00"]
    )

    @property
    def known_at(self) -> datetime:
        """The instant of knowledge asked for, else one after everything known."""
        return self.au or LATEST


class ParametresConnus(ParametresPlan, ParametreAu):
    """Which plan is read, and as known at which instant."""


class Page(Parametres):
    """Which page of a list is read."""

    limite: int = Field(50, ge=1, le=200, description="Nombre d'éléments par page, de 1 à 200.")
    curseur: str | None = Field(
        None, min_length=1, max_length=600, description="Reprend après la page précédente : son `curseur_suivant`."
    )


def refuse_malformed_query(request: Request) -> None:
    """Refuse, by name, characters that nothing can store and scalar parameters given twice."""
    if len(request.query_params.multi_items()) > MAX_PARAMETERS:
        message = Phrase(f"Plus de {MAX_PARAMETERS} paramètres", f"More than {MAX_PARAMETERS} parameters")
        raise DonneesRefusees(erreurs=[Faute(champ="", code="HORS_BORNES", message=message)])
    faults = [_forbidden(name) for name, value in request.query_params.multi_items() if _has_control(name + value)]
    faults += [_forbidden(name) for name, value in request.path_params.items() if _has_control(str(value))]
    if takes_nothing(request):
        given = [name for name in request.query_params if not _has_control(name)]
        faults += [unknown_value(name, name, (), code="PARAMETRE_INCONNU") for name in given]
    many = _list_parameters(request)
    names = [name for name, _ in request.query_params.multi_items()]
    for name in sorted({name for name in names if names.count(name) > 1} - many):
        faults.append(Faute(champ=name, code="PARAMETRE_REPETE", message=CODES_FAUTE["PARAMETRE_REPETE"].libelle))
    if faults:
        raise DonneesRefusees(erreurs=faults)


def _list_parameters(request: Request) -> set[str]:
    """Name the parameters of the matched route that take several values."""
    route = request.scope.get("route")
    schemas = [
        parameter.field_info.annotation for parameter in getattr(getattr(route, "dependant", None), "query_params", [])
    ]
    return {
        name
        for schema in schemas
        if isinstance(schema, type) and issubclass(schema, BaseModel)
        for name, field in schema.model_fields.items()
        if Liste in field.metadata
    }


def takes_nothing(request: Request) -> bool:
    """Tell whether the matched route has no query parameter at all: no model of it will refuse any."""
    endpoint = request.scope.get("endpoint")
    ours = request.url.path.startswith("/v1/") and not getattr(endpoint, "reads_query", False)
    return ours and not known_parameters(request)


def known_parameters(request: Request) -> list[str]:
    """Return the names of every query parameter of the matched route."""
    route = request.scope.get("route")
    names: list[str] = []
    for parameter in getattr(getattr(route, "dependant", None), "query_params", []):
        schema = parameter.field_info.annotation
        if isinstance(schema, type) and issubclass(schema, BaseModel):
            names += list(schema.model_fields)
        else:
            names.append(parameter.alias)
    return names


def _has_control(text: str) -> bool:
    return any(ord(character) < 32 or 0xD800 <= ord(character) <= 0xDFFF or ord(character) == 127 for character in text)


def _forbidden(name: str) -> Faute:
    clean = "".join(character if character.isprintable() else "?" for character in name)
    return Faute(champ=clean, code="CARACTERE_INTERDIT", message=CODES_FAUTE["CARACTERE_INTERDIT"].libelle)
