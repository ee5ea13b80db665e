//! Whether somebody liquidates: she repays at the oracle's prices, sells what she gets at the market's and pays gas.
//!
//! In congestion gas costs a multiple of what it does in calm, and above some multiple nobody acts. Where collateral is
//! auctioned, there are then auctions in which nobody bids against the first: the collateral goes for nothing. On 12 March
//! 2020 gas rose sixfold to tenfold and 36 % of Maker's liquidations were won with a bid of zero (8.32 M USD of ether).

use super::Account;
use super::liquidation::{Liquidation, LiquidationRules, Pair};

/// Market prices over those of the pool's oracle; 1 and 1 if the oracle is right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MarketOverOracle {
    /// Of the collateral.
    pub collateral: f64,
    /// Of the debt.
    pub debt: f64,
}

impl MarketOverOracle {
    /// An oracle that is right.
    pub const SAME: Self = Self { collateral: 1.0, debt: 1.0 };

    /// What a liquidator keeps of each dollar that she pays for debt, before slippage and gas. Below zero when the
    /// oracle's price of the collateral stands far enough above the market's: then nobody liquidates.
    #[must_use]
    pub fn net_bonus(&self, pair: &Pair) -> f64 {
        (1.0 + pair.bonus * (1.0 - pair.protocol_fee)) * self.collateral / self.debt - 1.0
    }

    /// The same of a liquidation, USD.
    #[must_use]
    pub fn gain_usd(&self, liquidation: &Liquidation) -> f64 {
        (liquidation.seized_usd - liquidation.protocol_fee_usd) * self.collateral - liquidation.repaid_usd * self.debt
    }
}

/// Whether the bonus (after the protocol's fee, at market prices) beats what the sale and the transaction cost; USD.
#[must_use]
pub fn profitable(bonus_usd: f64, slippage_usd: f64, gas_usd: f64) -> bool {
    bonus_usd > slippage_usd + gas_usd
}

/// What a liquidator takes, if it pays: the largest legal liquidation whose collateral, at market prices, is at most
/// `room_usd`. `slippage_usd` is the cost of selling that much (both USD at market prices).
///
/// A lone liquidator's `room_usd` is what the book takes until its price is lower by the share
/// `net_bonus / (1 + net_bonus)`: the next unit sold would bring less than the debt that it repays.
#[must_use]
pub fn taken(
    rules: &LiquidationRules,
    account: &Account,
    pair: &Pair,
    market: MarketOverOracle,
    room_usd: f64,
    slippage_usd: impl Fn(f64) -> f64,
    gas_usd: f64,
) -> Option<Liquidation> {
    let per_repaid = (1.0 + pair.bonus * (1.0 - pair.protocol_fee)) * market.collateral;
    let sized = rules.largest(account, pair, room_usd / per_repaid)?;
    let sold_usd = (sized.seized_usd - sized.protocol_fee_usd) * market.collateral;
    profitable(market.gain_usd(&sized), slippage_usd(sold_usd), gas_usd).then_some(sized)
}

/// How collateral is sold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sale {
    /// At the oracle's price less the bonus, to the first who comes.
    FixedSpread,
    /// By auction.
    Auction {
        /// Share of auctions without a competing bid in congestion (12 March 2020: 0.36).
        unbid_share: f64,
    },
}

/// Gas of liquidations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Congestion {
    /// Gas of one liquidation in calm, USD.
    pub calm_gas_usd: f64,
    /// Multiple of the calm gas price above which liquidators drop out.
    pub drop_out: f64,
}

/// Who comes to a liquidation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Turnout {
    /// Liquidators who each pay that gas, USD.
    Liquidators {
        /// Gas, USD.
        gas_usd: f64,
    },
    /// One who gets the collateral for nothing ([`Liquidation::unbid`]).
    Unbid,
    /// Nobody.
    Nobody,
}

impl Congestion {
    /// Who comes at a multiple of the calm gas price; `draw` is uniform on 0 to 1, one per auction.
    #[must_use]
    pub fn turnout(&self, sale: Sale, multiple: f64, draw: f64) -> Turnout {
        let come = Turnout::Liquidators { gas_usd: self.calm_gas_usd * multiple };
        match sale {
            _ if multiple <= self.drop_out => come,
            Sale::FixedSpread => Turnout::Nobody,
            Sale::Auction { unbid_share } if draw < unbid_share => Turnout::Unbid,
            Sale::Auction { .. } => come,
        }
    }
}
