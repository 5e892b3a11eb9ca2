"""Table Schema of Frictionless Data: what a partner checks a CSV against before pushing it. Pure functions.

A schema says less than the service checks: not what depends on two fields (a numerator above its denominator, a value
with status ``m``), on the day (a future period, a territory that is closed) or on the caller. ``fieldsMatch`` lets a
file leave a column out, but for those of the key: a breakdown's column is there, empty for the total.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.indicators.definition_files import VentilationFile
from services.indicators.definitions import Grandeur
from services.indicators.periods import EXEMPLES
from services.indicators.row_validation import MAX_TEXT
from services.indicators.row_values import MAX_TEXTE, fields_of, read_contenu
from services.indicators.vocabulary import Confidentialite, Periodicite, StatutMesure
from shared.errors import Faute
from shared.territoires import Arbre
from shared.vocabulary import Terme

YEAR = "(199[0-9]|20[0-9][0-9]|2100)"
PATTERNS = {
    Periodicite.JOUR: f"{YEAR}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])",
    Periodicite.SEMAINE: f"{YEAR}-W(0[1-9]|[1-4][0-9]|5[0-3])",
    Periodicite.MOIS: f"{YEAR}-(0[1-9]|1[0-2])",
    Periodicite.TRIMESTRE: f"{YEAR}-Q[1-4]",
    Periodicite.SEMESTRE: f"{YEAR}-S[12]",
    Periodicite.ANNEE: YEAR,
}
INSTANT = "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})"
LABELS = {
    "valeur": "Valeur",
    "numerateur": "Numérateur",
    "denominateur": "Dénominateur",
    "somme": "Somme",
    "effectif": "Effectif",
    "modalite": "Modalité",
    "texte": "Texte",
}
ABSENT = "Obligatoire, sauf statut m ou confidentialité."
KEY = ("grandeur", "territoire", "periode")

Champ = dict[str, Any]


def schema_of(grandeur: Grandeur, arbre: Arbre, ventilations: Mapping[str, VentilationFile]) -> dict[str, Any]:
    """Return the schema of a CSV that holds one quantity."""
    document = grandeur.document
    dimensions = [each for code, each in ventilations.items() if code in grandeur.ventilations]
    territoires = [code for code in arbre.codes() if arbre.entry(code).niveau in grandeur.niveaux]
    return {
        "name": f"grandeur-{grandeur.code.lower().replace('.', '-')}",
        "title": document["libelle"],
        "description": f"{document['methode']} Limites : {document['limites']}",
        **_frame([grandeur.code], territoires, grandeur.periodes, dimensions, _value_fields(grandeur)),
        "x-nature": grandeur.nature.value,
        "x-unite": document["unite"],
        "x-pour": grandeur.pour,
        "x-decimales": grandeur.decimales,
        "x-producteur": document["producteur"],
        "x-attendu": document["attendu"],
        "x-definition": document["definition"],
    }


def schema_of_lot(codes: Sequence[str], arbre: Arbre, ventilations: Mapping[str, VentilationFile]) -> dict[str, Any]:
    """Return the schema of a CSV that holds any quantities of a plan."""
    return {
        "name": "lot",
        "title": "Un lot de mesures en CSV",
        "description": "Toutes les colonnes que prend un lot. La nature de la grandeur dit lesquelles portent sa "
        "valeur : le schéma de chaque grandeur est à /v1/grandeurs/{code}/schema.",
        **_frame(codes, arbre.codes(), tuple(Periodicite), list(ventilations.values()), _every_value_field()),
    }


def _frame(
    codes: Sequence[str],
    territoires: Sequence[str],
    periodes: Iterable[Periodicite],
    dimensions: Sequence[VentilationFile],
    values: Sequence[Champ],
) -> dict[str, Any]:
    breakdowns = [_ventilation(each) for each in dimensions]
    fields = [
        _string("ref", "Référence", "Libre ; rendue dans le rapport.", maxLength=MAX_TEXT["ref"]),
        _string("grandeur", "Grandeur", "Code de la grandeur.", required=True, enum=list(codes)),
        _string("territoire", "Territoire", "Code du territoire.", required=True, enum=list(territoires)),
        _string("periode", "Période", f"{EXEMPLES}.", required=True, pattern=_one_of(periodes)),
        *breakdowns,
        *values,
        _words("statut", "Statut", StatutMesure),
        _words("confidentialite", "Confidentialité", Confidentialite),
        _string("commentaire", "Commentaire", "Libre.", maxLength=MAX_TEXT["commentaire"]),
        _string("extrait_le", "Extrait le", "Instant avec décalage ; par défaut celui du lot.", pattern=INSTANT),
    ]
    return {
        "fields": fields,
        "fieldsMatch": "superset",
        "missingValues": [""],
        "primaryKey": [*KEY, *(each["name"] for each in breakdowns)],
    }


def _string(name: str, title: str, description: str, **constraints: Any) -> Champ:
    return {
        "name": name,
        "title": title,
        "description": description,
        "type": "string",
        "constraints": {"required": False, **constraints},
    }


def _one_of(periodes: Iterable[Periodicite]) -> str:
    return "|".join(PATTERNS[genre] for genre in periodes)


def _ventilation(dimension: VentilationFile) -> Champ:
    labels = "; ".join(f"{each.code} : {each.libelle}" for each in dimension.modalites)
    told = f"{dimension.libelle}. La colonne fait partie de la clé ; vide : le total. {labels}."
    codes = [each.code for each in dimension.modalites]
    return _string(f"ventilation.{dimension.code}", dimension.libelle, told, enum=codes)


def _words(name: str, title: str, terms: type[Terme]) -> Champ:
    labels = "; ".join(f"{term.value} : {term.libelle}" for term in terms)
    return _string(name, title, f"Vide : rien à signaler. {labels}.", enum=[term.value for term in terms])


def _value_fields(grandeur: Grandeur) -> list[Champ]:
    names = fields_of(grandeur.nature)
    refused: list[Faute] = []
    # The rules of the rows themselves say what they refuse of a number, so that the schema never says otherwise.
    read_contenu(dict.fromkeys(names, "-0.5"), grandeur, refused)
    told = {(fault.champ, fault.code) for fault in refused}
    return [_value_field(name, grandeur, told) for name in names]


def _value_field(name: str, grandeur: Grandeur, told: set[tuple[str, str]]) -> Champ:
    if name == "modalite":
        return _string(name, LABELS[name], ABSENT, enum=list(grandeur.modalites))
    if name == "texte":
        return _string(name, LABELS[name], ABSENT, minLength=1, maxLength=MAX_TEXTE)
    kind = "integer" if (f"/{name}", "VALEUR_NON_ENTIERE") in told else "number"
    number = _number(name, kind, 0 if (f"/{name}", "VALEUR_NEGATIVE") in told else None)
    return {**number, "x-unite": grandeur.document["unite"]} if name == "valeur" else number


def _number(name: str, kind: str, minimum: int | None) -> Champ:
    bounds = {} if minimum is None else {"minimum": minimum}
    return {**_string(name, LABELS[name], ABSENT, **bounds), "type": kind}


def _every_value_field() -> list[Champ]:
    told = "Selon la nature de la grandeur."
    numbers = [_number(name, "number", None) for name in ("valeur", "numerateur", "denominateur", "somme", "effectif")]
    words = [
        _string("modalite", LABELS["modalite"], told),
        _string("texte", LABELS["texte"], told, maxLength=MAX_TEXTE),
    ]
    return [{**number, "description": told} for number in numbers] + words
