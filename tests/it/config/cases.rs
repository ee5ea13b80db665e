//! Bad input, case by case: what is changed in `small.toml`, which text is underlined, what is said.

/// One change of the config and what must be said of it.
pub struct Case {
    /// Text of the config that is replaced, and by what. Each text must occur once.
    pub change: &'static [(&'static str, &'static str)],
    /// The underlined text.
    pub at: &'static str,
    /// Part of the message.
    pub message: &'static str,
    /// Part of the help.
    pub help: &'static str,
}

pub const fn case(
    change: &'static [(&'static str, &'static str)],
    at: &'static str,
    message: &'static str,
    help: &'static str,
) -> Case {
    Case { change, at, message, help }
}

/// In the place of the insurance fund.
const SINGLE_ASSET: &str = "insurance_funds.general = { opening_usd = 1e6 }\nmargin = \"single_asset\"";

/// The collateral that single-asset mode does not take.
const TOKENS: &str =
    "bfusd = { ratio = 0.999, index = { blend = { spot_weight = 0.5 } } }\nldusdt = { ratio = 0.999 }\n";

/// Problems of shape: found without knowing what the names mean.
pub const SHAPE: &[Case] = &[
    case(&[("owners = 100", "ownres = 100")], "ownres", "unknown key", "did you mean `owners`?"),
    case(&[("seed = 1\n", "")], "run", "the key `seed` is missing", "Seed of every random stream"),
    case(
        &[("paths = 2", "paths = \"many\"")],
        "\"many\"",
        "found the text \"many\", expected a whole number",
        "Number of price paths",
    ),
    case(
        &[("paths = 2", "paths = 2.5")],
        "2.5",
        "found the number 2.5, expected a whole number",
        "Number of price paths",
    ),
    case(&[("paths = 2", "paths = -2")], "-2", "-2 is out of range: expected a whole number of 0 or more", ""),
    case(
        &[("horizon = \"1d\"", "horizon = \"one day\"")],
        "\"one day\"",
        "is not a length of time",
        "Length of a path",
    ),
    case(&[("horizon = \"1d\"", "horizon = 86400")], "86400", "found the number 86400, expected a length of time", ""),
    case(
        &[("long_share = 0.8", "long_share = 80")],
        "80",
        "80 is out of range: expected a share between 0 and 1",
        "Probability",
    ),
    case(&[("price_usd = 120000.0", "price_usd = nan")], "nan", "NaN is out of range: expected a number above 0", ""),
    case(
        &[("peg_usd = 1.0", "peg = 1.0")],
        "peg",
        "`peg` is not known here: expected one of `price_usd`, `peg_usd`",
        "did you mean `peg_usd`?",
    ),
    case(&[("[prices.gbm]", "[prices.gmb]")], "gmb", "`gmb` is not known here", "did you mean `gbm`?"),
    case(&[("peg_usd = 1.0", "peg_usd = 1.0, price_usd = 1.0")], "usdt", "exclude one another", "keep exactly one"),
    case(&[("seed = 1\n", "seed = 1\nname = \"x\"\n")], "name", "unknown key", "keys here: `paths`"),
    case(
        &[("name = \"small\"", "name = \"small\"\nhorizon = \"2d\"")],
        "horizon",
        "unknown key",
        "`horizon` belongs in `run`",
    ),
    case(&[("{ subscribe =", "{ subscibe =")], "subscibe", "`subscibe` is not known here", "did you mean `subscribe`?"),
    case(&[("horizon = \"1d\"", "horizon = 1d")], "1d", "this is not TOML", ""),
    case(
        &[("[run]", "[engine]\norder = \"largest\"\n[run]")],
        "\"largest\"",
        "`largest` is not known here",
        "did you mean `largest_first`?",
    ),
    case(
        &[("{ blend = { spot_weight = 0.5 } }", "\"blend\"")],
        "\"blend\"",
        "`blend` needs settings of its own",
        "write a table",
    ),
    case(
        &[("insurance_funds.general = { opening_usd = 1e6 }", "insurance_funds.general = { opening_usd = -1.0 }")],
        "-1.0",
        "-1 is out of range: expected",
        "",
    ),
    case(
        &[(
            "insurance_funds.general = { opening_usd = 1e6 }",
            "insurance_funds.general = { opening_usd = 1e6 }\nliquidation = { order = \"largest_maintenace\" }",
        )],
        "\"largest_maintenace\"",
        "`largest_maintenace` is not known here",
        "did you mean `largest_maintenance`?",
    ),
    case(
        &[(
            "insurance_funds.general = { opening_usd = 1e6 }",
            "insurance_funds.general = { opening_usd = 1e6 }\nadl = { rule = \"prorata\" }",
        )],
        "\"prorata\"",
        "`prorata` is not known here",
        "did you mean `pro_rata`?",
    ),
    case(
        &[("usdt = { ratio = 0.9999 }", "usdt = { ratio = 1.2 }")],
        "1.2",
        "1.2 is out of range: expected a share between 0 and 1",
        "",
    ),
    // What was observed.
    case(
        &[(
            "[sweep]\n",
            "[[observed]]\nwhat = \"w\"\nvalue = 1.0\nunit = \"dollars\"\nsource = \"s\"\nfigure.metric = \"loss_usd\"\n[sweep]\n",
        )],
        "\"dollars\"",
        "`dollars` is not known here",
        "choices: `hours`",
    ),
    case(
        &[(
            "[sweep]\n",
            "[[observed]]\nwhat = \"w\"\nvalue = 1.0\nunit = \"USD\"\nsource = \"s\"\nfigure.metrics = \"loss_usd\"\n[sweep]\n",
        )],
        "metrics",
        "`metrics` is not known here",
        "did you mean `metric`?",
    ),
    case(
        &[(
            "[sweep]\n",
            "[[observed]]\nwhat = \"w\"\nvalue = 1.0\nunit = \"USD\"\nsource = \"s\"\nfigure.metric = \"loss_usd\"\nfigure.at = { series = \"liquidated_usd\", time = \"1h\" }\n[sweep]\n",
        )],
        "figure",
        "exclude one another",
        "keep exactly one",
    ),
    case(
        &[(
            "[sweep]\n",
            "[[observed]]\nwhat = \"w\"\nvalue = 1.0\nunit = \"USD\"\nsource = \"s\"\nfigure.at = { series = \"liquidated_usd\" }\n[sweep]\n",
        )],
        "at",
        "the key `time` is missing",
        "",
    ),
];

