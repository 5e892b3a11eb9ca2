"""The indicators of fiche 11 counted a second time, day after day, over plain dictionaries."""

from datetime import date, timedelta
from typing import Any

DAY = timedelta(days=1)
BEFORE = ("SIGNALE", "CONVOQUE", "PRESENT_RIO", "ABSENT_RIO", "A_RECONVOQUER")
FIRST = {"statut": 0, "notification_sdd": 1, "signalement": 1}


def live(evenements: list[dict[str, Any]], fin: date) -> dict[str, Any]:
    """Live a history day after day; return what was noted."""
    life: dict[str, Any] = {"episodes": [], "anomalies": [], "presences": [], "abandons": [], "brsa": [], "seen": []}
    days = sorted({each["date"] for each in evenements if each["date"] <= fin})
    today = days[0] if days else fin
    while today <= fin:
        mine = [each for each in evenements if each["date"] == today]
        for each in sorted(mine, key=lambda event: FIRST.get(event["type"], 2)):
            happen(life, each)
        end_of_day(life, today)
        today += DAY
    return life


def status(life: dict[str, Any], day: date) -> tuple[Any, Any]:
    """Return the last status told on or before a day."""
    told = [(brsa, soumis) for when, brsa, soumis in life["brsa"] if when <= day]
    return told[-1] if told else (None, None)


def current(life: dict[str, Any]) -> dict[str, Any] | None:
    """Return the open episode."""
    last = life["episodes"][-1] if life["episodes"] else None
    return last if last and last["etat"] not in ("SORTI", "ABANDON") else None


def end_of_day(life: dict[str, Any], today: date) -> None:
    """After sixty silent days, someone who was absent twice has given up, unless a recipient."""
    episode = current(life)
    if episode and len(episode["absences"]) >= 2 and episode["absences"][-1] + 60 * DAY == today:
        brsa = status(life, today)[0]
        if not brsa:
            life["abandons"].append((today, brsa))
        if brsa is False:
            episode["etat"] = "ABANDON"


def happen(life: dict[str, Any], event: dict[str, Any]) -> None:
    """Let one event happen."""
    if event in life["seen"]:
        life["anomalies"].append("DOUBLON")
        return
    life["seen"].append(event)
    kind, day = event["type"], event["date"]
    if kind == "statut":
        life["brsa"].append((day, event["brsa"], event["soumis_dd"]))
        return
    if current(life) is None and kind in ("signalement", "notification_sdd", "presence"):
        new = {"etat": "SIGNALE", "open": day, "notified": None, "entered": None, "odd": False, "choices": []}
        life["episodes"].append({**new, "absences": [], "went": {"SIGNALE"}})
    episode = current(life)
    if episode is None:
        life["anomalies"] += [] if kind == "contact" else ["EVENEMENT_SANS_EPISODE"]
        return
    if kind in DECISIONS:
        refused = decide(life, episode, event)
        life["anomalies"] += [refused] if refused else []
    else:
        meet(life, episode, event)
    episode["went"].add(episode["etat"])


DECISIONS = ("orientation", "premier_rdv", "reorientation", "rectification", "abandon", "sortie", "notification_sdd")


def meet(life: dict[str, Any], episode: dict[str, Any], event: dict[str, Any]) -> None:
    """Convocations, presences, absences, contacts."""
    kind = event["type"]
    if kind == "presence":
        life["presences"].append((event["date"], event["modalite"]))
    if kind in ("presence", "contact") or (kind == "absence" and event["excusee"]):
        episode["absences"] = []
    elif kind == "absence":
        episode["absences"].append(event["date"])
    if episode["etat"] in BEFORE:
        excused = kind == "absence" and event["excusee"]
        to = {"convocation": "CONVOQUE", "presence": "PRESENT_RIO", "annulation_service": "A_RECONVOQUER"}
        to["absence"] = "A_RECONVOQUER" if excused else "ABSENT_RIO"
        episode["etat"] = to.get(kind, episode["etat"])


def decide(life: dict[str, Any], episode: dict[str, Any], event: dict[str, Any]) -> str | None:
    """Notifications, decisions, appointments, ends."""
    kind, day, choices = event["type"], event["date"], episode["choices"]
    if kind == "notification_sdd":
        if episode["notified"] is None:
            episode["notified"] = day
            episode["odd"] = episode["entered"] is not None
            return "ENTREE_AVANT_NOTIFICATION" if episode["odd"] else None
    elif kind == "orientation":
        if choices:
            return "DOUBLE_ORIENTATION"
        choices.append([day, event["parcours"], event["etape"], None])
        episode["etat"] = "ORIENTE"
    elif kind == "reorientation":
        if not choices:
            return "REORIENTATION_SANS_ORIENTATION"
        if choices[-1][1] == event["vers"]:
            return "REORIENTATION_SANS_CHANGEMENT"
        choices.append([day, event["vers"], "REORIENTATION", None])
        episode["etat"] = "REORIENTE"
    elif kind == "rectification" and choices:
        choices[-1][1] = event["parcours"]
    elif kind == "sortie":
        episode["etat"] = "SORTI"
    return appear(life, episode, event)


def appear(life: dict[str, Any], episode: dict[str, Any], event: dict[str, Any]) -> str | None:
    """Appointments and explicit abandons."""
    kind, day, choices = event["type"], event["date"], episode["choices"]
    if kind == "premier_rdv":
        if not choices:
            return "RDV_SANS_ORIENTATION"
        if not event["honore"]:
            episode["absences"].append(day)
            return None
        episode["absences"] = []
        if episode["etat"] != "ENTRE":
            choices[-1][3] = day
            episode["entered"] = episode["entered"] or day
            episode["etat"] = "ENTRE"
    elif kind == "abandon":
        brsa = status(life, day)[0]
        if brsa:
            return "ABANDON_BRSA"
        life["abandons"].append((day, brsa))
        episode["etat"] = "ABANDON" if brsa is False else episode["etat"]
    return None


