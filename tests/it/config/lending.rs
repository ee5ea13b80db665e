//! Pools with terms of each reserve, e-modes, caps and oracles: bad input, and that what is resolved is what was written.

use super::cases::{Case, case};

const CLOSE: &str = "close_factor = 0.5 }";
const USDT: &str = "receipt = \"ldusdt\"\n";

/// What can be wrong with them.
pub const LENDING: &[Case] = &[
    case(
        &[
            (
                "insurance_funds.general = { opening_usd = 1e6 }",
                "insurance_funds.general = { opening_usd = 1e6 }\nmargin = { portfolio = { loans_from = \"earn\" } }",
            ),
            ("[venues.earn.savings]", "[venues.earn.savings]\nlending = \"peer_to_peer\""),
        ],
        "\"earn\"",
        "`earn` matches loans for a term",
        "they need a pool or a bank",
    ),
    case(
        &[(USDT, "receipt = \"ldusdt\"\ncollateral = { ltv = 0.8, liquidation_threshold = 0.7, bonus = 0.05 }\n")],
        "0.8",
        "0.8 is above liquidation_threshold 0.7: a new loan could be liquidated at once",
        "at most 0.7",
    ),
    case(
        &[(USDT, "receipt = \"ldusdt\"\ncollateral = { ltv = 0.8, liquidation_threshold = 0.97, bonus = 0.05 }\n")],
        "0.97",
        "with bonus 0.05 a liquidation takes 1.0185 of the collateral",
        "at most 0.9524 here",
    ),
    case(
        &[
            ("loans = {", "# loans = {"),
            (USDT, "receipt = \"ldusdt\"\ncollateral = { ltv = 0.7, liquidation_threshold = 0.8, bonus = 0.05 }\n"),
        ],
        "collateral",
        "`earn` does not lend, so nothing is its collateral",
        "[venues.earn.savings.loans]",
    ),
    case(
        &[("kink = 0.92", "kink = 1.2")],
        "1.2",
        "1.2 is out of range: expected a share of at least 0 and below 1",
        "Utilisation",
    ),
    case(&[("kink = 0.92", "kink = -0.1")], "-0.1", "-0.1 is out of range", ""),
    case(
        &[("slope2_per_year = 0.35", "slope2_per_year = 0.05")],
        "0.05",
        "0.05 is below slope1_per_year 0.065: a rate rises no less beyond the kink",
        "0.065 or more",
    ),
    case(
        &[(
            USDT,
            "receipt = \"ldusdt\"\nslope2_oracle = { floor_per_year = 0.4, ceiling_per_year = 0.9, max_change = 0.04 }\n",
        )],
        "slope2_oracle",
        "slope2_per_year 0.35 does not lie between 0.4 and 0.9",
        "floor_per_year <= slope2_per_year",
    ),
    case(
        &[(
            USDT,
            "receipt = \"ldusdt\"\nslope2_oracle = { floor_per_year = 0.01, ceiling_per_year = 0.9, max_change = 0.04 }\n",
        )],
        "0.01",
        "0.01 is below slope1_per_year 0.065",
        "0.065 or more",
    ),
    case(
        &[(USDT, "receipt = \"ldusdt\"\nsupply_cap_usd = -5.0\n")],
        "-5.0",
        "-5 is out of range: expected a number above 0",
        "Most that may be deposited",
    ),
    case(
        &[(USDT, "receipt = \"ldusdt\"\nborrow_cap_usd = 0\n")],
        "0",
        "0 is out of range: expected a number above 0",
        "Most that may be lent",
    ),
    case(
        &[("receipt = \"ldbtc\"\n", "receipt = \"ldbtc\"\nindex = \"redemption\"\n")],
        "\"redemption\"",
        "`btc` is a coin without a peg, which nobody redeems",
        "leave `index` out",
    ),
    case(
        &[(USDT, "receipt = \"ldusdt\"\nstale = \"0s\"\n")],
        "\"0s\"",
        "is no time at all",
        "Age of the oracle's price",
    ),
    case(
        &[
            (USDT, "receipt = \"ldusdt\"\nborrowable = false\n"),
            ("coin = \"usdt\", ltv = 0.7", "coin = \"btc\", ltv = 0.7"),
        ],
        "\"usdt\"",
        "`earn` does not lend `usdt`",
        "venues.earn.savings.reserves.usdt says borrowable = false",
    ),
    case(
        &[(
            CLOSE,
            "close_factor = 0.5, e_modes.usd = { assets = [\"usdt\", \"usdc\"], ltv = 0.9, liquidation_threshold = 0.93, bonus = 0.01 } }",
        )],
        "\"usdc\"",
        "`usdc` is no reserve of `earn`",
        "usdt",
    ),
    case(
        &[(
            CLOSE,
            "close_factor = 0.5, e_modes.usd = { assets = [], ltv = 0.9, liquidation_threshold = 0.93, bonus = 0.01 } }",
        )],
        "[]",
        "expected one reserve or more",
        "",
    ),
    case(
        &[(
            CLOSE,
            "close_factor = 0.5, e_modes.usd = { assets = [\"usdt\"], borrowable = [\"btx\"], ltv = 0.9, liquidation_threshold = 0.93, bonus = 0.01 } }",
        )],
        "\"btx\"",
        "`btx` is no reserve of `earn`",
        "did you mean `btc`?",
    ),
    case(
        &[(
            CLOSE,
            "close_factor = 0.5, e_modes.usd = { assets = [\"usdt\"], ltv = 0.7, liquidation_threshold = 0.93, bonus = 0.01 } }",
        )],
        "0.7",
        "0.7 is below the 0.78 that `usdt` has without this e-mode",
        "0.78 or more",
    ),
    case(
        &[(
            CLOSE,
            "close_factor = 0.5, e_modes.usd = { assets = [\"usdt\"], ltv = 0.8, liquidation_threshold = 0.9, bonus = 0.01 } }",
        )],
        "0.9",
        "0.9 is below the 0.91 that `usdt` has without this e-mode",
        "0.91 or more",
    ),
    case(
        &[(
            CLOSE,
            "close_factor = 0.5, e_modes.usd = { assets = [\"usdt\"], ltv = 0.95, liquidation_threshold = 0.93, bonus = 0.01 } }",
        )],
        "0.95",
        "0.95 is above liquidation_threshold 0.93",
        "at most 0.93",
    ),
    case(
        &[(
            "receipt = \"ldbtc\"\n",
            "receipt = \"ldbtc\"\ncollateral = { ltv = 0.5, liquidation_threshold = 0.6, bonus = 0.05 }\n",
        )],
        "0.6",
        "0.6 is above the 0.5 at which `earn` lends `usdt` against `btc`",
        "at most 0.5",
    ),
    case(
        &[(CLOSE, "close_factor = 0.5, full_close_below_health_factor = 1.5 }")],
        "1.5",
        "1.5 is out of range: expected a share between 0 and 1",
        "Health factor",
    ),
    case(
        &[(CLOSE, "close_factor = 0.5, auctions = { zero_bid_share = 36, above_gas = 5 } }")],
        "36",
        "36 is out of range: expected a share",
        "Share of auctions",
    ),
    case(
        &[(
            CLOSE,
            "close_factor = 0.5, auctions = { zero_bid_share = 0.36, above_gas = 5 }, liquidators = { gas_usd = 1, drop_out_gas = 8 } }",
        )],
        "8",
        "with auctions lots go for nothing where nobody comes, above auctions.above_gas",
        "leave drop_out_gas or auctions out",
    ),
    case(
        &[("[coins]", "[[shocks]]\nat = \"2h\"\ngas = { multiplier = 0.5 }\n[coins]")],
        "0.5",
        "0.5 is below calm: expected 1 or more",
        "",
    ),
];
