//! One world, resolved: names have become ids, files have been read, everything has been checked.
//!
//! [`spec`] is the config file as written, [`Scenario`] what the engine runs. Plain `f64` here are in the unit of
//! their name; shares are of 1, times in seconds, rates per year.

pub mod account;
mod amm;
mod canonical;
mod check;
mod diagnostic;
mod edit;
mod futures;
mod holdings;
mod issuer;
mod key;
mod market;
pub mod observed;
mod parse;
mod pool;
mod reference;
mod resolve;
mod schema;
mod source;
pub mod spec;
mod sweep;

use crate::id::{AssetId, CohortId, CoinId};
use crate::price::{Between, Hours, Pegs, PriceModel};
use crate::random::Sampling;
pub use account::Level;
pub use amm::{Amm, Idle, Mining};
pub use diagnostic::{ConfigError, Diagnostic};
pub use futures::{
    Adl, Backstop, Collateral, Contract, Fund, FundTopUp, Funding, Futures, Halt, Leg, Liquidation, LoanTerms,
    MarginMode, RatioTier,
};
pub use issuer::{Gate, Hedge, Held, Issuer, MarketTerms, Staked, VaultRules};
pub(crate) use key::suggest;
pub use market::{Curve, FlowStress, ImpactLaw, Market, PaidPrice, Route, Stress, VolatilityStress};
use observed::Observed;
pub use parse::{Loaded, load, load_text};
pub use pool::{Lending, Loans, Pool, RateCurve, Reserve};
pub use reference::{account_markdown, reference_markdown};
pub use schema::json_schema;
pub use spec::{
    AdlRuleSpec, AdlTakeSpec, CloseOrderSpec, CloseSizeSpec, IndexSpec, LendingSpec, LeverageBase, LeverageSpec,
    OrderSpec, RecoverySpec, RunsSpec, ThresholdSpec, TopUpSpec, WealthSpec, WhenDrySpec,
};
pub use sweep::{Axis, Point};

/// One world.
#[derive(Debug)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// What it asks, one sentence.
    pub about: String,
    /// The config as resolved (after `--set` and sweep axes), TOML that parses to this scenario again.
    pub resolved_toml: String,
    pub(crate) fingerprint: String,
    /// Seed of all streams.
    pub seed: u64,
    /// How price paths are sampled.
    pub sampling: Sampling,
    /// Number of paths.
    pub paths: u64,
    /// Steps in a path.
    pub steps: usize,
    /// Seconds in a step.
    pub step_seconds: f64,
    /// Paths kept in full from the start.
    pub sample_paths: u64,
    /// Worst paths kept in full.
    pub worst_paths: u64,
    /// Worlds to run beside the full one.
    pub counterfactuals: Vec<Variant>,
    /// Order of close-outs within a round.
    pub order: OrderSpec,
    /// Every column of the ledger; the coins come first, in the order of `coins`.
    pub assets: Vec<Asset>,
    /// Every coin.
    pub coins: Vec<Coin>,
    /// The law of prices.
    pub prices: PriceModel,
    /// How prices are seen between steps; none if they are not.
    pub between: Option<Between>,
    /// How the stablecoins leave their pegs and return.
    pub pegs: Pegs,
    /// Scheduled shocks, by rising step.
    pub shocks: Vec<Shock>,
    /// Order books of coins, at most one entry a coin.
    pub markets: Vec<Market>,
    /// Futures venues.
    pub futures: Vec<Futures>,
    /// Lending pools.
    pub pools: Vec<Pool>,
    /// Token issuers.
    pub issuers: Vec<Issuer>,
    /// Pools of two assets.
    pub amms: Vec<Amm>,
    /// Groups of owners.
    pub cohorts: Vec<Cohort>,
    /// What was observed in the event that this reproduces.
    pub observed: Vec<Observed>,
}

/// Which world a path is run in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// As configured.
    Full,
    /// Impact off.
    NoFeedback,
    /// Tokens posted as collateral replaced by the coins behind them.
    NoReuse,
}

impl Variant {
    /// Its name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::NoFeedback => "no_feedback",
            Self::NoReuse => "no_reuse",
        }
    }
}

/// A column of the ledger.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Unique name: `usdt`, `btc-perp`, `ldusdt`, `earn/usdt-debt`, `bfusd`.
    pub name: String,
    /// What it is.
    pub kind: AssetKind,
}

