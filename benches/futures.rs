//! What a close-out at a futures venue costs: its sizing, by number of positions. Items are accounts.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use rehypo::scenario::{Scenario, load};
use rehypo::venue::margin::Marks;
use rehypo::venue::margin::close::closes;
use std::path::Path;

fn main() {
    divan::main();
}

fn default_venue() -> Scenario {
    load(Path::new("configs/bfusd_stack.toml"), &[]).unwrap_or_else(|error| panic!("{error}")).scenario
}

/// The smallest closes that restore compliance of an account with a twentieth of its maintenance margin: of several
/// positions most close whole.
#[divan::bench(args = [1, 3, 10])]
fn sizing(bencher: Bencher, positions: usize) {
    let scenario = default_venue();
    let mut table = scenario.futures[0].clone();
    let first = table.contracts[0].clone();
    table.contracts.clear();
    let columns = table.collateral.iter().map(|c| c.asset.index()).max().expect("there is collateral") + 1;
    for at in 0..positions {
        let asset = rehypo::id::AssetId::at(columns + at);
        table.contracts.push(rehypo::scenario::Contract { asset, clearance_fee: 0.001, ..first.clone() });
    }
    for collateral in &mut table.collateral {
        collateral.settles.clear();
    }
    table.collateral[first.settles].settles = (0..positions).collect();
    let mut marks = Marks::new(&table);
    marks.price.fill(60_000.0);
    marks.index.fill(1.0);
    let mut row = vec![0.0_f64; scenario.assets.len().max(columns + positions)];
    let mut maintenance = 0.0;
    for (at, contract) in table.contracts.iter().enumerate() {
        row[contract.asset.index()] = if at % 2 == 0 { 200.0 } else { -100.0 };
        let notional = row[contract.asset.index()].abs() * 60_000.0;
        maintenance += rehypo::venue::bracket::maintenance_usd(&contract.tiers, notional);
    }
    let net: f64 = table.contracts.iter().map(|c| row[c.asset.index()]).sum();
    row[table.collateral[first.settles].asset.index()] = 0.05 * maintenance - net * 60_000.0;
    let (entry, slippage) = (vec![60_000.0; positions], vec![6.0; positions]);
    bencher
        .counter(ItemsCount::new(1_usize))
        .bench_local(|| black_box(closes(&table, &marks, black_box(&row), &entry, &slippage, 0.001)));
}
