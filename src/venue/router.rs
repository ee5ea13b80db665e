//! Sales that go through pools of two assets as well as through the order book ([`super::swap::route`]).

use super::amm::fee;
use super::swap::arbitrage::Trade;
use super::swap::route::{Book, Pool, split};
use super::swap::{amount_in, amount_out};
use crate::id::{AccountId, AssetId, CoinId};
use crate::market::Side;
use crate::scenario::{Route, Variant};
use crate::world::World;

/// The books over which one coin is sold for another.
struct Books<'w, 'a> {
    world: &'w World<'a>,
    sold: CoinId,
    bought: CoinId,
}

impl Books<'_, '_> {
    /// USD of a sale at exogenous prices, and what it brings there.
    fn usd(&self, units: f64) -> (f64, f64) {
        let usd = units * self.world.exogenous[self.sold.index()];
        (usd, usd * self.world.markets.quote(self.sold, Side::Spot, -usd))
    }
}

impl Book for Books<'_, '_> {
    fn brings(&self, units: f64) -> f64 {
        let (_, usd) = self.usd(units);
        usd / (self.world.exogenous[self.bought.index()] * self.world.markets.quote(self.bought, Side::Spot, usd))
    }

    fn last(&self, units: f64) -> f64 {
        let (sold, usd) = self.usd(units);
        let World { markets, exogenous, .. } = self.world;
        exogenous[self.sold.index()] * markets.last(self.sold, Side::Spot, -sold)
            / (exogenous[self.bought.index()] * markets.last(self.bought, Side::Spot, usd))
    }
}

impl<'a> World<'a> {
    /// The route of a coin, in worlds in which sales move prices.
    fn route(&self, coin: CoinId) -> Option<&'a Route> {
        let market = self.scenario.markets.iter().find(|market| market.coin == coin)?;
        market.route.as_ref().filter(|_| self.variant != Variant::NoFeedback)
    }

    /// Swaps that part of a sale of a coin for another in pools which earns more there than on the books. Returns the units
    /// swapped and the units received, less gas.
    pub fn sell_to_pools(&mut self, account: AccountId, coin: CoinId, units: f64, to: CoinId) -> (f64, f64) {
        let Some(route) = self.route(coin) else { return (0.0, 0.0) };
        let (asset, got) = (self.coin_asset(coin), self.coin_asset(to));
        let trades = |amm: &usize| self.scenario.amms[*amm].assets.contains(&got);
        let amms: Vec<usize> = route.pools.iter().copied().filter(trades).collect();
        let gas = route.gas_usd * self.gas.multiple() / self.mark(got);
        let pools: Vec<Pool> = amms
            .iter()
            .map(|&amm| self.seen_pool(amm, usize::from(self.scenario.amms[amm].assets[0] != asset)))
            .collect();
        let parts = split(&pools, &Books { world: self, sold: coin, bought: to }, units, gas);
        let (mut swapped, mut received) = (0.0, 0.0);
        for (amm, part) in amms.into_iter().zip(parts) {
            let (paid, out) = self.swap_in_pool(amm, account, coin, part.min(units - swapped));
            if paid > 0.0 {
                let gas = self.transfer(account, self.outside(), got, gas.min(out));
                (swapped, received) = (swapped + paid, received + out - gas);
            }
        }
        (swapped, received)
    }

    /// Whether sales are routed through a pool, in worlds in which they move prices.
    pub(super) fn is_routed(&self, amm: usize) -> bool {
        let routes = self.scenario.markets.iter().filter_map(|market| market.route.as_ref());
        self.variant != Variant::NoFeedback && routes.into_iter().any(|route| route.pools.contains(&amm))
    }

    /// What is left of a trade with a pool if the arbitrageur trades back on the books: up to where its last unit still pays.
    pub(super) fn arbitrage_on_books(&self, amm: usize, trade: Trade) -> Option<Trade> {
        const HALVINGS: u32 = 60;
        let table = &self.scenario.amms[amm];
        let [bought, sold] = [table.assets[trade.side], table.assets[1 - trade.side]].map(|asset| self.coin_of(asset));
        let (pool, books) = (self.seen_pool(amm, trade.side), Books { world: self, sold, bought });
        let tick = self.ledger.tick(table.assets[trade.side]);
        let (mut low, mut high) = (0.0, trade.amount_in as f64 * tick);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if books.last(pool.out(middle)) * pool.last(middle) > 1.0 { low = middle } else { high = middle }
        }
        let reserves = self.amm_reserves(amm);
        let amount_in = ((low / tick) as u128).min(trade.amount_in);
        let out = amount_out(amount_in, reserves[trade.side], reserves[1 - trade.side], fee(table.fee_points));
        out.ok().filter(|out| *out > 0).map(|amount_out| Trade { amount_in, amount_out, ..trade })
    }

    /// Orders of units of coins on their spot books (negative sells).
    pub(super) fn trade_on_books(&mut self, orders: [(AssetId, f64); 2]) {
        for (asset, units) in orders {
            let coin = self.coin_of(asset);
            self.markets.execute(coin, Side::Spot, units * self.exogenous[coin.index()]);
        }
    }

    /// A pool, in units, as who pays that side in sees it.
    fn seen_pool(&self, amm: usize, side: usize) -> Pool {
        let table = &self.scenario.amms[amm];
        let reserves = self.amm_reserves(amm);
        let units = |side: usize| reserves[side] as f64 * self.ledger.tick(table.assets[side]);
        let kept = 1.0 - f64::from(table.fee_points) / 10_000.0;
        Pool { reserve_in: units(side), reserve_out: units(1 - side), kept }
    }

    /// Pays units of a coin into a pool, as far as the pool can get the cash for them. Returns what was paid and what came out.
    fn swap_in_pool(&mut self, amm: usize, account: AccountId, coin: CoinId, units: f64) -> (f64, f64) {
        let table = &self.scenario.amms[amm];
        let (at, paid) = (self.population.system.amms[amm], self.coin_asset(coin));
        let side = usize::from(table.assets[0] != paid);
        let got = table.assets[1 - side];
        let (reserves, fee) = (self.amm_reserves(amm), fee(table.fee_points));
        let mut ticks = self.whole_ticks(paid, units);
        let Ok(mut out) = amount_out(ticks, reserves[side], reserves[1 - side], fee) else { return (0.0, 0.0) };
        self.call_in(amm, 1 - side, out);
        let cash = self.whole_ticks(got, self.ledger.balance(at, got));
        if cash < out {
            let Ok(less) = amount_in(cash, reserves[side], reserves[1 - side], fee) else { return (0.0, 0.0) };
            (ticks, out) = (less, cash);
        }
        if out == 0 {
            return (0.0, 0.0);
        }
        let paid = self.transfer(account, at, paid, ticks as f64 * self.ledger.tick(paid));
        let received = self.transfer(at, account, got, out as f64 * self.ledger.tick(got));
        self.displace(amm, reserves);
        (paid, received)
    }
}
