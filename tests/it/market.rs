//! Order books: impact laws, books tied by arbitrage, depth under stress, sales through pools of two assets.

mod laws;
mod pools;
mod pumps;
mod route;
mod stress;
mod tied;

use rehypo::id::CoinId;
use rehypo::scenario::{ImpactLaw, Loaded, load_text};
use std::path::Path;

/// The coin of [`world`].
pub const COIN: CoinId = CoinId(0);

/// A coin at 1 USD with a spot book of a law, and what else stands in `[markets.coin]`.
pub fn world(spot: &str, more: &str) -> Loaded {
    let text = format!(
        "name = \"book\"\nrun = {{ paths = 1, seed = 1, horizon = \"1d\", step = \"1h\", counterfactuals = [] }}
coins = {{ coin = {{ price_usd = 1.0 }}, usdt = {{ peg_usd = 1.0 }} }}
prices.gbm.volatility_per_year = {{ coin = 1e-9 }}
[markets.coin]\nspot.{spot}\n{more}
[[cohorts]]\nname = \"one\"\nowners = 1\ncoin = \"usdt\"\nwealth.fixed = {{ usd = 1.0 }}\n"
    );
    load_text(&text, Path::new("."), "book", &[]).unwrap_or_else(|problem| panic!("{problem}"))
}

/// The law of a spot book.
pub fn law(spot: &str) -> ImpactLaw {
    world(spot, "").scenario.markets[0].spot
}
