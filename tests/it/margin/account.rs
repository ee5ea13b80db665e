//! Accounts of one venue for tests: terms, marks and a row of balances, built by hand or drawn.

use proptest::prelude::*;
use rehypo::id::{AssetId, CoinId};
use rehypo::scenario::spec::{AdlRuleSpec, AdlTakeSpec, CloseOrderSpec, CloseSizeSpec, IndexSpec};
use rehypo::scenario::{
    Adl, Collateral, Contract, Funding, Futures, Leg, Liquidation, LoanTerms, MarginMode, RatioTier,
};
use rehypo::venue::bracket::Tier;
use rehypo::venue::margin::{Health, Marks, health};

/// An account and all that its margin depends on.
#[derive(Clone, Debug)]
pub struct Account {
    pub table: Futures,
    pub marks: Marks,
    pub row: Vec<f64>,
    pub entry: Vec<f64>,
}

/// Brackets from (cap, rate), from the floor 0 up; `cum` follows.
pub fn brackets(rows: &[(f64, f64)]) -> Vec<Tier> {
    let mut tiers: Vec<Tier> = Vec::new();
    for &(cap_usd, rate) in rows {
        let (floor_usd, below, cum) = tiers.last().map_or((0.0, 0.0, 0.0), |t| (t.cap_usd, t.rate, t.cum_usd));
        tiers.push(Tier { floor_usd, cap_usd, max_leverage: 1.0, rate, cum_usd: floor_usd * (rate - below) + cum });
    }
    tiers
}

/// Bitcoin's brackets of 2021, those of the exchange's examples.
pub fn btc_2021() -> Vec<Tier> {
    brackets(&[
        (50e3, 0.004),
        (250e3, 0.005),
        (1e6, 0.01),
        (10e6, 0.025),
        (20e6, 0.05),
        (50e6, 0.1),
        (100e6, 0.125),
        (200e6, 0.15),
        (300e6, 0.25),
        (500e6, 0.5),
    ])
}

impl Account {
    /// Nothing held, nothing traded.
    pub fn empty(margin: MarginMode) -> Self {
        let table = Futures {
            name: "venue".to_owned(),
            settlement: CoinId(0),
            margin,
            contracts: Vec::new(),
            collateral: Vec::new(),
            funds: Vec::new(),
            liquidation: Liquidation {
                close: CloseSizeSpec::Smallest,
                order: CloseOrderSpec::LargestMaintenance,
                backstop: None,
                closes_per_step: u32::MAX,
                delay_steps: 0,
                halts: Vec::new(),
            },
            flat_ltv: 0.995,
            adl: Adl { rule: AdlRuleSpec::Queue, take: AdlTakeSpec::Whole },
            fund_order_deviation: 0.01,
            basis_steps: 1,
            funding: Funding {
                interval: 28_800.0,
                interest_8h: 0.0001,
                premium_8h: 0.0,
                capped_interval: 3600.0,
                calm_rate: 0.00025,
                calm_for: 57_600.0,
            },
        };
        Self { marks: Marks { unit_usd: 1.0, ..Marks::default() }, table, row: Vec::new(), entry: Vec::new() }
    }

    fn column(&mut self, balance: f64) -> AssetId {
        self.row.push(balance);
        AssetId::at(self.row.len() - 1)
    }

    /// Adds an asset; returns its position in the collateral.
    pub fn asset(&mut self, balance: f64, index: f64, ratio: f64, ask_buffer: f64) -> usize {
        let asset = self.column(balance);
        self.marks.index.push(index);
        self.marks.debt.push(1.0);
        self.table.collateral.push(Collateral {
            asset,
            ratios: vec![RatioTier { up_to_usd: f64::INFINITY, ratio }],
            ask_buffer,
            index: IndexSpec::Spot,
            stale_steps: 0,
            auto_exchange_haircut: (1.0 - ratio).min(0.5),
            auto_exchange_below: 5000.0,
            settles: Vec::new(),
            loan: None,
        });
        self.table.collateral.len() - 1
    }

    /// Adds a loan of an asset.
    pub fn loan(&mut self, collateral: usize, owed: f64, maintenance: f64) {
        let debt = self.column(-owed);
        self.table.collateral[collateral].loan = Some(LoanTerms { debt, pool: 0, reserve: 0, maintenance });
    }

    /// Adds a contract with a position opened at `entry`; returns its number.
    pub fn position(&mut self, settles: usize, tiers: Vec<Tier>, quantity: f64, entry: f64, mark: f64) -> usize {
        let asset = self.column(quantity);
        let number = self.table.contracts.len();
        self.table.contracts.push(Contract {
            name: format!("contract-{number}"),
            listing: format!("contract-{number}"),
            leg: Leg::Both,
            asset,
            coin: CoinId::at(number + 1),
            settles,
            fund: 0,
            lot: 0.0,
            tiers,
            clearance_fee: 0.0,
            taker_fee: 0.0,
            liquidation_taker_fee: 0.0,
            max_order_deviation: 0.05,
            funding_cap: 0.003,
        });
        self.table.collateral[settles].settles.push(number);
        self.marks.price.push(mark);
        self.marks.funding.push(0.0);
        self.entry.push(entry);
        self.row[self.table.collateral[settles].asset.index()] -= quantity * entry;
        number
    }

    /// The short leg of the contract added last, which becomes its long leg.
    pub fn short_leg(&mut self, quantity: f64, entry: f64) {
        let long = self.table.contracts.len() - 1;
        self.table.contracts[long].leg = Leg::Long;
        let (terms, mark) = (self.table.contracts[long].clone(), self.marks.price[long]);
        let short = self.position(terms.settles, terms.tiers, -quantity, entry, mark);
        let column = self.table.contracts[short].asset;
        self.table.contracts[short] = Contract { asset: column, leg: Leg::Short, ..self.table.contracts[long].clone() };
    }

