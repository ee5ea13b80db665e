//! Every column sums to zero and nobody is overdrawn at every step (asserted inside the run), whatever happens; layers
//! add up to the loss.

use super::oracle::agree;
use super::{run, whole_chain};
use rehypo::outcome::{Outcome, PathOutcome};
use rehypo::scenario::Variant;

fn worlds(outcome: &PathOutcome) -> impl Iterator<Item = &Outcome> {
    std::iter::once(&outcome.full).chain(&outcome.counterfactuals)
}

const CRASH: &str = "[[shocks]]\nat = '1d'\ngap = { btc = -0.25, eth = -0.35 }\n[[shocks]]\nat = '1d'\ndepth = { multiplier = 0.05, half_life = '6h' }\nnews = { leave_per_day = 1.0, half_life = '1d' }";

#[test]
fn random_worlds_conserve_every_column() {
    for (seed, order) in ["simultaneous", "sequential", "largest_first", "random"].into_iter().enumerate() {
        let seed = format!("run.seed={seed}");
        let order = format!("engine.order={order}");
        let dry = ["venues.earn.savings.when_dry=fail", "venues.earn.savings.when_dry=queue"][seed.len() % 2];
        let sets = [
            seed.as_str(),
            order.as_str(),
            dry,
            "run.horizon=3d",
            "venues.earn.savings.reserves.usdt.utilisation=0.97",
        ];
        let loaded = whole_chain(&sets, CRASH);
        for path in 0..2 {
            run(&loaded, path);
        }
    }
}

/// A run on a token whose issuer has little cash: fast quota, sales, and the standard queue all come into play.
#[test]
fn a_run_on_the_issuer_overdraws_nobody() {
    let sets = [
        "venues.bf.issuer.outside_supply_usd=0.0",
        "venues.bf.issuer.standard.delay=6h",
        "venues.bf.issuer.cash_share=0.1",
        "venues.bf.issuer.hedged.btc-perp=0.4",
        "run.horizon=4d",
    ];
    let outcome = run(&whole_chain(&sets, CRASH), 0);
    for world in worlds(&outcome).filter(|o| o.variant != Variant::NoReuse) {
        let issuer = &world.issuers[0];
        assert!(issuer.redeemed_usd > 0.0 && issuer.gated_steps > 0, "{}: nobody ran", world.variant.name());
    }
}

#[test]
fn a_stablecoin_can_leave_its_peg() {
    let depeg = "[[shocks]]\nat = '1d'\ndepeg = { coin = 'usdt', price_usd = 0.9, half_life = '1d' }";
    let loaded = whole_chain(&["run.horizon=3d"], depeg);
    let outcome = run(&loaded, 0);
    assert!(worlds(&outcome).all(|o| o.wealth_usd > 0.0));
}

#[test]
fn layers_add_up_to_the_loss_of_every_cohort_and_of_all() {
    let outcome = run(&whole_chain(&["run.horizon=3d"], CRASH), 1);
    for world in worlds(&outcome) {
        let loss = world.wealth_usd - world.final_wealth_usd;
        let layers: f64 = world.losses_usd.iter().flatten().sum();
        let owners: f64 = world.owner_loss_usd.iter().sum();
        assert!((layers - loss).abs() < 1e-7 * world.wealth_usd, "{layers} {loss}");
        assert!((owners - loss).abs() < 1e-7 * world.wealth_usd, "{owners} {loss}");
    }
}

/// Pool, matched peers and bank, through a crash and a run.
#[test]
fn every_kind_of_lender_conserves_and_is_searched_alike() {
    for lending in ["pool", "peer_to_peer", "bank"] {
        let lending = format!("venues.earn.savings.lending={lending}");
        let sets = [
            lending.as_str(),
            "venues.earn.savings.peer_to_peer.term=1d",
            "venues.earn.savings.bank.multiple=3.0",
            "run.horizon=3d",
        ];
        let loaded = whole_chain(&sets, CRASH);
        let outcome = run(&loaded, 0);
        assert!(worlds(&outcome).all(|o| o.pools[0].paid_usd > 0.0), "{lending}: nobody ran");
        if lending.ends_with("peer_to_peer") {
            assert!(worlds(&outcome).all(|o| o.pools[0].unpaid_peak_usd == 0.0), "what is lent for a term is not due");
        }
        agree(&loaded, 2);
    }
}
