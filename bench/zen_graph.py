"""The same rules as a decision graph of GoRules Zen (JDM), as far as decision tables can say them.

Tables read the situation that our engine derives (age, territory, obstacles counted): that work is given to them. They
say the first rule that holds and the warnings; completions, the next question and missing facts are beyond them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product
from typing import Any

from services.orientation.rule_files import ConditionFile, JeuFile

STAGES = ("T", "D", "L", "C")
SIGNS = {"au_moins": ">=", "au_plus": "<=", "moins_de": "<", "plus_de": ">"}
OUTPUTS = ("regle", "parcours", "modalite")
Row = dict[str, list[str]]


def graph_of(source: JeuFile, day: Any, *, warnings: bool) -> str:
    """Return the graph: a table of the ordered rules, the first that holds; then one of all the warnings that do."""
    seuils = {each.code: found.valeur for each in source.parametres if (found := each.at(day)) is not None}
    ordered = sorted((r for r in source.regles if r.etape in STAGES), key=lambda regle: STAGES.index(regle.etape))
    rules = [
        (row, (regle.code, variante.parcours, variante.modalite))
        for regle in ordered
        for variante in regle.variantes
        if variante.covers(day)
        for row in _rows_of(variante.conditions, seuils)
    ]
    nodes = [_node("entree", "inputNode"), _table("regles", "first", OUTPUTS, rules), _node("sortie", "outputNode")]
    if warnings:
        told = [
            (row, (each.code,))
            for each in source.signalements
            if each.covers(day)
            for row in _rows_of(each.conditions, seuils)
        ]
        nodes.insert(2, _table("signalements", "collect", ("signalement",), told))
    names = [node["id"] for node in nodes]
    edges = [{"id": f"{one}-{other}", "sourceId": one, "targetId": other} for one, other in pairwise(names)]
    return json.dumps({"nodes": nodes, "edges": edges})


def _node(name: str, kind: str, content: Any = None) -> dict[str, Any]:
    node = {"id": name, "name": name, "type": kind, "position": {"x": 0, "y": 0}}
    return node if content is None else {**node, "content": content}


def _table(name: str, policy: str, outputs: Sequence[str], rows: Sequence[tuple[Row, Sequence[Any]]]) -> dict[str, Any]:
    fields = list(dict.fromkeys(fait for row, _ in rows for fait in row))
    content = {
        "hitPolicy": policy,
        "passThrough": True,
        "inputs": [{"id": fait, "name": fait, "field": fait} for fait in fields],
        "outputs": [{"id": f"_{each}", "name": each, "field": each} for each in outputs],
        "rules": [
            {
                "_id": f"{name}-{rank}",
                **{fait: _joined(row.get(fait, [])) for fait in fields},
                **{f"_{field}": json.dumps(value) for field, value in zip(outputs, values, strict=True)},
            }
            for rank, (row, values) in enumerate(rows)
        ],
    }
    if policy == "collect":
        content["outputPath"] = name
    return _node(name, "decisionTableNode", content)


def _rows_of(conditions: Sequence[ConditionFile], seuils: Mapping[str, int]) -> Iterator[Row]:
    """Yield the rows that say together what ``conditions`` say: a table has no « or » between columns."""
    for choice in product(*(list(_choices_of(each, seuils)) for each in conditions)):
        row: Row = {}
        for cells in choice:
            for fait, cell in cells:
                row.setdefault(fait, []).append(cell)
        yield row


def _choices_of(condition: ConditionFile, seuils: Mapping[str, int]) -> Iterator[list[tuple[str, str]]]:
    if condition.un is not None:
        for each in condition.un:
            yield from _choices_of(each, seuils)
    elif condition.tous is not None:
        for choice in product(*(list(_choices_of(each, seuils)) for each in condition.tous)):
            yield [cell for cells in choice for cell in cells]
    else:
        yield [(condition.fait or "", _cell(condition, seuils))]


def _joined(cells: Sequence[str]) -> str:
    """Return the tests of one cell: several of them must be whole expressions."""
    return (
        "".join(cells)
        if len(cells) < 2
        else " and ".join(f"({cell if '$' in cell else f'$ {cell}'})" for cell in cells)
    )


def _cell(condition: ConditionFile, seuils: Mapping[str, int]) -> str:
    """Return the comparison as a unary test: ``$`` is the fact, null when unknown."""
    comparison, limit = condition.comparison, condition.limit
    if limit is not None:
        bound = int(limit) if limit.isdigit() else seuils[limit]
        return f"{SIGNS[comparison]} {bound}"
    if comparison == "connu":
        return "$ != null" if condition.connu else "$ == null"
    if comparison == "differe_du_parcours":
        return "$ != null and $ != parcours"
    values = ", ".join(
        each if each in ("true", "false") else json.dumps(each) for each in getattr(condition, comparison)
    )
    return values if comparison == "est" else f"$ not in [{values}]"
