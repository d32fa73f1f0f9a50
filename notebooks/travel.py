import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Hotel bookings: from a raw file to a model that serves")

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
    from sconto.learning.drift import plot as drift_plot
    from sconto.learning.drift.report import report_on as drift_report_on
    from sconto.learning.networks.serve import write_servable


@app.cell(hide_code=True)
def _():
    mo.md("""
    # Hotel bookings: from a raw file to a model that serves

    119,390 bookings of two Portuguese hotels (Antonio, Almeida and Nunes 2019, CC BY 4.0; see
    `models/travel/data/README.md`). Which of them will be kept? **Nothing here was drawn by
    chance**: this page predicts, and what a discount does to it is an assumption.

    - `marimo edit notebooks/travel.py` opens this page, `python notebooks/travel.py` runs it.
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

    `booked_on` is the moment of decision. `is_canceled` and `reservation_status` tell how it ended,
    and so do columns that look harmless: `assigned_room_type`, `booking_changes` and
    `required_car_parking_spaces` are written at arrival or later. Who learns from them has a
    splendid model that is of no use on the day of the booking.
    """)
    return


@app.cell
def _(asked):
    raw = page.sample(
        pl.read_parquet(page.ROOT / "models/travel/data/bookings.parquet"), asked.rows
    )
    mo.ui.table(raw.head(100), page_size=5)
    return (raw,)


@app.cell
def _(raw):
    # A parking space is only known of who arrived: nobody who cancelled has one.
    raw.group_by(pl.col("required_car_parking_spaces").cast(pl.Int64) > 0).agg(
        bookings=pl.len(), cancelled=pl.col("is_canceled").cast(pl.Float64).mean().round(4)
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 2. The recipe, and what became of the data

    Such columns are marked `after: true`, and features can't reach them. The split is by time: a
    booking whose end was not known when a period ended is in none.
    """)
    return


@app.cell
def _():
    recipe = page.ROOT / "models/travel/recipe.yaml"
    mo.accordion({"models/travel/recipe.yaml": mo.md(f"```yaml\n{recipe.read_text()}\n```")})
    return (recipe,)


@app.cell
def _(raw, recipe):
    data = page.as_data({"bookings": raw})
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
    ## 3. Has the world changed between both periods?

    Before any model: the stability index of every feature, later bookings against those learnt
    from. Some of it is the calendar (a test period has not all months), and some of it the data:
    the last months hold only bookings at short notice, because only their end is known.
    """)
    return


@app.cell
def _(prepared):
    drifted = drift_report_on(prepared, None, score=False, months=True)
    drift_plot.of_features(drifted.features)
    return (drifted,)


@app.cell
def _(drifted):
    drift_plot.of_months(drifted.months, [d.name for d in drifted.features[:12]])
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 4. Baselines beside a network
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


@app.cell
def _():
    mo.callout(
        mo.md("""
    **What can't be said here.** Bookings that came with a low price were not given it by chance, so
    there is no value of a policy to estimate, and no uplift: a model of who cancels is not a model
    of whom a discount keeps. Offer by chance for a while, and learn from the decision log
    (`models/decisions/recipe.yaml`).
    """),
        kind="warn",
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 5. The model as a server takes it

    The model has one arm: it has seen no response to depth. `rules/travel/objective.yaml` declares
    one in its place, **an assumption of the business**, and every record that rests on it says so:
    of the bookings that would be cancelled, so many are kept at such a depth.
    """)
    return


@app.cell
def _():
    objective = page.ROOT / "rules/travel/objective.yaml"
    mo.accordion({"rules/travel/objective.yaml": mo.md(f"```yaml\n{objective.read_text()}\n```")})
    return (objective,)


@app.cell
def _(network, prepared):
    place = page.folder()
    model = write_servable(place / "model", network.members, prepared, "page")
    mo.md(page.parity(model))
    return model, place


@app.cell(hide_code=True)
def _():
    mo.md("""
    Test guests ask a server: their features are sent as facts, one decision each is made as the
    server makes it, and the chance it scored with is held against the network's own.
    """)
    return


@app.cell
def _(model, network, objective, place, said, test, train):
    declared = yaml.safe_load(objective.read_text())
    rules = served_model.rules_for_model(
        train.columns, {"rate": [0.05, 0.1]}, place / "rules", declared
    )
    answers = served_model.served(model, rules, test, said[network.name])
    answers
    return (answers,)


@app.cell
def _(answers, said, test, train):
    page.done("travel", train, test, said, answers)
    return


if __name__ == "__main__":
    app.run()
