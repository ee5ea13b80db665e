//! Liquidation of loans on a path: who comes, how much she takes, where it goes.
//!
//! She repays the largest debt and takes the largest collateral, at the oracle's prices and by the pool's rules
//! ([`crate::venue::lending`]), then, if one of the two is gone and the account is still unhealthy, the next. What she took
//! she sells on the spot market or the token's book. Where nothing is said of what liquidating costs, liquidators outbid
//! each other until slippage has eaten the fee.

use crate::event::EventKind;
use crate::id::{AccountId, CoinId};
use crate::market::Side;
use crate::outcome::Layer;
use crate::random::uniform;
use crate::scenario::{Lending, Loans};
use crate::venue::lending::liquidation::{Liquidation, Pair, deficit_usd};
use crate::venue::lending::liquidator::{MarketOverOracle, Turnout, taken};
use crate::venue::lending::{Account, Leg};
use crate::world::World;

/// Position of the largest, the first of equals; none if all are 0.
fn largest(legs: &[Leg], size: impl Fn(&Leg) -> f64) -> Option<usize> {
    let mut found = None;
    let mut most = 0.0;
    for (i, leg) in legs.iter().enumerate() {
        if size(leg) > most {
            (found, most) = (Some(i), size(leg));
        }
    }
    found
}

/// A liquidation of one collateral and one debt, sized.
struct Deal {
    seized: usize,
    repaid: usize,
    pair: Pair,
    sized: Liquidation,
}

impl Deal {
    fn one_is_gone(&self) -> bool {
        self.sized.repaid_usd >= self.pair.debt_usd || self.sized.seized_usd >= self.pair.collateral_usd
    }
}

