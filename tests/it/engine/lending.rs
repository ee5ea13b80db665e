//! The pool in the engine: indices against compounding, a balance sheet that balances whatever is done to it, loans taken on
//! the way, e-modes, oracles, caps.

use super::modes::at_opening;
use super::oracle::agree;
use super::{load, run};
use rehypo::engine::Simulation;
use rehypo::id::AccountId;
use rehypo::random::{Purpose, stream, uniform};
use rehypo::scenario::{Loaded, Place};
use rehypo::world::World;

fn aave(sets: &[&str], extra: &str) -> Loaded {
    load(include_str!("../worlds/aave.toml"), sets, extra)
}

const USDC: usize = 0;
const WETH: usize = 1;
const WSTETH: usize = 2;

/// Accounts of a cohort at the pool.
fn members(world: &World, cohort: &str) -> Vec<AccountId> {
    let at = world.scenario.cohorts.iter().position(|c| c.name == cohort).unwrap();
    let population = world.population;
    let mine = population.owner_ids().filter(|o| population.owners[o.index()].cohort.index() == at);
    mine.filter_map(|o| population.account_at(o, Place::Pool(0))).collect()
}

/// Cash, loans and claims of a reserve, in units of its asset.
fn sheet(world: &World, reserve: usize) -> (f64, f64, f64) {
    let (at, table) = (world.population.system.pools[0], &world.scenario.pools[0].reserves[reserve]);
    let state = &world.pools[0].reserves[reserve];
    (
        world.ledger.balance(at, table.asset),
        world.ledger.balance(at, table.debt) * state.borrow_index,
        -world.ledger.balance(at, table.receipt) * state.liquidity_index,
    )
}

fn own_funds(world: &World, reserve: usize) -> f64 {
    let (cash, loans, claims) = sheet(world, reserve);
    cash + loans - claims
}

/// Thirty days of accrual of an hour each, nobody does anything: the debt compounds like `exp`, claims like simple interest of
/// the hour, at the rates written out; the upper slope creeps up while utilisation is above the kink.
#[test]
fn indices_are_those_of_direct_compounding() {
    let loaded = aave(&["run.step=1h", "venues.aave.savings.reserves.weth.utilisation=0.97"], "");
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = at_opening(&simulation, &loaded);
    for (reserve, kink, slope1, mut slope2, factor) in
        [(USDC, 0.92, 0.065, 0.35, 0.1), (WETH, 0.92, 0.0235, 0.06, 0.15)]
    {
        world.reset(rehypo::scenario::Variant::NoFeedback);
        let (cash, mut loans, mut claims) = sheet(&world, reserve);
        let mut kept = 0.0;
        for hour in 0..720 {
            let used = loans / (cash + loans);
            let rate = if used > kink { slope1 + slope2 * (used - kink) / (1.0 - kink) } else { slope1 * used / kink };
            let interest = loans * libm::expm1(rate / 8760.0);
            let earned = claims * rate * used * (1.0 - factor) / 8760.0;
            kept += interest - earned;
            loans += interest;
            claims += earned;
            if reserve == WETH {
                assert!(used > kink);
                slope2 = f64::min(slope2 + 0.015 / 8.0, 0.4);
            }
            world.accrue_pools();
            let found = sheet(&world, reserve);
            assert!((found.1 / loans - 1.0).abs() < 1e-11, "{hour}: {} {loans}", found.1);
            assert!((found.2 / claims - 1.0).abs() < 1e-11, "{hour}: {} {claims}", found.2);
            assert!((world.pools[0].reserves[reserve].slope2 - slope2).abs() < 1e-12);
        }
        assert!(kept > 0.0 && (own_funds(&world, reserve) - kept).abs() < 1e-9 * loans, "{kept}");
    }
}