/// What an asset is. Positions are in the tables of [`Scenario`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssetKind {
    /// A coin.
    Coin(CoinId),
    /// A perpetual contract: `futures[venue].contracts[contract]`.
    Contract {
        /// Position in `futures`.
        venue: usize,
        /// Position in its contracts.
        contract: usize,
    },
    /// A deposit receipt: `pools[pool].reserves[reserve]`.
    Receipt {
        /// Position in `pools`.
        pool: usize,
        /// Position in its reserves.
        reserve: usize,
    },
    /// A debt to a pool: borrowers hold it negative, the pool positive.
    Debt {
        /// Position in `pools`.
        pool: usize,
        /// Position in its reserves.
        reserve: usize,
    },
    /// An issued token: `issuers[issuer]`.
    Token {
        /// Position in `issuers`.
        issuer: usize,
    },
    /// Liquidity of a pool of two assets: `amms[amm]`.
    Lp {
        /// Position in `amms`.
        amm: usize,
    },
}

/// A coin.
#[derive(Clone, Debug)]
pub struct Coin {
    /// Its name.
    pub name: String,
    /// Its column.
    pub asset: AssetId,
    /// Opening price in USD.
    pub opening_usd: f64,
    /// Whether it is a stablecoin: it opens at its peg, and no price law drives it.
    pub pegged: bool,
    /// How its price wanders and returns, if it is a stablecoin that is not simply at its peg.
    pub stable: Option<Stable>,
}

/// How the price of a stablecoin leaves its peg and returns ([`crate::price::peg`]).
#[derive(Clone, Debug)]
pub struct Stable {
    /// Standard deviation of the log-price after a day without redemption.
    pub noise_per_day: f64,
    /// Half-life of the distance from the peg while redemption is open, seconds.
    pub return_half_life: f64,
    /// When the issuer redeems.
    pub redemption: Hours,
}

/// A scheduled shock.
#[derive(Clone, Debug)]
pub struct Shock {
    /// Step at whose start it strikes (1 is the first step).
    pub step: usize,
    /// What it does.
    pub kind: ShockKind,
}

/// What a shock does. Half-lives in seconds; infinite where there is no recovery.
#[derive(Clone, Debug)]
pub enum ShockKind {
    /// Adds to the log-price of a coin, for good.
    Gap {
        /// Which coin.
        coin: CoinId,
        /// Log return.
        log_return: f64,
    },
    /// A stablecoin that redemption holds at its peg ([`Stable`]) is pushed to a price.
    Push {
        /// Which coin.
        coin: CoinId,
        /// Price right after, USD.
        price_usd: f64,
        /// Doubt about its reserves from then on; without one, what was in doubt no longer is.
        doubt: Option<Doubt>,
    },
    /// Any other stablecoin falls to a price and returns to its peg.
    Depeg {
        /// Which coin.
        coin: CoinId,
        /// Price right after, USD.
        price_usd: f64,
        /// Half-life of the return, seconds.
        half_life: f64,
    },
    /// Depth is multiplied, then recovers.
    Depth {
        /// Which coins' books.
        coins: Vec<CoinId>,
        /// What is left.
        multiplier: f64,
        /// Half-life of the recovery, seconds.
        half_life: f64,
    },
    /// Gas costs a multiple of what it does in calm, and falls back.
    Gas {
        /// Multiple right after.
        multiplier: f64,
        /// Half-life of the rest above calm, seconds.
        half_life: f64,
    },
    /// Extra leaving hazard.
    News {
        /// Right after, per day.
        leave_per_day: f64,
        /// Half-life, seconds.
        half_life: f64,
    },
    /// Part of what an issuer has staked is taken away.
    Slash {
        /// Position in `issuers`.
        issuer: usize,
        /// Share of it.
        share: f64,
    },
    /// Cash is stolen.
    Theft {
        /// Whose.
        from: Vault,
        /// How much.
        taken: Taken,
        /// In how many steps.
        steps: usize,
    },
    /// Tokens are issued for nothing.
    Forgery(Forgery),
    /// Nothing new is lent out of some reserves or deposited in them.
    Freeze {
        /// Position in `pools`.
        pool: usize,
        /// Positions in its reserves.
        reserves: Vec<usize>,
    },
}

