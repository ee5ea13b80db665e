//! Enters the workload PB-1 of a benchmark of 22 engines with this engine's own loop: futures venue, ledger, search for
//! breaches, publication of marks, close-outs ([`world`] says how the rules map).
//!
//! ```text
//! cargo build --release --example pb1
//! target/release/examples/pb1 DATA [THREADS]
//! ```
//!
//! `DATA` is a folder with `meta.txt` (`n t p depth mm fee counts kappa cap`), `accounts.f64` (3 x n: cash, coins, positions)
//! and `shocks.f64` (p x t exogenous log returns), all little-endian. Prints one JSON line: `impl`, `n`, `t`, `p`, `secs`,
//! `threads`, `acc_steps_per_s`, `note`, and one entry per path of `nliq`, `bad`, `final`, `minp`, `maxstep`. Timed is all
//! after set-up: each path's return to the opening, its steps, and the check that every column of the ledger adds up.
//!
//! The entry for the benchmark's runner (`run.py --ours FILE`):
//!
//! ```json
//! [{"name": "rehypo", "cmd": ["target/release/examples/pb1", "{data}", "1"], "n": 10000, "t": 1440, "p": 64},
//!  {"name": "rehypo-par", "cmd": ["target/release/examples/pb1", "{data}", "2"], "n": 10000, "t": 1440, "p": 64}]
//! ```

#[path = "pb1/world.rs"]
mod world;

use rayon::prelude::*;
use rehypo::engine::Simulation;
use std::path::Path;
use std::time::Instant;
use world::{Instance, Left};

fn numbers(path: &Path) -> Vec<f64> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    bytes.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().expect("eight bytes"))).collect()
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let data = Path::new(arguments.get(1).expect("usage: pb1 DATA [THREADS]"));
    let threads = arguments.get(2).map_or(1, |text| text.parse().expect("THREADS is a number"));
    let meta = std::fs::read_to_string(data.join("meta.txt")).expect("DATA holds meta.txt");
    let meta: Vec<f64> = meta.split_whitespace().map(|word| word.parse().expect("meta.txt holds numbers")).collect();
    let (n, t, p) = (meta[0] as usize, meta[1] as usize, meta[2] as usize);
    let (accounts, shocks) = (numbers(&data.join("accounts.f64")), numbers(&data.join("shocks.f64")));
    let column = |i: usize| accounts[i * n..(i + 1) * n].to_vec();
    let instance = Instance {
        depth_usd: meta[3],
        rate: meta[4],
        fee: meta[5],
        counts: meta[6],
        kappa: meta[7],
        cap: meta[8],
        cash_usd: column(0),
        coins: column(1),
        positions: column(2),
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let loaded = world::load(&instance, folder.path()).unwrap_or_else(|error| panic!("{error}"));
    let simulation = Simulation::new(&loaded.scenario).unwrap_or_else(|error| panic!("{error}"));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    let walk = |workspace: &mut _, path: usize| {
        world::walk(&instance, &simulation, path as u64, &shocks[path * t..(path + 1) * t], workspace)
    };
    let mut workspaces: Vec<_> = (0..threads).map(|_| simulation.workspace()).collect();
    let start = Instant::now();
    // Paths in stretches of equal length, one a thread.
    let stretch = p.div_ceil(threads);
    let left: Vec<Left> = pool.install(|| {
        let stretches = workspaces.par_iter_mut().enumerate();
        let left = stretches.flat_map_iter(|(thread, workspace)| {
            (thread * stretch..p.min((thread + 1) * stretch)).map(|path| walk(workspace, path)).collect::<Vec<_>>()
        });
        left.collect()
    });
    let secs = start.elapsed().as_secs_f64();
    let all = |number: &dyn Fn(&Left) -> String| left.iter().map(number).collect::<Vec<_>>().join(",");
    println!(
        r#"{{"impl":"rehypo","n":{n},"t":{t},"p":{p},"secs":{secs},"threads":{threads},"acc_steps_per_s":{},"note":"own loop","nliq":[{}],"bad":[{}],"final":[{}],"minp":[{}],"maxstep":[{}]}}"#,
        (n * t * p) as f64 / secs,
        all(&|left| left.liquidated.to_string()),
        all(&|left| left.bad_usd.to_string()),
        all(&|left| left.final_price.to_string()),
        all(&|left| left.lowest_price.to_string()),
        all(&|left| left.most_in_a_step.to_string()),
    );
}
