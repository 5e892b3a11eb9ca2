"""The format of a rule set: rules, parameters and warnings as dated, reviewed data (``data/regles``)."""

from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from shared.data_files import DataModel
from shared.errors import CodeFaute, Phrase, declare
from shared.problems import FauteError

GROUP = CodeFaute(
    "GROUPE_INVALIDE",
    Phrase("Une condition sans fait est un groupe : tous, ou un", "A condition without a fact is a group: tous, or un"),
)
COMPARISON = CodeFaute(
    "COMPARAISON_INVALIDE",
    Phrase("Un fait se compare d'une façon et d'une seule", "A fact is compared in one way, and one only"),
)
declare(GROUP, COMPARISON)

Jour = Annotated[date, Field(ge=date(1900, 1, 1), le=date(9998, 12, 31))]
Texte = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Valeurs = Annotated[list[Annotated[str, StringConstraints(max_length=60)]], Field(min_length=1, max_length=100)]
Limite = Annotated[str, StringConstraints(pattern=r"^([0-9]{1,6}|[a-z][a-z0-9_]{0,59})$")]
Fondement = Literal["plan", "loi", "choix"]
LOGICAL = ("tous", "un")
COMPARISONS = ("est", "n_est_pas", "connu", "au_moins", "au_plus", "moins_de", "plus_de", "differe_du_parcours")


class ConditionFile(DataModel):
    """A comparison of one fact, or a group of conditions of which all, or one, must hold."""

    fait: str | None = None
    est: Valeurs | None = None
    n_est_pas: Valeurs | None = None
    connu: bool | None = None
    au_moins: Limite | None = None
    au_plus: Limite | None = None
    moins_de: Limite | None = None
    plus_de: Limite | None = None
    differe_du_parcours: Literal["true", True] | None = None
    tous: list["ConditionFile"] | None = Field(None, min_length=1, max_length=50)
    un: list["ConditionFile"] | None = Field(None, min_length=1, max_length=50)

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        groups = [name for name in LOGICAL if getattr(self, name) is not None]
        compared = [name for name in COMPARISONS if getattr(self, name) is not None]
        if self.fait is None and (len(groups) != 1 or compared):
            raise FauteError(GROUP.code, GROUP.libelle)
        if self.fait is not None and (groups or len(compared) != 1):
            raise FauteError(COMPARISON.code, COMPARISON.libelle)
        return self

    @property
    def comparison(self) -> str:
        """The name of the one comparison of a condition on a fact."""
        return next(name for name in COMPARISONS if getattr(self, name) is not None)

    @property
    def limit(self) -> str | None:
        """The number, or the parameter, that a fact is compared with."""
        return self.au_moins or self.au_plus or self.moins_de or self.plus_de


class PeriodeFile(DataModel):
    """The days something is valid, both included; an end left open has no bound."""

    valide_du: Jour | None = None
    valide_au: Jour | None = None

    def covers(self, day: date) -> bool:
        """Tell whether ``day`` is in the period."""
        return (self.valide_du is None or self.valide_du <= day) and (self.valide_au is None or day <= self.valide_au)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valide_du and self.valide_au and self.valide_au < self.valide_du:
            raise FauteError("DATES_INVERSEES")
        return self


class ValeurParametre(PeriodeFile):
    """The value of a parameter over a period, and what it rests on."""

    valeur: int = Field(ge=0, le=10**6)
    fondement: Fondement
    source: Texte
    auteur: Texte


class ParametreFile(DataModel):
    """A threshold or a delay; ``lu_a`` is the date fact at which it is read."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    libelle: Texte
    unite: Texte
    lu_a: Texte
    valeurs: list[ValeurParametre] = Field(min_length=1, max_length=100)

    def at(self, day: date) -> ValeurParametre | None:
        """Return the value in force on ``day``, ``None`` when there is none."""
        return next((each for each in self.valeurs if each.covers(day)), None)


class VarianteFile(PeriodeFile):
    """One way a rule applies: its conditions, and what it gives. ``apres``: one of these rules won."""

    parcours: Texte | None = None
    modalite: Texte | None = None
    apres: tuple[str, ...] = Field((), max_length=100)
    conditions: list[ConditionFile] = Field(max_length=50)


class RegleFile(DataModel):
    """A rule, at its stage: T ends all, D is direct, K holds D back, L is the law's default, M the meeting, C, X."""

    code: str = Field(pattern=r"^[A-Z][A-Z0-9_]{0,29}$")
    etape: Literal["T", "D", "K", "L", "M", "C", "X"]
    libelle: Texte
    fondement: Fondement
    source: Texte
    variantes: list[VarianteFile] = Field(min_length=1, max_length=20)


class SignalementFile(PeriodeFile):
    """A warning. ``apres``/``sans``: those rules applied or did not; ``seule``: it is the only C rule that did."""

    code: str = Field(pattern=r"^[A-Z][A-Z0-9_]{0,49}$")
    libelle: Texte
    fondement: Fondement
    toujours: bool = Field(False, description="Dit aussi hors du territoire ou hors du champ.")
    donne: bool = Field(False, description="Seulement quand un parcours est proposé.")
    apres: tuple[str, ...] = Field((), max_length=100)
    sans: tuple[str, ...] = Field((), max_length=100)
    seule: str | None = None
    conditions: list[ConditionFile] = Field(max_length=50)


class JeuLu(PeriodeFile):
    """A rule set whose names are not looked up yet."""

    code: str = Field(pattern=r"^[a-z][a-z0-9-]{0,29}$")
    version: str = Field(pattern=r"^[0-9A-Za-z.-]{1,30}$")
    libelle: Texte
    auteur: Texte
    parametres: list[ParametreFile] = Field(max_length=100)
    regles: list[RegleFile] = Field(max_length=100)
    signalements: list[SignalementFile] = Field(max_length=200)


class JeuFile(JeuLu):
    """A rule set: all that decides of an orientation."""

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        """Refuse a code given twice, a parameter or a rule that is not there, values that overlap."""
        for name in ("parametres", "regles", "signalements"):
            codes = [each.code for each in getattr(self, name)]
            if len(set(codes)) != len(codes):
                raise ValueError(f"{name} : un code est donné deux fois")
        rules = {regle.code for regle in self.regles}
        holders = [v for regle in self.regles for v in regle.variantes] + list(self.signalements)
        named = {code for holder in holders for code in holder.apres}
        named |= {code for each in self.signalements for code in [*each.sans, *([each.seule] if each.seule else [])]}
        if named - rules:
            raise ValueError(f"règle inconnue : {', '.join(sorted(named - rules))}")
        known = {parametre.code for parametre in self.parametres}
        asked = {code for holder in holders for code in _parameters(holder.conditions)}
        if asked - known:
            raise ValueError(f"paramètre inconnu : {', '.join(sorted(asked - known))}")
        for parametre in self.parametres:
            _refuse_overlap(parametre)
        return self


def _parameters(conditions: list[ConditionFile]) -> set[str]:
    found: set[str] = set()
    for each in conditions:
        inside: Any = each.tous or each.un or ()
        found |= _parameters(list(inside))
        found |= {each.limit} if each.limit is not None and not each.limit.isdigit() else set()
    return found


def _refuse_overlap(parametre: ParametreFile) -> None:
    ordered = sorted(parametre.valeurs, key=lambda each: each.valide_du or date.min)
    for before, after in pairwise(ordered):
        if before.valide_au is None or after.valide_du is None or before.valide_au >= after.valide_du:
            raise ValueError(f"{parametre.code} : deux valeurs pour un même jour")
