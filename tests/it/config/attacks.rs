//! Attacks, freezes, thresholds and flights: bad input.

use super::cases::{Case, case};

const SHOCK: &str = "[coins]";

/// What can be wrong with them.
pub const ATTACKS: &[Case] = &[
    case(
        &[(SHOCK, "[[shocks]]\nat = \"2h\"\nexploit = { venue = \"binance\", share = 0.5 }\n[coins]")],
        "\"binance\"",
        "`binance` is a futures venue",
        "pools and issuers have cash that can be stolen",
    ),
    case(
        &[(SHOCK, "[[shocks]]\nat = \"2h\"\nexploit = { venue = \"eanr\", share = 0.5 }\n[coins]")],
        "\"eanr\"",
        "there is no venue called `eanr`",
        "did you mean `earn`?",
    ),
    case(
        &[(SHOCK, "[[shocks]]\nat = \"2h\"\nexploit = { venue = \"earn\", share = 0.5, usd = 5.0 }\n[coins]")],
        "exploit",
        "`share` and `usd` exclude one another",
        "give it one of `share`",
    ),
    case(
        &[(SHOCK, "[[shocks]]\nat = \"2h\"\nexploit = { venue = \"earn\" }\n[coins]")],
        "exploit",
        "nothing is taken",
        "give it one of `share`",
    ),
    case(
        &[(SHOCK, "[[shocks]]\nat = \"2h\"\nexploit = { venue = \"earn\", reserve = \"eth\", share = 0.5 }\n[coins]")],
        "\"eth\"",
        "`earn` has no reserve `eth`",
        "",
    ),
    case(
        &[(
            SHOCK,
            "[[shocks]]\nat = \"2h\"\nforge = { issuer = \"bfusd\", tokens = 5.0, deposit_in = \"earn\" }\n[coins]",
        )],
        "\"earn\"",
        "`earn` does not take `bfusd`",
        "add venues.earn.savings.reserves.bfusd",
    ),
    case(
        &[(SHOCK, "[[shocks]]\nat = \"2h\"\nforge = { issuer = \"bfusd\", tokens = 5.0, borrow = \"usdt\" }\n[coins]")],
        "borrow",
        "nothing is pledged to borrow against",
        "deposit_in",
    ),
    case(
        &[(SHOCK, "[[shocks]]\nat = \"2h\"\nfreeze = { venue = \"earn\", reserves = [\"usdtt\"] }\n[coins]")],
        "\"usdtt\"",
        "`earn` has no reserve `usdtt`",
        "did you mean `usdt`?",
    ),
];
