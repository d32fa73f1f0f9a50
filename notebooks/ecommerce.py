import marimo

__generated_with = "0.25.2"
app = marimo.App(
    width="medium", app_title="Web shop visits: from a raw file to a model that serves"
)

with app.setup:
    import marimo as mo
    import polars as pl
    import yaml

    import page
    import served_model
    from sconto.learning.baselines.linear import TLogistic
    from sconto.learning.baselines.trees import ResponseLightGBM
    from sconto.learning.data.prepare import prepare
    from sconto.learning.data.report import report_on
    from sconto.learning.networks.serve import write_servable


@app.cell(hide_code=True)
def _():
    mo.md("""
    # Web shop visits: from a raw file to a model that serves

    12,330 visits of a web shop (Sakar and Kastro 2018, UCI 468, CC BY 4.0; see
    `models/ecommerce/data/README.md`). Which of them end in a purchase? **Nobody was given
    anything**: this page predicts, and what a discount does to it is an assumption.

    - `marimo edit notebooks/ecommerce.py` opens this page, `python notebooks/ecommerce.py` runs it.
    - `-- --rows 3000 --epochs 2` after it takes a sample and learns for a moment: the page is then
      a check that everything runs, and its figures mean little.
    """)
    return


@app.cell
def _():
    asked = page.asked(mo.cli_args().to_dict())
    asked
    return (asked,)


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 1. The raw file

    Pages of three kinds and seconds on them, how often visits end on such pages, the month, and
    whether the visitor was new. `Revenue` tells how it ended. The published file also has
    `PageValues`, which is counted from the purchase that followed: a splendid feature that nobody
    has before the purchase. It is not shipped.
    """)
    return


@app.cell
def _(asked):
    raw = page.sample(
        pl.read_parquet(page.ROOT / "models/ecommerce/data/sessions.parquet"), asked.rows
    )
    mo.ui.table(raw.head(100), page_size=5)
    return (raw,)


@app.cell
def _(raw):
    raw.group_by("Month").agg(
        visits=pl.len(), bought=pl.col("Revenue").cast(pl.Float64).mean().round(4)
    ).sort("bought")
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 2. The recipe, and what became of the data

    The file has months and no days, so rows are held back by chance and not by time: whatever
    changes from one year to the next is not in the figures below.
    """)
    return


@app.cell
def _():
    recipe = page.ROOT / "models/ecommerce/recipe.yaml"
    mo.accordion({"models/ecommerce/recipe.yaml": mo.md(f"```yaml\n{recipe.read_text()}\n```")})
    return (recipe,)


@app.cell
def _(raw, recipe):
    data = page.as_data({"sessions": raw})
    prepared = prepare(recipe, data)
    train, test = prepared.examples["train"], prepared.examples["test"]
    page.first_rows(prepared)
    return data, prepared, test, train


@app.cell
def _(data, prepared):
    report = report_on(prepared, data)
    mo.md(f"""
    {page.dropped(report)}

    - {page.leaks(report)}
    - {page.balance(report)}
    """)
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 3. Baselines beside a network
    """)
    return


@app.cell
def _(asked, test, train):
    network = asked.network(train)
    said = page.fitted([TLogistic(), ResponseLightGBM(), network], train, test)
    page.figures(test, said)
    return network, said


@app.cell
def _(said, test):
    page.calibration(test, said)
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 4. The model as a server takes it

    The model has one arm: it has seen no response to depth. `rules/ecommerce/objective.yaml`
    declares one in its place, **an assumption of the business**, and every record that rests on it
    says so: of the visits that would end without an order, so many end with one at such a depth.
    """)
    return


@app.cell
def _():
    objective = page.ROOT / "rules/ecommerce/objective.yaml"
    mo.accordion(
        {"rules/ecommerce/objective.yaml": mo.md(f"```yaml\n{objective.read_text()}\n```")}
    )
    return (objective,)


@app.cell
def _(network, prepared):
    place = page.folder()
    model = write_servable(place / "model", network.members, prepared, "page")
    mo.md(page.parity(model))
    return model, place


@app.cell
def _(model, network, objective, place, said, test, train):
    declared = yaml.safe_load(objective.read_text())
    rules = served_model.rules_for_model(
        train.columns, {"item": [0.05, 0.1]}, place / "rules", declared
    )
    answers = served_model.served(model, rules, test, said[network.name])
    answers
    return (answers,)


@app.cell
def _(answers, said, test, train):
    page.done("ecommerce", train, test, said, answers)
    return


if __name__ == "__main__":
    app.run()
