//! A vault that issues a stablecoin against volatile collateral, and the spiral in which it deleverages.
//!
//! The keeper of the vault wants leverage; the stablecoin's holders want to hold it for a fixed amount of dollars in all,
//! so its price is that demand over its supply. Each period, at a new price of the collateral, the keeper picks the supply
//! that maximises what she expects, `L' = sqrt(r D L)`, and pays or gets the difference in collateral. If the vault would
//! then be worth less than `cover` times its supply, she must buy back to the limit. The fewer coins are left, the dearer
//! the next: buying back costs more than par exactly when it must be done, and below a price it cannot be done at all.
//!
//! Source: Klages-Mundt, "(In)stability for the blockchain: deleveraging spirals and stablecoin attacks" (2019, short
//! paper, p. 4), equations derived again; full paper Klages-Mundt and Minca, arXiv:1906.02152.

/// What is constant over the life of a vault. `cover * expected_return` is at least 1: what the keeper wants then never
/// lies below what the limit allows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VaultTerms {
    /// Value of the collateral per coin that it must have (1.5 is 150 %).
    pub cover: f64,
    /// Gross return per period that its keeper expects of the collateral (1.00583 is 0.583 %).
    pub expected_return: f64,
    /// What holders hold of the coin in all, USD.
    pub demand_usd: f64,
}

/// State of a vault.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vault {
    /// Units of collateral.
    pub collateral: f64,
    /// Coins issued.
    pub supply: f64,
}

/// What a vault did in a period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VaultStep {
    /// Coins issued; below zero if bought back.
    pub issued: f64,
    /// Price of the coin at which that was done, USD.
    pub coin_usd: f64,
    /// Whether the keeper had to buy back to the limit.
    pub is_forced: bool,
}

/// No supply meets the limit any more: buying back takes more collateral than it frees.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "a vault of {collateral} units at {price_usd} USD cannot meet its limit for {supply} coins: \
    it could above {least_price_usd} USD"
)]
pub struct Infeasible {
    /// Units of collateral.
    pub collateral: f64,
    /// Their price, USD.
    pub price_usd: f64,
    /// Coins issued.
    pub supply: f64,
    /// Lowest price at which it could, USD.
    pub least_price_usd: f64,
}

impl Vault {
    /// Lowest price of the collateral at which the vault can meet its limit: `(n p + D)^2 >= 4 cover D L`.
    #[must_use]
    pub fn least_price_usd(&self, terms: &VaultTerms) -> f64 {
        let needed_usd = 2.0 * (terms.cover * terms.demand_usd * self.supply).sqrt() - terms.demand_usd;
        needed_usd.max(0.0) / self.collateral
    }

    /// A period at a price of the collateral. With n units at price p, demand D and supply L, a supply X leaves the vault
    /// worth `n p + D (X - L) / X`, which must be `cover X` or more; the limit is the larger root of
    /// `cover X^2 - (n p + D) X + D L = 0`.
    ///
    /// # Errors
    /// [`Infeasible`] if it has none; the vault is then left as it was.
    pub fn step(&mut self, terms: &VaultTerms, price_usd: f64) -> Result<VaultStep, Infeasible> {
        let Self { collateral, supply } = *self;
        let (cover, demand_usd) = (terms.cover, terms.demand_usd);
        let worth_usd = collateral * price_usd;
        let free = (terms.expected_return * demand_usd * supply).sqrt();
        let is_forced = worth_usd + demand_usd * (free - supply) / free < cover * free;
        let chosen = if is_forced {
            let sum = worth_usd + demand_usd;
            let discriminant = sum * sum - 4.0 * cover * demand_usd * supply;
            if discriminant < 0.0 {
                let least_price_usd = self.least_price_usd(terms);
                return Err(Infeasible { collateral, price_usd, supply, least_price_usd });
            }
            (sum + discriminant.sqrt()) / (2.0 * cover)
        } else {
            free
        };
        let (issued, coin_usd) = (chosen - supply, demand_usd / chosen);
        *self = Self { collateral: collateral + issued * coin_usd / price_usd, supply: chosen };
        Ok(VaultStep { issued, coin_usd, is_forced })
    }
}
