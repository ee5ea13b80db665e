//! What attackers take: cash out of a pool or an issuer's treasury, loans against tokens that nobody has paid for.
//!
//! The coins go to the outside; nothing else is booked. What a receipt or a token is worth follows from the balance
//! sheet, assets over claims, at the next publication of marks.

use crate::event::EventKind;
use crate::id::{AccountId, AssetId};
use crate::outcome::Layer;
use crate::scenario::{Forgery, Taken, Vault};
use crate::world::World;

/// A theft that is under way.
#[derive(Clone, Copy, Debug)]
pub struct Theft {
    /// Whose.
    victim: Victim,
    /// Out of which account.
    account: AccountId,
    /// Which coin or token.
    asset: AssetId,
    /// Units a step.
    per_step: f64,
    /// Steps that it still lasts.
    steps: usize,
}

/// Position in the scenario's table of pools or of issuers.
#[derive(Clone, Copy, Debug)]
enum Victim {
    Pool(usize),
    Issuer(usize),
}

impl World<'_> {
    /// Begins to steal, so much of what is there now, in equal parts a step.
    pub fn begin_theft(&mut self, from: &Vault, taken: Taken, steps: usize) {
        let system = &self.population.system;
        let hoard: Vec<(Victim, AccountId, AssetId)> = match from {
            Vault::Pool { pool, reserves } => {
                let assets = reserves.iter().map(|reserve| self.scenario.pools[*pool].reserves[*reserve].asset);
                assets.map(|asset| (Victim::Pool(*pool), system.pools[*pool], asset)).collect()
            }
            Vault::Issuer(issuer) => {
                let par = self.coin_asset(self.scenario.issuers[*issuer].par);
                vec![(Victim::Issuer(*issuer), system.treasuries[*issuer], par)]
            }
        };
        let cash = |account, asset| self.ledger.balance(account, asset).max(0.0);
        let cash_usd: f64 = hoard.iter().map(|(_, account, asset)| cash(*account, *asset) * self.mark(*asset)).sum();
        let share = match taken {
            Taken::Share(share) => share,
            Taken::Usd(usd) if cash_usd > 0.0 => (usd / cash_usd).min(1.0),
            Taken::Usd(_) => 0.0,
        };
        for (victim, account, asset) in hoard {
            let per_step = cash(account, asset) * share / steps as f64;
            self.thefts.push(Theft { victim, account, asset, per_step, steps });
        }
    }

    /// Takes what is stolen in this step, as far as it is still there.
    pub fn steal(&mut self) {
        let mut thefts = std::mem::take(&mut self.thefts);
        for theft in &mut thefts {
            theft.steps -= 1;
            let units = theft.per_step.min(self.ledger.balance(theft.account, theft.asset));
            if units <= 0.0 {
                continue;
            }
            let outside = self.outside();
            let stolen = self.transfer(theft.account, outside, theft.asset, units);
            let usd = stolen * self.mark(theft.asset);
            match theft.victim {
                Victim::Pool(pool) => {
                    self.tally.pools[pool].stolen_usd += usd;
                    let robbed = self.scenario.pools[pool].reserves.iter().position(|r| r.asset == theft.asset);
                    if let Some(reserve) = robbed {
                        self.bear(pool, reserve, stolen);
                    }
                }
                Victim::Issuer(issuer) => self.tally.issuers[issuer].stolen_usd += usd,
            }
            self.record(EventKind::Theft, theft.account, theft.asset, stolen, self.mark(theft.asset));
        }
        thefts.retain(|theft| theft.steps > 0);
        self.thefts = thefts;
    }

    /// Issues tokens that nobody has paid for, pledges them and takes a loan against them, all before the price of the
    /// token is published again. The attacker's account at the pool keeps debt and collateral.
    pub fn forge(&mut self, forgery: &Forgery) {
        self.cause = Layer::Exit;
        let token = self.scenario.issuers[forgery.issuer].token;
        let (outside, treasury) = (self.outside(), self.population.system.treasuries[forgery.issuer]);
        let forged = self.transfer(treasury, outside, token, forgery.tokens);
        self.record(EventKind::Theft, treasury, token, forged, self.mark(token));
        let Some(pledge) = forgery.pledge else { return };
        let account = self.population.system.attackers[pledge.attacker];
        self.deposit(pledge.pool, pledge.reserve, outside, account, forged);
        if let Some((reserve, share)) = pledge.borrow {
            let most = self.lends(pledge.pool, reserve, account);
            self.lend(pledge.pool, reserve, account, outside, share * most);
        }
    }
}
