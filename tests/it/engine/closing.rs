//! Close-outs in time: delay, throughput, halts; in isolated accounts and hedged legs; fees.

use super::modes::{at_opening, margin_accounts, set_btc, world};
use super::{load, run};
use rehypo::engine::Simulation;
use rehypo::event::EventKind;
use rehypo::id::OwnerId;
use rehypo::outcome::Outcome;
use rehypo::scenario::{Leg, Place, Variant};
use rehypo::venue::bracket::maintenance_usd;
use rehypo::world::World;

/// Ten longs at leverage 10 and one at 12; bitcoin stands still but for gaps. Steps of 5 minutes; the gap of -9.6 % at 1 h
/// is in step 12.
fn still(sets: &[&str], shocks: &str) -> Outcome {
    let text = include_str!("../worlds/one_bet.toml");
    let cut = text.find("[[cohorts]]").unwrap();
    let cohort = |name: &str, owners: u32, leverage: f64| {
        format!(
            "[[cohorts]]\nname = '{name}'\nowners = {owners}\ncoin = 'usdt'\nwealth.fixed = {{ usd = 1000.0 }}\nchain = [{{ pledge = {{ venue = 'binance' }} }}, {{ trade = {{ venue = 'binance', leverage = {{ fixed = {{ x = {leverage} }} }}, long_share = 1.0, contracts = {{ btc-perp = 1.0 }} }} }}]\n"
        )
    };
    let gap = "[[shocks]]\nat = '1h'\ngap = { btc = -0.097 }\n";
    let all = [sets, &["prices.gbm.volatility_per_year.btc=1e-9", "run.horizon=4h"]].concat();
    let text = format!("{}{}{}{gap}{shocks}", &text[..cut], cohort("ten", 10, 10.0), cohort("twelve", 1, 12.0));
    run(&load(&text, &all, ""), 0).full
}

/// Steps of the close-outs, with the owner.
fn steps(outcome: &Outcome) -> Vec<(u32, u32)> {
    let forced = outcome.events.iter().filter(|e| matches!(e.kind, EventKind::Liquidation | EventKind::TakeOver));
    let mut steps: Vec<(u32, u32)> = forced.map(|e| (e.step, e.owner.map_or(u32::MAX, |o| o.0))).collect();
    steps.dedup();
    steps
}

const DELAY: &str = "venues.binance.futures.liquidation.delay=15m";

#[test]
fn without_limits_all_are_closed_at_once() {
    let outcome = still(&[], "");
    assert_eq!(steps(&outcome), (0..11).map(|owner| (12, owner)).collect::<Vec<_>>());
    assert_eq!(outcome.futures[0].backlog_max, 0);
}

#[test]
fn a_delay_puts_close_outs_off_and_forgets_who_recovers() {
    let outcome = still(&[DELAY], "");
    assert_eq!(steps(&outcome), (0..11).map(|owner| (15, owner)).collect::<Vec<_>>());
    assert_eq!(outcome.futures[0].backlog_max, 11);
    let back = "[[shocks]]\nat = '1h 10m'\ngap = { btc = 0.1 }\n";
    assert_eq!(steps(&still(&[DELAY], back)), []);
    // In breach again at 1 h 15 min: the time counts from there.
    let again = format!("{back}[[shocks]]\nat = '1h 15m'\ngap = {{ btc = -0.095 }}\n");
    assert_eq!(steps(&still(&[DELAY], &again)), (0..11).map(|owner| (18, owner)).collect::<Vec<_>>());
}

#[test]
fn the_worst_go_first_as_many_a_step_as_the_engine_closes() {
    let outcome = still(&["venues.binance.futures.liquidation.closes_per_step=4"], "");
    let expected = [(12, 0), (12, 1), (12, 2), (12, 10), (13, 3), (13, 4), (13, 5), (13, 6), (14, 7), (14, 8), (14, 9)];
    let mut found = steps(&outcome);
    found.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(outcome.futures[0].backlog_max, 7);
}

