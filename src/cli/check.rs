//! `rehypo check`: what a config would do, before it does it.

use super::args::CheckArgs;
use super::failure::Failure;
use super::source::Source;
use super::text::{lines, print, table};
use crate::engine::{Record, Simulation};
use crate::metric::figure::{bytes, count, duration, percent, show, span, usd};
use crate::run::totals::Opening;
use crate::run::{RunError, directory_name, memory};
use crate::scenario::{Loaded, Scenario, ShockKind, Taken, Variant, Vault};
use crate::store::draft::is_finished;
use crate::store::manifest::sha256;
use crate::store::schema::worlds;
use crate::venue::lending::frontier::{eligible_drop, loss_frontier, restoring_repay_usd, toxic_ltv};
use crate::venue::lending::liquidation::Pair;
use crate::venue::lending::{Account, CollateralTerms};
use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

pub fn main(arguments: &CheckArgs) -> Result<(), Failure> {
    let source = Source::read(&arguments.scenario)?;
    let scenario = &source.loaded.scenario;
    source.loaded.check_points()?;
    memory::check_before_draw(scenario)?;
    let simulation = Simulation::new(scenario).map_err(|error| source.place(RunError::Opening(error)))?;
    let available = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = arguments.threads.map_or(available, usize::from);
    let mut text = outline(scenario, &simulation);
    text.push_str(&redemptions(scenario));
    text.push_str(&shocks(scenario));
    text.push_str(&observed(scenario));
    text.push_str(&axes(&source.loaded));
    text.push_str(&leverage(scenario, &simulation));
    text.push_str(&collateral(scenario));
    text.push_str(&balances(&simulation));
    text.push_str(&cost(scenario, &simulation, threads));
    text.push_str(&destination(scenario, &source.folder(None)));
    print(&text)?;
    Ok(memory::check_run(&simulation, scenario, threads)?)
}

fn outline(scenario: &Scenario, simulation: &Simulation) -> String {
    let worlds: Vec<&str> = worlds(&scenario.counterfactuals).map(Variant::name).collect();
    let about = if scenario.about.is_empty() { String::new() } else { format!("{}\n", scenario.about) };
    let parts = [
        (scenario.cohorts.len(), "cohort"),
        (scenario.coins.len(), "coin"),
        (scenario.futures.len(), "futures venue"),
        (scenario.pools.len(), "pool"),
        (scenario.issuers.len(), "issuer"),
    ];
    let parts = parts.map(|(number, what)| format!("{number} {what}{}", if number == 1 { "" } else { "s" }));
    format!(
        "{}: this config is valid.\n{about}\n{} paths of {} in {} steps of {}, seed {}\nWorlds: {}\n{} owners, {}\n",
        scenario.name,
        count(scenario.paths),
        span(scenario.steps as f64 * scenario.step_seconds),
        count(scenario.steps as u64),
        span(scenario.step_seconds),
        scenario.seed,
        worlds.join(", "),
        count(simulation.owners().len() as u64),
        parts.join(", "),
    )
}

fn redemptions(scenario: &Scenario) -> String {
    let horizon = scenario.steps as f64 * scenario.step_seconds;
    let mut text = String::new();
    for coin in &scenario.coins {
        let Some(stable) = &coin.stable else { continue };
        let open = stable.redemption.open_seconds(0.0, horizon);
        let first = stable.redemption.within(0.0, horizon).next();
        let when = match first {
            None => "never".to_owned(),
            Some(_) if open == horizon => "at all times".to_owned(),
            Some((0.0, until)) => format!("for {}, at first until {}", span(open), span(until)),
            Some((from, _)) => format!("for {}, at first after {}", span(open), span(from)),
        };
        add(&mut text, &format!("{} is redeemed {when}", coin.name));
    }
    text
}