    pub fn health(&self) -> Health {
        health(&self.table, &self.marks, &self.row)
    }

    pub fn quantity(&self, contract: usize) -> f64 {
        self.row[self.table.contracts[contract].asset.index()]
    }

    /// Trades at a price, and pays what `fees` says.
    pub fn trade(&mut self, contract: usize, quantity: f64, price: f64, fees: f64) {
        let (terms, funding) = (&self.table.contracts[contract], self.marks.funding[contract]);
        let settlement = self.table.collateral[terms.settles].asset;
        self.row[terms.asset.index()] += quantity;
        self.row[settlement.index()] -= quantity * (price - funding) + fees;
    }
}

/// Terms of one drawn contract.
type DrawnContract = (usize, Vec<(f64, f64)>, f64, f64, f64, f64, Option<f64>, (f64, f64, f64));

fn drawn_contract() -> impl Strategy<Value = DrawnContract> {
    let tiers = proptest::collection::vec((1.5..8.0_f64, 1.2..2.5_f64), 0..9);
    let tiers = (1e3..1e5_f64, 0.002..0.02_f64, tiers).prop_map(|(first, rate, steps)| {
        let mut rows = vec![(first, rate)];
        for (wider, dearer) in steps {
            let (cap, rate) = rows[rows.len() - 1];
            rows.push((cap * wider, (rate * dearer).min(0.9 + 1e-3 * rows.len() as f64)));
        }
        rows
    });
    let notional = (2.0..6.5_f64, any::<bool>())
        .prop_map(|(log, long)| (if long { 1.0 } else { -1.0 }) * 10_f64.powi(log as i32) * (1.0 + log.fract() * 9.0));
    let leg = proptest::option::of(0.01..2.0_f64);
    let fees = (0.0..0.02_f64, 0.0..0.001_f64, 0.0..0.01_f64);
    (0..3_usize, tiers, notional, 0.1..60e3_f64, -0.1..0.1_f64, -0.01..0.01_f64, leg, fees)
}

/// Any account: one to three settlement coins, other collateral, several contracts, tiers, hedge legs, margin modes,
/// loans; equity is `worth` times what it needs, as far as the mode lets it be set.
pub fn any_account(worth: std::ops::Range<f64>) -> impl Strategy<Value = Account> {
    let asset = (0.5..1.0_f64, 0.0..0.1_f64, 0.5..1.5_f64, any::<bool>());
    let mode = prop_oneof![
        Just(MarginMode::SingleAsset),
        Just(MarginMode::MultiAssets),
        Just(MarginMode::Portfolio { liquidation_unimmr: 1.05, loans_from: Some(0) }),
    ];
    let contracts = proptest::collection::vec(drawn_contract(), 1..9);
    let assets = proptest::collection::vec(asset, 1..5);
    let order = prop_oneof![
        Just(CloseOrderSpec::LargestMaintenance),
        Just(CloseOrderSpec::LargestLoss),
        Just(CloseOrderSpec::LargestNotional),
        Just(CloseOrderSpec::ProRata),
    ];
    (mode, assets, contracts, worth, 0.0..1.0_f64, order).prop_map(|(mode, assets, contracts, worth, split, order)| {
        let mut account = Account::empty(mode);
        account.table.liquidation.order = order;
        let single = mode == MarginMode::SingleAsset;
        for (ratio, buffer, index, tiered) in if single { &assets[..1] } else { &assets[..] } {
            let (ratio, buffer, index) = if single { (1.0, 0.0, 1.0) } else { (*ratio, *buffer, *index) };
            let at = account.asset(0.0, index, ratio, buffer);
            if *tiered && !single {
                account.table.collateral[at].ratios = vec![
                    RatioTier { up_to_usd: 1e4, ratio },
                    RatioTier { up_to_usd: 1e5, ratio: ratio * 0.8 },
                    RatioTier { up_to_usd: f64::INFINITY, ratio: ratio * 0.3 },
                ];
            }
        }
        let coins = account.table.collateral.len();
        for (settles, tiers, notional, mark, gain, funding, leg, fees) in contracts {
            let (quantity, entry) = (notional / mark, mark * (1.0 + gain));
            let quantity = if leg.is_some() { quantity.abs() } else { quantity };
            let first = account.position(settles % coins, brackets(&tiers), quantity, entry, mark);
            let terms = &mut account.table.contracts[first];
            (terms.clearance_fee, terms.liquidation_taker_fee) = (fees.0, fees.1);
            account.marks.funding[first] = funding * mark;
            if let Some(share) = leg {
                account.short_leg(quantity * share, entry);
                account.marks.funding[first + 1] = funding * mark;
            }
        }
        if matches!(mode, MarginMode::Portfolio { .. }) {
            account.loan(coins - 1, 1000.0 * split, 0.04);
        }
        account.fund_to(worth, split);
        account
    })
}

impl Account {
    /// Sets balances so that equity is `worth` times what the account needs, split over the first two assets.
    fn fund_to(&mut self, worth: f64, split: f64) {
        for at in 0..self.table.collateral.len() {
            let asset = self.table.collateral[at].asset.index();
            self.row[asset] -= rehypo::venue::margin::coins(&self.table, &self.marks, &self.row, at);
        }
        let health = self.health();
        let needed = health.maintenance * health.equity_per_maintenance * worth - health.equity;
        let second = self.table.collateral.len().min(2) - 1;
        for (at, part) in [(0, 1.0 - split), (second, split)] {
            let terms = &self.table.collateral[at];
            // Enough coins for the part at the first tier's ratio.
            self.row[terms.asset.index()] += needed * part / (self.marks.index[at] * terms.ratios[0].ratio);
        }
    }
}