#[test]
fn in_a_halt_nothing_is_closed() {
    let outcome = still(&["venues.binance.futures.liquidation.halts=[{at='55m', length='30m'}]"], "");
    assert_eq!(steps(&outcome), (0..11).map(|owner| (17, owner)).collect::<Vec<_>>());
    assert_eq!(outcome.futures[0].backlog_max, 11);
}

#[test]
fn in_a_halt_nobody_trades_or_leaves_a_position() {
    let loaded = world("multi_assets", &["venues.binance.futures.liquidation.halts=[{at='10m', length='1h'}]"]);
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = at_opening(&simulation, &loaded);
    let accounts = margin_accounts(&world);
    let traded = |world: &World| {
        accounts.iter().filter(|a| world.ledger.row(**a) != simulation.population().opening.row(**a)).count()
    };
    for halted in [true, false] {
        world.step = if halted { 6 } else { 7 };
        assert_eq!(world.is_halted(0), halted);
        for owner in 0..40 {
            world.unwind(OwnerId(owner));
        }
        assert_eq!(traded(&world) == 0, halted, "{}", traded(&world));
    }
}

#[test]
fn isolated_positions_share_the_margin_and_fall_alone() {
    let loaded = world("isolated", &[]);
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let people = simulation.population();
    let mut world = at_opening(&simulation, &loaded);
    let mut fell = 0;
    for owner in people.owner_ids() {
        let mut accounts: Vec<_> =
            people.accounts_of(owner).filter(|a| people.accounts[a.index()].place == Place::Futures(0)).collect();
        let shared = accounts.remove(0);
        assert_eq!(accounts.len(), 4, "two contracts, two legs");
        world.reset(Variant::NoFeedback);
        world.step = 1;
        assert!(world.account_usd(shared).abs() < 1e-4);
        let margins: Vec<f64> = accounts.iter().map(|a| world.health(0, *a).equity).collect();
        assert!(margins.iter().all(|m| (m / margins[0] - 1.0).abs() < 1e-6), "{margins:?}");
        set_btc(&mut world, 0.8 * 120_000.0);
        let (breached, safe): (Vec<_>, Vec<_>) = accounts.into_iter().partition(|a| world.health(0, *a).is_breached());
        world.liquidate(0, &breached);
        let same = |a: &rehypo::id::AccountId| world.ledger.row(*a) == people.opening.row(*a);
        assert!(safe.iter().all(same) && !breached.iter().any(same), "{owner:?}");
        fell += breached.len();
    }
    assert!(fell > 20, "{fell}");
}

#[test]
fn each_leg_of_a_hedge_needs_its_own_margin() {
    let loaded = world("hedge", &[]);
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let world = at_opening(&simulation, &loaded);
    let table = &loaded.scenario.futures[0];
    let (mut hedged, mut long_usd) = (0, 0.0);
    for account in margin_accounts(&world) {
        let row = world.ledger.row(account);
        let mut maintenance = 0.0;
        for (i, contract) in table.contracts.iter().enumerate() {
            let (quantity, ask) = (row[contract.asset.index()], 1.0 + table.collateral[contract.settles].ask_buffer);
            assert!(contract.leg == Leg::Long && quantity >= 0.0 || contract.leg == Leg::Short && quantity <= 0.0);
            let notional = quantity.abs() * world.futures[0].marks.price[i];
            maintenance += if quantity == 0.0 { 0.0 } else { maintenance_usd(&contract.tiers, notional) * ask };
            long_usd += quantity.max(0.0) * world.futures[0].marks.price[i];
            let other = row[table.contracts[table.opposite_leg(i)].asset.index()].abs();
            if quantity.abs() > other {
                let lots = quantity.abs() - other / 0.4;
                assert!(lots.abs() <= contract.lot.max(1e-6) / 0.4, "{quantity} {other}");
                hedged += 1;
            }
        }
        let found = world.health(0, account);
        assert!((found.maintenance - maintenance).abs() <= 1e-9 * maintenance, "{found:?} {maintenance}");
    }
    assert!(hedged > 100, "{hedged}");
    assert!((world.open_interest_usd() / long_usd - 1.0).abs() < 1e-9);
}