/// Problems of sense: names that lead nowhere, numbers that do not fit together.
pub const SENSE: &[Case] = &[
    case(&[("paths = 2", "paths = 0")], "0", "0 paths are no run", ""),
    case(
        &[
            ("[coins]\n", "[engine]\nbetween_steps = \"bridge\"\n\n[coins]\n"),
            (
                "[prices.gbm]\nvolatility_per_year = { btc = 0.6 }",
                "[prices.scripted.points]\nbtc = [{ at = \"1h\", price_usd = 1e5 }]",
            ),
        ],
        "\"bridge\"",
        "this law of prices is not seen between steps: expected `[prices.gbm]`",
        "between_steps = \"unseen\"",
    ),
    case(
        &[
            ("[coins]\n", "[engine]\nbetween_steps = \"bridge\"\n\n[coins]\n"),
            (
                "insurance_funds.general = { opening_usd = 1e6 }",
                "insurance_funds.general = { opening_usd = 1e6 }\nliquidation.delay = \"10m\"",
            ),
        ],
        "\"bridge\"",
        "at `binance` a close-out can wait",
        "leave these out there",
    ),
    case(
        &[("paths = 2", "paths = 3"), ("seed = 1\n", "seed = 1\nsampling = \"antithetic\"\n")],
        "3",
        "3 paths are not pairs",
        "paths = 4",
    ),
    case(
        &[("seed = 1\n", "seed = 1\nsampling = \"sobol\"\n")],
        "2",
        "2 paths are not 32 scrambled Sobol nets of a power of two points each",
        "the nearest that are: paths = 32",
    ),
    case(
        &[("paths = 2", "paths = 100"), ("seed = 1\n", "seed = 1\nsampling = \"sobol\"\nreplicates = 4\n")],
        "100",
        "100 paths are not 4 scrambled Sobol nets",
        "paths = 64 or 128",
    ),
    case(
        &[("seed = 1\n", "seed = 1\nsampling = \"sobol\"\nreplicates = 1\n")],
        "1",
        "1 scrambles tell no error: expected 2 or more",
        "",
    ),
    case(
        &[("seed = 1\n", "seed = 1\nreplicates = 8\n")],
        "8",
        "only scrambled Sobol points come in replicates",
        "sampling = \"sobol\"",
    ),
    case(
        &[("horizon = \"1d\"", "horizon = \"24h 3m\"")],
        "\"24h 3m\"",
        "not a whole number of steps of 5m",
        "the nearest that is: horizon = \"1day 5m\"",
    ),
    case(&[("step = \"5m\"", "step = \"1us\"")], "\"1us\"", "more than 10000000 steps", ""),
    case(&[("name = \"small\"", "name = \"a b\"")], "\"a b\"", "cannot name a run directory", "letters, digits"),
    // Names.
    case(
        &[("settlement = \"usdt\"", "settlement = \"usdd\"")],
        "\"usdd\"",
        "there is no coin called `usdd`",
        "did you mean `usdt`?",
    ),
    case(&[("settlement = \"usdt\"", "settlement = \"btc\"")], "\"btc\"", "`btc` is not a stablecoin", "peg_usd"),
    case(&[("settlement = \"usdt\"", "settlement = \"bfusd\"")], "\"bfusd\"", "`bfusd` is a token, not a coin", ""),
    case(
        &[("hedge_venue = \"binance\"", "hedge_venue = \"binanse\"")],
        "\"binanse\"",
        "there is no venue called `binanse`",
        "did you mean `binance`?",
    ),
    case(
        &[("{ subscribe = { venue = \"bfusd\" } }", "{ subscribe = { venue = \"earn\" } }")],
        "\"earn\"",
        "`earn` is a savings pool, not an issuer",
        "`bfusd`",
    ),
    case(
        &[("bfusd = { ratio", "bfsud = { ratio")],
        "bfsud",
        "there is no asset called `bfsud`",
        "did you mean `bfusd`?",
    ),
    case(&[("bfusd = { ratio", "btc-perp = { ratio")], "btc-perp", "`btc-perp` is a contract, which is no margin", ""),
    case(&[("usdt = { ratio = 0.9999 }\n", "")], "collateral", "the settlement coin `usdt` is missing", "add usdt"),
    case(
        &[("symbol = \"BTC/USDT:USDT\"", "symbol = \"BTC/USDT\"")],
        "\"BTC/USDT\"",
        "no brackets for the symbol `BTC/USDT`",
        "did you mean `BTC/",
    ),
    case(
        &[("binance_usdm_2025-10-09.json", "binance.json")],
        "\"../data/leverage_tiers/binance.json\"",
        "there is no such file",
        "relative to the config file",
    ),
    case(
        &[("coin = \"btc\", symbol", "coin = \"usdt\", symbol")],
        "\"usdt\"",
        "a contract on `usdt` cannot settle in `usdt` itself",
        "",
    ),
    // Names taken twice.
    case(
        &[("receipt = \"ldbtc\"", "receipt = \"ldusdt\"")],
        "\"ldusdt\"",
        "the name `ldusdt` is already taken by a receipt",
        "share one set of names",
    ),
    case(
        &[(
            "[venues.earn.savings]\n",
            "[venues.wallet.savings]\nreserves.usdt = { receipt = \"x\", outside_supply_usd = 0, utilisation = 0, kink = 0.5, base_per_year = 0, slope1_per_year = 0, slope2_per_year = 0, reserve_factor = 0 }\n[venues.earn.savings]\n",
        )],
        "wallet",
        "`wallet` cannot name a venue",
        "",
    ),
    case(&[("name = \"stackers\"", "name = \"earn\"")], "\"earn\"", "there is already a venue called `earn`", ""),
    case(&[("name = \"stackers\"", "name = \"all\"")], "\"all\"", "cannot name a cohort", ""),
    case(
        &[(
            "[[cohorts]]",
            "[[cohorts]]\nname = \"stackers\"\nowners = 1\ncoin = \"usdt\"\nwealth = { fixed = { usd = 1.0 } }\n[[cohorts]]",
        )],
        "\"stackers\"",
        "there is already a cohort called `stackers`",
        "",
    ),
    // A token that backs itself.
    case(&[("par = \"usdt\"", "par = \"bfusd\"")], "\"bfusd\"", "`bfusd` would back itself", "such as par = \"usdt\""),
    case(&[("receipt = \"ldbtc\"", "receipt = \"btc\"")], "\"btc\"", "the receipt `btc` would back itself", "ldbtc"),
    case(
        &[("[venues.earn.savings.reserves.btc]", "[venues.earn.savings.reserves.ldusdt]")],
        "ldusdt",
        "deposited in `earn` it would back itself",
        "reserves are coins",
    ),
    case(
        &[
            ("usdt = { ratio = 0.9999 }", "usdd = { ratio = 0.9999 }"),
            ("settlement = \"usdt\"", "settlement = \"usdd\""),
            ("[coins]", "[coins]\nusdd = { peg_usd = 1.0 }"),
        ],
        "\"binance\"",
        "takes `bfusd` as margin but not `usdt`: the token would back itself",
        "add `usdt`",
    ),
    // Chains.
    case(
        &[("  { deposit = { venue = \"earn\" } },\n  { borrow", "  { borrow")],
        "borrow",
        "`earn` lends against its own receipts, but `btc` is in hand",
        "deposit into `earn` first",
    ),
    case(
        &[(
            "  { subscribe = { venue = \"bfusd\" } },",
            "  { subscribe = { venue = \"bfusd\" } },\n  { subscribe = { venue = \"bfusd\" } },",
        )],
        "subscribe",
        "`bfusd` sells `bfusd` for `usdt`, but `bfusd` is in hand here",
        "get `usdt` first",
    ),
    case(
        &[("  { pledge = { venue = \"binance\" } },\n", "")],
        "trade",
        "there is no margin at `binance` yet",
        "pledge first",
    ),
    case(
        &[(
            "  { pledge = { venue = \"binance\" } },\n",
            "  { pledge = { venue = \"binance\" } },\n  { subscribe = { venue = \"bfusd\" } },\n",
        )],
        "subscribe",
        "finds nothing in hand: all of it was pledged",
        "",
    ),
    case(
        &[("  { subscribe = { venue = \"bfusd\" } },", "  { convert = { to = \"btc\" } },")],
        "pledge",
        "`btc` is in hand here, and `binance` does not take it as margin",
        "`bfusd`",
    ),
    case(
        &[("coin = \"usdt\", ltv = 0.6", "coin = \"usdt\", ltv = 0.8")],
        "0.8",
        "0.8 is above the initial_ltv of `earn`, 0.78",
        "at most 0.78",
    ),
    case(
        &[("coin = \"usdt\", ltv = 0.6", "coin = \"bfusd\", ltv = 0.6")],
        "\"bfusd\"",
        "`earn` does not lend `bfusd`",
        "`usdt`",
    ),
    case(
        &[("coin = \"usdt\", ltv = 0.7", "coin = \"btc\", ltv = 0.7")],
        "subscribe",
        "but `btc` is in hand here",
        "get `usdt` first",
    ),
    case(
        &[(
            "    { deposit = { venue = \"earn\" } },\n",
            "    { deposit = { venue = \"earn\" } },\n    { pledge = { venue = \"binance\" } },\n",
        )],
        "borrow",
        "`borrow` finds nothing in hand",
        "",
    ),
    case(
        &[("times = 2", "times = 2000000000")],
        "{ deposit = { venue = \"earn\" } }",
        "the chain is longer than 1000 steps",
        "",
    ),
    case(&[("loans = {", "# loans = {")], "\"earn\"", "`earn` does not lend", "[venues.earn.savings.loans]"),
    case(
        &[("contracts = { btc-perp = 1.0 }", "contracts = { btc-prep = 1.0 }")],
        "btc-prep",
        "there is no contract `btc-prep` at `binance`",
        "did you mean `btc-perp`?",
    ),
    case(
        &[("contracts = { btc-perp = 1.0 }", "contracts = { btc-perp = 1.0 }, contracts_per_owner = 2")],
        "2",
        "2 of 1 contracts cannot be drawn",
        "expected 1 to 1",
    ),
    // Insurance funds, collateral tiers, close-outs, margin modes.
    case(
        &[("insurance_funds.general = { opening_usd = 1e6 }", "insurance_funds = {}")],
        "insurance_funds",
        "a futures venue needs an insurance fund",
        "general = { opening_usd",
    ),
    case(
        &[(
            "insurance_funds.general = { opening_usd = 1e6 }",
            "insurance_funds.general = { opening_usd = 1e6, contracts = [\"btc-prep\"] }",
        )],
        "\"btc-prep\"",
        "there is no contract `btc-prep` at `binance`",
        "did you mean `btc-perp`?",
    ),
    case(
        &[(
            "insurance_funds.general = { opening_usd = 1e6 }",
            "insurance_funds.general = { opening_usd = 1e6 }\ninsurance_funds.more = { opening_usd = 1e6 }",
        )],
        "insurance_funds",
        "no fund bears the losses of `btc-perp`",
        "exactly one fund",
    ),
    case(
        &[(
            "insurance_funds.general = { opening_usd = 1e6 }",
            "insurance_funds.general = { opening_usd = 1e6, contracts = [\"btc-perp\"] }\ninsurance_funds.more = { opening_usd = 1e6, contracts = [\"btc-perp\"] }",
        )],
        "insurance_funds",
        "both `general` and `more` bear the losses of `btc-perp`",
        "exactly one fund",
    ),
    case(
        &[(
            "insurance_funds.general = { opening_usd = 1e6 }",
            "insurance_funds.general = { opening_usd = 1e6, floor_usd = 2e6 }",
        )],
        "2e6",
        "a floor of 2000000 USD is above the opening fund",
        "at most `opening_usd`",
    ),
    case(
        &[(
            "insurance_funds.general = { opening_usd = 1e6 }",
            "insurance_funds.general = { opening_usd = 1e6, top_up = { below_usd = 5e5, to_usd = 1e5 } }",
        )],
        "1e5",
        "topped up to 100000 USD the fund is still below 500000",
        "at least `below_usd`",
    ),
    case(
        &[(
            "insurance_funds.general = { opening_usd = 1e6 }",
            "insurance_funds.general = { opening_usd = 1e6, floor_usd = 5e5, top_up = { below_usd = 1e5, to_usd = 4e5 } }",
        )],
        "4e5",
        "topped up to 400000 USD the fund is still below its floor of 500000",
        "at least `floor_usd`",
    ),
    case(
        &[
            (
                "insurance_funds.general = { opening_usd = 1e6 }",
                "insurance_funds.general = { opening_usd = 1e6, contracts = [\"btc-perp\"] }",
            ),
            (
                "clearance_fee = 0.0125, taker_fee = 0.0005 }",
                "clearance_fee = 0.0125, taker_fee = 0.0005 }\nbtc-two = { coin = \"btc\", symbol = \"BTC/USDT:USDT\", clearance_fee = 0.0, taker_fee = 0.0 }",
            ),
        ],
        "insurance_funds",
        "no fund bears the losses of `btc-two`",
        "a single fund without `contracts` bears them all",
    ),
    case(
        &[(
            "insurance_funds.general = { opening_usd = 1e6 }",
            "insurance_funds.general = { opening_usd = 1e6 }\nadl = { rule = \"integer\" }",
        )],
        "\"integer\"",
        "`integer` closes whole lots, and `btc-perp` has no lot",
        "venues.binance.futures.contracts.btc-perp.lot = 0.001",
    ),
    case(
        &[
            ("insurance_funds.general = { opening_usd = 1e6 }", SINGLE_ASSET),
            ("usdt = { ratio = 0.9999 }", "usdt = { ratio = 1.0, ask_buffer = 0.1 }"),
            (TOKENS, ""),
            ("  { subscribe = { venue = \"bfusd\" } },\n", ""),
        ],
        "ask_buffer",
        "in single-asset mode `usdt` counts in full and is exchanged for nothing",
        "leave `ask_buffer` out",
    ),
    case(
        &[
            ("insurance_funds.general = { opening_usd = 1e6 }", SINGLE_ASSET),
            ("usdt = { ratio = 0.9999 }", "usdt = { ratio = 1.0, auto_exchange_haircut = 0.1 }"),
            (TOKENS, ""),
            ("  { subscribe = { venue = \"bfusd\" } },\n", ""),
        ],
        "auto_exchange_haircut",
        "in single-asset mode `usdt` counts in full and is exchanged for nothing",
        "leave `auto_exchange_haircut` out",
    ),
    case(
        &[
            ("insurance_funds.general = { opening_usd = 1e6 }", SINGLE_ASSET),
            ("usdt = { ratio = 0.9999 }", "usdt = { ratio = 1.0, auto_exchange_below = 10.0 }"),
            (TOKENS, ""),
            ("  { subscribe = { venue = \"bfusd\" } },\n", ""),
        ],
        "auto_exchange_below",
        "in single-asset mode `usdt` counts in full and is exchanged for nothing",
        "leave `auto_exchange_below` out",
    ),
    case(
        &[("ldusdt = { ratio = 0.999 }", "ldusdt = { ratio = 0.999, index = \"redemption\" }")],
        "\"redemption\"",
        "`ldusdt` is a receipt, which does not trade",
        "at what its pool can pay",
    ),
    case(
        &[("usdt = { ratio = 0.9999 }", "usdt = { tiers = [{ up_to_usd = 1e6, ratio = 0.9 }, { ratio = 0.95 }] }")],
        "0.95",
        "0.95 is above the 0.9 of the tier before",
        "a larger amount never counts for more",
    ),
    case(
        &[(
            "usdt = { ratio = 0.9999 }",
            "usdt = { tiers = [{ up_to_usd = 1e6, ratio = 0.9 }, { up_to_usd = 5e5, ratio = 0.8 }, { ratio = 0.7 }] }",
        )],
        "5e5",
        "the tier ends at 500000, where the one before has already ended",
        "expected more than 1000000",
    ),
    case(
        &[(
            "insurance_funds.general = { opening_usd = 1e6 }",
            "insurance_funds.general = { opening_usd = 1e6 }\nliquidation = { closes_per_step = 0 }",
        )],
        "0",
        "at 0 closes a step nobody is ever closed out",
        "1 or more",
    ),
    case(
        &[(
            "insurance_funds.general = { opening_usd = 1e6 }",
            "insurance_funds.general = { opening_usd = 1e6 }\nliquidation = { halts = [{ at = \"1h\", length = \"1h\" }, { at = \"90m\", length = \"1h\" }] }",
        )],
        "{ at = \"90m\", length = \"1h\" }",
        "this halt begins before the one before has ended",
        "without overlap",
    ),
    case(
        &[(
            "insurance_funds.general = { opening_usd = 1e6 }",
            "insurance_funds.general = { opening_usd = 1e6 }\nmargin = { portfolio = { liquidation_unimmr = 0.9 } }",
        )],
        "0.9",
        "0.9 would let accounts run below their maintenance margin",
        "1 or more",
    ),
    case(
        &[("contracts = { btc-perp = 1.0 }", "isolated = true, contracts = { btc-perp = 1.0 }")],
        "true",
        "`binance` has no isolated margin",
        "margin = \"single_asset\"",
    ),
    case(
        &[("contracts = { btc-perp = 1.0 }", "hedged_share = 0.5, contracts = { btc-perp = 1.0 }")],
        "0.5",
        "`binance` has one position a contract",
        "positions = \"hedge\"",
    ),
    case(
        &[("  { trade =", "  { margin_loan = { venue = \"binance\", coin = \"usdt\", share = 0.5 } },\n  { trade =")],
        "\"binance\"",
        "`binance` lends nothing inside its accounts",
        "loans_from",
    ),
    case(
        &[("usdt = { ratio = 0.9999 }", "usdt = { ratio = 0.9999, loan_maintenance = 0.01 }")],
        "0.01",
        "`binance` lends nothing",
        "loans need margin.portfolio",
    ),
    case(
        &[
            (
                "insurance_funds.general = { opening_usd = 1e6 }",
                "insurance_funds.general = { opening_usd = 1e6 }\nmargin = { portfolio = { loans_from = \"earn\" } }",
            ),
            ("bfusd = { ratio = 0.999", "bfusd = { ratio = 0.999, loan_maintenance = 0.01"),
        ],
        "0.01",
        "`earn` does not lend `bfusd`",
        "`usdt`",
    ),
    case(
        &[
            (
                "insurance_funds.general = { opening_usd = 1e6 }",
                "insurance_funds.general = { opening_usd = 1e6 }\nmargin = { portfolio = { loans_from = \"earn\" } }",
            ),
            ("usdt = { ratio = 0.9999 }", "usdt = { ratio = 0.9999, loan_maintenance = 0.01 }"),
            ("  { trade =", "  { margin_loan = { venue = \"binance\", coin = \"btc\", share = 0.5 } },\n  { trade ="),
        ],
        "\"btc\"",
        "`binance` does not lend `btc` inside its accounts",
        "`usdt`",
    ),
    case(
        &[
            (
                "insurance_funds.general = { opening_usd = 1e6 }",
                "insurance_funds.general = { opening_usd = 1e6 }\nmargin = { portfolio = { loans_from = \"earn\" } }",
            ),
            ("usdt = { ratio = 0.9999 }", "usdt = { ratio = 0.9999, loan_maintenance = 0.02 }"),
            ("  { trade =", "  { margin_loan = { venue = \"binance\", coin = \"usdt\", share = 0.98 } },\n  { trade ="),
        ],
        "0.98",
        "a loan of 0.98 of the equity would be liquidated at once",
        "less than 0.9794",
    ),
    case(
        &[
            (
                "insurance_funds.general = { opening_usd = 1e6 }",
                "insurance_funds.general = { opening_usd = 1e6 }\nmargin = { portfolio = { loans_from = \"earn\" } }",
            ),
            ("usdt = { ratio = 0.9999 }", "usdt = { ratio = 0.9999, loan_maintenance = 0.02 }"),
            ("  { trade =", "  { margin_loan = { venue = \"binance\", coin = \"usdt\", share = 0.0 } },\n  { trade ="),
        ],
        "0.0",
        "a loan of 0 is none",
        "",
    ),
    case(
        &[
            (
                "insurance_funds.general = { opening_usd = 1e6 }",
                "insurance_funds.general = { opening_usd = 1e6 }\nmargin = { portfolio = { loans_from = \"earn\" } }",
            ),
            (
                "  { pledge =",
                "  { margin_loan = { venue = \"binance\", coin = \"usdt\", share = 0.5 } },\n  { pledge =",
            ),
        ],
        "margin_loan",
        "there is no margin at `binance` yet",
        "pledge first",
    ),
    // Laws.
    case(
        &[("{ fixed = { x = 5.0 } }", "{ histogram = { edges = [1.0, 3.0, 2.0], weights = [1.0, 1.0] } }")],
        "2.0",
        "edges must rise, but 2 follows 3",
        "",
    ),
    case(
        &[("{ fixed = { x = 5.0 } }", "{ histogram = { edges = [1.0, 3.0], weights = [1.0, 1.0] } }")],
        "[1.0, 3.0]",
        "2 edges do not enclose 2 weights",
        "3 edges",
    ),
    case(
        &[("{ fixed = { x = 5.0 } }", "{ fixed = { x = 151.0 } }")],
        "leverage",
        "leverage 151 is above the 150 that `btc-perp` allows",
        "",
    ),
    case(&[("max_usd = 1e6", "max_usd = 1e3")], "1e3", "1000 is not above median_usd 1000", ""),
    case(
        &[("to_margin_ratio = 0.5", "to_margin_ratio = 0.9")],
        "0.9",
        "0.9 is not between 0 and at_margin_ratio 0.8",
        "adding margin lowers it",
    ),
    // Numbers that do not fit together.
    case(
        &[("margin_call_ltv = 0.85", "margin_call_ltv = 0.95")],
        "0.91",
        "0.91 is not above margin_call_ltv 0.95",
        "0.78, 0.85, 0.91",
    ),
    case(&[("initial_ltv = 0.78", "initial_ltv = 0.88")], "0.85", "0.85 is not above initial_ltv 0.88", ""),
    case(
        &[("liquidation_fee = 0.02", "liquidation_fee = 0.1")],
        "0.91",
        "it would lose money even at the limit",
        "at most 0.9091 here",
    ),
    case(&[("close_factor = 0.5", "close_factor = 0")], "0", "a liquidation repays nothing", ""),
    case(
        &[("cash_share = 0.25", "cash_share = 0.05\nholds = { bfusd = 0.2 }")],
        "bfusd",
        "`bfusd` would back itself: it holds its own token",
        "the tokens of other issuers",
    ),
    case(
        &[("cash_share = 0.25", "cash_share = 0.05\nholds = { usdt = 0.2 }")],
        "usdt",
        "`usdt` is a coin, not a token",
        "",
    ),
    case(
        &[("cash_share = 0.25", "cash_share = 0.05\nholds = { xusd = 0.2 }")],
        "xusd",
        "there is no token called `xusd`",
        "",
    ),
    case(
        &[("hedged = { btc-perp = 0.5 }", "hedged = { btc-perp = 0.6 }")],
        "hedged",
        "cash 0.25 + spot 0.6 + margin 0.6 * 0.5 = 1.1500 of the proceeds: more than was paid in",
        "0.5000 is hedged in all",
    ),
    case(
        &[("cash_share = 0.25", "cash_share = 0.2")],
        "hedged",
        "= 0.9500 of the proceeds: the rest is nowhere",
        "or cash_share is 0.2500",
    ),
    case(&[("hedge_venue = \"binance\"\n", "")], "issuer", "the key `hedge_venue` is missing", ""),
    case(
        &[("par = \"usdt\"", "par = \"btc\"")],
        "hedged",
        "a token issued for `btc` has nothing to hedge",
        "write hedged = {} and cash_share = 1.0",
    ),
    case(
        &[
            ("hedge_venue = \"binance\"", "hedge_venue = \"binance\"\nhedge_margin = 0.005"),
            ("cash_share = 0.25", "cash_share = 0.4975"),
        ],
        "0.005",
        "it would be liquidated at the opening",
        "",
    ),
    case(&[("kink = 0.92", "kink = 0.0")], "0.0", "a kink at 0", ""),
    // Markets.
    case(
        &[
            ("[markets.btc.perp.book]", "[markets.btc.perp]\n[markets.btc.perp.linear]"),
            ("depth_1pct_usd = 2e7\nexponent = 0.67\n", "depth_1pct_usd = 2e7\n"),
            (
                "[prices.gbm]",
                "[markets.xrp.spot.linear]\ndepth_1pct_usd = 1.0\npermanent_share = 0.0\nrecovery_half_life = \"1h\"\n[prices.gbm]",
            ),
        ],
        "xrp",
        "there is no coin called `xrp`",
        "coins: `usdt`, `btc`",
    ),
    case(
        &[(
            "recovery_half_life = \"1h\"\n\n[markets.btc.perp.book]\ndepth_1pct_usd = 2e7\nexponent = 0.67\npermanent_share = 0.3\n",
            "",
        )],
        "coin",
        "`btc` has no perpetual's book, and `btc-perp` is traded",
        "add a table [markets.btc.perp.book]",
    ),
    case(
        &[
            (
                "  { borrow = { venue = \"earn\", coin = \"usdt\", ltv = 0.6 } },",
                "  { borrow = { venue = \"earn\", coin = \"usdt\", ltv = 0.6 } },\n  { convert = { to = \"eth\" } },",
            ),
            ("volatility_per_year = { btc = 0.6 }", "volatility_per_year = { btc = 0.6, eth = 0.8 }"),
            ("[coins]", "[coins]\neth = { price_usd = 4000.0 }"),
        ],
        "convert",
        "`eth` has no order book to be exchanged on",
        "[markets.eth]",
    ),
    case(
        &[(
            "exponent = 0.67\npermanent_share = 0.3\nrecovery_half_life = \"1h\"\n\n[markets.btc.perp",
            "exponent = 0.01\npermanent_share = 0.3\nrecovery_half_life = \"1h\"\n\n[markets.btc.perp",
        )],
        "0.01",
        "0.01 is the exponent of no book",
        "expected 0.1 to 10; 0.67 is measured",
    ),
    // Prices, checked where they are built and reported here.
    case(&[("{ btc = 0.6 }", "{ btc = 0.6, eht = 0.6 }")], "0.6", "there is no coin `eht`", ""),
    case(
        &[
            ("[prices.gbm]", "[prices.bootstrap]"),
            ("volatility_per_year = { btc = 0.6 }", "file = \"no.parquet\"\nmean_block = \"1d\""),
        ],
        "\"no.parquet\"",
        "no.parquet",
        "",
    ),
    case(
        &[("volatility_per_year = { btc = 0.6 }", "volatility_per_year = { btc = -0.6 }")],
        "-0.6",
        "-0.6 is out of range: expected a number above 0",
        "btc: Volatility per year of each coin",
    ),
    case(
        &[
            ("[prices.gbm]", "[prices.merton]"),
            (
                "volatility_per_year = { btc = 0.6 }",
                "volatility_per_year = { btc = 0.6 }\njumps_per_year = { btc = -3.0 }\njump_deviation = { btc = 0.1 }",
            ),
        ],
        "-3.0",
        "-3 is out of range: expected a number of 0 or more",
        "Expected jumps per year",
    ),
    case(
        &[
            ("[prices.gbm]", "[prices.merton]"),
            (
                "volatility_per_year = { btc = 0.6 }",
                "volatility_per_year = { btc = 0.6 }\njumps_per_year = { btc = 3.0 }\njump_deviation = { btc = 0.1 }\ncommon_jumps_per_year = 4.0",
            ),
        ],
        "4.0",
        "4 common jumps a year are more than the 3 jumps a year of `btc`",
        "",
    ),
    case(
        &[
            ("[coins]", "[coins]\neth = { price_usd = 4000.0 }\nsol = { price_usd = 150.0 }"),
            (
                "volatility_per_year = { btc = 0.6 }",
                "volatility_per_year = { btc = 0.6, eth = 0.8, sol = 0.9 }\ncorrelation = [[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]]",
            ),
        ],
        "[[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]]",
        "not positive definite at row 2 (eth)",
        "the nearest that is: correlation = [[1.0, 0.760",
    ),
    case(
        &[
            ("[prices.gbm]", "[prices.heston]"),
            (
                "volatility_per_year = { btc = 0.6 }",
                "long_run_volatility_per_year = { btc = 0.6 }\nreversion_per_year = { btc = 4.0 }\n\
                 volatility_of_variance = { btc = -1.0 }",
            ),
        ],
        "-1.0",
        "-1 is out of range: expected a number above 0",
        "Volatility of variance",
    ),
    case(
        &[
            ("[prices.gbm]", "[[prices.regime.states]]\nname = \"calm\""),
            (
                "volatility_per_year = { btc = 0.6 }",
                "volatility_per_year = { btc = 0.6 }\nswitches_per_year = { wild = -21.0 }",
            ),
        ],
        "-21.0",
        "-21 is out of range: expected a number of 0 or more",
        "",
    ),
    case(
        &[
            ("[prices.gbm]", "[prices.garch]"),
            (
                "volatility_per_year = { btc = 0.6 }",
                "bar = \"1h\"\nlong_run_volatility_per_year = { btc = 0.6 }\nalpha = { btc = 0.11 }\n\
                 beta = { btc = 0.9 }\ndegrees = { btc = 4 }",
            ),
        ],
        "0.11",
        "alpha + beta is 0.11 + 0.9 = 1.01: expected below 1",
        "",
    ),
    case(
        &[
            ("[prices.gbm]", "[[prices.regime.states]]\nname = \"calm\""),
            (
                "volatility_per_year = { btc = 0.6 }",
                "volatility_per_year = { btc = 0.6 }\n[[prices.regime.states]]\nname = \"wild\"\n\
                 volatility_per_year = { btc = 1.6 }\nswitches_per_year = { clam = 21.0 }",
            ),
        ],
        "21.0",
        "there is no state `clam`; did you mean `calm`?",
        "",
    ),
    case(
        &[(
            "volatility_per_year = { btc = 0.6 }",
            "volatility_per_year = { btc = 0.6 }\ncopula = { t = { degrees = 0.5 } }",
        )],
        "0.5",
        "0.5 degrees of freedom: expected 1 to 200",
        "",
    ),
    case(
        &[("volatility_per_year = { btc = 0.6 }", "volatility_per_year = { btc = 0.6 }\ncopula = \"t\"")],
        "\"t\"",
        "`t` needs settings of its own",
        "",
    ),
    // Shocks.
    case(
        &[("[coins]", "[[shocks]]\nat = \"2d\"\ngap = { btc = -0.1 }\n[coins]")],
        "\"2d\"",
        "2days is after the end of the path",
        "run.horizon is 1day",
    ),
    case(&[("[coins]", "[[shocks]]\nat = \"2h\"\n[coins]")], "[[shocks]]", "this shock does nothing", "`gap`, `depeg`"),
    case(
        &[("[coins]", "[[shocks]]\nat = \"2h\"\ngap = { usdt = -0.1 }\n[coins]")],
        "usdt",
        "`usdt` is a stablecoin",
        "depeg = { coin = \"usdt\"",
    ),
    case(
        &[("[coins]", "[[shocks]]\nat = \"2h\"\ndepeg = { coin = \"btc\", price_usd = 0.9 }\n[coins]")],
        "\"btc\"",
        "`btc` is not a stablecoin",
        "",
    ),
    case(
        &[("[coins]", "[[shocks]]\nat = \"2h\"\ngap = { btc = -1.0 }\n[coins]")],
        "-1.0",
        "-1 is out of range: expected a return above -1",
        "",
    ),
    case(
        &[("[coins]", "[[shocks]]\nat = \"2h\"\ndepth = { multiplier = 0.1, coins = [\"usdt\"] }\n[coins]")],
        "\"usdt\"",
        "`usdt` has no order book to withdraw from",
        "",
    ),
    // Cohorts.
    case(&[("owners = 100", "owners = 0")], "cohorts", "the cohorts have no owners", ""),
    case(&[("owners = 100\n", "")], "[[cohorts]]", "the key `owners` is missing", "how many owners"),
    case(
        &[("owners = 100\n", "owners = 100\nbook = \"x.csv\"\n")],
        "owners",
        "a cohort with a `book` has no `owners`, `coin`, `wealth`, `chain`",
        "a real book says itself",
    ),
    // Sweeps.
    case(
        &[("run.paths = { values = [1, 2] }", "\"run.pahts\" = { values = [1, 2] }")],
        "\"run.pahts\"",
        "there is no `pahts` in `run`",
        "did you mean `paths`?",
    ),
    case(
        &[("run.paths = { values = [1, 2] }", "run.pahts = { values = [1, 2] }")],
        "pahts",
        "there is no `pahts` in `run`",
        "did you mean `paths`?",
    ),
    case(
        &[("run.paths = { values = [1, 2] }", "run.paths = { values = [1, 1] }")],
        "{ values = [1, 1] }",
        "the value 1 is there twice",
        "",
    ),
    case(
        &[("run.paths = { values = [1, 2] }", "run.paths = { values = [1, \"x\"] }")],
        "{ values = [1, \"x\"] }",
        "\"x\": found the text \"x\", expected a whole number",
        "",
    ),
    case(
        &[("count = 5", "count = 4")],
        "{ range = { from = 0, to = 4, count = 4 } }",
        "1.33333333333: found the number 1.33333333333, expected a whole number",
        "",
    ),
    case(
        &[("range = { from = 0, to = 4, count = 5 }", "log_range = { from = 0, to = 4, count = 5 }")],
        "{ from = 0, to = 4, count = 5 }",
        "equal ratios need ends above 0",
        "",
    ),
    // What was observed.
    case(
        &[(
            "[sweep]\n",
            "[[observed]]\nwhat = \"w\"\nvalue = 1.0\nunit = \"hours\"\nsource = \"s\"\nfigure.first_hours = { series = \"liquidated_usd\" }\n[sweep]\n",
        )],
        "first_hours",
        "there is no level",
        "exactly one of `at_least` and `at_most`",
    ),
    case(
        &[(
            "[sweep]\n",
            "[[observed]]\nwhat = \"w\"\nvalue = 1.0\nunit = \"hours\"\nsource = \"s\"\nfigure.first_hours = { series = \"liquidated_usd\", at_least = 1.0, at_most = 2.0 }\n[sweep]\n",
        )],
        "first_hours",
        "there are two levels",
        "exactly one",
    ),
    case(
        &[(
            "[sweep]\n",
            "[[observed]]\nwhat = \"w\"\nvalue = 1.0\nunit = \"hours\"\nsource = \"s\"\nfigure.first_hours = { series = \"liquidated_usd\", at_least = 1.0, after = \"25h\" }\n[sweep]\n",
        )],
        "\"25h\"",
        "1day 1h is after the end of the path",
        "run.horizon is 1day",
    ),
    case(
        &[(
            "[sweep]\n",
            "[[observed]]\nwhat = \"w\"\nvalue = 1.0\nunit = \"USD\"\nsource = \"s\"\nfigure.at = { series = \"liquidated_usd\", time = \"2d\" }\n[sweep]\n",
        )],
        "\"2d\"",
        "2days is after the end of the path",
        "run.horizon is 1day",
    ),
    case(
        &[(
            "[sweep]\n",
            "[[observed]]\nwhat = \"w\"\nvalue = 1.0\nunit = \"USD\"\nsource = \"s\"\nfigure.change = { series = \"liquidated_usd\", from = \"2h\", to = \"2h 4m\" }\n[sweep]\n",
        )],
        "\"2h 4m\"",
        "no step ends between 2h and 2h 4m",
        "a step (run.step = \"5m\")",
    ),
    case(
        &[(
            "[sweep]\n",
            "[[observed]]\nwhat = \"w\"\nvalue = 1.0\nunit = \"USD\"\nsource = \"s\"\nfigure.change = { series = \"liquidated_usd\", from = \"1d\" }\n[sweep]\n",
        )],
        "\"1d\"",
        "no step ends between 1day and the end of the path",
        "",
    ),
    case(
        &[(
            "[sweep]\n",
            "[[observed]]\nwhat = \"w\"\nvalue = 1.0\nunit = \"USD\"\nsource = \"s\"\nfigure.lowest = { series = \"liquidated_usd\", from = \"1h 1m\", to = \"1h 4m\" }\n[sweep]\n",
        )],
        "\"1h 4m\"",
        "no step ends between",
        "",
    ),
    case(
        &[(
            "[sweep]\n",
            "[[observed]]\nwhat = \"w\"\nvalue = 1.0\nunit = \"hours\"\nsource = \"s\"\nfigure.highest = { series = \"liquidated_usd\" }\n[sweep]\n",
        )],
        "\"hours\"",
        "the figure is in \"USD\", not in \"hours\"",
        "write unit = \"USD\"",
    ),
    case(
        &[(
            "[sweep]\n",
            "[[observed]]\nwhat = \"w\"\nvalue = 1.0\nunit = \"USD\"\nsource = \"s\"\nfigure.change = { series = \"liquidated_usd\", relative = true }\n[sweep]\n",
        )],
        "\"USD\"",
        "the figure is in \"share\"",
        "",
    ),
    case(
        &[(
            "[sweep]\n",
            "[[observed]]\nwhat = \"w\"\nvalue = 1.0\nunit = \"share\"\nsource = \"s\"\nfigure.first_hours = { series = \"liquidated_usd\", at_least = 1.0 }\n[sweep]\n",
        )],
        "\"share\"",
        "the figure is in \"hours\"",
        "",
    ),
    case(
        &[(
            "[sweep]\n",
            "[[observed]]\nwhat = \"w\"\nvalue = 1.0\nunit = \"USD\"\nsource = \" \"\nfigure.metric = \"loss_usd\"\n[sweep]\n",
        )],
        "\" \"",
        "this says nothing",
        "its source cannot be checked",
    ),
    case(
        &[(
            "[sweep]\n",
            "[[observed]]\nwhat = \"w\"\nvalue = 1.0\nunit = \"USD\"\nsource = \"s\"\nfigure.metric = \"loss_usd\"\n[[observed]]\nwhat = \"w\"\nvalue = 1.0\nunit = \"USD\"\nsource = \"s\"\nfigure.metric = \"loss_usd\"\n[sweep]\n",
        )],
        "\"w\"",
        "another row is called the same",
        "",
    ),
    case(
        &[(
            "[sweep]\n",
            "[[observed]]\nwhat = \"w\"\nvalue = 0.5\nunit = \"0/1\"\nsource = \"s\"\nfigure.metric = \"pool_run\"\n[sweep]\n",
        )],
        "0.5",
        "0.5 is neither 0 nor 1",
        "1 if it happened",
    ),
];