/// Random withdrawals, loans, repayments, prices, interest and liquidations: own funds of each reserve change only by interest
/// kept, by the pool's share of liquidation fees, and by what is written off.
#[test]
fn the_balance_sheet_balances_whatever_is_done() {
    let loaded = aave(&[], "");
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut rng = stream(5, Purpose::Order, 0);
    let mut draw = || uniform(&mut rng);
    let mut world = at_opening(&simulation, &loaded);
    let everybody = ["loopers", "longs", "savers"].map(|c| members(&world, c)).concat();
    let tolerance = 4.0 * world.ledger.tick(loaded.scenario.pools[0].reserves[USDC].asset);
    let (mut fees, mut written_off) = (0, 0);
    for turn in 0..4_000 {
        let account = everybody[(draw() * everybody.len() as f64) as usize];
        let reserve = (draw() * 3.0) as usize;
        let table = &loaded.scenario.pools[0].reserves[reserve];
        let before = [USDC, WETH, WSTETH].map(|r| own_funds(&world, r));
        let (loans, bad) = (sheet(&world, reserve).1, world.tally.pools[0].bad_debt_usd);
        let what = (draw() * 6.0) as usize;
        match what {
            0 => {
                let held = world.ledger.balance(account, table.receipt);
                let free = held.min(world.free_of_loans(0, account, table.receipt));
                world.withdraw(0, reserve, account, free * draw(), false);
            }
            1 => {
                let most = world.can_borrow(0, reserve, account);
                let lent = world.borrow(0, reserve, account, most * draw() * 1.2);
                assert!(lent <= most);
                assert!(lent == 0.0 || world.loan(0, account).health() > 1.0);
            }
            2 => {
                let owner = world.population.owner_of(account).unwrap();
                let wallet = world.population.owners[owner.index()].wallet;
                let coins = world.ledger.balance(wallet, table.asset) * draw();
                world.repay(0, reserve, wallet, account, coins);
            }
            3 => {
                let weth = loaded.scenario.coins.iter().position(|c| c.name == "weth").unwrap();
                world.exogenous[weth] = (world.exogenous[weth] * (0.85 + 0.3 * draw())).clamp(400.0, 4000.0);
                world.publish();
            }
            4 => {
                world.accrue_pools();
                world.publish();
            }
            _ => world.liquidate_loan(0, account),
        }
        let after = [USDC, WETH, WSTETH].map(|r| own_funds(&world, r));
        let change: Vec<f64> = after.iter().zip(before).map(|(a, b)| a - b).collect();
        match what {
            4 => assert!(change.iter().all(|c| *c >= -tolerance), "{turn}: {change:?}"),
            5 => {
                let lost = world.tally.pools[0].bad_debt_usd - bad;
                let prices = loaded.scenario.pools[0].reserves.iter().map(|r| world.mark(r.asset));
                let usd: Vec<f64> = change.iter().zip(prices).map(|(c, p)| c * p).collect();
                let total: f64 = usd.iter().sum();
                assert!(total + lost > -1e-3, "{turn}: {usd:?} {lost}"); // what is beyond it is the pool's share of the fee
                fees += u32::from(total + lost > 1.0);
                written_off += u32::from(lost > 0.0);
            }
            _ => assert!(change.iter().all(|c| c.abs() < tolerance), "{turn} {what}: {change:?}"),
        }
        let (cash, ..) = sheet(&world, reserve);
        assert!(cash >= 0.0 && world.ledger.imbalance().is_none(), "{turn}: {cash} {loans}");
    }
    assert!(fees > 5 && written_off > 0, "{fees} liquidations paid the pool, {written_off} left a deficit");
}

/// E-mode, terms of each reserve, an old price, a believed price: searched alike, and something happens.
#[test]
fn the_pruned_search_knows_e_modes_and_oracles() {
    let crash = "[[shocks]]\nat = '6h'\ngap = { weth = -0.2 }\n[[shocks]]\nat = '1d'\ngap = { weth = -0.3 }\ngas = { multiplier = 20, half_life = '3h' }\nnews = { leave_per_day = 2.0 }";
    let base = "run.counterfactuals=[\"no_feedback\"]";
    for sets in [
        vec![base],
        vec![base, "venues.aave.savings.reserves.weth.stale=2h"],
        vec![
            base,
            "venues.aave.savings.reserves.wsteth.index={ blend = { spot_weight = 0.5, floor = 0.9 } }",
            "venues.aave.savings.loans.e_modes.ether.borrowable=[\"weth\", \"usdc\"]",
            "engine.order=sequential",
        ],
        vec![
            base,
            "venues.aave.savings.loans.liquidators={ gas_usd = 20 }",
            "venues.aave.savings.loans.auctions={ zero_bid_share = 0.5, above_gas = 5.0 }",
        ],
    ] {
        let loaded = aave(&sets, crash);
        let outcome = run(&loaded, 0).full;
        assert!(outcome.loans_liquidated_usd > 0.0, "{sets:?}: nobody was liquidated");
        agree(&loaded, 3);
    }
}

