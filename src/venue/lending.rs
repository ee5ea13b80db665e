//! Arithmetic of a lending pool, after Aave v3: rates and indices, collateral terms and health, liquidation, and who
//! liquidates. Pure: terms and USD values in, numbers out. The same functions serve a lender with a single limit
//! (Binance Flexible Loan: initial 78 %, liquidation 91 %, fee 2 %): it is a set of parameters.
//!
//! USD values are at the oracle's prices, so that the price ratio of the contracts cancels; the contracts' rounding down
//! to whole units of a token is left out (below one unit of its smallest denomination).
//!
//! References: `github.com/aave-dao/aave-v3-origin` at fd1fbd91 (2026-06-19): `LiquidationLogic.sol`,
//! `GenericLogic.sol`, `DefaultReserveInterestRateStrategyV2.sol`, `MathUtils.sol`.

pub mod frontier;
pub mod liquidation;
pub mod liquidator;
pub mod rates;

use liquidation::Pair;

/// What an asset counts for as collateral; all shares of its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CollateralTerms {
    /// What can be borrowed against it.
    pub ltv: f64,
    /// What it counts for in the health factor.
    pub threshold: f64,
    /// What a liquidator gets beyond the debt repaid (0.05 is 5 %).
    pub bonus: f64,
}

/// Terms of one reserve of a pool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReserveTerms {
    /// Its asset as collateral.
    pub collateral: CollateralTerms,
    /// Share of the bonus that the pool keeps when this collateral is seized.
    pub protocol_fee: f64,
}

/// An e-mode category: better terms for collateral whose price moves with what is borrowed.
#[derive(Clone, Debug, PartialEq)]
pub struct Category {
    /// Terms of its collateral, in place of those of the reserve.
    pub terms: CollateralTerms,
    /// Which reserves are its collateral; what is not keeps the reserve's own terms.
    pub collateral: Vec<bool>,
    /// Which reserves its members may borrow.
    pub borrowable: Vec<bool>,
}

/// Terms of a pool's loans. Everything is listed by reserve, in one order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PoolTerms {
    /// Its reserves.
    pub reserves: Vec<ReserveTerms>,
    /// Its e-mode categories.
    pub categories: Vec<Category>,
}

/// What an account has in one reserve, USD at the oracle's price.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Leg {
    /// Deposit that backs its loans.
    pub collateral_usd: f64,
    /// What it owes, 0 or more.
    pub debt_usd: f64,
}

/// The sums of an account, USD.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Account {
    /// Its e-mode category, position in [`PoolTerms::categories`].
    pub category: Option<usize>,
    /// Value of its collateral.
    pub collateral_usd: f64,
    /// The same, each part times its loan-to-value: what can be borrowed in all.
    pub power_usd: f64,
    /// The same, each part times its liquidation threshold.
    pub threshold_usd: f64,
    /// What it owes in all reserves.
    pub debt_usd: f64,
}

impl Account {
    /// Health factor: collateral at the liquidation thresholds over debt; infinite without debt. Below 1 the account can
    /// be liquidated.
    #[must_use]
    pub fn health(&self) -> f64 {
        if self.debt_usd > 0.0 { self.threshold_usd / self.debt_usd } else { f64::INFINITY }
    }

    /// Debt at a line between what can be borrowed (0) and what can be liquidated (1), USD.
    #[must_use]
    pub fn line_usd(&self, line: f64) -> f64 {
        self.threshold_usd - (1.0 - line) * (self.threshold_usd - self.power_usd)
    }

    /// Debt over collateral; infinite if there is debt and no collateral.
    #[must_use]
    pub fn ltv(&self) -> f64 {
        if self.debt_usd > 0.0 { self.debt_usd / self.collateral_usd } else { 0.0 }
    }

    /// What it can still borrow, USD.
    #[must_use]
    pub fn headroom_usd(&self) -> f64 {
        (self.power_usd - self.debt_usd).max(0.0)
    }
}

impl CollateralTerms {
    /// What one USD of it adds to the debt at a line between its loan-to-value (0) and its threshold (1).
    #[must_use]
    pub fn line(&self, line: f64) -> f64 {
        self.threshold - (1.0 - line) * (self.threshold - self.ltv)
    }
}

impl PoolTerms {
    /// Terms of a reserve as collateral for an account of that category.
    #[must_use]
    pub fn collateral(&self, reserve: usize, category: Option<usize>) -> CollateralTerms {
        match category.map(|category| &self.categories[category]) {
            Some(category) if category.collateral[reserve] => category.terms,
            _ => self.reserves[reserve].collateral,
        }
    }

    /// Whether a reserve is collateral for anybody.
    #[must_use]
    pub fn is_collateral(&self, reserve: usize) -> bool {
        self.reserves[reserve].collateral.threshold > 0.0 || self.categories.iter().any(|c| c.collateral[reserve])
    }

    /// The sums of an account with these legs, one per reserve, in the category in which its health is best among those
    /// that lend all it owes and `to_borrow`, a reserve it is about to borrow (none if it is not). Without a category if
    /// none is better: an owner chooses his category and is taken to choose well.
    #[must_use]
    pub fn account(&self, legs: &[Leg], to_borrow: Option<usize>) -> Account {
        self.best(legs, to_borrow, 1.0)
    }

    /// The same in the category in which the line at that place between loan-to-value and threshold
    /// ([`Account::line_usd`]) is highest.
    #[must_use]
    pub fn account_at(&self, legs: &[Leg], line: f64) -> Account {
        self.best(legs, None, line)
    }

    fn best(&self, legs: &[Leg], to_borrow: Option<usize>, line: f64) -> Account {
        let lends_all = |category: &usize| {
            let lends = &self.categories[*category].borrowable;
            legs.iter().zip(lends).all(|(leg, lends)| leg.debt_usd <= 0.0 || *lends)
                && to_borrow.is_none_or(|r| lends[r])
        };
        let mut best = self.sums(legs, None);
        for category in (0..self.categories.len()).filter(lends_all) {
            let sums = self.sums(legs, Some(category));
            if sums.line_usd(line) > best.line_usd(line) {
                best = sums;
            }
        }
        best
    }

    fn sums(&self, legs: &[Leg], category: Option<usize>) -> Account {
        let mut sums = Account { category, ..Account::default() };
        for (reserve, leg) in legs.iter().enumerate() {
            let terms = self.collateral(reserve, category);
            sums.collateral_usd += leg.collateral_usd;
            sums.power_usd += leg.collateral_usd * terms.ltv;
            sums.threshold_usd += leg.collateral_usd * terms.threshold;
            sums.debt_usd += leg.debt_usd;
        }
        sums
    }

    /// What a liquidator deals with who repays one reserve of an account and seizes another (or the same).
    #[must_use]
    pub fn pair(&self, account: &Account, legs: &[Leg], seized: usize, repaid: usize) -> Pair {
        let terms = self.collateral(seized, account.category);
        Pair {
            collateral_usd: legs[seized].collateral_usd,
            debt_usd: legs[repaid].debt_usd,
            threshold: terms.threshold,
            bonus: terms.bonus,
            protocol_fee: self.reserves[seized].protocol_fee,
        }
    }
}
