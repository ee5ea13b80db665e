//! What a path left behind: plain numbers, no judgement. Metrics are functions of it ([`crate::metric`]).

use crate::event::Event;
use crate::scenario::Variant;

/// Layers of the chain to which a loss can belong. They add up to the whole loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Price change of coins held, loans excluded.
    Coins = 0,
    /// Receipts: interest earned, write-downs.
    Savings = 1,
    /// Loans: interest owed, price change of borrowed coins.
    Loans = 2,
    /// Issued tokens and LP tokens: their discount, and the price change of what is behind them.
    Tokens = 3,
    /// Contracts: price change and funding.
    Futures = 4,
    /// Value given up in forced sales: slippage, fees, haircuts, take-overs, deleveraging.
    Liquidation = 5,
    /// Value given up in leaving and topping up by choice: slippage and fees.
    Exit = 6,
}

impl Layer {
    /// Every layer, in order.
    pub const ALL: [Self; 7] =
        [Self::Coins, Self::Savings, Self::Loans, Self::Tokens, Self::Futures, Self::Liquidation, Self::Exit];

    /// Its name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Coins => "coins",
            Self::Savings => "savings",
            Self::Loans => "loans",
            Self::Tokens => "tokens",
            Self::Futures => "futures",
            Self::Liquidation => "liquidation",
            Self::Exit => "exit",
        }
    }
}

/// What one path left, in one world.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Which world.
    pub variant: Variant,
    /// Notional of futures positions closed by force, USD.
    pub liquidated_usd: f64,
    /// Of it, what was closed in the first round of a step: set off by the outside price, not by other liquidations.
    pub first_round_usd: f64,
    /// Of it, what was closed in accounts that our own sales had brought down ([`crate::world::wave`]).
    pub endogenous_usd: f64,
    /// Forced closes in the thirds of the time from the first step with one to the last.
    pub phases: [Phase; 3],
    /// What was closed by force within half an hour of the first forced close, USD.
    pub first_half_hour_usd: f64,
    /// Longs closed by force, USD.
    pub liquidated_long_usd: f64,
    /// What of `liquidated_usd` did not meet the book: the backstop's part, take-overs, deleveraging.
    pub absorbed_usd: f64,
    /// Largest generation of a forced close; 0 if the outside price alone set all of them off.
    pub generations: u32,
    /// Most notional closed by force in one step, USD.
    pub peak_step_usd: f64,
    /// Step of that peak, 0 if nothing was closed.
    pub peak_step: u32,
    /// Largest number of rounds in a step.
    pub rounds: u32,
    /// First and last step with a forced close, if any.
    pub forced_steps: Option<(u32, u32)>,
    /// Owners hit by at least one forced close at a futures venue or pool.
    pub liquidated_owners: u32,
    /// Owners simulated.
    pub owners: u32,
    /// Collateral sold by futures venues to cover negative balances, USD.
    pub auto_exchanged_usd: f64,
    /// Debt repaid by forced loan liquidations, USD.
    pub loans_liquidated_usd: f64,
    /// What those who have left exchanged for another coin or deposited elsewhere, USD.
    pub flight_usd: f64,
    /// Lowest impact on any coin's traded price: traded over exogenous price less one (0 or below).
    pub largest_price_gap: f64,
    /// Opening open interest, longs only, USD, and the same at the end.
    pub open_interest_usd: (f64, f64),
    /// Per pool, in the order of the scenario.
    pub pools: Vec<PoolOutcome>,
    /// Per futures venue.
    pub futures: Vec<FuturesOutcome>,
    /// Per issuer.
    pub issuers: Vec<IssuerOutcome>,
    /// Net worth of all owners at the opening, USD.
    pub wealth_usd: f64,
    /// Net worth of all owners at the end, USD.
    pub final_wealth_usd: f64,
    /// Loss per cohort and layer, USD; gains are negative.
    pub losses_usd: Vec<[f64; Layer::ALL.len()]>,
    /// What each cohort gave up in deleveraging, USD.
    pub adl_paid_usd: Vec<f64>,
    /// Loss per owner, USD; gains are negative.
    pub owner_loss_usd: Vec<f64>,
    /// Whether the owner was hit by a forced close.
    pub owner_liquidated: Vec<bool>,
    /// Wealth-weighted effective leverage of all owners, at the opening and at the end.
    pub effective_leverage: (f64, f64),
    /// Gross claims over net claims of the whole system, at the opening and at the end.
    pub reuse_multiple: (f64, f64),
    /// What happened (only where asked for).
    pub events: Vec<Event>,
    /// Series step by step (only where asked for): `steps + 1` rows of [`crate::engine::Simulation::series_names`] numbers.
    pub series: Vec<f64>,
}

/// Forced closes of futures in part of a path, USD.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Phase {
    /// Notional.
    pub usd: f64,
    /// Of it where our own sales had brought the account down.
    pub endogenous_usd: f64,
}

impl Phase {
    /// Adds closes.
    pub fn add(&mut self, usd: f64, endogenous_usd: f64) {
        self.usd += usd;
        self.endogenous_usd += endogenous_usd;
    }
}