#[test]
fn a_loan_stays_within_collateral_cap_cash_and_flags() {
    let first = |sets: &[&str]| {
        let loaded = aave(sets, "");
        let simulation = Simulation::new(&loaded.scenario).unwrap();
        let mut world = at_opening(&simulation, &loaded);
        let saver = members(&world, "savers")[0];
        let deposit = world.ledger.balance(saver, loaded.scenario.pools[0].reserves[USDC].receipt);
        let lent = world.borrow(0, WETH, saver, f64::INFINITY);
        assert!(world.ledger.imbalance().is_none());
        (deposit, lent, world.loan(0, saver).health(), world.borrow(0, WETH, saver, f64::INFINITY))
    };
    // 75 % of the dollars, in coins of 2,000; then nothing more; healthy by 80 / 75.
    let (deposit, lent, health, more) = first(&[]);
    assert!((lent - 0.75 * deposit / 2000.0).abs() < 1e-6 && (health - 0.8 / 0.75).abs() < 1e-6 && more < 1e-6);
    for nothing in [
        "venues.aave.savings.reserves.weth.frozen=true",
        "venues.aave.savings.reserves.weth.utilisation=1.0",
        "venues.aave.savings.reserves.usdc.collateral={ ltv = 0.0, liquidation_threshold = 0.0, bonus = 0.0 }",
    ] {
        let (_, lent, ..) = first(&[nothing, "cohorts.longs.owners=0"]);
        assert_eq!(lent, 0.0, "{nothing}");
    }
    // A cap of a coin above what is lent at the opening.
    let loaded = aave(&[], "");
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let opened = sheet(&at_opening(&simulation, &loaded), WETH).1;
    let cap = format!("venues.aave.savings.reserves.weth.borrow_cap_usd={:?}", (opened + 0.25) * 2000.0);
    let (_, lent, ..) = first(&[&cap]);
    assert!((lent - 0.25).abs() < 1e-6, "{lent}");
}

#[test]
fn caps_bind_at_the_opening() {
    let refused = |set: &str| Simulation::new(&aave(&[set], "").scenario).unwrap_err().to_string();
    let supply = refused("venues.aave.savings.reserves.usdc.supply_cap_usd=50000");
    assert!(supply.contains("reserves.usdc.supply_cap_usd: with those of cohort `savers`"), "{supply}");
    assert!(supply.contains("are deposited, the cap is 50000 at the opening"), "{supply}");
    let outside = refused("venues.aave.savings.reserves.usdc.supply_cap_usd=9e6");
    assert!(outside.contains("those of outsiders") && outside.contains("lower outside_supply_usd"), "{outside}");
    let borrow = refused("venues.aave.savings.reserves.weth.borrow_cap_usd=5000");
    assert!(borrow.contains("reserves.weth.borrow_cap_usd: with those of cohort `loopers`"), "{borrow}");
    let lent = refused("venues.aave.savings.reserves.weth.borrow_cap_usd=10e6");
    assert!(lent.contains("those of outsiders") && lent.contains("lower utilisation"), "{lent}");
}

/// At utilisation 1 a receipt cannot be paid, earns on, and still backs a loan of another coin.
#[test]
fn a_stuck_receipt_earns_and_backs_loans() {
    let loaded = aave(&["venues.aave.savings.reserves.usdc.utilisation=1.0"], "");
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = at_opening(&simulation, &loaded);
    let saver = members(&world, "savers")[0];
    let receipt = loaded.scenario.pools[0].reserves[USDC].receipt;
    let held = world.ledger.balance(saver, receipt);
    assert_eq!(world.withdraw(0, USDC, saver, held, true), 0.0);
    let worth = world.account_usd(saver);
    for _ in 0..48 {
        world.accrue_pools();
    }
    world.publish();
    let earned = world.account_usd(saver) / worth - 1.0;
    // 6.5 % + 35 % a year less a tenth, for a day
    assert!((earned / (0.415 * 0.9 / 365.0) - 1.0).abs() < 1e-3, "{earned}");
    let lent = world.borrow(0, WETH, saver, f64::INFINITY);
    let wallet = world.population.owners[world.population.owner_of(saver).unwrap().index()].wallet;
    assert!(lent > 0.0 && world.ledger.balance(wallet, loaded.scenario.pools[0].reserves[WETH].asset) == lent);
    assert_eq!((world.ledger.balance(saver, receipt), world.withdraw(0, USDC, saver, held, true)), (held, 0.0));
}

