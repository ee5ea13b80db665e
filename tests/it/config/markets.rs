//! Books: impact laws, stress and routes that cannot be.

use super::cases::{Case, case};

/// The spot book of `small.toml`.
const SPOT: &str = "[markets.btc.spot.book]\ndepth_1pct_usd = 1e7\nexponent = 0.67\npermanent_share = 0.3\nrecovery_half_life = \"1h\"\n";

/// What can be wrong with them.
pub const MARKETS: &[Case] = &[
    case(
        &[(
            SPOT,
            "[markets.btc.spot.book]\ndepth_1pct_usd = 0.0\nexponent = 0.67\npermanent_share = 0.3\nrecovery_half_life = \"1h\"\n",
        )],
        "0.0",
        "0 is out of range: expected a number above 0",
        "USD resting within 1 %",
    ),
    case(
        &[(
            SPOT,
            "[markets.btc.spot.book]\ndepth_1pct_usd = -1e7\nexponent = 0.67\npermanent_share = 0.3\nrecovery_half_life = \"1h\"\n",
        )],
        "-1e7",
        "-10000000 is out of range: expected a number above 0",
        "USD resting within 1 %",
    ),
    case(
        &[(
            SPOT,
            "[markets.btc.spot.book]\ndepth_1pct_usd = 1e7\nexponent = -0.67\npermanent_share = 0.3\nrecovery_half_life = \"1h\"\n",
        )],
        "-0.67",
        "-0.67 is out of range: expected a number above 0",
        "Exponent of the depth curve",
    ),
    case(
        &[(
            SPOT,
            "[markets.btc.spot.book]\ndepth_1pct_usd = 1e7\nexponent = 11\npermanent_share = 0.3\nrecovery_half_life = \"1h\"\n",
        )],
        "11",
        "11 is the exponent of no book",
        "expected 0.1 to 10",
    ),
    case(
        &[(
            SPOT,
            "[markets.btc.spot]\nsquare_root = { daily_volume_usd = 0.0, daily_volatility = 0.03, permanent_share = 0.0, recovery_half_life = \"1h\" }\n",
        )],
        "0.0",
        "0 is out of range: expected a number above 0",
        "USD traded in a day",
    ),
    case(
        &[(
            SPOT,
            "[markets.btc.spot]\nsquare_root = { daily_volume_usd = 1e9, daily_volatility = -0.03, permanent_share = 0.0, recovery_half_life = \"1h\" }\n",
        )],
        "-0.03",
        "-0.03 is out of range: expected a number above 0",
        "Standard deviation",
    ),
    case(
        &[(
            SPOT,
            "[markets.btc.spot]\nsquare_root = { daily_volume_usd = 1e9, daily_volatility = 0.03, permanent_share = 0.0, recovery_half_life = \"1h\", exponent = -0.5 }\n",
        )],
        "-0.5",
        "-0.5 is out of range",
        "Exponent of flow over volume",
    ),
    case(
        &[(
            SPOT,
            "[markets.btc.spot]\nsquare_root = { daily_volume_usd = 1e9, daily_volatility = 0.03, permanent_share = 0.0, recovery_half_life = \"1h\", exponent = 0.05 }\n",
        )],
        "0.05",
        "0.05 is the exponent of no book",
        "0.5 is measured",
    ),
    case(
        &[(
            SPOT,
            "[markets.btc.spot]\nsquare_root = { daily_volume_usd = 1e9, daily_volatility = 0.03, permanent_share = 0.0, recovery_half_life = \"1h\", depth_1pct_usd = 0 }\n",
        )],
        "0",
        "0 is out of range: expected a number above 0",
        "USD resting within 1 %",
    ),
    case(
        &[(
            SPOT,
            "[markets.btc.spot]\nsquare_root = { daily_volume_usd = 1e9, daily_volatility = 0.03, permanent_share = 0.0, recovery_half_life = \"1h\", depth_exponent = 1 }\n",
        )],
        "depth_exponent",
        "an exponent of a depth that is not given",
        "add `depth_1pct_usd`",
    ),
    case(
        &[(
            SPOT,
            "[markets.btc.spot]\nsquare_root = { daily_volume_usd = 1e9, daily_volatility = 0.03, permanent_share = 0.0, recovery_half_life = \"1h\", depth_1pct_usd = 1e7, depth_exponent = 20 }\n",
        )],
        "20",
        "20 is the exponent of no book",
        "0.67 is measured",
    ),
    case(
        &[(
            SPOT,
            "[markets.btc.spot]\nexponential = { market_cap_usd = 1e12, fall = 0.0, permanent_share = 0.0, recovery_half_life = \"1h\" }\n",
        )],
        "0.0",
        "a price that never falls has no impact law",
        "such as 0.05",
    ),
    case(
        &[(
            SPOT,
            "[markets.btc.spot]\nexponential = { market_cap_usd = 1e12, fall = 1.0, permanent_share = 0.0, recovery_half_life = \"1h\" }\n",
        )],
        "1.0",
        "1 is out of range: expected a share of at least 0 and below 1",
        "Share by which the price falls",
    ),
    case(
        &[(
            SPOT,
            "[markets.btc.spot]\nsquare-root = { daily_volume_usd = 1e9, daily_volatility = 0.03, permanent_share = 0.0, recovery_half_life = \"1h\" }\n",
        )],
        "square-root",
        "`square-root` is not known here",
        "did you mean `square_root`?",
    ),
    case(
        &[(
            SPOT,
            "[markets.btc]\nstress = { floor = 0.1 }\n[markets.btc.spot.book]\ndepth_1pct_usd = 1e7\nexponent = 0.67\npermanent_share = 0.3\nrecovery_half_life = \"1h\"\n",
        )],
        "stress",
        "nothing withdraws depth here",
        "one or both of `volatility`, `flow`",
    ),
    case(
        &[(
            SPOT,
            "[markets.btc]\nstress = { floor = 1.5, flow = { withdrawn_share = 0.1, recovery_half_life = \"1h\" } }\n[markets.btc.spot.book]\ndepth_1pct_usd = 1e7\nexponent = 0.67\npermanent_share = 0.3\nrecovery_half_life = \"1h\"\n",
        )],
        "1.5",
        "1.5 is more than all of the depth",
        "at most 1",
    ),
    case(
        &[(
            SPOT,
            "[markets.btc]\nstress = { floor = 0.0, flow = { withdrawn_share = 0.1, recovery_half_life = \"1h\" } }\n[markets.btc.spot.book]\ndepth_1pct_usd = 1e7\nexponent = 0.67\npermanent_share = 0.3\nrecovery_half_life = \"1h\"\n",
        )],
        "0.0",
        "0 is out of range: expected a number above 0",
        "Least share of calm depth",
    ),
    case(
        &[(
            SPOT,
            "[markets.btc]\nstress = { floor = 0.1, flow = { withdrawn_share = 1.0, recovery_half_life = \"1h\" } }\n[markets.btc.spot.book]\ndepth_1pct_usd = 1e7\nexponent = 0.67\npermanent_share = 0.3\nrecovery_half_life = \"1h\"\n",
        )],
        "1.0",
        "1 is out of range",
        "withdraws",
    ),
    case(
        &[(
            SPOT,
            "[markets.btc]\nstress = { floor = 0.1, volatility = { elasticity = -1.0, calm_per_year = 0.5, half_life = \"1h\" } }\n[markets.btc.spot.book]\ndepth_1pct_usd = 1e7\nexponent = 0.67\npermanent_share = 0.3\nrecovery_half_life = \"1h\"\n",
        )],
        "-1.0",
        "-1 is out of range: expected a number above 0",
        "Exponent; 1 halves depth",
    ),
    case(
        &[(
            SPOT,
            "[markets.btc]\nroute = { pools = [], gas_usd = 1 }\n[markets.btc.spot.book]\ndepth_1pct_usd = 1e7\nexponent = 0.67\npermanent_share = 0.3\nrecovery_half_life = \"1h\"\n",
        )],
        "pools",
        "0 pools: expected one to 6",
        "",
    ),
    case(
        &[(
            SPOT,
            "[markets.btc]\nroute = { pools = [\"swap\"], gas_usd = 1 }\n[markets.btc.spot.book]\ndepth_1pct_usd = 1e7\nexponent = 0.67\npermanent_share = 0.3\nrecovery_half_life = \"1h\"\n",
        )],
        "\"swap\"",
        "there is no venue called `swap`",
        "",
    ),
    case(
        &[(
            SPOT,
            "[markets.btc]\nroute = { pools = [\"earn\"], gas_usd = 1 }\n[markets.btc.spot.book]\ndepth_1pct_usd = 1e7\nexponent = 0.67\npermanent_share = 0.3\nrecovery_half_life = \"1h\"\n",
        )],
        "\"earn\"",
        "`earn` is a savings pool, not a pool of two assets",
        "",
    ),
    case(
        &[
            (
                SPOT,
                "[markets.btc]\nroute = { pools = [\"swap\"], gas_usd = 1 }\n[markets.btc.spot.book]\ndepth_1pct_usd = 1e7\nexponent = 0.67\npermanent_share = 0.3\nrecovery_half_life = \"1h\"\n",
            ),
            (
                "[coins]",
                "[venues.swap.amm]\nassets = [\"bfusd\", \"usdt\"]\nlp = \"lp\"\noutside_reserves_usd = 1e6\nfee = 0.003\n[coins]",
            ),
        ],
        "\"swap\"",
        "`swap` swaps bfusd and usdt, not `btc` for another coin",
        "no pool of the config does; leave [markets.btc.route] out",
    ),
    case(
        &[
            (
                SPOT,
                "[markets.btc]\nroute = { pools = [\"swap\", \"other\"], gas_usd = 1 }\n[markets.btc.spot.book]\ndepth_1pct_usd = 1e7\nexponent = 0.67\npermanent_share = 0.3\nrecovery_half_life = \"1h\"\n",
            ),
            (
                "[coins]",
                "[venues.swap.amm]\nassets = [\"bfusd\", \"usdt\"]\nlp = \"lp\"\noutside_reserves_usd = 1e6\nfee = 0.003\n[venues.other.amm]\nassets = [\"btc\", \"usdt\"]\nlp = \"lp2\"\noutside_reserves_usd = 1e6\nfee = 0.003\n[coins]",
            ),
        ],
        "\"swap\"",
        "`swap` swaps bfusd and usdt, not `btc` for another coin",
        "pools that do: other",
    ),
    case(
        &[
            (
                SPOT,
                "[markets.btc]\nroute = { pools = [\"swap\", \"swap\"], gas_usd = 1 }\n[markets.btc.spot.book]\ndepth_1pct_usd = 1e7\nexponent = 0.67\npermanent_share = 0.3\nrecovery_half_life = \"1h\"\n",
            ),
            (
                "[coins]",
                "[venues.swap.amm]\nassets = [\"btc\", \"usdt\"]\nlp = \"lp\"\noutside_reserves_usd = 1e6\nfee = 0.003\n[coins]",
            ),
        ],
        "\"swap\"",
        "`swap` is already in the list",
        "",
    ),
];