/// What a path left of a pool, all reserves together, USD.
#[derive(Clone, Debug, Default)]
pub struct PoolOutcome {
    /// Withdrawals asked for.
    pub requested_usd: f64,
    /// Withdrawals paid.
    pub paid_usd: f64,
    /// Most that was asked for and not yet paid.
    pub unpaid_peak_usd: f64,
    /// Asked for and not paid at the end.
    pub unpaid_end_usd: f64,
    /// Asked for and at the end still lent for a term: not due yet.
    pub not_due_end_usd: f64,
    /// Step of the first withdrawal that was not paid in full.
    pub first_failed_step: Option<u32>,
    /// Steps at whose end a withdrawal was waiting or had been refused.
    pub dry_steps: u32,
    /// Highest utilisation of any reserve.
    pub utilisation_max: f64,
    /// Debt written off.
    pub bad_debt_usd: f64,
    /// Stolen out of its cash.
    pub stolen_usd: f64,
    /// Borrowed by owners to leave with.
    pub borrowed_to_leave_usd: f64,
    /// Deposits and idle collateral at the opening.
    pub placed_open_usd: f64,
    /// Loans at the opening.
    pub lent_open_usd: f64,
    /// What a year of the opening rates pays to depositors.
    pub yield_open_usd: f64,
}

/// What a path left of a futures venue, USD. Of its insurance funds together,
/// `open + inflow + top-ups - paid + gain = end`.
#[derive(Clone, Debug, Default)]
pub struct FuturesOutcome {
    /// Lowest insurance funds.
    pub fund_low_usd: f64,
    /// Insurance funds at the opening.
    pub fund_open_usd: f64,
    /// Insurance funds at the end.
    pub fund_end_usd: f64,
    /// Opening funds with which none would have gone below its floor.
    pub fund_needed_usd: f64,
    /// Clearance fees on close-outs and take-overs that accounts were not worth.
    pub fees_unpaid_usd: f64,
    /// Clearance fees and take-overs at a profit.
    pub fund_inflow_usd: f64,
    /// Losses that funds bore.
    pub fund_paid_usd: f64,
    /// What became of the funds' own holdings: price changes, slippage, collateral bought at a discount.
    pub fund_gain_usd: f64,
    /// Paid in by the exchange.
    pub fund_top_up_usd: f64,
    /// Notional deleveraged.
    pub adl_usd: f64,
    /// Losses of deleveraged positions beyond what their funds could bear.
    pub adl_needed_usd: f64,
    /// What the opposite side gave up: contracts closed times the distance of the price from the mark.
    pub adl_removed_usd: f64,
    /// What it gave up beyond the need, wave by wave.
    pub adl_over_shoot_usd: f64,
    /// Owners deleveraged (each counted once).
    pub adl_owners: u32,
    /// Losses that funds and deleveraging left uncovered.
    pub shortfall_usd: f64,
    /// Most accounts that waited for a close-out at the end of a step.
    pub backlog_max: u32,
}

/// What a path left of an issuer.
#[derive(Clone, Debug, Default)]
pub struct IssuerOutcome {
    /// Lowest market price over par, less one (0 or below).
    pub worst_discount: f64,
    /// Steps in which fast redemption was closed while somebody wanted it.
    pub gated_steps: u32,
    /// Redemptions paid, USD.
    pub redeemed_usd: f64,
    /// Most that waited for payment, USD.
    pub queue_peak_usd: f64,
    /// Claims over assets at the worst moment, USD (0 if always covered).
    pub shortfall_usd: f64,
    /// Steps in which all redemption was suspended.
    pub suspended_steps: u32,
    /// Balance sheet at the opening.
    pub opening: IssuerSheet,
    /// Balance sheet at the end.
    pub end: IssuerSheet,
    /// Claims at the end that only issuers have, on each other, with nothing behind them: worth anything up to this, USD.
    pub open_claims_usd: f64,
    /// Stolen out of its cash, USD.
    pub stolen_usd: f64,
}

/// An issuer's balance sheet, USD. Assets add up to claims and equity.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct IssuerSheet {
    /// Cash: the coin of redemption.
    pub cash_usd: f64,
    /// Other coins.
    pub spot_usd: f64,
    /// Equity of the hedge account: margin, and what the shorts have gained.
    pub hedge_usd: f64,
    /// Staked coins, those on their way out included.
    pub staked_usd: f64,
    /// Receipts and tokens of others.
    pub held_tokens_usd: f64,
    /// The reserve fund.
    pub reserve_usd: f64,
    /// What holders of the token were promised.
    pub claims_usd: f64,
    /// Paid in out of the issuer's own pocket so far; it is among the assets, or has been paid out.
    pub backstop_used_usd: f64,
}

impl IssuerSheet {
    /// All that backs the token.
    #[must_use]
    pub fn assets_usd(&self) -> f64 {
        self.cash_usd + self.spot_usd + self.hedge_usd + self.staked_usd + self.held_tokens_usd + self.reserve_usd
    }

    /// Assets less claims.
    #[must_use]
    pub fn equity_usd(&self) -> f64 {
        self.assets_usd() - self.claims_usd
    }
}

/// One path in every world that was asked for.
#[derive(Clone, Debug)]
pub struct PathOutcome {
    /// Which path.
    pub path: u64,
    /// As configured.
    pub full: Outcome,
    /// In the order of `Scenario::counterfactuals`.
    pub counterfactuals: Vec<Outcome>,
}

impl PathOutcome {
    /// The outcome in that world, if it was run.
    #[must_use]
    pub fn of(&self, variant: Variant) -> Option<&Outcome> {
        if variant == Variant::Full {
            Some(&self.full)
        } else {
            self.counterfactuals.iter().find(|o| o.variant == variant)
        }
    }
}

/// A column of the series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesName {
    /// What: `spot_price_usd`, `liquidated_usd`, `utilisation`, ...
    pub series: &'static str,
    /// Of what: a coin, a pool's reserve, a token; empty for the whole system.
    pub entity: String,
}
