//! A pool of two assets with constant product, run on whole ledger ticks ([`super::swap`]): outsiders arbitrage it to
//! market prices, providers take their share of what is there, and reserves that are not needed may lie in a savings
//! pool (Binance Liquid Swap). What the pool owns is its account's balances; LP tokens are owed by it.
//!
//! An LP token is worth its share of the reserves to whoever holds it, as that is what a burn pays, with the rewards that
//! have accrued on it; venues that take it as margin believe its fair price, which no swap moves.

use super::swap::arbitrage::{Trade, arbitrage_input};
use super::swap::value::fair_price;
use super::swap::{Fee, Pair, amount_in, amount_out};
use crate::id::{AccountId, AssetId};
use crate::scenario::{AssetKind, Place};
use crate::unit::YEAR_SECONDS;
use crate::world::World;

/// Share of its deposits from which on a reserve covers them, up to rounding.
const SOLVENT: f64 = 1.0 - 1e-9;

/// State of a pool of two assets on a path.
#[derive(Clone, Copy, Debug, Default)]
pub struct AmmState {
    /// Reward coins accrued on a unit of liquidity since the opening.
    mined: f64,
    /// Log-distance by which routed sales, and arbitrage against the books, have moved its price of the first asset.
    displaced: f64,
    /// Liquidity that was to be taken out in this step and could not be, USD.
    pub refused_usd: f64,
}

/// One side of a pool of two assets, USD.
#[derive(Clone, Copy, Debug)]
pub struct SideUsd {
    /// What it is.
    pub asset: AssetId,
    /// What the pool has in hand.
    pub in_hand: f64,
    /// What lies in a savings pool.
    pub idle: f64,
}

/// Fee of a pool.
///
/// # Panics
/// If it is not below 1, which the config was checked for.
#[must_use]
pub fn fee(points: u16) -> Fee {
    Fee::new(points, 10_000).expect("a fee below 1")
}

