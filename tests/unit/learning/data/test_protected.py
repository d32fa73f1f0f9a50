"""Protected attributes are refused wherever SQL looks at them, and nothing else is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sconto.learning.data.recipe import RecipeFaulty, protected_name, read_data_recipe
from sconto.learning.data.sql_names import names
from sconto.learning.data.tables import read_tables
from unit.learning.data.shops import Change, shop

HARMLESS = {
    "keyword": "SELECT customer FROM offers UNION ALL BY NAME SELECT customer FROM purchases",
    "function": "SELECT customer, age(to_timestamp(seen)) AS since FROM offers",
    "text": "SELECT CASE WHEN customer = 'single women union' THEN 1 END AS x FROM offers",
    "quoted text": "SELECT 'it''s about sex' AS x FROM offers",
    "comment": "SELECT customer /* not the age */ FROM offers -- nor the race",
    "table": "WITH union_of_all AS (FROM offers) SELECT union_of_all.customer FROM union_of_all",
    "table's name": "SELECT age.customer FROM offers AS age",
    "left out": "SELECT * EXCLUDE (age) FROM offers",
    "age of a thing": 'SELECT seen AS page_age_days, seen AS "Account Age" FROM offers',
    "race condition": "SELECT seen AS race_condition FROM offers",
    "union of shares": "SELECT seen AS market_share_union FROM offers",
    "single item": "SELECT seen AS single_item_baskets, seen AS men_shoes FROM offers",
    "whether it is today": "SELECT seen AS birthday_today FROM offers",
    "part of a word": "SELECT seen AS stage, seen AS message, seen AS sextet FROM offers",
    "passed on to audit": "SELECT customer, o.age FROM offers AS o",
}

REFUSED = {
    "column": ("SELECT age + 1 AS x FROM offers", "age"),
    "of a table": ("SELECT o.Age > 3 AS x FROM offers AS o", "age"),
    "renamed": ("SELECT age AS x FROM offers", "age"),
    "output": ("SELECT seen AS customer_age FROM offers", "age"),
    "quoted": ('SELECT "Birth Year" AS x FROM offers', "birth"),
    "hump": ('SELECT "isFemale" AS x FROM offers', "sex"),
    "passed on, not audited": ("SELECT customer, gender FROM offers", "gender"),
    "audited and used": ("SELECT age, age > 30 AS old FROM offers", "age"),
    "second part": ("SELECT 1 AS x UNION SELECT religion AS x FROM offers", "religion"),
    "condition": ("SELECT customer FROM offers WHERE NOT union_member", "union"),
    "join": ("SELECT x FROM offers JOIN purchases USING (race)", "race"),
    "group": ("SELECT count(*) AS n FROM offers GROUP BY sex", "sex"),
    "window": ("SELECT sum(seen) OVER (PARTITION BY marital_status) AS x FROM offers", "marital"),
    "subquery": ("SELECT (SELECT max(age) FROM offers) AS x", "age"),
    "common table": ("WITH w(gender) AS (SELECT seen FROM offers) SELECT 1 AS x FROM w", "gender"),
    "rename": ("SELECT * RENAME (age AS x) FROM offers", "age"),
    "columns by pattern": ("SELECT COLUMNS('age.*') FROM offers", "age"),
    "field": ("SELECT person['sex'] AS x FROM offers", "sex"),
    "JSON": ("SELECT person ->> '$.nationality' AS x FROM offers", "nationality"),
    "unpivot": ("SELECT v FROM offers UNPIVOT (v FOR k IN (age, seen))", "age"),
    "pivot": ("PIVOT offers ON sex USING sum(seen)", "sex"),
    "lambda": ("SELECT list_filter(l, x -> x > age) AS y FROM offers", "age"),
    "birthday": ("SELECT seen AS birthday_month FROM offers", "birthday"),
    "order": ("SELECT seen FROM offers ORDER BY health_score", "health"),
}


def of(sql: str) -> Change:
    """A change that adds a table made by *sql*."""
    return lambda recipe: recipe["tables"].update(more={"from": {"sql": sql}})


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_names_no_person_is_no_alarm(tmp_path: Path, kind: str) -> None:
    """Keywords, functions, texts, comments, tables and ages of things must be let through."""
    read_data_recipe(shop(tmp_path, of(HARMLESS[kind])))


@pytest.mark.parametrize("kind", REFUSED)
def test_a_protected_attribute_is_refused_with_the_law(tmp_path: Path, kind: str) -> None:
    """However SQL reaches it, a protected attribute must be named once, with place and law."""
    sql, word = REFUSED[kind]

    with pytest.raises(RecipeFaulty) as refused:
        read_data_recipe(shop(tmp_path, of(sql)))

    (finding,) = refused.value.findings
    assert ("PRT-001", f"`{word}` is a protected attribute") == (finding.code, finding.message)
    assert "no discount may depend on it (" in finding.help
    assert finding.line > 1


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("page_age_days", None),
        ("credit_union", None),
        ("single_room", None),
        ("health_products", None),
        ("data_residency", None),
        ("age_of_page", "age"),
        ("customer_age_days", "age"),
        ("union_member", "union"),
        ("race", "race"),
        ("single", "marital"),
        ("womens_age", "age"),
        ("contract_age", None),
        ("customer_page_age", None),
        ("page_customer_age", "age"),
        ("account_holder_age", "age"),
        ("membership_age_days", None),
        ("is_single_purchase", None),
        ("single_night_bookings", None),
        ("is_single", "marital"),
        ("single_parent", "marital"),
        ("account_disabled", None),
        ("is_disabled", "disabled"),
        ("animal_welfare_label", None),
        ("welfare_payments", "welfare"),
        ("ethnic_food_share", None),
    ],
)
def test_a_word_is_judged_by_its_neighbours(name: str, word: str | None) -> None:
    """The age of a page is none of a person; in doubt a name must be refused."""
    assert word == protected_name(name)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("ismale", "sex"),
        ("ISFEMALE", "sex"),
        ("hasdisability", "disability"),
        ("ismarried", "married"),
        ("customerage", "age"),
        ("shopper_agegroup", "age"),
        ("AGEBand", "age"),
        ("usergender", "gender"),
        ("birthyear", "birth"),
        ("racecode", "race"),
        ("males", "sex"),
        ("isfemaleflag", "sex"),
        ("healthcategory", None),
        ("menclass", "sex"),
        ("usage", None),
        ("manager", None),
        ("classrange", None),
        ("customer_storage_years", None),
        ("islandgroup", None),
        ("sextant", None),
        ("salesman", None),
        ("mancode", "sex"),
        ("traceability", None),
    ],
)
def test_words_written_together_are_told_apart(name: str, word: str | None) -> None:
    """By `is`, `group` and the like; letters inside other words must say nothing."""
    assert word == protected_name(name)


def test_a_mistake_is_left_to_who_runs_it() -> None:
    """Of what can't be parsed every identifier must count, and no text or keyword."""
    found = names("SELEC x, age FRM 'sex' UNION t").used

    assert {"x", "age", "t"} <= {*found}
    assert not {"sex", "UNION"} & {*found}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT o::VARCHAR AS z FROM offers AS o",
        "SELECT to_json(o)::VARCHAR AS z FROM offers AS o",
    ],
)
def test_sql_does_not_even_see_a_protected_column(tmp_path: Path, sql: str) -> None:
    """What no name gives away, such as a whole row as text, must hold no age."""
    change = of(sql)

    def unaudited(recipe: dict[str, Any]) -> None:
        change(recipe)
        recipe.pop("audit", None)

    recipe = read_data_recipe(shop(tmp_path, unaudited))
    try:
        found = read_tables(recipe, None).frames["more"]
    except RecipeFaulty:
        return
    assert not [row for row in found["z"] if "41" in str(row)]