fn shocks(scenario: &Scenario) -> String {
    let coin = |id: crate::id::CoinId| scenario.coins[id.index()].name.as_str();
    let mut text = String::new();
    for shock in &scenario.shocks {
        let what = match &shock.kind {
            ShockKind::Gap { coin: id, log_return } => {
                format!("{} moves by {} at once", coin(*id), percent(libm::expm1(*log_return)))
            }
            ShockKind::Push { coin: id, price_usd, doubt } => {
                let doubt =
                    doubt.map_or(String::new(), |d| format!(", {} of its reserves in doubt", percent(d.at_risk_share)));
                format!("{} is pushed to {}{doubt}", coin(*id), usd(*price_usd))
            }
            ShockKind::Depeg { coin: id, price_usd, .. } => format!("{} falls to {}", coin(*id), usd(*price_usd)),
            ShockKind::Depth { multiplier, .. } => format!("depth falls to {} of itself", percent(*multiplier)),
            ShockKind::Gas { multiplier, .. } => {
                format!("gas costs {} of what it does in calm", show(*multiplier, "x"))
            }
            ShockKind::News { leave_per_day, .. } => {
                format!("news: owners leave at a rate of {} more per day", percent(*leave_per_day))
            }
            ShockKind::Slash { issuer, share } => {
                format!("{} loses {} of what it has staked", scenario.issuers[*issuer].name, percent(*share))
            }
            ShockKind::Theft { from, taken, steps } => {
                let whose = match from {
                    Vault::Pool { pool, .. } => &scenario.pools[*pool].name,
                    Vault::Issuer(issuer) => &scenario.issuers[*issuer].name,
                };
                let much = match taken {
                    Taken::Share(share) => percent(*share),
                    Taken::Usd(amount) => usd(*amount),
                };
                let long = span(*steps as f64 * scenario.step_seconds);
                let over = if *steps > 1 { format!(", over {long}") } else { String::new() };
                format!("{much} of the cash of {whose} is stolen{over}")
            }
            ShockKind::Forgery(forgery) => {
                let issuer = &scenario.issuers[forgery.issuer];
                let token = &scenario.assets[issuer.token.index()].name;
                format!("{} {token} are issued for nothing", show(forgery.tokens, "count"))
            }
            ShockKind::Freeze { pool, reserves } => {
                let pool = &scenario.pools[*pool];
                let names: Vec<&str> = reserves
                    .iter()
                    .map(|reserve| scenario.assets[pool.reserves[*reserve].asset.index()].name.as_str())
                    .collect();
                format!("{} freezes {}", pool.name, names.join(", "))
            }
        };
        let at = span((shock.step as f64 - 1.0) * scenario.step_seconds);
        add(&mut text, &format!("Shock after {at}: {what}"));
    }
    text
}

fn observed(scenario: &Scenario) -> String {
    match scenario.observed.len() {
        0 => String::new(),
        1 => "Observed: 1 number of the event, to be set beside the same figure of the paths\n".to_owned(),
        n => format!("Observed: {n} numbers of the event, to be set beside the same figures of the paths\n"),
    }
}

fn axes(loaded: &Loaded) -> String {
    let mut text = String::new();
    for axis in &loaded.axes {
        let values: Vec<String> = axis.values.iter().map(ToString::to_string).collect();
        add(&mut text, &format!("Sweep axis {}: {}", axis.key, values.join(", ")));
    }
    if loaded.points() > 0 {
        add(
            &mut text,
            &format!("`rehypo sweep` runs {} points, `rehypo run` the values above", count(loaded.points() as u64)),
        );
    }
    text
}

fn leverage(scenario: &Scenario, simulation: &Simulation) -> String {
    let owners = simulation.owners();
    let mut rows = table(&["cohort", "owners", "net worth", "futures notional", "nominal", "effective"], 1);
    let cohorts = scenario.cohorts().map(|(id, cohort)| (cohort.name.as_str(), Some(id)));
    for (name, id) in cohorts.chain([("all", None)]) {
        let here = || owners.iter().filter(|owner| id.is_none_or(|id| owner.cohort == id));
        let opening = Opening::of(here());
        rows.add_row([
            name.to_owned(),
            count(u64::from(opening.owners)),
            usd(opening.equity_usd),
            usd(here().fold(0.0, |sum, owner| sum + owner.notional_usd)),
            show(opening.nominal_leverage_x, "x"),
            show(opening.effective_leverage_x, "x"),
        ]);
    }
    format!(
        "\nLeverage at the opening: nominal is what venues see, effective looks through every token\n\n{}",
        lines(&rows)
    )
}

