//! Contracts of an account file: their legs, brackets, settlement asset, mark price and order book.

use super::Resolver;
use crate::id::{AssetId, CoinId};
use crate::scenario::account::Level;
use crate::scenario::key::{KeyPath, nearest, suggest};
use crate::scenario::source::Problem;
use crate::scenario::spec::{AccountContractSpec, BracketSpec};
use crate::scenario::{Contract, Leg};
use crate::unit::{Amount, Positive, Share};
use crate::venue::bracket::{self, Bracket, BracketError, BracketKeys, Tier};

/// Keys of a bracket in an account file.
const BRACKET_KEYS: BracketKeys = ["floor", "cap", "rate", "max_leverage"];

/// Longest distance of a liquidation order from the mark, if the file does not say: that of BTCUSDT.
const MAX_ORDER_DEVIATION: f64 = 0.05;

impl Resolver<'_> {
    /// The columns of a contract: two if there are positions on both sides of it.
    pub(super) fn legs(&self, name: &str, terms: &AccountContractSpec, problems: &mut Vec<Problem>) -> Vec<Contract> {
        let on_side = |long: bool| {
            let mine = self.spec.positions.iter().filter(|p| p.contract == name);
            mine.filter(|p| (p.quantity.get() > 0.0) == long).count() > 0
        };
        let legs: &[Leg] = if on_side(true) && on_side(false) { &[Leg::Long, Leg::Short] } else { &[Leg::Both] };
        let settles = self.settles(name, terms, problems);
        let tiers = self.tiers(name, terms, problems);
        let leg = |leg: &Leg| Contract {
            name: match leg {
                Leg::Both => name.to_owned(),
                Leg::Long => format!("{name} long"),
                Leg::Short => format!("{name} short"),
            },
            listing: name.to_owned(),
            leg: *leg,
            asset: AssetId(0),
            coin: CoinId::at(self.coins.get_index_of(&coin_of(name, terms)).unwrap_or(0)),
            settles,
            fund: 0,
            lot: terms.lot.map_or(0.0, Positive::get),
            tiers: tiers.clone(),
            clearance_fee: terms.clearance_fee.map_or(0.0, Share::get),
            taker_fee: 0.0,
            liquidation_taker_fee: terms.liquidation_taker_fee.map_or(0.0, Share::get),
            max_order_deviation: terms.max_order_deviation.map_or(MAX_ORDER_DEVIATION, Share::get),
            funding_cap: 0.0,
        };
        legs.iter().map(leg).collect()
    }

    /// Where to point at a contract: at its table, or at the first position in it.
    fn place(&self, name: &str) -> KeyPath {
        let root = KeyPath::root();
        match self.spec.positions.iter().position(|p| p.contract == name) {
            Some(first) if !self.spec.contracts.contains_key(name) => root.key("positions").key(first).key("contract"),
            _ => root.key("contracts").key(name),
        }
    }

    fn settles(&self, name: &str, terms: &AccountContractSpec, problems: &mut Vec<Problem>) -> usize {
        let place = self.place(name);
        let of_symbol = symbol(name, terms).split_once(':').map(|(_, settlement)| settlement.to_lowercase());
        let Some(settlement) = terms.settlement.clone().or(of_symbol).or_else(|| self.spec.settlement.clone()) else {
            let problem = Problem::new(&place, format!("nothing says in which asset `{name}` settles")).on_key();
            problems.push(problem.help("give the contract a `settlement`, or the file"));
            return 0;
        };
        let Some(at) = self.spec.assets.get_index_of(&settlement) else {
            let message = format!("`{name}` settles in `{settlement}`, which is not among the assets");
            let help = suggest(&settlement, "assets", self.spec.assets.keys().map(String::as_str));
            problems.push(Problem::new(&place, message).on_key().help(help));
            return 0;
        };
        if coin_of(name, terms) == settlement {
            let message = format!("a contract on `{settlement}` cannot settle in `{settlement}` itself");
            problems.push(Problem::new(&place, message).on_key());
        }
        at
    }

    fn tiers(&self, name: &str, terms: &AccountContractSpec, problems: &mut Vec<Problem>) -> Vec<Tier> {
        let place = self.place(name);
        if !terms.brackets.is_empty() {
            let bracket = |b: &BracketSpec| Bracket {
                floor: b.floor.get(),
                cap: b.cap.get(),
                rate: b.rate.get(),
                max_leverage: b.max_leverage.map(Positive::get),
                cum: b.cum.map(Amount::get),
            };
            let brackets: Vec<Bracket> = terms.brackets.iter().map(bracket).collect();
            return bracket::checked(&brackets, BRACKET_KEYS).unwrap_or_else(|(at, what)| {
                let path = place.key("brackets").key(at - 1);
                let help = "brackets must join without gap or jump: cum = floor * (rate - rate before) + cum before";
                problems.push(Problem::new(&path, format!("bracket {at}: {what}")).help(help));
                Vec::new()
            });
        }
        let Some(file) = &self.brackets else {
            if self.spec.brackets.is_none() {
                let problem = Problem::new(&place, format!("`{name}` has no brackets")).on_key();
                problems.push(problem.help("give the contract `brackets`, or the file a bracket table"));
            }
            return Vec::new();
        };
        file.tiers(symbol(name, terms)).unwrap_or_else(|error| {
            let problem = Problem::new(&place, error.to_string()).on_key();
            problems.push(match error {
                BracketError::NoSymbol(symbol) => {
                    let near = nearest(&symbol, file.symbols()).map(|near| format!("did you mean `{near}`?"));
                    problem.help(near.unwrap_or_else(|| "name it by `symbol`, or give it `brackets`".to_owned()))
                }
                _ => problem,
            });
            Vec::new()
        })
    }

    /// The one mark price of a contract.
    pub(super) fn mark(&self, name: &str, terms: &AccountContractSpec, problems: &mut Vec<Problem>) -> f64 {
        let root = KeyPath::root();
        let mut mark = terms.mark.map(Positive::get);
        for (i, position) in self.spec.positions.iter().enumerate().filter(|(_, p)| p.contract == name) {
            let path = root.key("positions").key(i);
            match (mark, position.mark.map(Positive::get)) {
                (Some(before), Some(now)) if before != now => {
                    let message = format!("`{name}` has the mark {before} as well");
                    problems.push(Problem::new(&path.key("mark"), message).help("a contract has one mark price"));
                }
                (None, None) => {
                    let problem = Problem::new(&path, format!("the position in `{name}` has no mark")).on_key();
                    problems.push(problem.help(format!("give it a `mark`, or contracts.{name}.mark")));
                    return 1.0;
                }
                (_, now) => mark = mark.or(now),
            }
        }
        mark.unwrap_or(1.0)
    }

    pub(super) fn check_book(&self, name: &str, terms: &AccountContractSpec, problems: &mut Vec<Problem>) {
        let path = self.place(name);
        let out_of_order = |levels: &[(Positive, Positive)], better: fn(f64, f64) -> bool| {
            levels.windows(2).position(|pair| !better(pair[0].0.get(), pair[1].0.get()))
        };
        for (key, found) in
            [("bids", out_of_order(&terms.bids, |a, b| a > b)), ("asks", out_of_order(&terms.asks, |a, b| a < b))]
        {
            if let Some(at) = found {
                let problem = Problem::new(&path.key(key).key(at + 1), "a level is not worse than the one before");
                problems.push(problem.help("best level first: bids fall, asks rise"));
            }
        }
    }
}

pub(super) fn side(levels: &[(Positive, Positive)]) -> Vec<Level> {
    levels.iter().map(|(price, quantity)| Level { price: price.get(), quantity: quantity.get() }).collect()
}

/// Its symbol in the bracket tables.
fn symbol<'a>(name: &'a str, terms: &'a AccountContractSpec) -> &'a str {
    terms.symbol.as_deref().unwrap_or(name)
}

/// The coin that a contract is on.
pub(super) fn coin_of(name: &str, terms: &AccountContractSpec) -> String {
    let of_symbol = || symbol(name, terms).split_once('/').map(|(coin, _)| coin.to_lowercase());
    terms.coin.clone().or_else(of_symbol).unwrap_or_else(|| name.to_owned())
}
