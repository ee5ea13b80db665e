//! Who is there: owners, their accounts, and the system's own accounts. Drawn once; every path starts from it.

pub mod laws;
mod liquidity;
pub mod opening;
mod tokens;
mod trade;

use crate::id::{AccountId, AssetId, CohortId, OwnerId};
use crate::ledger::Ledger;
use crate::scenario::{Place, Scenario};

/// Everybody, and what they hold at the opening.
#[derive(Debug)]
pub struct Population {
    /// Owners, cohort by cohort.
    pub owners: Vec<Owner>,
    /// Rows of the ledger.
    pub accounts: Vec<Account>,
    /// The system's accounts.
    pub system: System,
    /// Opening balances of the world as configured.
    pub opening: Ledger,
    /// Opening balances with every token posted as collateral replaced by the coin behind it; none if not asked for.
    pub opening_no_reuse: Option<Ledger>,
    /// Opening marks, USD per unit of each asset.
    pub marks: Vec<f64>,
    /// Entry prices that differ from the opening price, sorted.
    pub entries: Vec<(AccountId, AssetId, f64)>,
    /// Owners whose leverage was cut to what the brackets allow at their size.
    pub capped_owners: u32,
}

/// A person or fund.
#[derive(Clone, Debug)]
pub struct Owner {
    /// Group.
    pub cohort: CohortId,
    /// Name in a real book; empty for drawn owners.
    pub name: String,
    /// First of the owner's adjacent accounts: the wallet.
    pub wallet: AccountId,
    /// How many accounts.
    pub accounts: u32,
    /// How much faster than the cohort's median owner this one leaves.
    pub haste: f64,
}

/// A row of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Whose it is.
    pub holder: Holder,
    /// Where it is.
    pub place: Place,
}

/// Whose account it is. Numbers are positions in the scenario's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// An owner.
    Owner(OwnerId),
    /// Everybody who is not simulated; the other side of every coin and trade.
    Outside,
    /// An insurance fund of a futures venue.
    Fund {
        /// Position in `futures`.
        venue: usize,
        /// Position in its funds.
        fund: usize,
    },
    /// A pool's own balance sheet.
    Pool(usize),
    /// An issuer's cash and spot coins; it owes the tokens.
    Treasury(usize),
    /// An issuer's reserve fund.
    Reserve(usize),
    /// An issuer's short legs at its futures venue.
    Hedge(usize),
    /// What an issuer has staked.
    Stake(usize),
    /// Reserves of a pool of two assets; it owes the LP tokens.
    Amm(usize),
}

/// The system's accounts, by position in the scenario's tables.
#[derive(Clone, Debug)]
pub struct System {
    /// The outside.
    pub outside: AccountId,
    /// Insurance funds, by futures venue and fund.
    pub funds: Vec<Vec<AccountId>>,
    /// Pools.
    pub pools: Vec<AccountId>,
    /// Treasuries, by issuer.
    pub treasuries: Vec<AccountId>,
    /// Reserve funds, by issuer.
    pub reserves: Vec<AccountId>,
    /// Hedge accounts, by issuer.
    pub hedges: Vec<Option<AccountId>>,
    /// Stakes, by issuer.
    pub stakes: Vec<Option<AccountId>>,
    /// Pools of two assets.
    pub amms: Vec<AccountId>,
    /// Accounts of outsiders at pools to which they pledge forged tokens, in the order of
    /// [`Scenario::forged_pledges`].
    pub attackers: Vec<AccountId>,
}

impl Population {
    /// The owner's account at a place; of several, the first. Each isolated position has one more.
    #[must_use]
    pub fn account_at(&self, owner: OwnerId, place: Place) -> Option<AccountId> {
        self.accounts_of(owner).find(|a| self.accounts[a.index()].place == place)
    }

    /// All accounts of an owner, the wallet first.
    pub fn accounts_of(&self, owner: OwnerId) -> impl Iterator<Item = AccountId> + Clone + use<> {
        let owner = &self.owners[owner.index()];
        (owner.wallet.0..owner.wallet.0 + owner.accounts).map(AccountId)
    }

    /// Whose account it is, if an owner's.
    #[must_use]
    pub fn owner_of(&self, account: AccountId) -> Option<OwnerId> {
        match self.accounts[account.index()].holder {
            Holder::Owner(owner) => Some(owner),
            _ => None,
        }
    }

    /// Entry price of a position: what was given in the book, else the opening mark.
    #[must_use]
    pub fn entry_usd(&self, account: AccountId, asset: AssetId) -> f64 {
        self.entries
            .binary_search_by(|(a, b, _)| (*a, *b).cmp(&(account, asset)))
            .map_or(self.marks[asset.index()], |i| self.entries[i].2)
    }

    /// Ids of all owners.
    pub fn owner_ids(&self) -> impl Iterator<Item = OwnerId> + use<> {
        (0..self.owners.len()).map(OwnerId::at)
    }
}

