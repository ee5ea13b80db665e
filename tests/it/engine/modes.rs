//! The same crash in every margin mode with everything on: several funds, lots, fees, delays, a halt, loans, leavers; and
//! the price at which each mode liquidates.

use super::{ALL, load};
use rehypo::engine::watch::Search;
use rehypo::engine::{Simulation, Workspace};
use rehypo::event::EventKind;
use rehypo::id::{AccountId, CoinId};
use rehypo::outcome::{Outcome, PathOutcome};
use rehypo::scenario::{Futures, Loaded, Place, Variant};
use rehypo::venue::bracket::{Tier, tier};
use rehypo::venue::margin::liquidation::{Moving, crossings};
use rehypo::world::World;

/// Every mode, by name.
pub const MODES: [&str; 5] = ["multi_assets", "hedge", "single_asset", "isolated", "portfolio"];

const CONTRACT: &str = "clearance_fee = 0.0125, liquidation_taker_fee = 0.0005, taker_fee = 0.0005";
const MULTI: &str = "usdt = { ratio = 0.9999 }\nusdc = { ratio = 0.9998, auto_exchange_below = 2000 }\nbtc = { ratio = 0.95 }\nldusdt = { ratio = 0.999 }\nusde = { tiers = [{ up_to_usd = 50000, ratio = 0.99 }, { ratio = 0.9 }] }";
const PORTFOLIO: &str = "usdt = { ratio = 1.0, loan_maintenance = 0.01 }\neth = { ratio = 0.95, loan_maintenance = 0.02 }\nbtc = { ratio = 0.95 }\nldusdt = { ratio = 0.999 }\nusde = { ratio = 0.97 }";
const LEAVE: &str = "runs = { calm_per_day = 0.05, utilisation_per_day = 0.5, utilisation_from = 0.9, discount_per_day = 10, outflow_per_day = 1.0, size_exponent = 0.1, cap_per_day = 2.0 }\ntop_up = { at_margin_ratio = 0.8, to_margin_ratio = 0.4 }\n";

/// The futures venue of a mode.
fn venue(mode: &str) -> String {
    let (margin, collateral) = match mode {
        "single_asset" | "isolated" => ("\"single_asset\"", "usdt = { ratio = 1.0 }"),
        "portfolio" => ("{ portfolio = { loans_from = \"earn\" } }", PORTFOLIO),
        _ => ("\"multi_assets\"", MULTI),
    };
    let positions = if matches!(mode, "hedge" | "isolated") { "hedge" } else { "one_way" };
    let (settlement, third) =
        if matches!(mode, "multi_assets" | "hedge") { ("usdc", "btc-usdc") } else { ("usdt", "btc-2") };
    format!(
        r#"
margin = {margin}
positions = "{positions}"
insurance_funds.majors = {{ opening_usd = 2e5, contracts = ["btc-perp"], floor_usd = 5e4, top_up = {{ below_usd = 6e4, to_usd = 1e5 }} }}
insurance_funds.rest = {{ opening_usd = 1e5, contracts = ["eth-perp", "{third}"] }}
liquidation = {{ order = "pro_rata", closes_per_step = 20, delay = "10m", halts = [{{ at = "21h", length = "1h" }}] }}
adl = {{ take = "uncovered" }}
contracts.btc-perp = {{ coin = "btc", symbol = "BTC/USDT:USDT", lot = 0.0001, {CONTRACT} }}
contracts.eth-perp = {{ coin = "eth", symbol = "ETH/USDT:USDT", lot = 0.001, {CONTRACT} }}
contracts.{third} = {{ coin = "btc", symbol = "BTC/USDT:USDT", settlement = "{settlement}", {CONTRACT} }}
[venues.binance.futures.collateral]
{collateral}
"#
    )
}