/// What each pool's collateral can take: a loan of all it lends, one just liquidated, one at health 0.95.
fn collateral(scenario: &Scenario) -> String {
    let headings =
        ["pool", "collateral", "lends", "limit", "bonus", "eligible at", "lossless to", "toxic above", "heals by"];
    let mut rows = table(&headings, 2);
    let mut any = false;
    for pool in &scenario.pools {
        let Some(loans) = &pool.loans else { continue };
        let name = |reserve: usize| scenario.assets[pool.reserves[reserve].asset.index()].name.as_str();
        let categories = (0..loans.terms.categories.len()).map(Some);
        for category in std::iter::once(None).chain(categories) {
            for reserve in 0..pool.reserves.len() {
                let own = category.is_none_or(|c| loans.terms.categories[c].collateral[reserve]);
                let terms = loans.terms.collateral(reserve, category);
                if !own || terms.ltv <= 0.0 {
                    continue;
                }
                any = true;
                let mode = category.map_or(String::new(), |c| format!(" ({})", loans.e_modes[c]));
                let health = terms.threshold / terms.ltv;
                rows.add_row([
                    pool.name.clone(),
                    format!("{}{mode}", name(reserve)),
                    percent(terms.ltv),
                    percent(terms.threshold),
                    percent(terms.bonus),
                    percent(-eligible_drop(health)),
                    percent(-loss_frontier(health, terms.threshold, terms.bonus)),
                    percent(toxic_ltv(terms.bonus)),
                    healing_share(terms).map_or("-".to_owned(), percent),
                ]);
            }
        }
    }
    if !any {
        return String::new();
    }
    format!(
        "\nCollateral, for a loan of all that it lends: fall of its price at which the loan can be liquidated, largest fall at\n\
         one go that costs the pool nothing, loan-to-value above which a liquidation does harm, share of the debt whose\n\
         repayment heals a loan at health 0.95\n\n{}",
        lines(&rows)
    )
}

/// Share of the debt that must be repaid to bring a loan at health 0.95 back to 1.
fn healing_share(terms: CollateralTerms) -> Option<f64> {
    let account =
        Account { collateral_usd: 0.95 / terms.threshold, threshold_usd: 0.95, debt_usd: 1.0, ..Account::default() };
    let pair = Pair {
        collateral_usd: account.collateral_usd,
        debt_usd: 1.0,
        threshold: terms.threshold,
        bonus: terms.bonus,
        protocol_fee: 0.0,
    };
    restoring_repay_usd(&account, &pair, 1.0).filter(|share| *share <= 1.0)
}

fn balances(simulation: &Simulation) -> String {
    let mut rows = table(&["holder", "asset", "amount", "value"], 2);
    let mut last = String::new();
    for line in simulation.opening_sheet() {
        let holder = if line.holder == last { "" } else { &line.holder };
        rows.add_row([holder.to_owned(), line.asset, show(line.amount, "count"), usd(line.usd)]);
        last = line.holder;
    }
    format!("\nOpening balance sheet: the amounts of each asset add up to zero\n\n{}", lines(&rows))
}

/// Memory by estimate, time by running the first paths.
fn cost(scenario: &Scenario, simulation: &Simulation, threads: usize) -> String {
    let need = memory::Need::of(simulation, scenario, threads);
    let mut workspace = simulation.workspace();
    let record = Record { events: true, series: true };
    // The first path warms the caches up; the second is timed.
    simulation.run(0, record, &mut workspace);
    let start = Instant::now();
    simulation.run(1, record, &mut workspace);
    let path = start.elapsed().as_secs_f64();
    let all = path * scenario.paths as f64 / threads.min(scenario.paths as usize).max(1) as f64;
    format!(
        "\nMemory: about {} of {} that are free\nTime: about {} on {threads} threads, charts aside (a path takes {})\n",
        bytes(need.total()),
        bytes(memory::available()),
        duration(all),
        if path < 1.0 { format!("{:.1} ms", path * 1e3) } else { duration(path) },
    )
}

fn destination(scenario: &Scenario, folder: &Path) -> String {
    let directory = folder.join(directory_name(scenario, &sha256(scenario.fingerprint_text())));
    let state = if is_finished(&directory) { " (there already: --force replaces it)" } else { "" };
    format!("Run directory: {}{state}\n", directory.display())
}

fn add(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes what is written");
}
