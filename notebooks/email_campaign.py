import marimo

__generated_with = "0.25.2"
app = marimo.App(
    width="medium", app_title="An e-mail campaign: from a raw file to a model that serves"
)

with app.setup:
    import marimo as mo
    import numpy as np
    import polars as pl

    import page
    import served_model
    from sconto.learning.baselines.linear import TLogistic
    from sconto.learning.baselines.trees import ResponseLightGBM, SLightGBM
    from sconto.learning.data.prepare import prepare
    from sconto.learning.data.report import report_on
    from sconto.learning.networks.serve import write_servable


@app.cell(hide_code=True)
def _():
    mo.md("""
    # An e-mail campaign: from a raw file to a model that serves

    64,000 customers of a clothing shop were split **by chance** into three: no e-mail, one about
    clothes for men, one about clothes for women (Kevin Hillstrom's MineThatData challenge, 2008).
    Whom does an e-mail bring to the shop who would not have come anyway? And who comes anyway?

    The file has no stated licence, so it is not shipped. Give your copy:

    - `marimo edit notebooks/email_campaign.py -- --data hillstrom.csv` opens this page with it;
    - `python notebooks/email_campaign.py --rows 3000 --epochs 2` runs it on a made-up file.
    """)
    return


@app.cell
def _():
    asked = page.asked(mo.cli_args().to_dict())
    asked
    return (asked,)


@app.cell
def _(asked):
    made_up = asked.data is None
    if made_up:
        print(
            "email_campaign: SYNTHETIC DATA, made up by the page; nothing can be concluded from it"
        )
        whole = page.made_up_campaign(asked.rows or 6_000)
    else:
        whole = page.read(asked.data)
    raw = page.sample(whole, asked.rows)
    (
        mo.callout(
            mo.md("""
    **SYNTHETIC DATA. NO CONCLUSIONS.** No file was given, so this page made one up: the columns
    are Hillstrom's, the customers and what the e-mails do to them are invented by
    `page.made_up_campaign`. Every figure below describes that invention. Give the real file with
    `--data`.
    """),
            kind="danger",
        )
        if made_up
        else mo.callout(mo.md(f"These are {raw.height:,} rows of your file."), kind="info")
    )
    return made_up, raw


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 1. The raw file

    `recency` is months since the last purchase, `history` what was spent in the last year. `visit`,
    `conversion` and `spend` came in the two weeks after the e-mail.
    """)
    return


@app.cell
def _(raw):
    mo.ui.table(raw.head(100), page_size=5)
    return


@app.cell
def _(raw):
    raw.group_by("segment").agg(
        customers=pl.len(),
        **{
            name: pl.col(name).cast(pl.Float64).mean().round(4)
            for name in ("visit", "conversion", "spend")
        },
    ).sort("segment")
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 2. The recipe, and what became of the data
    """)
    return


@app.cell
def _():
    recipe = page.ROOT / "models/email/recipe.yaml"
    mo.accordion({"models/email/recipe.yaml": mo.md(f"```yaml\n{recipe.read_text()}\n```")})
    return (recipe,)


@app.cell
def _(raw, recipe):
    data = page.as_data({"customers": raw})
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
    ## 3. Who comes, and whom an e-mail moves

    These are two questions. AUC below answers the first: a response model that never saw the
    e-mails can win it. The Qini curves answer the second: how many extra visits an e-mail brings
    when it goes to the most promising first. The straight line is any order; **a curve below it
    ranks worse than chance**.
    """)
    return


@app.cell
def _(asked, test, train):
    network = asked.network(train)
    models = [ResponseLightGBM(), TLogistic(), SLightGBM(), network]
    said = page.fitted(models, train, test)
    page.figures(test, said)
    return network, said


@app.cell
def _(said, test):
    mo.hstack([page.calibration(test, said), page.responses(test, said)])
    return


@app.cell
def _(test):
    mail = mo.ui.dropdown(
        {name: i for i, name in enumerate(test.columns.arms) if i}, value="womens", label="e-mail"
    )
    mail
    return (mail,)


@app.cell
def _(mail, said, test):
    page.qini(test, said, mail.value)
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 4. What a policy would have brought

    Estimated from the customers to whom chance did what the policy would have done (SNIPS, with the
    rows that this leaves and a 95 % interval over customers), each against no e-mail at all. The
    slider is how many e-mails may be sent: the network sends them to those it expects to move most.
    """)
    return


@app.cell
def _():
    budget = mo.ui.slider(
        0, 100, step=5, value=50, label="% of customers who get an e-mail", show_value=True
    )
    budget
    return (budget,)


@app.cell
def _(budget, network, said, test):
    rows, arms = len(test), test.columns.arms
    by_budget = said[network.name].choice.copy()
    by_budget[np.argsort(-said[network.name].rank, kind="stable")[rows * budget.value // 100 :]] = 0
    choices = {f"everybody {arm}": np.full(rows, i) for i, arm in enumerate(arms)} | {
        "the network's choice": said[network.name].choice,
        f"the same, for {budget.value} %": by_budget,
    }
    visits = page.values(test, test.outcome, choices)
    spend = page.values(test, test.value, choices)
    mo.vstack([mo.md("**Visits per customer**"), visits, mo.md("**Spend, dollars**"), spend])
    return (choices,)


@app.cell
def _(choices, made_up, test):
    best, chosen = "everybody mens", "the network's choice"
    pair = {best: choices[best], chosen: choices[chosen]}
    visit = page.values(test, test.outcome, pair)["so it brings"][-1]
    money = page.values(test, test.value, pair)["so it brings"][-1]
    mo.callout(
        mo.md(f"""
    **Read with care.** An e-mail is cheap, so the policy to beat is not silence but the men's
    e-mail for everybody. Against that one the network's choice brings, in visits: **{visit}**; in
    spend: **{money}**. Spend is rare and very uneven: few customers decide its mean, and a lift of
    it needs far more of them than a lift of visits. Each place of the slider is another policy: of
    twenty that bring nothing, one looks as if it did.
    {"**And all of this is about made-up customers.**" if made_up else ""}
    """),
        kind="danger" if made_up else "warn",
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 5. The model as a server takes it

    The arms have names and no depths, so a server reads them by the id of an offer: the offer
    `womens` is scored as the arm `womens`. Any other offer is said to change nothing.
    """)
    return


@app.cell
def _(network, prepared):
    place = page.folder()
    model = write_servable(place / "model", network.members, prepared, "page")
    mo.md(page.parity(model))
    return model, place


@app.cell
def _(model, network, place, said, test, train):
    # What the e-mails take off, and what a visit is worth, is made up; the model never saw a price.
    offers = {name: [0.05] for name in train.columns.arms[1:]}
    aim = {"kind": "objective", "aim": "return", "worth": "10.00"}
    rules = served_model.rules_for_model(train.columns, offers, place / "rules", aim)
    answers = served_model.served(model, rules, test, said[network.name])
    answers
    return (answers,)


@app.cell
def _(answers, said, test, train):
    page.done("email_campaign", train, test, said, answers)
    return


if __name__ == "__main__":
    app.run()