/// Where stolen cash lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vault {
    /// In reserves of a pool.
    Pool {
        /// Position in `pools`.
        pool: usize,
        /// Positions in its reserves.
        reserves: Vec<usize>,
    },
    /// In an issuer's treasury, position in `issuers`.
    Issuer(usize),
}

/// How much is stolen, of what is there when it begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Taken {
    /// A share of it.
    Share(f64),
    /// USD.
    Usd(f64),
}

/// Tokens issued for nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forgery {
    /// Position in `issuers`.
    pub issuer: usize,
    /// How many.
    pub tokens: f64,
    /// What becomes of them.
    pub pledge: Option<ForgedPledge>,
}

/// Forged tokens pledged to a pool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForgedPledge {
    /// The attacker's account: position among the attackers of the scenario.
    pub attacker: usize,
    /// Position in `pools`.
    pub pool: usize,
    /// Reserve of the token.
    pub reserve: usize,
    /// Reserve borrowed from, and the share of what the tokens lend that is borrowed.
    pub borrow: Option<(usize, f64)>,
}

/// Doubt about the reserves of a stablecoin.
#[derive(Clone, Copy, Debug)]
pub struct Doubt {
    /// Share of the reserves that arbitrage counts as lost.
    pub at_risk_share: f64,
    /// [`Stable::noise_per_day`] in the meantime.
    pub noise_per_day: f64,
    /// How it ends, if it does.
    pub resolution: Option<Resolution>,
}

/// The end of a doubt.
#[derive(Clone, Copy, Debug)]
pub struct Resolution {
    /// Step at whose start it is known.
    pub step: usize,
    /// Probability that nothing is lost.
    pub recovery_probability: f64,
    /// Price right after a recovery, USD; where it stands if absent.
    pub recovered_price_usd: Option<f64>,
}

/// A group of owners.
#[derive(Clone, Debug)]
pub struct Cohort {
    /// Its name.
    pub name: String,
    /// Where its owners come from.
    pub source: Source,
    /// Margin top-ups from savings.
    pub top_up: Option<TopUpSpec>,
    /// Leaving.
    pub runs: Option<RunsSpec>,
    /// Where those who have left go.
    pub flight: Option<Flight>,
}

/// Where those who have left go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flight {
    /// Into a coin.
    Coin(CoinId),
    /// Into a pool, position in `pools`.
    Pool(usize),
}

/// Where owners come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// Drawn from laws.
    Drawn {
        /// How many.
        owners: u32,
        /// Coin they start with.
        coin: CoinId,
        /// Law of wealth.
        wealth: WealthSpec,
        /// What they did, loops unrolled.
        chain: Vec<Step>,
    },
    /// A real book.
    Book(Vec<Holding>),
}

/// A row of a real book.
#[derive(Clone, Debug, PartialEq)]
pub struct Holding {
    /// Owner's name in the file; rows of one owner need not be adjacent.
    pub owner: String,
    /// Where it is held.
    pub place: Place,
    /// What.
    pub asset: AssetId,
    /// How much, in units of the asset; a short position is negative, a debt is positive.
    pub amount: f64,
    /// Entry price of a position, USD; the opening price if absent.
    pub entry_usd: Option<f64>,
}

/// Where something is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The owner's own wallet.
    Wallet,
    /// A futures account, position in `futures`.
    Futures(usize),
    /// A pool account, position in `pools`.
    Pool(usize),
}

