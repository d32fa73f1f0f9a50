import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Hotel bookings: from a raw file to a model that serves")

with app.setup:
    import marimo as mo
    import polars as pl

    import desk
    import page
    from sconto.learning.baselines.linear import TLogistic
    from sconto.learning.baselines.trees import ResponseLightGBM
    from sconto.learning.data.prepare import prepare
    from sconto.learning.data.report import report_on
    from sconto.learning.drift import plot as drift_plot
    from sconto.learning.drift.report import report_on as drift_report_on
    from sconto.learning.networks.export import to_onnx
    from sconto.learning.networks.serve import NotServable, write_servable
    from sconto.scoring.session import open_session


@app.cell(hide_code=True)
def _():
    mo.md("""
    # Hotel bookings: from a raw file to a model that serves

    119,390 bookings of two Portuguese hotels (Antonio, Almeida and Nunes 2019, CC BY 4.0; see
    `models/travel/data/README.md`). Which of them will be cancelled? **Nothing here was drawn by
    chance**: this page predicts, and says nothing of what a discount does.

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
    ## 5. The model at the desk

    A server ranks discounts by what they bring, and this model has nothing to say about that: it is
    refused as one.
    """)
    return


@app.cell
def _(network, prepared):
    place = page.folder()
    try:
        write_servable(place / "model", network.members, prepared, "page")
        refused = ""
    except NotServable as error:
        refused = str(error)
    mo.md(f"`write_servable`: {refused}")
    return place, refused


@app.cell(hide_code=True)
def _():
    mo.md("""
    It can serve as a **fact**. The booking engine runs the ONNX file, opened with the server's own
    checks, and sends the chance with its request; a rule says for which bookings a discount is
    thought of at all. The slider is that rule.
    """)
    return


@app.cell
def _(network, said, test, train):
    sample = train[:64]
    exported = to_onnx(network.members, sample)
    session = open_session(exported.model, {"numbers", "ids"}, "logits")
    chances = desk.chances(session, test)
    apart = float(abs(chances - said[network.name].response[:, 0]).max())
    mo.md(f"""
    Torch and onnxruntime differ by at most {exported.parity.largest_difference:.1e} in the export's
    own check, and by {apart:.1e} over all {len(test):,} test bookings.
    """)
    return apart, chances


@app.cell
def _():
    most = mo.ui.slider(
        0,
        100,
        step=5,
        value=35,
        label="% chance of cancelling, up to which it may be given",
        show_value=True,
    )
    most
    return (most,)


@app.cell
def _(chances, most, place):
    rules = desk.rules_for_chance(
        "cancel_chance",
        "The discount is for bookings that are likely to be kept.",
        {"more_than": f"{most.value / 100:.6f}"},
        0.05,
        place / "rules",
    )
    decisions = desk.decided(rules, "cancel_chance", chances, many=8)
    decisions
    return (decisions,)


@app.cell
def _(apart, decisions, most, refused, said, test, train):
    page.learnt("travel", train, test, said)
    given = (decisions["offer"] == "given").sum()
    print(f"travel: {given} of {decisions.height} bookings given, chances {apart:.1e} from torch's")
    assert apart <= desk.APART
    assert "one arm" in refused
    assert decisions.filter(pl.col("cancel_chance") <= most.value / 100).height == given
    return


if __name__ == "__main__":
    app.run()
