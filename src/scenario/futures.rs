//! Futures venues, resolved.

use super::spec::{AdlRuleSpec, AdlTakeSpec, CloseOrderSpec, CloseSizeSpec, IndexSpec};
use crate::id::{AssetId, CoinId};
use crate::venue::bracket::Tier;

/// A futures venue.
#[derive(Clone, Debug)]
pub struct Futures {
    /// Its name.
    pub name: String,
    /// Coin in which the venue counts equity, and which its funds hold.
    pub settlement: CoinId,
    /// What backs a position.
    pub margin: MarginMode,
    /// Contracts; in hedge mode the long and the short leg of each, adjacent.
    pub contracts: Vec<Contract>,
    /// What counts as margin; every settlement coin is among them.
    pub collateral: Vec<Collateral>,
    /// Insurance funds, one or more.
    pub funds: Vec<Fund>,
    /// How accounts are closed out.
    pub liquidation: Liquidation,
    /// Negative balance over collateral at which the collateral of an account without positions is sold.
    pub flat_ltv: f64,
    /// Who is deleveraged.
    pub adl: Adl,
    /// Longest distance from the mark at which the insurance funds sell what they took over, per step.
    pub fund_order_deviation: f64,
    /// Steps in the moving average of the basis.
    pub basis_steps: usize,
    /// Funding.
    pub funding: Funding,
}

/// What backs a position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MarginMode {
    /// All collateral, each asset at its bid or ask rate.
    MultiAssets,
    /// The settlement coin alone, in full.
    SingleAsset,
    /// Collateral, positions and loans, judged by uniMMR.
    Portfolio {
        /// uniMMR at which an account is liquidated.
        liquidation_unimmr: f64,
        /// Pool that lends, position in `Scenario::pools`.
        loans_from: Option<usize>,
    },
}

impl MarginMode {
    /// Equity that a unit of maintenance margin needs: an account with less is liquidated.
    #[must_use]
    pub const fn equity_per_maintenance(self) -> f64 {
        match self {
            Self::MultiAssets | Self::SingleAsset => 1.0,
            Self::Portfolio { liquidation_unimmr, .. } => liquidation_unimmr,
        }
    }
}

/// Which side of a contract a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leg {
    /// Either: one-way mode.
    Both,
    /// Longs only.
    Long,
    /// Shorts only.
    Short,
}

/// A perpetual contract, or one leg of it in hedge mode.
#[derive(Clone, Debug)]
pub struct Contract {
    /// Name of its column.
    pub name: String,
    /// Its name in the config; both legs have the same.
    pub listing: String,
    /// Which side it holds.
    pub leg: Leg,
    /// Its column.
    pub asset: AssetId,
    /// The coin it is on.
    pub coin: CoinId,
    /// The coin it settles in: position in the venue's collateral.
    pub settles: usize,
    /// Its insurance fund: position in the venue's funds.
    pub fund: usize,
    /// Smallest number of contracts that trades; 0 for any.
    pub lot: f64,
    /// Maintenance margin brackets, in the coin it settles in.
    pub tiers: Vec<Tier>,
    /// Fee on liquidated notional at the mark, paid to the fund.
    pub clearance_fee: f64,
    /// Fee on voluntary trades.
    pub taker_fee: f64,
    /// Fee on liquidation orders, on their fill, paid to the exchange.
    pub liquidation_taker_fee: f64,
    /// Longest distance of a liquidation order from the mark.
    pub max_order_deviation: f64,
    /// Largest funding rate per settlement.
    pub funding_cap: f64,
}

/// How an asset counts as margin.
#[derive(Clone, Debug)]
pub struct Collateral {
    /// Which asset.
    pub asset: AssetId,
    /// Share of the index value that counts, by amount; one or more, the last without end.
    pub ratios: Vec<RatioTier>,
    /// What a negative balance counts above its index value.
    pub ask_buffer: f64,
    /// Which price the venue believes.
    pub index: IndexSpec,
    /// Steps by which the venue's index lags.
    pub stale_steps: usize,
    /// Haircut when the venue sells it.
    pub auto_exchange_haircut: f64,
    /// Negative balance, in coins, beyond which other collateral is sold for it; infinite for never.
    pub auto_exchange_below: f64,
    /// Contracts that settle in it, positions in the venue's contracts.
    pub settles: Vec<usize>,
    /// Terms of loans of it, in portfolio margin.
    pub loan: Option<LoanTerms>,
}

/// A share that counts up to an amount.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatioTier {
    /// Value up to which it holds, USD.
    pub up_to_usd: f64,
    /// Share that counts.
    pub ratio: f64,
}

/// Loans inside an account.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoanTerms {
    /// Column of the debt; borrowers hold it negative.
    pub debt: AssetId,
    /// The pool that lends, position in `Scenario::pools`.
    pub pool: usize,
    /// Its reserve of the coin.
    pub reserve: usize,
    /// Maintenance margin rate.
    pub maintenance: f64,
}

/// An insurance fund.
#[derive(Clone, Debug)]
pub struct Fund {
    /// Its name.
    pub name: String,
    /// At the opening, USD.
    pub opening_usd: f64,
    /// What it never spends, USD.
    pub floor_usd: f64,
    /// What the exchange pays in when it runs low.
    pub top_up: Option<FundTopUp>,
}