def halfup(value: float, digits: int) -> float:
    """Round half up what is a small fraction of whole numbers."""
    return float(int(value * 10.0**digits + 0.5 + 1e-9) / 10.0**digits)


def middle(numbers: list[int]) -> float | None:
    """Return the median."""
    ordered, size = sorted(numbers), len(numbers)
    if not size:
        return None
    return float(ordered[size // 2]) if size % 2 else (ordered[size // 2 - 1] + ordered[size // 2]) / 2


class Count:
    """The five indicators of a period, counted life by life."""

    def __init__(self, debut: date, fin: date, subject: bool) -> None:
        self.debut, self.fin, self.subject = debut, fin, subject
        self.unknown: set[str] = set()
        self.cells: dict[str, dict[str, set[str]]] = {}
        self.delays: list[tuple[int, int, int]] = []
        self.waiting = 0
        self.firsts: list[tuple[str, str]] = []
        self.moves: list[tuple[str, str]] = []
        self.quits: set[str] = set()
        self.seen: dict[str, set[str]] = {}

    def inside(self, day: date | None) -> bool:
        """Tell whether a day is in the period."""
        return day is not None and self.debut <= day <= self.fin

    def known(self, who: str, life: dict[str, Any], day: date) -> bool:
        """Tell whether someone counts as a recipient; what is unknown is noted."""
        brsa, soumis = status(life, day)
        found = soumis if brsa and self.subject else brsa
        self.unknown |= {who} if found is None else set()
        return bool(found)

    def take(self, who: str, life: dict[str, Any]) -> None:
        """Count one life."""
        self.seen[who] = {modalite for day, modalite in life["presences"] if self.inside(day)}
        for episode in life["episodes"]:
            self.take_choices(who, life, episode)
            self.take_delay(who, life, episode)
        for day, brsa in life["abandons"]:
            if self.inside(day):
                (self.unknown if brsa is None else self.quits).add(who)

    def take_choices(self, who: str, life: dict[str, Any], episode: dict[str, Any]) -> None:
        """Count decisions and entries."""
        for rank, (day, path, step, entered) in enumerate(episode["choices"]):
            if self.inside(entered):
                self.cells.setdefault(path, {}).setdefault(step, set()).add(who)
            if self.inside(day) and self.known(who, life, day):
                (self.moves if rank else self.firsts).append((who, step))

    def take_delay(self, who: str, life: dict[str, Any], episode: dict[str, Any]) -> None:
        """Count the delay of an entry, or who still waits."""
        start, entered = episode["notified"] or episode["open"], episode["entered"]
        if entered is None and episode["etat"] not in ("SORTI", "ABANDON"):
            before = set(self.unknown)
            self.waiting += self.known(who, life, start)
            self.unknown = before
        elif self.inside(entered) and not episode["odd"] and self.known(who, life, start):
            chosen = episode["choices"][0][0]
            self.delays.append(((entered - start).days, (chosen - start).days, (entered - chosen).days))

    def result(self) -> dict[str, Any]:
        """Return the figures."""
        whole, direct = [each[0] for each in self.delays], sum(step == "DIRECTE" for _, step in self.firsts)
        return {
            "I1": {
                "personnes_rio": sum("RIO_COLLECTIVE" in each for each in self.seen.values()),
                "personnes_rio_ou_entretien": sum(1 for each in self.seen.values() if each),
            },
            "I2": {
                "matrice": {path: {step: len(w) for step, w in steps.items()} for path, steps in self.cells.items()},
                "personnes": len({who for steps in self.cells.values() for group in steps.values() for who in group}),
            },
            "I3": {
                "n": len(whole),
                "mediane_jours": middle(whole),
                "moyenne_jours": halfup(sum(whole) / len(whole), 1) if whole else None,
                "mediane_orientation_jours": middle([each[1] for each in self.delays]),
                "mediane_rdv_jours": middle([each[2] for each in self.delays]),
                "n_en_attente": self.waiting,
            },
            "I4a": {"decisions": len(self.moves), "personnes": len({who for who, _ in self.moves})},
            "I4b": {"personnes": len(self.quits)},
            "I5": {
                "directes": direct,
                "total": len(self.firsts),
                "taux": halfup(direct / len(self.firsts), 4) if self.firsts else None,
            },
            "statut_inconnu": len(self.unknown),
        }


def count(lives: dict[str, dict[str, Any]], debut: date, fin: date, subject: bool) -> dict[str, Any]:
    """Count the five indicators."""
    counted = Count(debut, fin, subject)
    for who, life in lives.items():
        counted.take(who, life)
    return counted.result()


def funnel(lives: dict[str, dict[str, Any]], debut: date, fin: date) -> dict[str, int]:
    """Return who began an episode in the period, and which of them went through each step."""
    steps = {"signales": "SIGNALE", "convoques": "CONVOQUE", "presents": "PRESENT_RIO"}
    steps |= {"orientes": "ORIENTE", "entres": "ENTRE"}
    began = [(who, each) for who, life in lives.items() for each in life["episodes"] if debut <= each["open"] <= fin]
    return {name: len({who for who, episode in began if step in episode["went"]}) for name, step in steps.items()}
