"""Each rule of the house holds on the real tree, and finds the fault of a tree broken on purpose."""

import subprocess
from pathlib import Path

import pytest

from tests.architecture import rules
from tests.architecture.rules import RULES, Rule
from tests.processes import ROOT

ROUTES = """
from services.pommes.access import Lecture

@router.get("/pommes")
async def list_pommes(request: Request, acces: Lecture) -> Response:
    '''Les pommes.'''
    return ready(request, b"[]")

@router.post("/pommes")
async def add_pomme(acces: Lecture, corps: Corps) -> Response:
    return written(b"{}")
"""
SERVICE = {
    "__init__.py": "",
    "app.py": 'app = build_app(name="pommes")\n',
    "routes.py": ROUTES,
    "access.py": "Lecture = Annotated[Identite | None, Depends(public)]\n",
    "schemas.py": 'HELP = "Ce qui vient du verger. Les poires. sont ailleurs"\n',
    "models.py": 'SCHEMA = "pommes"\n',
    "settings.py": "",
    "errors.py": "",
    "vocabulary.py": "",
    "load.py": 'LOCK = "SELECT pg_advisory_xact_lock(1) FROM pommes.pomme"\n',
    "queries.py": '"""Not a poires.poire."""\nPOMME = "SELECT code FROM pomme"\n',
    "service.py": "def decide() -> int:\n    return 1\n",
}
GOOD = {
    **{f"services/pommes/{name}": content for name, content in SERVICE.items()},
    **{f"services/poires/{name}": content.replace("pommes", "poires") for name, content in SERVICE.items()},
    "services/poires/queries.py": "",
    "services/poires/schemas.py": "",
    "shared/database.py": "async def get_session():\n    await session.commit()\n",
    "gateway/routes.py": ROUTES.replace("services.pommes", "gateway"),
    "gateway/cli/__main__.py": "print('Prêt')\n",
    "migrations/pommes/0001_first.py": 'op.create_table("pomme", schema="pommes")\n',
    "requirements.lock": "paquet==1.0 \\\n    --hash=sha256:00\n",
    "README.md": "Voir https://exemple.fr/travail et ./" + "work/notes, ou a/home/b.\n",
}
LONG_FUNCTION = "def trop():\n" + "    pass\n" * 40
LONG_HANDLER = ROUTES + "    pass\n" * 15
WITHOUT_RIGHT = ROUTES.replace("request: Request, acces: Lecture", "request: Request, page: Page")
RIGHT_NOT_FIRST = ROUTES.replace("acces: Lecture, corps: Corps", "corps: Corps, acces: Lecture")
RIGHT_OF_ANOTHER = ROUTES.replace("services.pommes.access", "services.poires.access")
HOME = "/".join(("", "home", "quelqu-un", "projet"))
WORK = "/".join(("", "work", "main"))
INDEX = "".join(("https://py", "pi.org/simple"))