/// All cash is stolen: borrowers pay interest on what they owe, which is spread over all deposits.
#[test]
fn nobody_pays_interest_on_a_deficit() {
    let loaded = aave(&[], "");
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = at_opening(&simulation, &loaded);
    let (cash, loans, claims) = sheet(&world, USDC);
    let outside = world.outside();
    world.transfer(world.population.system.pools[0], outside, loaded.scenario.pools[0].reserves[USDC].asset, cash);
    world.accrue_pools();
    // 6.5 % + 35 % a year, less a tenth.
    let years = loaded.scenario.step_seconds / 31_536_000.0;
    let earned = world.pools[0].reserves[USDC].liquidity_index - 1.0;
    assert!(loans < 0.9 * claims && (earned / (0.415 * 0.9 * years * loans / claims) - 1.0).abs() < 1e-6, "{earned}");
}

/// A loop at 92 % has the terms of its e-mode; a debt outside of it ends them.
#[test]
fn e_mode_lasts_while_all_debt_is_in_it() {
    let loaded = aave(&[], "");
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let world = at_opening(&simulation, &loaded);
    let looper = members(&world, "loopers")[0];
    // After four turns at 0.92 the collateral is 1 + 0.92 + 0.92^2 + 0.92^3, the debt 0.92 of it.
    assert!((world.loan(0, looper).health() - 0.95 / 0.92).abs() < 1e-6);
    assert!(world.can_borrow(0, WETH, looper) > 0.0);
    assert_eq!(world.can_borrow(0, USDC, looper), 0.0, "without the e-mode it owes more than it could borrow");
    assert!(
        (world.free_of_loans(0, looper, loaded.scenario.pools[0].reserves[WSTETH].receipt)
            - (1.0 - 0.92 / 0.93) * world.loan(0, looper).collateral_usd / 2000.0)
            .abs()
            < 1e-6
    );
}

/// A dollar coin falls to 0.7. Loans against it are liquidated where its market price counts, not where a price is written
/// into the oracle (Stream xUSD, November 2025): then the pool lends on against what is worth less than the debt.
#[test]
fn a_fixed_price_hides_the_loss() {
    let depeg = "[[shocks]]\nat = '6h'\ndepeg = { coin = 'usdc', price_usd = 0.7 }\n";
    let cohort = "[[cohorts]]\nname = 'carry'\nowners = 20\ncoin = 'usdc'\nwealth.fixed.usd = 10000\nchain = [{ deposit = { venue = 'aave' } }, { borrow = { venue = 'aave', coin = 'weth', ltv = 0.74 } }]\n";
    let liquidated = |set: &[&str]| {
        let only = ["run.horizon=12h", "prices.gbm.volatility_per_year.weth=1e-9", "run.counterfactuals=[]"];
        let loaded = aave(&[&only[..], set].concat(), &format!("{depeg}{cohort}"));
        let outcome = run(&loaded, 0).full;
        outcome.loans_liquidated_usd
    };
    let key = "venues.aave.savings.reserves.usdc.index";
    assert!(liquidated(&[]) > 20.0 * 7000.0 * 0.3);
    for believed in [format!("{key}=redemption"), format!("{key}={{ blend = {{ spot_weight = 0.0, floor = 1.0 }} }}")] {
        assert_eq!(liquidated(&[&believed]), 0.0, "{believed}");
    }
}

