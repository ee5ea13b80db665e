//! An account file as written: what one trader has at a futures venue, for the margin calculator.

use super::{CloseOrderSpec, MarginSpec, RatioTierSpec};
use crate::unit::{Amount, Number, Positive, Share, ShareBelowOne};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A whole account file.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountSpec {
    /// What backs a position.
    #[serde(default)]
    pub margin: MarginSpec,
    /// Asset in which contracts settle unless they or their symbol say otherwise.
    #[serde(default)]
    pub settlement: Option<String>,
    /// Bracket tables in ccxt format, relative to this file, for contracts without `brackets` of their own.
    #[serde(default)]
    pub brackets: Option<PathBuf>,
    /// Which positions a liquidation closes first.
    #[serde(default)]
    pub close_order: CloseOrderSpec,
    /// What is in the wallet, by asset; every settlement asset must be in it.
    pub assets: IndexMap<String, AssetSpec>,
    /// Terms of contracts, by the names that positions use. A contract named by its symbol in the bracket tables
    /// (`BTC/USDT:USDT`) needs none.
    #[serde(default)]
    pub contracts: IndexMap<String, AccountContractSpec>,
    /// Positions. A long and a short one of one contract are the two legs of hedge mode.
    #[serde(default)]
    pub positions: Vec<PositionSpec>,
}

/// An asset in the wallet and how it counts.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssetSpec {
    /// Wallet balance: transfers, realised profit, funding and fees. Without unrealised profit, borrowed coins included,
    /// margin of isolated positions not included.
    #[serde(default)]
    pub balance: Option<Number>,
    /// Index price, USD.
    #[serde(default)]
    pub index_usd: Option<Positive>,
    /// Share of the index value that counts (the collateral ratio); 1 in single-asset mode. This, `bid_buffer` or `tiers`.
    #[serde(default)]
    pub ratio: Option<Share>,
    /// 1 - `ratio`, as the exchange's asset index writes it.
    #[serde(default)]
    pub bid_buffer: Option<Share>,
    /// Shares by amount, from the first dollar up; each counts for its own part of the amount.
    #[serde(default)]
    pub tiers: Vec<RatioTierSpec>,
    /// What a negative balance counts above its index value; 1 - `ratio` if left out, 0 but in multi-assets mode.
    #[serde(default)]
    pub ask_buffer: Option<Share>,
    /// Haircut when the venue sells the asset for another; 1 - `ratio` if left out, but for what no contract settles in
    /// no less than 0.01.
    #[serde(default)]
    pub auto_exchange_haircut: Option<ShareBelowOne>,
    /// Coins borrowed inside the account, in portfolio margin.
    #[serde(default)]
    pub loan: Option<Amount>,
    /// Maintenance margin rate of the loan.
    #[serde(default)]
    pub loan_maintenance: Option<Share>,
    /// Coin it is on, so that both move together (`eth` for WBETH); the asset itself if left out.
    #[serde(default)]
    pub coin: Option<String>,
}

/// Terms of a contract.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AccountContractSpec {
    /// Its symbol in the bracket tables; its name if left out.
    pub symbol: Option<String>,
    /// Maintenance margin brackets, in place of those of the file.
    pub brackets: Vec<BracketSpec>,
    /// Mark price, in the settlement asset; here or with the position.
    pub mark: Option<Positive>,
    /// Coin it is on; the part of the symbol before `/` if left out, or else the contract itself.
    pub coin: Option<String>,
    /// Asset it settles in; the part of the symbol after `:` if left out, or else the file's `settlement`.
    pub settlement: Option<String>,
    /// Fee on the liquidated notional at the mark, paid to the insurance fund; 0 if left out.
    pub clearance_fee: Option<Share>,
    /// Taker fee on liquidation orders, on their fill; 0 if left out.
    pub liquidation_taker_fee: Option<Share>,
    /// Longest distance of a liquidation order from the mark; 0.05 if left out.
    pub max_order_deviation: Option<Share>,
    /// Smallest number of contracts that trades, in coins; any if left out.
    pub lot: Option<Positive>,
    /// Bids as `[price, quantity]`, best first: what a liquidation sells into; it fills at the mark if left out.
    pub bids: Vec<(Positive, Positive)>,
    /// Asks as `[price, quantity]`, best first.
    pub asks: Vec<(Positive, Positive)>,
}

/// A maintenance margin bracket.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BracketSpec {
    /// Notional at which it begins.
    pub floor: Amount,
    /// Notional at which it ends.
    pub cap: Positive,
    /// Maintenance margin rate.
    pub rate: Share,
    /// Maintenance amount, checked; floor * (rate - rate before) + cum before if left out.
    #[serde(default)]
    pub cum: Option<Amount>,
    /// Largest leverage.
    #[serde(default)]
    pub max_leverage: Option<Positive>,
}

/// A position.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PositionSpec {
    /// Its contract.
    pub contract: String,
    /// Contracts, in coins; below zero for a short.
    pub quantity: Number,
    /// Mean entry price, in the settlement asset.
    pub entry: Positive,
    /// Mark price, in the settlement asset; here or with the contract.
    #[serde(default)]
    pub mark: Option<Positive>,
    /// Leverage chosen, for the initial margin; the largest of its bracket if left out.
    #[serde(default)]
    pub leverage: Option<Positive>,
    /// Margin set apart for it alone, in the settlement asset: an isolated position, judged by itself.
    #[serde(default)]
    pub isolated_margin: Option<Amount>,
}