BROKEN: tuple[tuple[Rule, str, str | None], ...] = (
    (rules.every_service_has_the_common_files, "services/pommes/access.py", None),
    (rules.every_service_has_the_common_files, "services/pommes/routes.py", None),
    (rules.app_files_are_short, "services/pommes/app.py", "\n" * 60),
    (rules.files_are_short, "services/pommes/service.py", "\n" * 301),
    (rules.files_are_short, "bench/load.py", "\n" * 301),
    (rules.files_are_short, "tests/test_pommes.py", "\n" * 501),
    (rules.functions_are_short, "shared/pommes.py", LONG_FUNCTION),
    (
        rules.functions_are_short,
        "tests/test_pommes.py",
        "class Verger:\n    async " + LONG_FUNCTION.replace("\n", "\n    "),
    ),
    (rules.handlers_are_short, "services/pommes/routes.py", LONG_HANDLER),
    (rules.handlers_are_short, "services/pommes/routes/arbres.py", LONG_HANDLER),
    (rules.handlers_are_short, "gateway/routes.py", LONG_HANDLER),
    *((rules.names_say_what_is_inside, f"shared/{name}.py", "") for name in rules.FORBIDDEN_NAMES),
    (rules.names_say_what_is_inside, "services/pommes/common/arbre.py", ""),
    (rules.handlers_begin_with_their_right, "services/pommes/routes.py", WITHOUT_RIGHT),
    (rules.handlers_begin_with_their_right, "services/pommes/routes.py", RIGHT_NOT_FIRST),
    (rules.handlers_begin_with_their_right, "services/pommes/routes.py", RIGHT_OF_ANOTHER),
    (rules.handlers_begin_with_their_right, "services/pommes/routes/arbres.py", RIGHT_NOT_FIRST),
    (rules.handlers_begin_with_their_right, "gateway/routes.py", ROUTES),
    (rules.reads_stand_in_queries, "services/pommes/service.py", "query = select(Pomme)\n"),
    (rules.reads_stand_in_queries, "services/pommes/routes.py", "query = select(Pomme)\n"),
    (rules.reads_stand_in_queries, "services/pommes/routes/arbres.py", "query = sqlmodel.select(Pomme)\n"),
    (rules.reads_stand_in_queries, "services/pommes/app.py", 'text(f"SELECT {1}")\n'),
    (rules.reads_stand_in_queries, "services/pommes/schemas.py", "text('''select code\nfrom pomme''')\n"),
    (rules.decisions_never_see_the_web, "services/pommes/service.py", "from fastapi import Request\n"),
    (rules.decisions_never_see_the_web, "services/pommes/queries/arbres.py", "import starlette.requests\n"),
    (rules.decisions_never_see_the_web, "services/pommes/models.py", "def late():\n    import fastapi\n"),
    (rules.decisions_never_see_the_web, "services/poires/load.py", "from starlette import status\n"),
    (rules.only_the_session_commits, "services/pommes/service.py", "async def f(s):\n    await s.commit()\n"),
    (rules.tables_come_from_migrations, "services/pommes/app.py", "metadata.create_all(engine)\n"),
    (rules.tables_come_from_migrations, "tests/conftest.py", "run_sync(metadata.create_all)\n"),
    (rules.only_commands_print, "services/pommes/service.py", "print('ici')\n"),
    (rules.only_commands_print, "gateway/app.py", "print('ici')\n"),
    (rules.sql_stays_in_its_schema, "services/pommes/queries.py", 'P = "SELECT 1 FROM poires.poire"\n'),
    (rules.sql_stays_in_its_schema, "services/pommes/queries.py", 'P = f\'SELECT {1} FROM "poires"."poire"\'\n'),
    (rules.sql_stays_in_its_schema, "services/pommes/models.py", 'SCHEMA = "poires"\n'),
    (rules.sql_stays_in_its_schema, "migrations/pommes/0001_first.py", 'op.drop_table("poire", schema="poires")\n'),
    (rules.no_file_names_a_machine, "README.md", f"cd {HOME}\n"),
    (rules.no_file_names_a_machine, "bench/report.py", f"ROOT = '{WORK}/'\n"),
    (rules.no_file_names_a_registry, "requirements.lock", f"--{'index'}-url {INDEX}\n"),
    (rules.no_file_names_a_registry, "requirements-dev.lock", "paquet @ https://exemple.fr/paquet" + ".whl\n"),
    (rules.no_file_names_a_registry, "docs/installer.md", f"pip install -i {INDEX} paquet\n"),
)


def plant(root: Path, changes: dict[str, str | None] | None = None) -> Path:
    """Make a small tree of two services, good but for ``changes`` (``None``: the file is missing)."""
    whole: dict[str, str | None] = {**GOOD, **(changes or {})}
    for name, content in whole.items():
        if content is not None:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content, encoding="utf-8")
    subprocess.run(["git", "init", "--quiet"], cwd=root, env=rules.git_environment(), check=True)
    return root


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(rule: Rule) -> None:
    assert rule(ROOT) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_good_tree_has_no_fault(tmp_path: Path, rule: Rule) -> None:
    assert rule(plant(tmp_path)) == []


@pytest.mark.parametrize(
    ("rule", "path", "content"), BROKEN, ids=[f"{rule.__name__}-{rank}" for rank, (rule, *_) in enumerate(BROKEN)]
)
def test_the_one_fault_of_a_broken_tree_is_found(tmp_path: Path, rule: Rule, path: str, content: str | None) -> None:
    faults = rule(plant(tmp_path, {path: content}))
    named = path if content is not None else path.rsplit("/", 1)[0]
    assert faults
    assert all(fault.split(":")[0] == named for fault in faults), faults


def test_every_rule_was_broken_once_to_see_it_fail() -> None:
    assert {rule for rule, *_ in BROKEN} == set(RULES)


def test_a_folder_stands_for_the_file_of_its_name(tmp_path: Path) -> None:
    root = plant(
        tmp_path,
        {
            "services/pommes/routes.py": None,
            "services/pommes/routes/__init__.py": "",
            "services/pommes/routes/arbres.py": ROUTES,
            "services/pommes/queries.py": None,
            "services/pommes/queries/__init__.py": "",
            "services/pommes/queries/arbres.py": SERVICE["queries.py"],
        },
    )
    assert [fault for rule in RULES for fault in rule(root)] == []


def test_what_git_ignores_is_not_searched(tmp_path: Path) -> None:
    root = plant(tmp_path, {".gitignore": "local/\n", "local/notes.md": f"{HOME}\n{INDEX}\n"})
    assert rules.no_file_names_a_machine(root) == []
    assert rules.no_file_names_a_registry(root) == []


def test_the_common_files_are_all_that_the_services_share() -> None:
    services = [path.parent for path in (ROOT / "services").glob("*/__init__.py")]
    assert len(services) == 3
    assert set.intersection(*map(rules.jobs_of, services)) - {"__init__"} == set(rules.COMMON)