/// Who is there: holders of each collateral, with positions in one to three contracts.
fn cohorts(mode: &str) -> String {
    let third = if matches!(mode, "multi_assets" | "hedge") { "btc-usdc" } else { "btc-2" };
    let extra = match mode {
        "hedge" => "hedged_share = 0.4, ",
        "isolated" => "isolated = true, hedged_share = 0.3, ",
        _ => "",
    };
    let trade = |median: f64, each: u32| {
        format!(
            "{{ trade = {{ venue = \"binance\", leverage = {{ lognormal = {{ median = {median}, sigma = 0.8, max = 50 }} }}, long_share = 0.6, {extra}contracts = {{ btc-perp = 0.5, eth-perp = 0.3, {third} = 0.2 }}, contracts_per_owner = {each} }} }}"
        )
    };
    let cohort = |name: &str, coin: &str, chain: &str| {
        format!(
            "[[cohorts]]\nname = \"{name}\"\nowners = 120\ncoin = \"{coin}\"\nwealth.lognormal = {{ median_usd = 5000, sigma = 1.8, max_usd = 2e6 }}\nchain = [{chain}]\n{LEAVE}"
        )
    };
    let pledge = "{ pledge = { venue = \"binance\" } }";
    let mut text = cohort("plain", "usdt", &format!("{pledge}, {}", trade(8.0, 2)));
    if matches!(mode, "single_asset" | "isolated") {
        return text;
    }
    let subscribe = "{ subscribe = { venue = \"ethena\" } }";
    text += &cohort("coins", "btc", &format!("{pledge}, {}", trade(5.0, 3)));
    text += &cohort(
        "savers",
        "usdt",
        &format!("{{ deposit = {{ venue = \"earn\", keep = 0.2 }} }}, {pledge}, {}", trade(5.0, 2)),
    );
    text += &cohort("tokens", "usdt", &format!("{subscribe}, {pledge}, {}", trade(6.0, 1)));
    if mode == "portfolio" {
        let loan =
            |coin: &str| format!("{{ margin_loan = {{ venue = \"binance\", coin = \"{coin}\", share = 0.9 }} }}");
        text += &cohort(
            "loopers",
            "usdt",
            &format!(
                "{subscribe}, {pledge}, {{ loop = {{ times = 4, steps = [{}, {subscribe}, {pledge}] }} }}",
                loan("usdt")
            ),
        );
        text += &cohort("walkers", "btc", &format!("{pledge}, {}", loan("eth")));
        text += &cohort("borrowers", "btc", &format!("{pledge}, {}, {pledge}, {}", loan("eth"), trade(2.0, 1)));
    }
    text
}

/// The crash in a mode.
pub fn world(mode: &str, sets: &[&str]) -> Loaded {
    world_with(mode, sets, "")
}

/// The same with more text at its end.
pub fn world_with(mode: &str, sets: &[&str], extra: &str) -> Loaded {
    let text = include_str!("../worlds/modes.toml");
    load(text, sets, &format!("{}{}{extra}", venue(mode), cohorts(mode)))
}

fn run(simulation: &Simulation, workspace: &mut Workspace<'_>, path: u64) -> PathOutcome {
    simulation.run(path, ALL, workspace)
}

fn count(outcome: &Outcome, kind: EventKind) -> usize {
    outcome.events.iter().filter(|e| e.kind == kind).count()
}

/// Columns sum to zero, nobody is overdrawn (asserted inside the run), the funds' account adds up to the cent, and the
/// pruned search finds what the plain one finds.
#[test]
fn everything_on_conserves_and_the_searches_agree_in_every_mode() {
    for mode in MODES {
        let loaded = world(mode, &[]);
        let pruned = Simulation::new(&loaded.scenario).unwrap().with_checks();
        let plain = Simulation::new(&loaded.scenario).unwrap().with_search(Search::Plain);
        let (mut a, mut b) = (pruned.workspace(), plain.workspace());
        let mut seen = std::collections::BTreeMap::new();
        for path in 0..3 {
            let (a, b) = (run(&pruned, &mut a, path), run(&plain, &mut b, path));
            assert_eq!(a.full.events, b.full.events, "{mode} path {path}");
            assert_eq!(a.full.series, b.full.series, "{mode} path {path}");
            for world in std::iter::once(&a.full).chain(&a.counterfactuals) {
                let f = &world.futures[0];
                let end = f.fund_open_usd + f.fund_inflow_usd + f.fund_top_up_usd - f.fund_paid_usd + f.fund_gain_usd;
                assert!((end - f.fund_end_usd).abs() < 0.01, "{mode} path {path}: {f:?} adds up to {end}");
                let layers: f64 = world.losses_usd.iter().flatten().sum();
                let loss = world.wealth_usd - world.final_wealth_usd;
                assert!((layers - loss).abs() < 1e-7 * world.wealth_usd, "{mode} path {path}: {layers} {loss}");
            }
            for kind in EventKind::ALL {
                *seen.entry(kind).or_insert(0) += count(&a.full, kind);
            }
            assert!(a.full.futures[0].backlog_max > 20, "{mode} path {path}: {:?}", a.full.futures[0]);
        }
        let mut wanted = vec![EventKind::Liquidation, EventKind::TakeOver, EventKind::Deleveraging];
        wanted.extend([EventKind::Leave, EventKind::FundTopUp]);
        match mode {
            "single_asset" | "isolated" => assert_eq!(seen[&EventKind::AutoExchange], 0, "{mode}"),
            "portfolio" => wanted.extend([EventKind::AutoExchange, EventKind::LoanLiquidation, EventKind::BadDebt]),
            _ => wanted.push(EventKind::AutoExchange),
        }
        for kind in wanted {
            assert!(seen[&kind] > 0, "{mode}: no {} in the whole test: {seen:?}", kind.name());
        }
    }
}

