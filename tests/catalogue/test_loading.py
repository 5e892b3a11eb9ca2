"""Loading reviewed files: what is unchanged stays, what changed becomes a version, a fault refuses the whole."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from services.catalogue.app import create_app
from services.catalogue.load import OWN_DATA, load, period_of
from services.catalogue.plan_files import Echeance
from services.catalogue.plan_reading import read_plan
from services.catalogue.settings import Settings
from shared.data_files import DataFault
from shared.settings import IdentitySettings
from tests.conftest import Base, client_of

SMALL_PLAN = Path(__file__).parents[1] / "data" / "petit-plan"
SMALL = "plan=pdi-exemple-2025-2027"


@pytest.fixture
def plan_dir(tmp_path: Path) -> Path:
    """A copy of the Métropole's files that a test may correct."""
    shutil.copytree(OWN_DATA, tmp_path / "catalogue")
    return tmp_path


@pytest.fixture
async def client(own_base: Base, identity: IdentitySettings) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_app(Settings(database_url=own_base.url_of("catalogue"), identity=identity))
    async with client_of(app) as made:
        yield made


def settings_of(base: Base, plan_dir: Path | None = None) -> Settings:
    return Settings(database_url=base.url_of("catalogue"), plan_dir=plan_dir)


async def test_loading_twice_changes_nothing(own_base: Base, client: httpx2.AsyncClient) -> None:
    before = await client.get("/v1/fiches?limite=200")
    report = await load(settings_of(own_base))
    assert (report.crees, report.modifies, report.retires) == (0, 0, 0)
    assert report.inchanges == 175
    assert (await client.get("/v1/fiches?limite=200")).content == before.content


async def test_a_corrected_file_gives_a_new_version_with_history(
    own_base: Base, client: httpx2.AsyncClient, plan_dir: Path
) -> None:
    old = (await client.get("/v1/fiches/11")).json()
    instant = (await client.get("/v1/fiches/11/historique")).json()["elements"][0]["quand"]
    file = plan_dir / "catalogue" / "fiches" / "11.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace('"2022 - 2023"', '"2022 - 2024"'), encoding="utf-8")
    report = await load(settings_of(own_base, plan_dir))
    assert (report.crees, report.modifies, report.noms) == (0, 1, ["fiche 11"])
    new = (await client.get("/v1/fiches/11")).json()
    assert (old["version"], new["version"]) == (1, 2)
    assert new["echeances"][0]["texte"] == "2022 - 2024"
    assert (await client.get("/v1/fiches/11", params={"au": instant})).json()["echeances"] == old["echeances"]
    change = (await client.get("/v1/fiches/11/historique")).json()["elements"][1]
    assert change["nature"] == "chargement"
    assert set(change["avant"]) == set(change["apres"]) == {"echeances"}
    found = await client.get("/v1/recherche?q=2024&type=fiche")
    assert found.status_code == 200


async def test_what_people_said_survives_a_correction(
    own_base: Base, client: httpx2.AsyncClient, plan_dir: Path, issuer: object
) -> None:
    keys = issuer.keys  # type: ignore[attr-defined]
    etag = (await client.get("/v1/actions/11.A1")).headers["etag"]
    headers = {"Authorization": f"Bearer {keys['pilote']}", "If-Match": etag}
    assert (await client.patch("/v1/actions/11.A1", json={"statut": "realisee"}, headers=headers)).status_code == 200
    file = plan_dir / "catalogue" / "fiches" / "11.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace('"2022 - 2023"', '"2022 - 2024"'), encoding="utf-8")
    await load(settings_of(own_base, plan_dir))
    assert (await client.get("/v1/actions/11.A1")).json()["statut"] == "realisee"


async def test_a_file_taken_away_leaves_the_present_and_stays_in_the_past(
    own_base: Base, client: httpx2.AsyncClient, plan_dir: Path
) -> None:
    instant = (await client.get("/v1/fiches/38/historique")).json()["elements"][0]["quand"]
    (plan_dir / "catalogue" / "fiches" / "38.yaml").unlink()
    report = await load(settings_of(own_base, plan_dir))
    assert report.retires == 1
    assert (await client.get("/v1/fiches/38")).status_code == 404
    assert (await client.get("/v1/fiches/38", params={"au": instant})).status_code == 200
    assert (await client.get("/v1/plan")).json()["decomptes"]["fiches"] == 37
    assert (await client.get("/v1/recherche?q=territorialisation+dispositifs&type=fiche")).json()["total"] == 0


async def test_a_second_plan_lives_beside_the_first(own_base: Base, client: httpx2.AsyncClient) -> None:
    report = await load(settings_of(own_base, SMALL_PLAN))
    assert (report.plan, report.crees) == ("pdi-exemple-2025-2027", 6)
    plans = (await client.get("/v1/plans")).json()["elements"]
    assert [plan["code"] for plan in plans] == ["pdi-exemple-2025-2027", "pmie-2022-2026"]
    fiche = (await client.get(f"/v1/fiches/1?{SMALL}")).json()
    assert fiche["titre"] == "Recevoir chaque personne sous dix jours"
    assert fiche["chiffres"][0]["valeur"] == 10.5
    assert (fiche["debut"], fiche["fin"]) == ("2025-01-01", None)
    lyon = (await client.get("/v1/fiches/1?plan=pmie-2022-2026")).json()
    assert lyon["titre"].startswith("Favoriser l’accès au logement")
    found = (await client.get(f"/v1/recherche?q=rendez-vous&{SMALL}")).json()["elements"]
    assert [result["code"] for result in found] == ["1"]


