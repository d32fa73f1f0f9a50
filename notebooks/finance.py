import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Loan offers: from a raw file to a model that serves")

with app.setup:
    import marimo as mo
    import numpy as np
    import polars as pl

    import page
    import served_model
    from sconto.learning.baselines.linear import TLogistic
    from sconto.learning.baselines.trees import SLightGBM
    from sconto.learning.data.prepare import prepare
    from sconto.learning.data.report import report_on
    from sconto.learning.networks.serve import write_servable


@app.cell(hide_code=True)
def _():
    mo.md("""
    # Loan offers: from a raw file to a model that serves

    A lender in South Africa wrote to earlier clients and **drew each client's monthly rate by
    chance**, within bounds that the risk band sets (Karlan and Zinman 2008, CC BY 4.0; see
    `models/finance/data/README.md`). A lower rate is a discount on the price of credit. Because
    chance drew it, its effect can be read off: no model has to guess who would have been given what.

    - `marimo edit notebooks/finance.py` opens this page, `python notebooks/finance.py` runs it.
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

    `offer4` is the rate that was offered, in percent a month; the regular one is 7.75, 9.75 or 11.75
    by risk band. `applied` and `tookup` came after the letter.
    """)
    return


@app.cell
def _(asked):
    raw = page.sample(pl.read_parquet(page.ROOT / "models/finance/data/offers.parquet"), asked.rows)
    mo.ui.table(raw.head(100), page_size=5)
    return (raw,)


@app.cell
def _(raw):
    raw.group_by("risk").agg(
        letters=pl.len(),
        lowest=pl.col("offer4").cast(pl.Float64).min(),
        mean=pl.col("offer4").cast(pl.Float64).mean().round(2),
        highest=pl.col("offer4").cast(pl.Float64).max(),
        took_up=pl.col("tookup").cast(pl.Float64).mean().round(4),
    ).sort("highest")
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 2. The recipe, and what became of the data

    The recipe says what must hold of the file, what is left out, what was given by what chance, and
    what a model is shown. Age and sex are in the file to check fairness with; no feature can see
    them.
    """)
    return


@app.cell
def _():
    recipe = page.ROOT / "models/finance/recipe.yaml"
    mo.accordion({"models/finance/recipe.yaml": mo.md(f"```yaml\n{recipe.read_text()}\n```")})
    return (recipe,)


@app.cell
def _(raw, recipe):
    data = page.as_data({"offers": raw})
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
    return (report,)


@app.cell
def _(report):
    pl.DataFrame(
        [
            {
                "arm": name,
                "rows": arm.rows,
                "mean depth": arm.depth,
                **arm.outcomes,
                "interest, rand": arm.value,
            }
            for name, arm in report.arms.items()
        ]
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 3. Baselines beside a network

    A logistic regression for each arm learns in a tenth of a second; gradient boosting sees the
    depth as a feature; the network can't expect less take-up of a deeper discount, whatever its
    weights are. Price moves take-up by little, so **AUC hardly tells these models apart**: it says
    who takes a loan, not whom a discount moves.
    """)
    return


@app.cell
def _(asked, test, train):
    network = asked.network(train)
    said = page.fitted([TLogistic(), SLightGBM(), network], train, test)
    page.figures(test, said)
    return network, said


@app.cell
def _(said, test):
    mo.hstack([page.calibration(test, said), page.responses(test, said)])
    return


@app.cell
def _(said):
    falls = {
        n: float((np.diff(p.response, axis=1) < 0).any(axis=1).mean()) for n, p in said.items()
    }
    mo.md(
        "Clients for whom a model expects **less** of a deeper discount: "
        + ", ".join(f"{name} {share:.1%}" for name, share in falls.items())
        + ". For the network it is none by construction."
    )
    return (falls,)


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 4. What a policy would have brought

    Chance drew the arms, so what another policy would have brought can be estimated from the
    letters that happen to agree with it (SNIPS, with the rows that this leaves and a 95 % interval
    over clients). The slider is a budget: the deepest discount goes to this share of clients, those
    whom the network expects to be moved most; all others pay nearly the regular rate.
    """)
    return


@app.cell
def _():
    budget = mo.ui.slider(
        0, 100, step=5, value=30, label="% of clients who get the deepest rate", show_value=True
    )
    budget
    return (budget,)


@app.cell
def _(budget, network, said, test):
    rows, arms = len(test), test.columns.arms
    moved = np.argsort(-said[network.name].uplift(len(arms) - 1), kind="stable")
    by_budget = np.zeros(rows, dtype=np.int64)
    by_budget[moved[: rows * budget.value // 100]] = len(arms) - 1
    choices = {f"everybody {arm}": np.full(rows, i) for i, arm in enumerate(arms)} | {
        f"deepest to {budget.value} % by the network": by_budget
    }
    take_up = page.values(test, test.outcome, choices)
    interest = page.values(test, test.value, choices)
    mo.vstack([mo.md("**Take-up**"), take_up, mo.md("**Interest, rand per letter**"), interest])
    return interest, take_up


@app.cell
def _(budget, interest, take_up):
    reached, paid = take_up["so it brings"][-1], interest["so it brings"][-1]
    mo.callout(
        mo.md(f"""
    **Read with care.** Against leaving everybody at the smallest discount, the deepest rate for
    {budget.value} % brings, in take-up: **{reached}**; in interest: **{paid}**. A lower rate is paid
    by all who would have taken the loan anyway, so in these data giving away interest does not earn
    interest: discounts buy reach, not revenue. Costs of default and the value of clients who come
    back are not in the file. Each place of the slider is another policy: of twenty that bring
    nothing, one looks as if it did.
    """),
        kind="warn",
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 5. The model as a server takes it

    The ensemble becomes one ONNX file. Before it is written, onnxruntime and torch are compared at
    batches of 1, 7 and 64 rows; a difference beyond 1e-5 refuses it. The folder below is what
    `sconto serve --model` takes.
    """)
    return


@app.cell
def _(network, prepared):
    place = page.folder()
    model = write_servable(place / "model", network.members, prepared, "page")
    mo.md(page.parity(model))
    return model, place


@app.cell(hide_code=True)
def _():
    mo.md("""
    Test clients ask a server: their features are sent as facts, one decision each is made as the
    server makes it, and the chance it scored with is held against the network's own.
    """)
    return


@app.cell
def _(model, network, place, said, test, train):
    offers = {"rate": [depth for depth in train.columns.depths if depth]}
    rules = served_model.rules_for_model(train.columns, offers, place / "rules")
    answers = served_model.served(model, rules, test, said[network.name])
    answers
    return (answers,)


@app.cell
def _(answers, falls, network, said, test, train):
    page.done("finance", train, test, said, answers)
    assert not falls[network.name]
    return


if __name__ == "__main__":
    app.run()