/// Accounts of owners at the futures venue.
pub fn margin_accounts(world: &World) -> Vec<AccountId> {
    let accounts = (0..world.population.accounts.len()).map(AccountId::at);
    let at_venue = |a: &AccountId| world.population.accounts[a.index()].place == Place::Futures(0);
    accounts.filter(|a| at_venue(a) && world.population.owner_of(*a).is_some()).collect()
}

/// A world at its opening, with books that take no impact.
pub fn at_opening<'a>(simulation: &'a Simulation<'a>, loaded: &'a Loaded) -> World<'a> {
    let mut world = World::new(&loaded.scenario, simulation.population());
    world.reset(Variant::NoFeedback);
    world.step = 1;
    world.keep_events = true;
    world
}

/// Bitcoin stands at a price, everywhere.
pub fn set_btc(world: &mut World, price: f64) {
    world.exogenous[BTC.index()] = price;
    world.publish();
}

const BTC: CoinId = CoinId(2);

/// Binance's liquidation price of one coin, both legs and every contract on it, in the brackets that it implies:
/// `(WB - TMM1 + UPNL1 + cum - side Q EP) / (Q MMR - side Q)` with maintenance times the multiple of the margin mode and
/// all that does not move with the coin in the first terms. None if the account holds the coin or owes any.
fn liquidation_price(table: &Futures, row: &[f64], marks: &[f64]) -> Option<f64> {
    let multiple = table.margin.equity_per_maintenance();
    let mut fixed = 0.0;
    for collateral in &table.collateral {
        let balance = row[collateral.asset.index()];
        let moves = collateral.asset.index() == 2 || collateral.asset.index() == 3;
        if balance != 0.0 && (moves || collateral.ratios[0].ratio < 1.0) {
            return None;
        }
        fixed += balance;
        if collateral.loan.is_some_and(|loan| row[loan.debt.index()] != 0.0) {
            return None;
        }
    }
    let mut moving: Vec<(f64, &[Tier])> = Vec::new();
    for contract in &table.contracts {
        let (quantity, tiers) = (row[contract.asset.index()], contract.tiers.as_slice());
        if contract.coin == BTC {
            moving.push((quantity, tiers));
        } else {
            let notional = quantity.abs() * marks[contract.asset.index()];
            let bracket = tier(tiers, notional);
            fixed += quantity * marks[contract.asset.index()] - multiple * (notional * bracket.rate - bracket.cum_usd);
        }
    }
    let mut price = marks[2];
    for _ in 0..50 {
        let (mut above, mut below) = (fixed, 0.0);
        for (quantity, tiers) in &moving {
            let bracket = tier(tiers, quantity.abs() * price);
            above += multiple * bracket.cum_usd;
            below += multiple * quantity.abs() * bracket.rate - quantity;
        }
        let next = above / below;
        if !(next > 0.0 && next.is_finite()) {
            return None;
        }
        if next == price {
            return Some(price);
        }
        price = next;
    }
    None
}

