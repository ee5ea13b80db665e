//! Insurance funds of a venue: whose losses each bears, floors, top-ups.

use super::Venue;
use crate::scenario::key::{KeyPath, suggest};
use crate::scenario::source::Problem;
use crate::scenario::spec::FundSpec;
use crate::scenario::{Fund, FundTopUp};
use crate::unit::Amount;

impl Venue<'_> {
    pub(super) fn funds(&self, problems: &mut Vec<Problem>) -> Vec<Fund> {
        let path = self.path.key("insurance_funds");
        let funds = &self.spec.insurance_funds;
        if funds.is_empty() {
            let problem = Problem::new(&path, "a futures venue needs an insurance fund").on_key();
            problems.push(problem.help("for example general = { opening_usd = 10e6 }"));
        }
        // A single fund without a list bears the losses of all contracts; a name that is wrong is said by the fund.
        let mut listed = funds.values().flat_map(|fund| &fund.contracts).peekable();
        let lists = (funds.len() > 1 || listed.peek().is_some()) && listed.all(|c| self.spec.contracts.contains_key(c));
        for (contract, _) in self.spec.contracts.iter().filter(|_| lists) {
            let holders: Vec<&str> =
                funds.iter().filter(|(_, f)| f.contracts.contains(contract)).map(|(name, _)| name.as_str()).collect();
            let message = match holders.as_slice() {
                [_] => continue,
                [] => format!("no fund bears the losses of `{contract}`"),
                [a, b, ..] => format!("both `{a}` and `{b}` bear the losses of `{contract}`"),
            };
            let single = if funds.len() == 1 { "; a single fund without `contracts` bears them all" } else { "" };
            let help = format!("each contract belongs to exactly one fund{single}");
            problems.push(Problem::new(&path, message).on_key().help(help));
        }
        funds.iter().map(|(name, fund)| self.fund(name, fund, &path.key(name), problems)).collect()
    }

    fn fund(&self, name: &str, spec: &FundSpec, path: &KeyPath, problems: &mut Vec<Problem>) -> Fund {
        let contracts = &self.spec.contracts;
        for (i, contract) in spec.contracts.iter().enumerate() {
            if !contracts.contains_key(contract) {
                let message = format!("there is no contract `{contract}` at `{}`", self.name);
                let help = suggest(contract, "contracts", contracts.keys().map(String::as_str));
                problems.push(Problem::new(&path.key("contracts").key(i), message).help(help));
            }
        }
        let floor_usd = spec.floor_usd.map_or(0.0, Amount::get);
        if floor_usd > spec.opening_usd.get() {
            let message = format!("a floor of {floor_usd} USD is above the opening fund of {}", spec.opening_usd.get());
            problems.push(Problem::new(&path.key("floor_usd"), message).help("expected at most `opening_usd`"));
        }
        let top_up = spec.top_up.map(|t| FundTopUp { below_usd: t.below_usd.get(), to_usd: t.to_usd.get() });
        if let Some(top_up) = top_up.filter(|t| t.to_usd < t.below_usd) {
            let message = format!("topped up to {} USD the fund is still below {}", top_up.to_usd, top_up.below_usd);
            let problem = Problem::new(&path.key("top_up").key("to_usd"), message);
            problems.push(problem.help("expected at least `below_usd`"));
        } else if let Some(top_up) = top_up.filter(|t| t.to_usd < floor_usd) {
            let message =
                format!("topped up to {} USD the fund is still below its floor of {floor_usd}", top_up.to_usd);
            let problem = Problem::new(&path.key("top_up").key("to_usd"), message);
            problems.push(problem.help("expected at least `floor_usd`"));
        }
        Fund { name: name.to_owned(), opening_usd: spec.opening_usd.get(), floor_usd, top_up }
    }
}
