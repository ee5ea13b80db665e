//! An issuer's balance sheet, and how long redemption takes.

use crate::id::AccountId;
use crate::outcome::IssuerSheet;
use crate::scenario::AssetKind;
use crate::unit::YEAR_SECONDS;
use crate::world::World;

/// Longest wait that is told apart from never, seconds: ten years.
pub const LONGEST_WAIT: f64 = 10.0 * YEAR_SECONDS;

/// Cash below this share of the tokens issued is what rounding has left.
const DUST: f64 = 1e-9;

impl World<'_> {
    /// The balance sheet at the marks published last.
    #[must_use]
    pub fn issuer_sheet(&self, issuer: usize) -> IssuerSheet {
        let (system, table) = (&self.population.system, &self.scenario.issuers[issuer]);
        let par = self.coin_asset(table.par);
        let mut sheet = IssuerSheet {
            hedge_usd: system.hedges[issuer].map_or(0.0, |hedge| self.account_usd(hedge)),
            staked_usd: system.stakes[issuer].map_or(0.0, |stake| self.account_usd(stake)),
            reserve_usd: self.account_usd(system.reserves[issuer]),
            claims_usd: self.issuer_claims_usd(issuer),
            backstop_used_usd: self.issuers[issuer].backstop_used_usd,
            held_tokens_usd: self.held_tokens_usd(issuer),
            ..IssuerSheet::default()
        };
        let row = self.ledger.row(system.treasuries[issuer]).iter().zip(&self.marks);
        for ((asset, kind), (balance, mark)) in self.scenario.assets.iter().map(|a| a.kind).enumerate().zip(row) {
            let usd = balance * mark;
            match kind {
                AssetKind::Token { .. } => {}
                _ if asset == par.index() => sheet.cash_usd += usd,
                AssetKind::Coin(_) => sheet.spot_usd += usd,
                _ => sheet.held_tokens_usd += usd,
            }
        }
        sheet
    }

    /// All that backs the token, USD: cash, spot coins, the hedge account, the stake, the reserve fund, and what it holds of
    /// others.
    #[must_use]
    pub fn issuer_assets_usd(&self, issuer: usize) -> f64 {
        self.issuer_own_usd(issuer) + self.held_tokens_usd(issuer)
    }

    /// What an issuer has beside issuers' tokens, USD.
    #[must_use]
    pub fn issuer_own_usd(&self, issuer: usize) -> f64 {
        let system = &self.population.system;
        let own = |account: AccountId| -> f64 {
            let row = self.ledger.row(account).iter().zip(&self.marks).zip(&self.scenario.assets);
            let others = row.filter(|(_, asset)| !matches!(asset.kind, AssetKind::Token { .. }));
            others.map(|((balance, mark), _)| balance * mark).sum()
        };
        own(system.treasuries[issuer])
            + own(system.reserves[issuer])
            + system.hedges[issuer].map_or(0.0, own)
            + system.stakes[issuer].map_or(0.0, own)
    }

    /// Seconds until a redemption asked for now is paid, at most [`LONGEST_WAIT`]: none while fast redemption is open; else
    /// the delay of standard redemption, or longer if cash does not cover what waits. Cash is then raised by whichever is
    /// faster, the pairs at the speed of the terms or the stake; a gate that must open ends the wait.
    #[must_use]
    pub fn redemption_wait(&self, issuer: usize) -> f64 {
        let (table, state) = (&self.scenario.issuers[issuer], &self.issuers[issuer]);
        if self.vault_demand_usd(issuer).is_some() {
            return LONGEST_WAIT;
        }
        let cash = self.issuer_cash(issuer);
        let suspended = self.suspended_for(issuer);
        let dust = DUST * self.tokens_issued(issuer);
        if suspended.is_none() && state.fast_quota > dust && cash > dust {
            return 0.0;
        }
        let spare = cash - state.waiting * state.redemption;
        let raised = if spare > dust { 0.0 } else { self.raising_seconds(issuer, (-spare).max(0.0)) };
        let raised = suspended.map_or(raised, |left| raised.min(left));
        table.standard_delay.max(raised).min(LONGEST_WAIT)
    }

    /// Seconds in which so many par coins can be raised; infinite if they cannot.
    fn raising_seconds(&self, issuer: usize, missing: f64) -> f64 {
        let (table, state) = (&self.scenario.issuers[issuer], &self.issuers[issuer]);
        let missing_usd = missing * self.mark(self.coin_asset(table.par));
        let (held_usd, usd_per_second) = self.unwinding_speed(issuer);
        let pairs = if missing_usd <= held_usd { missing_usd / usd_per_second } else { f64::INFINITY };
        let stake = match table.staked {
            Some(terms) => {
                let coins = missing_usd / self.mark(self.coin_asset(terms.coin));
                let seconds = || state.exits.seconds_to(&terms, self.now(), coins);
                if coins <= self.staked_coins(issuer) { seconds() } else { f64::INFINITY }
            }
            None => f64::INFINITY,
        };
        // Nothing held at no speed is no way out, not one that takes no time.
        if pairs.is_nan() { stake } else { pairs.min(stake) }
    }

    /// What pairs are worth with the margin behind them, or a closed vault's collateral, USD, and how much of it can be unwound per second.
    pub(super) fn unwinding_speed(&self, issuer: usize) -> (f64, f64) {
        let (table, state) = (&self.scenario.issuers[issuer], &self.issuers[issuer]);
        let treasury = self.population.system.treasuries[issuer];
        let (mut held_usd, mut opened_usd) = (0.0, 0.0);
        for ((coin, _), opened) in self.pair_coins(issuer).into_iter().zip(&state.pairs_at_opening) {
            let coin = self.coin_asset(coin);
            held_usd += self.ledger.balance(treasury, coin) * self.mark(coin);
            opened_usd += opened * self.mark(coin);
        }
        if let Some((coin, units)) = self.closed_vault(issuer) {
            held_usd += self.ledger.balance(treasury, coin) * self.mark(coin);
            opened_usd += units * self.mark(coin);
        }
        let margin_usd = self.population.system.hedges[issuer].map_or(0.0, |hedge| self.account_usd(hedge)).max(0.0);
        let with_margin = if held_usd > 0.0 { 1.0 + margin_usd / held_usd } else { 0.0 };
        (held_usd * with_margin, opened_usd * with_margin * table.unwind_per_day / 86_400.0)
    }
}