#[test]
fn every_mode_liquidates_exactly_at_the_closed_form_price() {
    for mode in MODES {
        let mut sets = Vec::new();
        if matches!(mode, "multi_assets" | "hedge") {
            sets.push("venues.binance.futures.collateral.usdt.ratio=1.0");
            sets.push("venues.binance.futures.collateral.usdc.ratio=1.0");
        }
        let loaded = world(mode, &sets);
        let simulation = Simulation::new(&loaded.scenario).unwrap();
        let mut world = at_opening(&simulation, &loaded);
        let opening = world.marks.clone();
        let (mut longs, mut shorts) = (0, 0);
        for account in margin_accounts(&world) {
            let row = simulation.population().opening.row(account);
            let Some(price) = liquidation_price(&loaded.scenario.futures[0], row, &opening) else { continue };
            let side = if price < opening[2] { 1.0 } else { -1.0 };
            world.reset(Variant::NoFeedback);
            world.step = 1;
            set_btc(&mut world, price * (1.0 + 1e-9 * side));
            world.liquidate(0, &[account]);
            assert_eq!(world.ledger.row(account), row, "{mode} {account:?}: touched before {price}");
            set_btc(&mut world, price * (1.0 - 1e-9 * side));
            world.liquidate(0, &[account]);
            assert_ne!(world.ledger.row(account), row, "{mode} {account:?}: not liquidated at {price}");
            let found = if side > 0.0 { &mut longs } else { &mut shorts };
            *found += 1;
        }
        assert!(longs > 20 && shorts > 20, "{mode}: {longs} longs, {shorts} shorts");
    }
}

/// Whatever backs the positions - haircuts, tiers, bitcoin itself, loans - the calculator's price of bitcoin is that at
/// which the engine liquidates.
#[test]
fn every_mode_liquidates_at_the_price_that_the_calculator_says() {
    for mode in MODES {
        let loaded = world(mode, &[]);
        let simulation = Simulation::new(&loaded.scenario).unwrap();
        let mut world = at_opening(&simulation, &loaded);
        let table = &loaded.scenario.futures[0];
        let on: Vec<CoinId> =
            table.collateral.iter().map(|c| if c.asset.index() == 2 { BTC } else { CoinId(0) }).collect();
        let (opening, price) = (world.futures[0].marks.clone(), world.exogenous[BTC.index()]);
        let (mut below, mut above, mut backed) = (0, 0, 0);
        for account in margin_accounts(&world) {
            let row = simulation.population().opening.row(account);
            let found = crossings(table, &opening, row, &Moving::coin(table, &on, BTC));
            for (factor, side) in [(found.below, 1.0), (found.above, -1.0)] {
                let Some(factor) = factor.filter(|f| (0.05..20.0).contains(f)) else { continue };
                set_btc(&mut world, price * factor * (1.0 + 1e-7 * side));
                assert!(!world.health(0, account).is_breached(), "{mode} {account:?}: before {factor}");
                set_btc(&mut world, price * factor * (1.0 - 1e-7 * side));
                assert!(world.health(0, account).is_breached(), "{mode} {account:?}: at {factor}");
                *(if side > 0.0 { &mut below } else { &mut above }) += 1;
                backed += u32::from(row[2] > 0.0);
            }
        }
        assert!(below > 20 && above > 20, "{mode}: {below} below, {above} above");
        assert!(backed > 20 || matches!(mode, "single_asset" | "isolated"), "{mode}: {backed} backed by bitcoin");
    }
}

#[test]
fn nobody_but_the_breached_is_touched_by_close_outs() {
    for mode in MODES {
        let funds = ["majors", "rest"].map(|f| format!("venues.binance.futures.insurance_funds.{f}.opening_usd=1e12"));
        let loaded = world(mode, &[&funds[0], &funds[1]]);
        let simulation = Simulation::new(&loaded.scenario).unwrap();
        let mut world = at_opening(&simulation, &loaded);
        set_btc(&mut world, 0.9 * 120_000.0);
        let accounts = margin_accounts(&world);
        let before: Vec<(bool, Vec<f64>)> =
            accounts.iter().map(|a| (world.health(0, *a).is_breached(), world.ledger.row(*a).to_vec())).collect();
        world.liquidate(0, &accounts);
        for (account, (breached, row)) in accounts.iter().zip(&before) {
            assert_eq!(*breached, world.ledger.row(*account) != row.as_slice(), "{mode} {account:?}");
            assert!(!world.health(0, *account).is_breached(), "{mode} {account:?} is left in breach");
        }
        assert!(before.iter().any(|(b, _)| *b) && before.iter().any(|(b, _)| !*b), "{mode}");
    }
}
