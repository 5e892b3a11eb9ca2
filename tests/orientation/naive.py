"""The rules of the RIO told a second time, slowly: every completion of the unknown facts is played in full."""

from datetime import date, timedelta
from itertools import product
from typing import Any

LEVELS: dict[str, dict[str, int]] = {
    "logement": {"STABLE": 0, "HEBERGE": 1, "TEMPORAIRE": 2, "EXPULSION_EN_COURS": 3, "SANS_LOGEMENT": 3},
    "sante": {"AUCUNE": 0, "IMPACT_FAIBLE": 1, "IMPACT_FORT": 2, "INCAPACITE": 3},
    "mobilite": {"AUCUNE": 0, "DEPENDANT_TRANSPORT": 1, "AUCUN_MOYEN": 2},
    "famille": {"AUCUNE": 0, "GARDE_A_ORGANISER": 1, "SANS_SOLUTION_GARDE": 2, "AIDANT": 2},
    "finances": {"AUCUNE": 0, "IMPACT_FAIBLE": 1, "IMPACT_FORT": 2},
    "administratif": {"AUCUNE": 0, "IMPACT_FAIBLE": 1, "IMPACT_FORT": 2},
    "langue": {"AUCUNE": 0, "IMPACT_FAIBLE": 1, "IMPACT_FORT": 2},
    "numerique": {"AUCUNE": 0, "NON_MAITRISE": 1, "NON_ACCES": 1, "REFUS": 1},
}
COMPLETED: dict[str, list[Any]] = {
    "disponible_emploi": [True, False],
    "projet_pro": ["SALARIAT", "ENTREPRENEURIAT", "FORMATION", "AUCUN"],
    "derniere_activite": ["EN_ACTIVITE", "MOINS_2_ANS", "PLUS_2_ANS", "JAMAIS"],
    "activite_non_salariee": ["CESSEE", "PROJET", "AUCUNE"],
    **{name: list(levels) for name, levels in LEVELS.items()},
}
ASKED = "disponible_emploi sante logement projet_pro derniere_activite famille mobilite langue finances administratif"
OUTSIDE = {"69264", "01004"}
PATHS = {
    "C0": "A_DETERMINER",
    "C1": "SOCIAL",
    "C2": "SOCIO_PRO",
    "C3": "TNS",
    "C4": "SOCIAL",
    "C5": "SOCIO_PRO",
    "C6": "EMPLOI",
    "C7": "SOCIO_PRO",
}


def first_c(f: dict[str, Any]) -> str:
    """Return the first C rule of a case where everything that C rules read is known."""
    levels = [LEVELS[name][f[name]] for name in LEVELS]
    blocking, strong, free = 3 in levels, sum(level >= 2 for level in levels), f["disponible_emploi"]
    if f["sante"] == "INCAPACITE" and free:
        return "C0"
    if blocking:
        return "C2" if free else "C1"
    if f["projet_pro"] == "ENTREPRENEURIAT" or f["activite_non_salariee"] == "PROJET":
        return "C3"
    if strong >= 3 and not free:
        return "C4"
    if strong:
        return "C5"
    recent = f["derniere_activite"] in ("EN_ACTIVITE", "MOINS_2_ANS")
    return "C6" if free and (recent or f["projet_pro"] in ("SALARIAT", "FORMATION")) else "C7"


def size_of(given: dict[str, Any]) -> int:
    """Return how many completions a case has."""
    size = 1
    for name, values in COMPLETED.items():
        size *= 1 if given.get(name) is not None else len(values)
    return size


def deadline(day: date) -> date:
    """Return the last day to orient what was notified on ``day``."""
    if day >= date(2025, 1, 1):
        return day + timedelta(days=42)
    year, month = (day.year, day.month + 2) if day.month < 11 else (day.year + 1, day.month - 10)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    raise AssertionError


