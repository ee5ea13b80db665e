//! Charts are drawn from the tables on disk: every one of them, the same picture each time, and an honest one where
//! there is nothing to see.

mod fixture;

use fixture::{SMALL, World, write_run, write_sweep};
use rehypo::chart;

/// Not a promise: leaves charts of many kinds of worlds in `target/charts` for a person to look at.
#[test]
#[ignore = "draws pictures to look at"]
fn gallery() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/charts");
    let full = World { paths: 500, steps: 2016, step_seconds: 300.0, ..SMALL };
    let worlds = [
        ("full", full),
        ("small", SMALL),
        ("calm", World { fragility: 0.0, ..SMALL }),
        ("alone", World { counterfactuals: false, venues: false, paths: 30, ..SMALL }),
        ("minutes", World { steps: 360, step_seconds: 60.0, fragility: 5.0, ..SMALL }),
    ];
    for (name, world) in worlds {
        write_run(&dir.join(name), &world);
        chart::render_all(&dir.join(name)).unwrap();
    }
    let loops: &[f64] = &[0.0, 1.0, 2.0, 3.0, 4.0];
    let depths: &[f64] = &[1e6, 3e6, 1e7, 3e7, 1e8];
    let sweeps = [
        ("one", vec![("cohorts.stack.loops", loops)]),
        ("log", vec![("markets.btc.spot.book.depth_1pct_usd", depths)]),
        ("two", vec![("cohorts.stack.loops", loops), ("markets.btc.spot.book.depth_1pct_usd", depths)]),
    ];
    for (name, axes) in sweeps {
        write_sweep(&dir.join(name), &axes);
        chart::render_sweep(&dir.join(name)).unwrap();
    }
}