/// P04 (c): the clearance fee on the notional at the mark, the taker fee on the fill, on what was liquidated only.
#[test]
fn fees_are_on_the_mark_and_on_the_fill() {
    let sets = [
        "cohorts.bettors.wealth={fixed={usd=2e7}}",
        "cohorts.bettors.owners=1",
        "cohorts.bettors.chain.1.trade.leverage={fixed={x=9.0}}",
        "cohorts.bettors.chain.1.trade.long_share=1.0",
        "markets.btc.perp.linear.depth_1pct_usd=1e8",
        "markets.btc.arbitrage_share=0.0",
        "venues.binance.futures.contracts.btc-perp.liquidation_taker_fee=0.0005",
    ];
    let loaded = super::one_bet(&sets, "");
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = World::new(&loaded.scenario, simulation.population());
    world.reset(Variant::Full);
    (world.step, world.keep_events) = (1, true);
    let account = margin_accounts(&world)[0];
    let (usdt, contract) = (loaded.scenario.coins[0].asset, &loaded.scenario.futures[0].contracts[0]);
    world.exogenous[1] = 91_500.0;
    world.publish();
    let before = (world.ledger.balance(account, usdt), world.funds_usd(0));
    world.liquidate(0, &[account]);
    let event = world.tally.events[0];
    assert!(event.kind == EventKind::Liquidation && world.tally.events.len() == 1, "{:?}", world.tally.events);
    let (closed, fill) = (-event.amount, event.price_usd);
    assert!(world.ledger.balance(account, contract.asset) > 0.0 && fill < 91_500.0 - 20.0);
    let clearance = closed * 91_500.0 * 0.0125;
    assert!((world.funds_usd(0) - before.1 - clearance).abs() < 0.01, "{} {clearance}", world.funds_usd(0) - before.1);
    let paid = closed * fill - (world.ledger.balance(account, usdt) - before.0);
    assert!((paid - clearance - closed * fill * 0.0005).abs() < 0.01, "{paid}");
    assert!((world.tally.futures[0].fund_inflow_usd - clearance).abs() < 0.01);
}

/// Half of a close of 1.37e8 USD goes to a backstop at the mark; of the other half a book of 1e8 within 1 % fills what moves it by
/// the contract's deviation of .01 %. The rest does not trade.
#[test]
fn a_backstop_takes_its_share_of_an_order_that_fills_in_part() {
    let sets = [
        "cohorts.bettors.wealth={fixed={usd=2e7}}",
        "cohorts.bettors.owners=1",
        "cohorts.bettors.chain.1.trade.leverage={fixed={x=9.0}}",
        "cohorts.bettors.chain.1.trade.long_share=1.0",
        "markets.btc.perp.linear.depth_1pct_usd=1e8",
        "markets.btc.arbitrage_share=0.0",
        "venues.binance.futures.contracts.btc-perp.max_order_deviation=0.0001",
        "venues.binance.futures.liquidation={close='account',backstop={share=0.5,work_off_half_life='1h'}}",
    ];
    let loaded = super::one_bet(&sets, "");
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = World::new(&loaded.scenario, simulation.population());
    world.reset(Variant::Full);
    (world.step, world.keep_events) = (1, true);
    let account = margin_accounts(&world)[0];
    let contract = &loaded.scenario.futures[0].contracts[0];
    world.exogenous[1] = 91_500.0;
    world.publish();
    let held = world.ledger.balance(account, contract.asset);
    world.liquidate(0, &[account]);
    let (event, walked) = (world.tally.events[0], -libm::log(1.0 - 0.0001));
    assert_eq!(event.kind, EventKind::Liquidation);
    let in_book = walked / 0.01 * 1e8 / 91_500.0;
    let filled = contract.whole_lots(held / 2.0 + in_book);
    assert!((-event.amount - filled).abs() <= contract.lot.max(1e-6), "{} {filled}", event.amount);
    let book = 91_500.0 * -libm::expm1(-walked) / walked;
    let price = (held / 2.0 * 91_500.0 + in_book * book) / (held / 2.0 + in_book);
    assert!((event.price_usd - price).abs() < 1e-4, "{} {price}", event.price_usd);
    assert!(
        (libm::log(world.futures[0].marks.price[0] / 91_500.0)).abs() < 1e-12,
        "marks move when they are published"
    );
}