/// Those who cannot be paid stand in line. A twin that keeps a plain list pays the same people the same amounts.
#[test]
fn nobody_is_paid_out_of_turn() {
    let loaded = aave(
        &[
            "venues.aave.savings.when_dry=queue",
            "venues.aave.savings.reserves.usdc.slope1_per_year=0",
            "venues.aave.savings.reserves.usdc.slope2_per_year=0",
        ],
        "",
    );
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = at_opening(&simulation, &loaded);
    let table = &loaded.scenario.pools[0].reserves[USDC];
    let (receipt, coin, at) = (table.receipt, table.asset, world.population.system.pools[0]);
    let (savers, borrower) = (members(&world, "savers"), members(&world, "careful")[0]);
    let mut rng = stream(9, Purpose::Order, 0);
    let mut draw = || uniform(&mut rng);
    let outside = world.population.system.outside;
    let mut line: Vec<(AccountId, f64)> = Vec::new();
    let mut paid: Vec<f64> = vec![0.0; world.population.accounts.len()];
    // All but 10,000 of the cash is gone.
    let cash = world.ledger.balance(at, coin);
    world.transfer(at, outside, coin, cash - 10_000.0);
    let mut cash = world.ledger.balance(at, coin);
    let mut waited = 0;
    for _ in 0..300 {
        if draw() < 0.5 {
            let saver = savers[(draw() * savers.len() as f64) as usize];
            let asked = world.ledger.balance(saver, receipt) * draw();
            world.withdraw(0, USDC, saver, asked, true);
            if !line.iter().any(|(who, _)| *who == saver) {
                let now = if line.is_empty() { asked.min(cash) } else { 0.0 };
                paid[saver.index()] += now;
                cash -= now;
                if asked - now > 1e-6 {
                    line.push((saver, asked - now));
                }
            }
        } else {
            let comes = 5_000.0 * draw();
            world.transfer(outside, at, coin, comes);
            let lends = world.can_borrow(0, USDC, borrower) > 0.0;
            assert_eq!(lends, line.is_empty(), "what others wait for is not lent");
            let late = savers.iter().find(|saver| line.iter().all(|(who, _)| who != *saver));
            if let Some(late) = late.filter(|_| !line.is_empty()) {
                assert_eq!(world.redeem_if_free(0, USDC, *late, 1.0), 0.0, "others wait");
            }
            world.accrue_pools();
            cash += comes;
            while let Some((who, wants)) = line.first_mut() {
                let now = wants.min(cash);
                paid[who.index()] += now;
                cash -= now;
                *wants -= now;
                if *wants > 1e-6 {
                    break;
                }
                line.remove(0);
            }
        }
        waited = waited.max(line.len());
        for saver in &savers {
            let found = world.ledger.balance(*saver, coin);
            assert!((found - paid[saver.index()]).abs() < 1e-3, "{saver:?}: {found}, not {}", paid[saver.index()]);
        }
    }
    assert!(waited > 5, "only {waited} ever waited");
}

/// What a sale is said to lose is what it loses.
#[test]
fn slippage_is_what_a_sale_loses() {
    check_slippage(&aave(&[], ""));
    check_slippage(&aave(&["venues.lido.issuer.market_terms={ risk_discount = 0.2 }", "cohorts.loopers.owners=0"], ""));
}

fn check_slippage(loaded: &Loaded) {
    let simulation = Simulation::new(&loaded.scenario).unwrap();
    let mut world = World::new(&loaded.scenario, simulation.population());
    world.reset(rehypo::scenario::Variant::Full);
    let coin = |name: &str| rehypo::id::CoinId::at(loaded.scenario.coins.iter().position(|c| c.name == name).unwrap());
    let (weth, usdc, outside) = (coin("weth"), coin("usdc"), world.outside());
    let seller = world.population.owners[0].wallet;
    let token = loaded.scenario.issuers[0].token;
    for (turn, usd) in [1e4, 1e6, 3e6].into_iter().enumerate() {
        let asset = loaded.scenario.coin_asset(weth);
        let said = world.slippage_usd(asset, usd);
        let units = usd / world.mark(asset);
        world.transfer(outside, seller, asset, units);
        let got = world.sell_coin(seller, weth, units, usdc);
        assert!((usd - got - said).abs() < 1e-6 * usd && said > 0.0, "{usd}: {got} {said}");
        world.publish();
        let (said, units) = (world.slippage_usd(token, usd), usd / world.mark(token));
        world.transfer(outside, seller, token, units);
        let got = world.sell_token(0, seller, units).unwrap() * world.mark(asset);
        assert!((usd - got - said).abs() < 1e-6 * usd && said > 0.0, "{turn} token {usd}: {got} {said}");
        world.publish();
    }
}

/// Without reuse the coin behind a token backs its loan: the pool must take it.
#[test]
fn the_coin_behind_collateral_must_be_collateral_without_reuse() {
    let text = include_str!("../worlds/aave.toml").replace("par = \"weth\"", "par = \"eth\"");
    let text = text.replace("weth = { price_usd = 2000 }", "weth = { price_usd = 2000 }\neth = { price_usd = 2000 }");
    let text = text.replace("{ weth = 0.9 }", "{ weth = 0.9, eth = 0.9 }");
    let text = text.replace("  { subscribe", "  { convert = { to = \"eth\" } },\n  { subscribe");
    let book = "[markets.eth]\nspot.book = { depth_1pct_usd = 3e6, exponent = 0.67, permanent_share = 0.3, recovery_half_life = '2h' }";
    let error = Simulation::new(&load(&text, &[], book).scenario).unwrap_err().to_string();
    assert!(
        error.contains("no_reuse replaces `wsteth` by `eth`, which venues.aave.savings.reserves does not list"),
        "{error}"
    );
}
