//! What clearing 1,000 tokens costs: a chain, a sparse network with mutual holdings, and one where all hold all.

use divan::{Bencher, black_box};
use rand::RngExt;
use rehypo::random::{Purpose, stream, uniform};
use rehypo::venue::clearing::look_through::Shares;
use rehypo::venue::clearing::{Claims, Costs, greatest, least};

fn main() {
    divan::main();
}

const TOKENS: usize = 1_000;

#[derive(Clone, Copy, Debug)]
enum Network {
    Chain,
    /// Three holdings an issuer.
    Sparse,
    Dense,
}

const NETWORKS: [Network; 3] = [Network::Chain, Network::Sparse, Network::Dense];

/// A third of the issuers have too little: chains of defaults in several rounds. Nine tenths of all claims are held inside.
fn build(network: Network) -> Claims {
    let rng = &mut stream(1, Purpose::Population, 0);
    let mut held = Vec::new();
    for issuer in 0..TOKENS {
        match network {
            Network::Chain if issuer > 0 => held.push((issuer - 1, issuer, 0.9)),
            Network::Chain => {}
            Network::Sparse => {
                let holder = |shift: usize| (issuer + 1 + shift % (TOKENS - 1)) % TOKENS;
                held.extend((0..3).map(|_| (holder(rng.random_range(0..TOKENS)), issuer, 0.3)));
            }
            Network::Dense => {
                let each = 0.9 / (TOKENS - 1) as f64;
                held.extend((0..TOKENS).filter(|&i| i != issuer).map(|i| (i, issuer, each)));
            }
        }
    }
    let outside = (0..TOKENS).map(|_| 0.3 * uniform(rng)).collect();
    Claims::new(vec![1.0; TOKENS], outside, &held).expect("proper claims")
}

#[divan::bench(args = NETWORKS)]
fn greatest_recoveries(bencher: Bencher, network: Network) {
    let claims = build(network);
    bencher.bench_local(|| black_box(greatest(&claims, Costs::NONE)));
}

#[divan::bench(args = NETWORKS)]
fn least_recoveries(bencher: Bencher, network: Network) {
    let claims = build(network);
    bencher.bench_local(|| black_box(least(&claims, Costs::NONE)));
}

#[divan::bench(args = NETWORKS)]
fn least_recoveries_with_default_costs(bencher: Bencher, network: Network) {
    let claims = build(network);
    bencher.bench_local(|| black_box(least(&claims, Costs { outside: 0.9, claims: 0.9 })));
}

#[divan::bench(args = NETWORKS)]
fn gross_assets(bencher: Bencher, network: Network) {
    let claims = build(network);
    let recovery = greatest(&claims, Costs::NONE);
    bencher.bench_local(|| {
        let shares = Shares::of_claims(&claims, &recovery);
        black_box(shares.gross(&[0.15; TOKENS]))
    });
}