@pytest.mark.parametrize(
    ("old", "new", "faults"),
    [
        ('axe: "2"', 'axe: "9"', ["axe inconnu « 9 »"]),
        ("objectif: 2.O1", "objectif: 1.O1", ["objectif « 1.O1 » absent de l'axe 2"]),
        ("portee: fiche", "portee: 11.A9", ["portée inconnu(e) « 11.A9 »"]),
        ("organisme: die", "organisme: dia", ["organisme inconnu(e) « dia »"]),
        ("numero: 11", "numero: onze", ["11.yaml : numero"]),
        ("titre: ", "titres: ", ["11.yaml : titre", "11.yaml : titres"]),
        ("fin: 2023-12-31", "fin: 2023-02-30", ["11.yaml : echeances"]),
        ("fin: 2023-12-31", "fin: 2021-12-31", ["la fin précède le début"]),
        ("numero: 11", "numero: 12", ["numéro « 12 » donné 2 fois"]),
        ("numero: 11", "numero: 11\nnumero: 11", ["donnée deux fois"]),
        ("numero: 11", "numero: [", ["11.yaml"]),
    ],
)
async def test_a_faulty_file_is_refused_whole_and_its_faults_are_named(
    own_base: Base, client: httpx2.AsyncClient, plan_dir: Path, old: str, new: str, faults: list[str]
) -> None:
    before = (await client.get("/v1/fiches/11")).content
    file = plan_dir / "catalogue" / "fiches" / "11.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataFault) as refused:
        await load(settings_of(own_base, plan_dir))
    for fault in faults:
        assert any(fault in told for told in refused.value.faults), refused.value.faults
    assert (await client.get("/v1/fiches/11")).content == before


def test_the_reviewed_files_of_the_metropole_hold_together() -> None:
    data = read_plan(OWN_DATA)
    assert len(data.fiches) == 38
    assert len(data.lexique) == 39
    cited = {p.organisme for f in data.fiches for p in f.pilotes}
    cited |= {code for f in data.fiches for p in f.partenaires for code in p.organismes}
    assert cited == {organisme.code for organisme in data.organismes}


def line(debut: str | None, fin: str | None) -> Echeance:
    precision = "jour" if debut or fin else "aucune"
    return Echeance.model_validate(
        {"portee": "fiche", "texte": "x", "debut": debut, "fin": fin, "precision": precision}
    )


def test_the_end_of_a_schedule_is_unknown_as_soon_as_one_line_has_none() -> None:
    closed, opened, undated = line("2022-01-01", "2022-12-31"), line("2023-01-01", None), line(None, None)
    later = line(None, "2024-06-30")
    assert [str(day) for day in period_of([closed, later])] == ["2022-01-01", "2024-06-30"]
    assert [str(day) for day in period_of([closed, opened])] == ["2022-01-01", "None"]
    assert [str(day) for day in period_of([closed, undated])] == ["2022-01-01", "None"]
    assert period_of([]) == (None, None)


async def test_a_file_put_back_goes_on_from_its_last_version_and_its_history_stays_readable(
    own_base: Base, client: httpx2.AsyncClient, plan_dir: Path
) -> None:
    file = plan_dir / "catalogue" / "fiches" / "38.yaml"
    text = file.read_text(encoding="utf-8")
    file.unlink()
    await load(settings_of(own_base, plan_dir))
    assert (await client.get("/v1/fiches/38/historique")).json()["total"] == 2
    file.write_text(text, encoding="utf-8")
    await load(settings_of(own_base, plan_dir))
    assert (await client.get("/v1/fiches/38")).json()["version"] == 2
    assert (await client.get("/v1/fiches/38/historique")).json()["total"] == 3


async def test_the_search_reads_what_was_known_then(own_base: Base, client: httpx2.AsyncClient, plan_dir: Path) -> None:
    instant = (await client.get("/v1/fiches/11/historique")).json()["elements"][0]["quand"]
    file = plan_dir / "catalogue" / "fiches" / "11.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("Homogénéiser les orientations", "Harmoniser zyxwv"), encoding="utf-8")
    await load(settings_of(own_base, plan_dir))
    now = (await client.get("/v1/recherche?q=zyxwv")).json()["elements"]
    assert {result["type"] for result in now} == {"fiche", "action"}
    assert (await client.get("/v1/recherche", params={"q": "zyxwv", "au": instant})).json()["total"] == 0
    assert (await client.get("/v1/fiches", params={"q": "zyxwv", "au": instant})).json()["total"] == 0
    then = await client.get("/v1/recherche", params={"q": "homogénéiser orientations", "au": instant})
    assert any(result["code"] == "11.A1" for result in then.json()["elements"])