impl World<'_> {
    pub(super) fn whole_ticks(&self, asset: AssetId, units: f64) -> u128 {
        (units.max(0.0) / self.ledger.tick(asset)) as u128
    }

    /// Savings pool, reserve and receipts of a side that lies idle.
    fn idle_receipts(&self, amm: usize, side: usize) -> Option<(usize, usize, f64)> {
        let idle = self.scenario.amms[amm].idle?;
        let reserve = idle.reserves[side]?;
        let receipt = self.scenario.pools[idle.pool].reserves[reserve].receipt;
        Some((idle.pool, reserve, self.ledger.balance(self.population.system.amms[amm], receipt)))
    }

    /// Both sides at the marks published last.
    #[must_use]
    pub fn amm_sides(&self, amm: usize) -> [SideUsd; 2] {
        [0, 1].map(|side| {
            let asset = self.scenario.amms[amm].assets[side];
            let in_hand = self.ledger.balance(self.population.system.amms[amm], asset) * self.mark(asset);
            let idle = self.idle_receipts(amm, side).map_or(0.0, |(pool, reserve, receipts)| {
                receipts * self.mark(self.scenario.pools[pool].reserves[reserve].receipt)
            });
            SideUsd { asset, in_hand, idle }
        })
    }

    /// Reserves in ticks of each asset: what is in hand and what the savings pool owes, rounded down.
    pub(super) fn amm_reserves(&self, amm: usize) -> [u128; 2] {
        self.amm_sides(amm).map(|side| match self.mark(side.asset) {
            price if price > 0.0 => self.whole_ticks(side.asset, (side.in_hand + side.idle) / price),
            _ => self.whole_ticks(side.asset, self.ledger.balance(self.population.system.amms[amm], side.asset)),
        })
    }

    /// LP tokens owed, locked ones included.
    fn lp_supply(&self, amm: usize) -> f64 {
        -self.ledger.balance(self.population.system.amms[amm], self.scenario.amms[amm].lp)
    }

    /// Publishes what LP tokens are worth.
    pub fn publish_liquidity(&mut self) {
        for amm in 0..self.amms.len() {
            let value: f64 = self.amm_sides(amm).iter().map(|side| side.in_hand + side.idle).sum();
            let table = &self.scenario.amms[amm];
            let reward = table.mining.map_or(0.0, |m| self.amms[amm].mined * self.mark(self.coin_asset(m.coin)));
            self.marks[table.lp.index()] = value / self.lp_supply(amm) + reward;
        }
    }

    /// Fair price of an LP token, USD: what no swap moves.
    #[must_use]
    pub fn fair_lp_usd(&self, amm: usize) -> f64 {
        let sides = self.amm_sides(amm).map(|side| side.in_hand + side.idle);
        fair_price(sides, [1.0; 2], self.lp_supply(amm))
    }

    /// Starts a step: rewards accrue, outsiders bring the pool to the marks published last, reserves are laid idle.
    pub fn begin_amm_step(&mut self, amm: usize) {
        self.amms[amm].refused_usd = 0.0;
        if let Some(mining) = self.scenario.amms[amm].mining {
            let coins = mining.per_year_usd / self.scenario.coins[mining.coin.index()].opening_usd;
            self.amms[amm].mined += coins * self.scenario.step_seconds / YEAR_SECONDS / self.lp_supply(amm);
        }
        self.arbitrage(amm);
        for side in 0..2 {
            self.lay_idle(amm, side);
        }
    }

    /// Ticks of an issuer's token that an account has; none for what is no token, of which the outside has any amount.
    fn token_ticks(&self, account: AccountId, asset: AssetId) -> Option<u128> {
        let is_token = matches!(self.scenario.assets[asset.index()].kind, AssetKind::Token { .. });
        is_token.then(|| self.whole_ticks(asset, self.ledger.balance(account, asset)))
    }

    /// Outsiders bring the pool to the marks. Where sales of a coin are routed through it, they do so against the books; but
    /// what exogenous prices do they follow first, without orders there, as those prices hold it already.
    fn arbitrage(&mut self, amm: usize) {
        let assets = self.scenario.amms[amm].assets;
        if self.is_routed(amm) {
            let [first, second] = assets.map(|asset| self.exogenous[self.coin_of(asset).index()]);
            self.arbitrage_at(amm, [first * libm::exp(self.amms[amm].displaced), second], false);
        }
        self.arbitrage_at(amm, assets.map(|asset| self.mark(asset)), self.is_routed(amm));
    }

    /// The trade of an outsider who can buy and sell at these prices in USD: with no more of a token than outsiders have, and as
    /// far as the pool can get the cash for it.
    fn arbitrage_at(&mut self, amm: usize, usd: [f64; 2], on_books: bool) {
        let table = &self.scenario.amms[amm];
        let (at, outside, reserves) = (self.population.system.amms[amm], self.outside(), self.amm_reserves(amm));
        let prices = [0, 1].map(|side| usd[side] * self.ledger.tick(table.assets[side]));
        let Some(trade) = arbitrage_input(reserves, prices, fee(table.fee_points)) else { return };
        let (paid, got) = (table.assets[trade.side], table.assets[1 - trade.side]);
        let (reserve_in, reserve_out) = (reserves[trade.side], reserves[1 - trade.side]);
        let trade = match self.token_ticks(outside, paid) {
            Some(tokens) if tokens < trade.amount_in => {
                let given = amount_out(tokens, reserve_in, reserve_out, fee(table.fee_points));
                let Some(amount_out) = given.ok().filter(|given| *given > 0) else { return };
                Trade { amount_in: tokens, amount_out, ..trade }
            }
            _ => trade,
        };
        let on_books_too = if on_books { self.arbitrage_on_books(amm, trade) } else { Some(trade) };
        let Some(trade) = on_books_too else { return };
        self.call_in(amm, 1 - trade.side, trade.amount_out);
        let cash = self.whole_ticks(got, self.ledger.balance(at, got));
        let trade = if cash >= trade.amount_out {
            trade
        } else {
            let paid = amount_in(cash, reserve_in, reserve_out, fee(table.fee_points));
            let Ok(amount_in) = paid else { return };
            Trade { amount_in, amount_out: cash, ..trade }
        };
        let bought = self.transfer(outside, at, paid, trade.amount_in as f64 * self.ledger.tick(paid));
        let sold = self.transfer(at, outside, got, trade.amount_out as f64 * self.ledger.tick(got));
        if on_books {
            self.trade_on_books([(paid, bought), (got, -sold)]);
            self.displace(amm, reserves);
        }
    }

    /// Notes by how much a trade of the scenario's own has moved the pool's price.
    pub(super) fn displace(&mut self, amm: usize, before: [u128; 2]) {
        let price = |[first, second]: [u128; 2]| second as f64 / first as f64;
        self.amms[amm].displaced += libm::log(price(self.amm_reserves(amm)) / price(before));
    }

    /// Withdraws from the savings pool what a side lacks in hand, as far as that pays.
    pub(super) fn call_in(&mut self, amm: usize, side: usize, ticks: u128) {
        let (at, asset) = (self.population.system.amms[amm], self.scenario.amms[amm].assets[side]);
        let missing = ticks as f64 * self.ledger.tick(asset) - self.ledger.balance(at, asset);
        let Some((pool, reserve, receipts)) = self.idle_receipts(amm, side).filter(|_| missing > 0.0) else { return };
        let tick = self.ledger.tick(self.scenario.pools[pool].reserves[reserve].receipt);
        // One receipt more than rounding can lack.
        let wanted = missing / self.pools[pool].reserves[reserve].liquidity_index + 2.0 * tick;
        self.redeem_if_free(pool, reserve, at, wanted.min(receipts));
    }

    /// Deposits what a side has in hand beyond its share, as far as the savings pool takes it and covers what it owes, or
    /// withdraws what it lacks.
    fn lay_idle(&mut self, amm: usize, side: usize) {
        let Some((pool, reserve, _)) = self.idle_receipts(amm, side) else { return };
        let (at, share) = (self.population.system.amms[amm], self.scenario.amms[amm].idle.map_or(0.0, |i| i.share));
        let SideUsd { asset, in_hand, idle } = self.amm_sides(amm)[side];
        let kept = (in_hand + idle) * (1.0 - share) / self.mark(asset);
        let surplus = self.ledger.balance(at, asset) - kept;
        if surplus > 0.0 {
            // Nobody pays par for claims on less.
            if self.pools[pool].reserves[reserve].solvency >= SOLVENT {
                self.deposit(pool, reserve, at, at, surplus);
            }
        } else {
            self.call_in(amm, side, self.whole_ticks(asset, kept));
        }
    }

    /// Takes liquidity out: both assets, and the rewards accrued on it, come to the account. Where the pool cannot get
    /// the cash for both sides as much is burned as it can pay, the rest stays. Returns the LP tokens burned.
    pub fn burn_liquidity(&mut self, amm: usize, account: AccountId, units: f64) -> f64 {
        let table = &self.scenario.amms[amm];
        let at = self.population.system.amms[amm];
        let tick = self.ledger.tick(table.lp);
        let wanted = self.whole_ticks(table.lp, units);
        let supply = self.whole_ticks(table.lp, self.lp_supply(amm));
        let reserves = self.amm_reserves(amm);
        let paid = |liquidity: u128| Pair::of(reserves, supply, fee(table.fee_points)).burn(liquidity);
        let Ok(all) = paid(wanted) else { return 0.0 };
        let (mut liquidity, mut amounts) = (wanted, all.amounts);
        for side in 0..2 {
            self.call_in(amm, side, all.amounts[side]);
            let cash = self.whole_ticks(table.assets[side], self.ledger.balance(at, table.assets[side]));
            if cash < all.amounts[side] {
                // A share in ticks: both numbers are below 2^53.
                liquidity = liquidity.min(wanted * cash / all.amounts[side]);
            }
        }
        if liquidity < wanted {
            let left = (wanted - liquidity) as f64 * tick;
            self.amms[amm].refused_usd += left * self.mark(table.lp);
            let Ok(part) = paid(liquidity) else { return 0.0 };
            amounts = part.amounts;
        }
        let burned = self.transfer(account, at, table.lp, liquidity as f64 * tick);
        for (asset, amount) in table.assets.into_iter().zip(amounts) {
            self.transfer(at, account, asset, amount as f64 * self.ledger.tick(asset));
        }
        if let Some(mining) = table.mining {
            let (outside, coin) = (self.outside(), self.coin_asset(mining.coin));
            let to = self.takes_rewards(account, coin);
            self.transfer(outside, to, coin, burned * self.amms[amm].mined);
        }
        burned
    }

    /// Where rewards on what an account held are paid: to it, or to its owner's wallet if a futures venue does not take the
    /// coin as collateral.
    fn takes_rewards(&self, account: AccountId, coin: AssetId) -> AccountId {
        let taken = match self.population.accounts[account.index()].place {
            Place::Futures(venue) => self.scenario.futures[venue].collateral.iter().any(|c| c.asset == coin),
            _ => true,
        };
        let owner = self.population.owner_of(account).filter(|_| !taken);
        owner.map_or(account, |owner| self.population.owners[owner.index()].wallet)
    }
}