class Case:
    """A case that is being judged: its facts, what follows from them, what is told."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.f = {name: value for name, value in given.items() if value is not None}
        self.today: date = self.f["date_reference"]
        self.told: set[str] = set()
        self.stage, self.path, self.how = "", "", ""
        self.why: list[str] = []
        self.question: str | None = None
        self.settle()

    def settle(self) -> None:
        """Take away what is impossible, then read age, status, delay."""
        f, today = self.f, self.today
        for name, word in (("date_naissance", "NAISSANCE"), ("date_notification_sdd", "NOTIFICATION")):
            if name in f and f[name] > today:
                self.told.add(f"CONTRADICTION_DATE_{word}")
                del f[name]
        if f.get("brsa") is False and f.get("soumis_dd") is True:
            self.told |= {"CONTRADICTION_SDD_NON_BRSA", "STATUT_A_VERIFIER"}
            del f["brsa"], f["soumis_dd"]
        self.brsa, self.sdd, self.income = f.get("brsa"), f.get("soumis_dd"), f.get("revenu_activite_moyen_trim")
        if self.sdd is None and self.brsa and self.income is not None:
            self.sdd = self.income < 500
            self.told.add("SDD_CALCULE")
        self.age: int | None = None
        if "date_naissance" in f:
            born = f["date_naissance"]
            self.age = today.year - born.year - (1 if (today.month, today.day) < (born.month, born.day) else 0)
        self.commune, self.home = f.get("commune_residence_insee"), f.get("domiciliation_metropole")
        notified = f.get("date_notification_sdd")
        self.late = bool(self.brsa and self.sdd and notified and today > deadline(notified))
        self.absences = f.get("absences_rio", 0)

    def aged(self, first: int, last: int) -> bool:
        """Tell whether the age is known and between two."""
        return self.age is not None and first <= self.age <= last

    def warn_of_facts(self) -> None:
        """Tell what does not hold together, whatever the result."""
        f = self.f
        pairs = {
            "STATUT_A_VERIFIER": self.brsa is None or (self.brsa and self.sdd is None),
            "NON_SOUMIS_VOLONTAIRE": self.brsa and self.sdd is False,
            "CONTRADICTION_SDD_REVENU": f.get("soumis_dd") and self.income is not None and self.income >= 500,
            "CONTRADICTION_TERRITOIRE": self.home and self.commune in OUTSIDE,
            "COMMUNE_CODE_ANCIEN": self.commune == "69152" and self.today >= date(2024, 1, 1),
            "CONTRADICTION_RSA_DROIT_TRAVAIL": self.brsa and f.get("droit_travail") is False,
            "CONTRADICTION_SANTE_DISPONIBILITE": f.get("sante") == "INCAPACITE" and f.get("disponible_emploi"),
            "CONTRADICTION_ACTIVITE": f.get("activite_non_salariee") == "ACTIVE"
            and f.get("derniere_activite") in ("PLUS_2_ANS", "JAMAIS"),
            "AGE_HORS_MISSION_LOCALE": f.get("accompagnement_en_cours") == "MISSION_LOCALE" and self.aged(26, 200),
            "RSJ_A_VERIFIER": self.brsa is False and self.aged(18, 24),
            "SAS_DIAGNOSTIC_RQTH": f.get("rqth") == "EN_COURS"
            or (f.get("sante") in ("IMPACT_FORT", "INCAPACITE") and f.get("rqth") != "OUI"),
            "CONTINUITE_AAH": f.get("aah"),
            "SUJETIONS_GARDE_ENFANT": f.get("rsa_majore"),
            "CONTACT_NON_NUMERIQUE": f.get("numerique", "AUCUNE") != "AUCUNE",
            "SENIOR": self.aged(60, 200),
            "DELAI_LEGAL_DEPASSE": self.late,
        }
        self.told |= {code for code, holds in pairs.items() if holds}

    def warn_of_result(self) -> None:
        """Tell what depends on the pathway."""
        f, path, new_law = self.f, self.path, date(2025, 1, 1)
        given = self.stage in ("D", "L", "C") and path != "A_DETERMINER"
        pairs = {
            "SOUHAIT_DIFFERENT": given and f.get("souhait_parcours", path) != path,
            "PRECONISATION_FT_DIFFERENTE": given and self.advised_otherwise(),
            "BASE_LEGALE_A_CONFIRMER": path == "JEUNES" and self.brsa and self.age == 25 and self.today < new_law,
            "CAP_EMPLOI_POSSIBLE": f.get("rqth") == "OUI" and path == "EMPLOI",
            "CONFLIT_DIRECT_FREIN_BLOQUANT": "K1" in self.why,
            "ORGANISME_REFERENT_COLLECTIVITE": "L1" in self.why and self.today >= new_law,
            "FREIN_BLOQUANT_MAIS_DISPONIBLE": [rule for rule in self.why if rule[0] == "C"] == ["C2"],
            "ORIENTATION_DEVOLUE_FT": self.late and f["date_notification_sdd"] >= new_law and "L1" not in self.why,
        }
        self.told |= {code for code, holds in pairs.items() if holds}

    def advised_otherwise(self) -> bool:
        """Tell whether France Travail advises another pathway."""
        known = self.path in ("EMPLOI", "SOCIO_PRO", "SOCIAL")
        return known and self.f.get("preconisation_ft", self.path) != self.path

    def end(self, stage: str, path: str, how: str, why: str) -> bool:
        """Note a result."""
        self.stage, self.path, self.how, self.why = stage, path, how, [why]
        return True

    def try_terminal(self) -> bool:
        """Try the T rules."""
        f, outside = self.f, self.commune in OUTSIDE
        homeless = f.get("logement") == "SANS_LOGEMENT" and self.home is None
        if (self.commune is None and self.home is not True) or (outside and homeless):
            self.question = "domiciliation_metropole" if homeless else "commune_residence_insee"
            return self.end("T", "A_DETERMINER", "A_COMPLETER", "T1_INCONNU")
        if outside and self.home is not True:
            return self.end("T", "HORS_TERRITOIRE", "AUCUNE", "T1")
        if self.aged(0, 15):
            return self.end("T", "HORS_CHAMP", "AUCUNE", "T2")
        if f.get("droit_travail") is False:
            return self.end("T", "A_DETERMINER" if self.brsa else "ACCES_DROITS", "ENTRETIEN_INDIVIDUEL", "T3")
        return False

    def list_direct(self) -> list[tuple[str, str]]:
        """Return the direct rules that match, and their pathways."""
        f = self.f
        by = {"FRANCE_TRAVAIL": "EMPLOI", "CAP_EMPLOI": "EMPLOI", "SIAE": "SOCIO_PRO", "ASE_CJM": "JEUNES"}
        by |= {"STRUCTURE_INSERTION": "SOCIO_PRO"}
        by |= {"MISSION_LOCALE": "JEUNES"} if self.aged(0, 25) else {}
        by |= {"MDM": "SOCIAL"} if f.get("disponible_emploi") is False else {}
        helped = f.get("accompagnement_en_cours")
        found = [("D1", by[helped])] if helped in by else []
        found += [("D2", "TNS")] if f.get("activite_non_salariee") == "ACTIVE" else []
        found += [("D3", "JEUNES")] if self.aged(16, 25) else []
        light = all(name in f and LEVELS[name][f[name]] <= 1 for name in LEVELS)
        recent = f.get("derniere_activite") in ("EN_ACTIVITE", "MOINS_2_ANS")
        ready = f.get("inscrit_ft") is True and f.get("disponible_emploi") is True and recent and light
        wants = f.get("projet_pro") in ("SALARIAT", "FORMATION")
        idle = f.get("activite_non_salariee") in ("CESSEE", "AUCUNE")
        return [*found, *([("D4", "EMPLOI")] if ready and wants and idle else [])]

    def try_direct(self) -> bool:
        """Try the D rules, then what holds them back."""
        f, direct = self.f, self.list_direct()
        if not direct:
            return False
        if len({way for _, way in direct}) > 1:
            self.told.add("PROFILS_DIRECTS_MULTIPLES")
        (rule, path), *_ = direct
        self.end("D", path, "DIRECTE", rule)
        blocking = any(LEVELS[name].get(f.get(name, ""), 0) == 3 for name in LEVELS)
        self.why += ["K1"] if rule in ("D2", "D3") and blocking else []
        self.why += ["K2"] if f.get("souhait_parcours", path) != path else []
        self.why += ["K3"] if self.advised_otherwise() else []
        self.why += ["K4"] if rule == "D2" and f.get("derniere_activite") in ("PLUS_2_ANS", "JAMAIS") else []
        self.how = "ENTRETIEN_INDIVIDUEL" if len(self.why) > 1 else "DIRECTE"
        return True

    def try_office(self) -> bool:
        """Try the default of the law."""
        if not (self.late and self.absences >= 1 and self.f.get("motif_legitime_absence") is False):
            return False
        return self.end("L", "SOCIAL" if self.today < date(2025, 1, 1) else "A_DETERMINER", "OFFICE", "L1")

    def meet(self) -> None:
        """Play every completion of the C rules."""
        f, names = self.f, list(COMPLETED)
        meets = ["M1"] if f.get("empechement_collectif", "AUCUN") != "AUCUN" else []
        meets += ["M2"] if f.get("langue") == "IMPACT_FORT" or f.get("besoin_interprete") is True else []
        meets += ["M3"] if self.absences >= 2 else []
        choices = ([f[name]] if name in f else COMPLETED[name] for name in names)
        outcomes = {values: first_c(dict(zip(names, values, strict=True))) for values in product(*choices)}
        rules = sorted(set(outcomes.values()))
        paths = {PATHS[rule] for rule in rules}
        self.stage, self.how = "C", "ENTRETIEN_INDIVIDUEL" if meets or rules == ["C0"] else "RIO_COLLECTIVE"
        self.path = paths.pop() if len(paths) == 1 else "A_DETERMINER"
        settled = not paths
        self.why = [*(meets or ([] if rules == ["C0"] else ["M0"])), *(rules if settled else ["X_INDETERMINE"])]
        self.ask({} if settled else outcomes, names)

    def ask(self, outcomes: dict[tuple[Any, ...], str], names: list[str]) -> None:
        """Find the next question."""
        f = self.f
        opening = ("date_naissance", "accompagnement_en_cours", "activite_non_salariee")
        if self.late and self.absences >= 1 and "motif_legitime_absence" not in f:
            self.question = "motif_legitime_absence"
            return
        self.question = next((name for name in opening if name not in f), None)
        for name in ASKED.split() if self.question is None else ():
            place = names.index(name)
            lines: dict[Any, set[str]] = {}
            for values, rule in outcomes.items():
                lines.setdefault(values[:place] + values[place + 1 :], set()).add(PATHS[rule])
            if name not in f and any(len(line) > 1 for line in lines.values()):
                self.question = name
                return


def propose(given: dict[str, Any]) -> dict[str, Any]:
    """Return pathway, modality, reasons, warnings and next question for facts already typed."""
    case = Case(given)
    if not (case.try_terminal() or case.try_direct() or case.try_office()):
        case.meet()
    case.warn_of_facts()
    case.warn_of_result()
    told = case.told
    if case.path in ("HORS_TERRITOIRE", "HORS_CHAMP"):
        told = {code for code in told if code.startswith(("CONTRADICTION_", "COMMUNE_"))}
    return {
        "parcours": case.path,
        "modalite": case.how,
        "motifs": case.why,
        "signalements": sorted(told),
        "question_suivante": case.question,
    }