/// Why a scenario cannot open. The keys are those of the config file.
#[derive(Debug, thiserror::Error)]
pub enum OpeningError {
    /// A pool has lent more than was deposited.
    #[error(
        "venues.{pool}.savings.reserves.{coin}: owners borrow {borrowed:.0} USD at the opening but only {supplied:.0} USD are deposited; \
         raise outside_supply_usd or lower the borrowers' number, wealth or ltv"
    )]
    PoolOverdrawn {
        /// The pool.
        pool: String,
        /// The coin.
        coin: String,
        /// What owners borrow, USD.
        borrowed: f64,
        /// What is deposited, USD.
        supplied: f64,
    },
    /// More is deposited or lent than a cap allows.
    #[error("{key}: {what} at the opening; raise it, or lower {remedy}")]
    OverCap {
        /// The cap's key.
        key: String,
        /// What exceeds it, by whose doing, and the cap.
        what: String,
        /// What would make it less.
        remedy: &'static str,
    },
    /// Tokens that hold one another and nothing else.
    #[error(
        "venues.{issuer}.issuer.holds: `{token}` and the tokens that it holds have nothing behind them but each other, and \
         somebody buys them: no supply would be enough; lower a share of `holds` and raise `cash_share` or `hedged`"
    )]
    NoFiniteSupply {
        /// One of the issuers.
        issuer: String,
        /// Its token.
        token: String,
    },
    /// `no_reuse` would post a coin that the venue does not take.
    #[error(
        "run.counterfactuals: no_reuse replaces `{token}` by `{coin}`, which {key} does not list; \
         add it there or leave no_reuse out"
    )]
    NoReuseCollateral {
        /// The table that ought to list it.
        key: String,
        /// The token posted.
        token: String,
        /// The coin behind it.
        coin: String,
    },
    /// The counterfactual without reuse would lend less against the coin than against the token.
    #[error(
        "run.counterfactuals: no_reuse replaces `{token}` by `{coin}`, which lends less at {pool}{terms}; \
         give `{coin}` the ltv and liquidation_threshold of `{token}` or more there, or leave no_reuse out"
    )]
    NoReuseTerms {
        /// The pool.
        pool: String,
        /// The token that backs loans.
        token: String,
        /// The coin behind it.
        coin: String,
        /// The e-mode in which it lends less, if it is not without one.
        terms: String,
    },
    /// A real book starts with accounts beyond their limits.
    #[error(
        "cohort {cohort}: owner {owner} is already in liquidation at the opening prices ({why}); close or fund the position"
    )]
    AlreadyLiquidated {
        /// The cohort.
        cohort: String,
        /// The owner's name.
        owner: String,
        /// The ratio that is out of bounds.
        why: String,
    },
    /// An account is beyond its limits once coins stand in the place of its tokens.
    #[error(
        "run.counterfactuals: cohort {cohort}: owner {owner} is already in liquidation in no_reuse ({why}); {remedy}, fund the \
         position or leave no_reuse out"
    )]
    NoReuseLiquidated {
        /// The cohort.
        cohort: String,
        /// The owner's name or number.
        owner: String,
        /// The ratio that is out of bounds, and what replaces what.
        why: String,
        /// What would make the coin count as much as the token.
        remedy: String,
    },
}

impl OpeningError {
    /// The key that the message is about, what is wrong, and what would be right; none where it is about an owner.
    #[must_use]
    pub fn parts(&self) -> Option<[String; 3]> {
        let text = self.to_string();
        let (key, rest) = text.split_once(": ").filter(|(key, _)| !key.contains(' '))?;
        let (wrong, right) = rest.split_once("; ").unwrap_or((rest, ""));
        Some([key, wrong, right].map(str::to_owned))
    }
}

/// Names a holder for a reader.
#[must_use]
pub fn holder_name(scenario: &Scenario, population: &Population, holder: Holder) -> String {
    match holder {
        Holder::Owner(owner) => scenario.cohorts[population.owners[owner.index()].cohort.index()].name.clone(),
        Holder::Outside => "outside".into(),
        Holder::Fund { venue, fund } => {
            let venue = &scenario.futures[venue];
            format!("{} insurance fund {}", venue.name, venue.funds[fund].name)
        }
        Holder::Pool(i) => format!("{} pool", scenario.pools[i].name),
        Holder::Treasury(i) => format!("{} treasury", scenario.issuers[i].name),
        Holder::Reserve(i) => format!("{} reserve fund", scenario.issuers[i].name),
        Holder::Hedge(i) => format!("{} hedge", scenario.issuers[i].name),
        Holder::Stake(i) => format!("{} stake", scenario.issuers[i].name),
        Holder::Amm(i) => format!("{} reserves", scenario.amms[i].name),
    }
}