impl World<'_> {
    /// Whether a loan can still be liquidated in this step: each is tried once, a bank's when it looks at its loans.
    #[must_use]
    pub fn can_liquidate_loan(&self, pool: usize, account: AccountId) -> bool {
        let looks = match self.scenario.pools[pool].lending {
            Lending::Bank { review_steps, .. } => self.step.is_multiple_of(review_steps),
            Lending::Pool | Lending::PeerToPeer { .. } => true,
        };
        looks && !self.pools[pool].tried.contains(&account)
    }

    /// Liquidates a loan whose health factor is below 1, as far as the rules allow and somebody comes. An account without
    /// collateral leaves its debt to the pool.
    pub fn liquidate_loan(&mut self, pool: usize, account: AccountId) {
        let scenario = self.scenario;
        let Some(loans) = &scenario.pools[pool].loans else { return };
        if self.loan(pool, account).health() >= 1.0 {
            return;
        }
        self.pools[pool].tried.insert(account);
        self.cause = Layer::Liquidation;
        let turnout = self.turnout(loans);
        while let Some(deal) = self.next_deal(pool, loans, account, turnout) {
            self.settle(pool, account, &deal, EventKind::LoanLiquidation);
            if !deal.one_is_gone() {
                break;
            }
        }
        self.write_off_if_bare(pool, account);
    }

    /// Sells collateral of a loan that is not liquidated to repay that much of it, as far as it can be sold.
    pub(in crate::venue) fn sell_collateral_of_loan(&mut self, pool: usize, account: AccountId, usd: f64) {
        let scenario = self.scenario;
        let Some(loans) = &scenario.pools[pool].loans else { return };
        self.cause = Layer::Liquidation;
        let mut left = usd;
        while left > 0.0 {
            let legs = self.loan_legs(pool, account);
            let sums = loans.terms.account(&legs, None);
            let Some((seized, repaid, pair)) = pair_of(loans, &sums, &legs) else { break };
            let pair = Pair { bonus: 0.0, protocol_fee: 0.0, ..pair }; // the borrower sells, nobody is rewarded
            let most = self.room_usd(pool, (seized, repaid), &pair) / per_repaid(&pair);
            let sized = Liquidation::repaying(&pair, left.min(pair.debt_usd).min(most));
            let deal = Deal { seized, repaid, pair, sized };
            if sized.repaid_usd <= 0.0 {
                break;
            }
            self.settle(pool, account, &deal, EventKind::Recall);
            left -= sized.repaid_usd;
            if !deal.one_is_gone() {
                break;
            }
        }
        self.write_off_if_bare(pool, account);
    }

    /// Who comes to a liquidation now.
    fn turnout(&mut self, loans: &Loans) -> Turnout {
        match &loans.congestion {
            None => Turnout::Liquidators { gas_usd: 0.0 },
            Some(congestion) => congestion.turnout(loans.sale, self.gas.multiple(), uniform(&mut self.auctions)),
        }
    }

    /// What is liquidated next of an account; none if it is healthy, nobody comes or nothing can be sold.
    fn next_deal(&self, pool: usize, loans: &Loans, account: AccountId, turnout: Turnout) -> Option<Deal> {
        let legs = self.loan_legs(pool, account);
        let sums = loans.terms.account(&legs, None);
        let (seized, repaid, pair) = pair_of(loans, &sums, &legs)?;
        let sized = match turnout {
            Turnout::Nobody => None,
            Turnout::Unbid => (sums.health() < 1.0).then(|| Liquidation::unbid(&pair)),
            Turnout::Liquidators { .. } if loans.congestion.is_none() => {
                let room_usd = self.room_usd(pool, (seized, repaid), &pair);
                loans.rules.largest(&sums, &pair, room_usd / per_repaid(&pair))
            }
            Turnout::Liquidators { gas_usd } => self.taken_by_one(pool, loans, &sums, (seized, repaid, pair), gas_usd),
        };
        sized.map(|sized| Deal { seized, repaid, pair, sized })
    }

    /// What a lone liquidator takes, if it pays.
    fn taken_by_one(
        &self,
        pool: usize,
        loans: &Loans,
        sums: &Account,
        (seized, repaid, pair): (usize, usize, Pair),
        gas_usd: f64,
    ) -> Option<Liquidation> {
        let market = self.market_over_oracle(pool, seized, repaid);
        let gain = market.net_bonus(&pair);
        let asset = self.scenario.pools[pool].reserves[seized].asset;
        let room_usd = if gain > 0.0 { self.room(asset, gain / (1.0 + gain)) * self.mark(asset) } else { 0.0 };
        let slippage = |sold_usd: f64| self.slippage_usd(asset, sold_usd);
        taken(&loans.rules, sums, &pair, market, room_usd, slippage, gas_usd)
    }

    /// Market prices over the oracle's.
    fn market_over_oracle(&self, pool: usize, seized: usize, repaid: usize) -> MarketOverOracle {
        let ratio = |reserve: usize| {
            let asset = self.scenario.pools[pool].reserves[reserve].asset;
            self.mark(asset) / self.pools[pool].reserves[reserve].oracle_usd
        };
        MarketOverOracle { collateral: ratio(seized), debt: ratio(repaid) }
    }

    /// Value of a collateral, at the oracle's price, that can be sold before slippage eats the fee: beyond it nobody
    /// liquidates, nor at all if the oracle's price stands too far above the market's. A pool without a fee liquidates
    /// itself, as far as half a per cent of slippage.
    fn room_usd(&self, pool: usize, (seized, repaid): (usize, usize), pair: &Pair) -> f64 {
        let asset = self.scenario.pools[pool].reserves[seized].asset;
        let gain = self.market_over_oracle(pool, seized, repaid).net_bonus(pair);
        if pair.bonus > 0.0 && gain <= 0.0 {
            return 0.0;
        }
        // The mean price of an order is nearer than its last: twice the gain at the margin is the gain on average.
        self.room(asset, (2.0 * gain).clamp(0.005, 0.5)) * self.pools[pool].reserves[seized].oracle_usd
    }

    /// Books a liquidation: collateral to the liquidator and the pool's share of it, debt repaid, both traded.
    fn settle(&mut self, pool: usize, account: AccountId, deal: &Deal, kind: EventKind) {
        let taken = self.seize(pool, account, deal);
        let asset = self.scenario.pools[pool].reserves[deal.repaid].asset;
        let all = deal.sized.repaid_usd >= deal.pair.debt_usd;
        let oracle_usd = self.pools[pool].reserves[deal.repaid].oracle_usd;
        let amount = if all { f64::INFINITY } else { deal.sized.repaid_usd / oracle_usd };
        let paid = self.repay(pool, deal.repaid, self.outside(), account, amount);
        let price = self.mark(asset);
        if kind == EventKind::LoanLiquidation {
            self.tally.loans_liquidated_usd += paid * price;
        }
        self.record(kind, account, asset, paid, price);
        self.trade_out(pool, (deal.seized, taken), (deal.repaid, paid));
    }

    /// Takes the collateral of a liquidation, receipts and what lies idle alike. Returns the units that the liquidator got,
    /// in units of what was deposited.
    fn seize(&mut self, pool: usize, account: AccountId, deal: &Deal) -> f64 {
        let (at, outside) = (self.population.system.pools[pool], self.outside());
        let table = &self.scenario.pools[pool].reserves[deal.seized];
        let share = (deal.sized.seized_usd / deal.pair.collateral_usd).min(1.0);
        let fee_share = deal.sized.protocol_fee_usd / deal.sized.seized_usd;
        let taken = [table.receipt, table.asset].map(|column| {
            let amount = self.ledger.balance(account, column) * share;
            // Receipts that come back to the pool are claims that nobody has any more: its own funds grow by them.
            let fee = if fee_share > 0.0 { self.transfer(account, at, column, amount * fee_share) } else { 0.0 };
            self.transfer(account, outside, column, amount - fee)
        });
        let holds = self.ledger.balance(account, table.receipt);
        self.pools[pool].cut(account, deal.seized, holds);
        self.redeem_if_free(pool, deal.seized, outside, taken[0]);
        taken[0] * self.pools[pool].reserves[deal.seized].liquidity_index + taken[1]
    }

    /// The liquidator sells what was taken and buys what was paid, net: tokens on their own books for their par coins,
    /// coins on the spot market and through the pools of its route.
    fn trade_out(&mut self, pool: usize, (seized, taken): (usize, f64), (repaid, paid): (usize, f64)) {
        let mut bought = vec![0.0; self.scenario.coins.len()];
        let net = if seized == repaid { vec![(seized, paid - taken)] } else { vec![(seized, -taken), (repaid, paid)] };
        for (reserve, units) in net {
            let asset = self.scenario.pools[pool].reserves[reserve].asset;
            let (coin, units) = self.trade_token(asset, units);
            bought[coin.index()] += units;
        }
        let coins = [bought.iter().position(|units| *units < 0.0), bought.iter().position(|units| *units > 0.0)];
        if let [Some(sold), Some(got)] = coins {
            let (from, to) = (CoinId::at(sold), CoinId::at(got));
            let (swapped, received) = self.sell_to_pools(self.outside(), from, -bought[sold], to);
            bought[sold] += swapped;
            bought[got] -= received;
        }
        for (coin, units) in bought.into_iter().enumerate() {
            self.markets.execute(CoinId::at(coin), Side::Spot, units * self.exogenous[coin]);
        }
    }

    /// Writes off what an account without collateral owes.
    fn write_off_if_bare(&mut self, pool: usize, account: AccountId) {
        if deficit_usd(&self.loan_legs(pool, account)) > 0.0 {
            for reserve in 0..self.scenario.pools[pool].reserves.len() {
                self.write_off(pool, reserve, account, f64::INFINITY);
            }
        }
    }
}

/// What a liquidator sells per unit of debt repaid, in value at the oracle's prices.
fn per_repaid(pair: &Pair) -> f64 {
    1.0 + pair.bonus * (1.0 - pair.protocol_fee)
}

/// The largest collateral and the largest debt of an account; none if it has no collateral or no debt.
fn pair_of(loans: &Loans, sums: &Account, legs: &[Leg]) -> Option<(usize, usize, Pair)> {
    let seized = largest(legs, |leg| leg.collateral_usd)?;
    let repaid = largest(legs, |leg| leg.debt_usd)?;
    Some((seized, repaid, loans.terms.pair(sums, legs, seized, repaid)))
}