/// A step of a chain; venues are positions in their tables.
#[derive(Clone, Debug)]
pub enum Step {
    /// Coin in hand to receipt in hand; `keep` of it stays in the pool as free savings.
    Deposit {
        /// Position in `pools`.
        pool: usize,
        /// Share kept back.
        keep: f64,
    },
    /// Receipt in hand pledged, loan in hand.
    Borrow {
        /// Position in `pools`.
        pool: usize,
        /// Coin borrowed.
        coin: CoinId,
        /// Loan over collateral.
        ltv: f64,
    },
    /// Coin in hand to token in hand.
    Subscribe {
        /// Position in `issuers`.
        issuer: usize,
    },
    /// Coin in hand to liquidity in hand.
    Provide {
        /// Position in `amms`.
        amm: usize,
    },
    /// Coin in hand to another coin.
    Convert {
        /// Which.
        to: CoinId,
    },
    /// What is in hand becomes margin.
    Pledge {
        /// Position in `futures`.
        venue: usize,
    },
    /// Coin borrowed inside a futures account, loan in hand.
    MarginLoan {
        /// Position in `futures`.
        venue: usize,
        /// Position in its collateral.
        collateral: usize,
        /// Loan over equity.
        share: f64,
    },
    /// Open positions.
    Trade {
        /// Position in `futures`.
        venue: usize,
        /// Law of leverage.
        leverage: LeverageSpec,
        /// Against what.
        of: LeverageBase,
        /// Probability of a long.
        long_share: f64,
        /// Contracts (positions in the venue's table) and weights.
        contracts: Vec<(usize, f64)>,
        /// Contracts per owner.
        contracts_per_owner: usize,
        /// Each position in an account of its own.
        isolated: bool,
        /// Size of the opposite leg over the position (hedge mode).
        hedged_share: f64,
    },
}

impl Scenario {
    /// The resolved config with the SHA-256 of each file's content in place of its path: equal for equal scenarios on
    /// any machine. Hash it to name a run.
    #[must_use]
    pub fn fingerprint_text(&self) -> &str {
        &self.fingerprint
    }

    /// Whether an observation stands beside a figure of a series, so that every path needs its series.
    #[must_use]
    pub fn observes_series(&self) -> bool {
        self.observed.iter().any(|observed| observed.figure.series().is_some())
    }

    /// The columns' index of a coin.
    #[must_use]
    pub fn coin_asset(&self, coin: CoinId) -> AssetId {
        self.coins[coin.index()].asset
    }

    /// The coin, if the asset is one.
    #[must_use]
    pub fn coin_of(&self, asset: AssetId) -> Option<CoinId> {
        match self.assets[asset.index()].kind {
            AssetKind::Coin(coin) => Some(coin),
            _ => None,
        }
    }

    /// The coin behind a receipt or token, through every layer: what was deposited, the par; none for anything else.
    #[must_use]
    pub fn coin_behind(&self, asset: AssetId) -> Option<CoinId> {
        match self.assets[asset.index()].kind {
            AssetKind::Receipt { pool, reserve } => {
                let deposited = self.pools[pool].reserves[reserve].asset;
                self.coin_of(deposited).or_else(|| self.coin_behind(deposited))
            }
            AssetKind::Token { issuer } => Some(self.issuers[issuer].par),
            AssetKind::Coin(_) | AssetKind::Contract { .. } | AssetKind::Debt { .. } | AssetKind::Lp { .. } => None,
        }
    }

    /// The coins that take the place of a receipt, token or LP token, with the share of its value that each does.
    #[must_use]
    pub fn coins_behind(&self, asset: AssetId) -> Vec<(CoinId, f64)> {
        match self.assets[asset.index()].kind {
            AssetKind::Lp { amm } => {
                let coin = |asset| self.coin_of(asset).or_else(|| self.coin_behind(asset));
                self.amms[amm].assets.iter().filter_map(|side| Some((coin(*side)?, 0.5))).collect()
            }
            _ => self.coin_behind(asset).map(|coin| (coin, 1.0)).into_iter().collect(),
        }
    }

    /// The asset of that name.
    #[must_use]
    pub fn asset_named(&self, name: &str) -> Option<AssetId> {
        self.assets.iter().position(|a| a.name == name).map(AssetId::at)
    }

    /// The market of a coin.
    #[must_use]
    pub fn market(&self, coin: CoinId) -> Option<&Market> {
        self.markets.iter().find(|m| m.coin == coin)
    }

    /// Forged tokens pledged to pools, in the order of their attackers.
    pub fn forged_pledges(&self) -> impl Iterator<Item = ForgedPledge> {
        let mut pledges: Vec<ForgedPledge> = self
            .shocks
            .iter()
            .filter_map(|shock| match &shock.kind {
                ShockKind::Forgery(forgery) => forgery.pledge,
                _ => None,
            })
            .collect();
        pledges.sort_by_key(|pledge| pledge.attacker);
        pledges.into_iter()
    }

    /// Cohorts with their ids.
    pub fn cohorts(&self) -> impl Iterator<Item = (CohortId, &Cohort)> {
        self.cohorts.iter().enumerate().map(|(i, c)| (CohortId::at(i), c))
    }
}