/// What the exchange pays in at the end of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FundTopUp {
    /// Below this, USD.
    pub below_usd: f64,
    /// Up to this, USD.
    pub to_usd: f64,
}

/// How accounts are closed out.
#[derive(Clone, Debug)]
pub struct Liquidation {
    /// How much of an account is closed.
    pub close: CloseSizeSpec,
    /// Which positions are closed first.
    pub order: CloseOrderSpec,
    /// Most accounts closed out in a step.
    pub closes_per_step: u32,
    /// Steps from the breach to the close-out.
    pub delay_steps: u32,
    /// Trading halts.
    pub halts: Vec<Halt>,
    /// Who takes part of every order off the book.
    pub backstop: Option<Backstop>,
}

impl Liquidation {
    /// Whether an account in breach may have to wait for its close-out.
    #[must_use]
    pub fn may_wait(&self) -> bool {
        self.delay_steps > 0 || self.closes_per_step < u32::MAX || !self.halts.is_empty()
    }
}

/// A venue's backstop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backstop {
    /// Share of each liquidation order that it takes.
    pub share: f64,
    /// Share of what it holds that it works off at the end of each step.
    pub work_off: f64,
}

/// A trading halt, in steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Halt {
    /// First step without trading.
    pub from: u32,
    /// First step with trading again.
    pub until: u32,
}

/// Auto-deleveraging.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adl {
    /// Who is deleveraged.
    pub rule: AdlRuleSpec,
    /// How much of a bankrupt position.
    pub take: AdlTakeSpec,
}

/// Funding terms.
#[derive(Clone, Copy, Debug)]
pub struct Funding {
    /// Seconds between settlements.
    pub interval: f64,
    /// Interest part per 8 hours.
    pub interest_8h: f64,
    /// Outside premium per 8 hours.
    pub premium_8h: f64,
    /// Seconds between settlements after one at the cap.
    pub capped_interval: f64,
    /// Rate that counts as calm.
    pub calm_rate: f64,
    /// Seconds of calm after which the interval is as before.
    pub calm_for: f64,
}

impl Contract {
    /// The whole lots in a quantity without sign; all of it where any quantity trades.
    #[must_use]
    pub fn whole_lots(&self, quantity: f64) -> f64 {
        if self.lot == 0.0 { quantity } else { (quantity / self.lot * (1.0 + 1e-12)).floor() * self.lot }
    }

    /// The fewest whole lots that are no less than a quantity without sign.
    #[must_use]
    pub fn lots_above(&self, quantity: f64) -> f64 {
        if self.lot == 0.0 { quantity } else { (quantity / self.lot * (1.0 - 1e-12)).ceil() * self.lot }
    }
}

impl Futures {
    /// Position of a contract by its name in the config: its only leg, or its long one.
    #[must_use]
    pub fn listed(&self, listing: &str) -> Option<usize> {
        self.contracts.iter().position(|c| c.listing == listing)
    }

    /// The column that holds a position of that sign in a contract: itself, or its other leg.
    #[must_use]
    pub fn leg_for(&self, contract: usize, sign: f64) -> usize {
        match (self.contracts[contract].leg, sign < 0.0) {
            (Leg::Long, true) => contract + 1,
            (Leg::Short, false) => contract - 1,
            _ => contract,
        }
    }

    /// The column of the opposite side of a position in a contract: itself in one-way mode.
    #[must_use]
    pub fn opposite_leg(&self, contract: usize) -> usize {
        match self.contracts[contract].leg {
            Leg::Both => contract,
            Leg::Long => contract + 1,
            Leg::Short => contract - 1,
        }
    }

    /// Position of the settlement coin in the collateral.
    ///
    /// # Panics
    /// If the venue was not resolved: every settlement coin is collateral.
    #[must_use]
    pub fn settlement_collateral(&self, asset: AssetId) -> usize {
        self.collateral.iter().position(|c| c.asset == asset).expect("the settlement coin is collateral")
    }
}

impl Collateral {
    /// Value as margin of a balance worth `worth` at the index; a debt is negative. `usd` is the USD value of a unit of
    /// `worth`, in which the tiers are written.
    #[must_use]
    pub fn value(&self, worth: f64, usd: f64) -> f64 {
        if worth < 0.0 {
            return worth * (1.0 + self.ask_buffer);
        }
        let (mut value, mut from) = (0.0, 0.0);
        for tier in &self.ratios {
            let to = tier.up_to_usd / usd;
            value += (worth.min(to) - from) * tier.ratio;
            if worth <= to {
                break;
            }
            from = to;
        }
        value
    }

    /// What a unit less of such a balance takes off its value as margin.
    #[must_use]
    pub fn marginal_value(&self, worth: f64, usd: f64) -> f64 {
        if worth <= 0.0 {
            return 1.0 + self.ask_buffer;
        }
        let tier = self.ratios.iter().find(|tier| worth <= tier.up_to_usd / usd);
        tier.or(self.ratios.last()).map_or(0.0, |tier| tier.ratio)
    }

    /// Whether other collateral is sold when its balance is too negative.
    #[must_use]
    pub fn is_settlement(&self) -> bool {
        !self.settles.is_empty()
    }
}
