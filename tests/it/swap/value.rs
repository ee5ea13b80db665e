//! What liquidity is worth: a price nobody can move, impermanent loss, and P13's law of a pool that is arbitraged.

use rehypo::random::{Purpose, normal, stream};
use rehypo::venue::swap::arbitrage::arbitrage_input;
use rehypo::venue::swap::value::{fair_price, impermanent_loss, naive_price};
use rehypo::venue::swap::{Fee, Pair, amount_out};

const FREE: (u16, u16) = (0, 1);

fn pool(reserves: [u128; 2], (parts, of): (u16, u16)) -> Pair {
    let mut pair = Pair::new(Fee::new(parts, of).expect("a fee"), false);
    pair.mint(reserves).expect("a first mint");
    pair
}

fn floats(pair: &Pair) -> [f64; 2] {
    pair.reserves().map(|reserve| reserve as f64)
}

/// Nine times the coin reserve is sold into the pool, 90 % of the dollars leave it.
#[test]
fn a_swap_moves_the_naive_price_and_not_the_fair_one() {
    for fee in [FREE, (3, 1_000)] {
        let mut pair = pool([1_000_000_000_000, 2_000_000_000_000_000], fee);
        let (prices, supply) = ([2_000.0, 1.0], pair.supply() as f64);
        let price = |of: fn([f64; 2], [f64; 2], f64) -> f64, pair: &Pair| of(floats(pair), prices, supply);
        let before = [price(fair_price, &pair), price(naive_price, &pair)];
        assert!((before[0] / before[1] - 1.0).abs() < 1e-12, "at the outside price both are the same: {before:?}");
        let [coins, dollars] = pair.reserves();
        let paid = 9 * coins;
        let out = amount_out(paid, coins, dollars, pair.fee()).expect("a price");
        assert!(out as f64 / dollars as f64 > 0.8999 - 3e-4);
        pair.swap([paid, 0], [0, out]).expect("a swap");
        let naive = price(naive_price, &pair) / before[1];
        assert!(naive > 5.0, "ten times the coins and a tenth of the dollars: {naive}");
        let fair = price(fair_price, &pair) / before[0];
        let kept = f64::from(fee.1 - fee.0) / f64::from(fee.1);
        // Reserves (1 + 9) R0 and R1 / (1 + 9 kept): the product grows by the fee alone.
        let grown = (10.0_f64 / (1.0 + 9.0 * kept)).sqrt();
        assert!((fair - grown).abs() < 1e-9 && grown < 1.0014, "{fair} is not {grown}");
    }
}

/// P13.
#[test]
fn impermanent_loss_is_the_published_one() {
    for (k, loss) in [
        (0.5, -0.057_190_958_4),
        (2.0, -0.057_190_958_4),
        (0.8, -0.006_192_010_0),
        (1.25, -0.006_192_010_0),
        (4.0, -0.2),
        (1.0, 0.0),
        (0.0, -1.0),
    ] {
        assert!((impermanent_loss(k) - loss).abs() < 1e-10, "{k}: {}", impermanent_loss(k));
    }
    // A real pool, brought to the outside price: what it is worth against holding.
    for k in [0.5, 0.8, 1.25, 4.0] {
        let mut pair = pool([1_000_000_000_000_000; 2], FREE);
        arbitrage(&mut pair, [k, 1.0]);
        let [coins, dollars] = floats(&pair);
        let gain = (coins * k + dollars) / (1e15 * (k + 1.0)) - 1.0;
        assert!((gain - impermanent_loss(k)).abs() < 1e-9, "{k}: {gain}");
    }
}

/// Brings the pool to the outside prices; what the arbitrageur earns.
fn arbitrage(pair: &mut Pair, prices: [f64; 2]) -> f64 {
    let Some(trade) = arbitrage_input(pair.reserves(), prices, pair.fee()) else { return 0.0 };
    let (mut input, mut output) = ([0; 2], [0; 2]);
    (input[trade.side], output[1 - trade.side]) = (trade.amount_in, trade.amount_out);
    pair.swap(input, output).expect("the pool agrees");
    prices[1 - trade.side] * trade.amount_out as f64 - prices[trade.side] * trade.amount_in as f64
}

/// Mean and its standard error.
fn mean(samples: impl Iterator<Item = f64>) -> (f64, f64) {
    let (mut n, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for x in samples {
        n += 1.0;
        let off = x - mean;
        mean += off / n;
        squares += off * (x - mean);
    }
    (mean, (squares / (n - 1.0) / n).sqrt())
}

/// P13: volatility, years, `E[V_T] / V_0` of a driftless coin in a free pool.
const P13: [(f64, f64, f64); 3] =
    [(0.8, 1.0, 0.923_116_346_4), (1.0, 30.0 / 365.0, 0.989_778_624_4), (0.6, 0.25, 0.988_813_044_6)];

fn growth(volatility: f64, years: f64, z: f64) -> f64 {
    libm::exp(volatility * years.sqrt() * z - volatility * volatility * years / 2.0)
}

/// What fails on a mean that is off or on a variance that is: V = sqrt(p) has variance 1 - exp(-s^2 T / 4).
#[track_caller]
fn assert_p13((mean, error): (f64, f64), n: f64, (volatility, years, exact): (f64, f64, f64)) {
    assert!((exact - libm::exp(-volatility * volatility * years / 8.0)).abs() < 1e-10);
    let stated = ((1.0 - libm::exp(-volatility * volatility * years / 4.0)) / n).sqrt();
    assert!((error / stated - 1.0).abs() < 0.1, "standard error {error}, stated {stated}");
    assert!((mean - exact).abs() <= 4.0 * stated, "{mean} is not {exact} within 4 x {stated}");
    let slope = -libm::log(mean) / years;
    let lvr = volatility * volatility / 8.0;
    assert!((slope - lvr).abs() <= 4.0 * stated / (exact * years), "slope {slope} is not {lvr}");
}

/// From the law of the last price alone.
#[test]
fn p13_value_of_a_pool_without_paths() {
    for (case, n) in (0..3).flat_map(|case| [(case, 62_500), (case, 1_000_000)]) {
        let (volatility, years, _) = P13[case];
        let rng = &mut stream(n, Purpose::Prices, case as u64);
        let value = |z: f64| fair_price([1.0, 1.0], [growth(volatility, years, z), 1.0], 2.0);
        assert_p13(mean((0..n).map(|_| value(normal(rng)))), n as f64, P13[case]);
    }
}

/// The same with an arbitrageur in a pool of whole units at every step; and what he earned, to the money, is what the pool
/// lost against an owner who does the same trades at outside prices.
#[test]
fn p13_value_of_a_pool_that_is_arbitraged_step_by_step() {
    const STEPS: usize = 12;
    for (case, n) in (0..3).flat_map(|case| [(case, 500), (case, 8_000)]) {
        let (volatility, years, _) = P13[case];
        let step = years / STEPS as f64;
        let rng = &mut stream(100 + n, Purpose::Prices, case as u64);
        let path = |_| {
            let mut pair = pool([1_000_000_000_000; 2], FREE);
            let mut price = 1.0;
            let (mut earned, mut rebalanced) = (0.0, 2e12);
            for _ in 0..STEPS {
                let next = price * growth(volatility, step, normal(rng));
                rebalanced += floats(&pair)[0] * (next - price);
                price = next;
                earned += arbitrage(&mut pair, [price, 1.0]);
            }
            let [coins, dollars] = floats(&pair);
            let value = coins * price + dollars;
            assert!((value / (2e12 * price.sqrt()) - 1.0).abs() < 1e-9, "the law of the last price");
            assert!((rebalanced - value - earned).abs() < 2e12 * 1e-9, "loss versus rebalancing is what he earned");
            value / 2e12
        };
        assert_p13(mean((0..n).map(path)), n as f64, P13[case]);
    }
}

/// Loss versus rebalancing a year: .08 at a volatility of .8, .125 at 1, from what arbitrageurs earn in an hour.
#[test]
fn p13_loss_versus_rebalancing_a_year() {
    let hour = 1.0 / 365.0 / 24.0;
    for (seed, volatility, yearly) in [(1, 0.8, 0.08), (2, 1.0, 0.125)] {
        for n in [2_500, 40_000] {
            let rng = &mut stream(seed + n, Purpose::Prices, 0);
            let rate = |_| {
                let mut pair = pool([1_000_000_000_000_000; 2], FREE);
                arbitrage(&mut pair, [growth(volatility, hour, normal(rng)), 1.0]) / 2e15 / hour
            };
            let (mean, error) = mean((0..n).map(rate));
            // Nearly s^2 / 8 times a chi-square of one degree.
            let stated = yearly * (2.0 / n as f64).sqrt();
            assert!((error / stated - 1.0).abs() < 0.1, "standard error {error}, stated {stated}");
            assert!((mean - yearly).abs() <= 4.0 * stated, "{mean} is not {yearly} within 4 x {stated}");
        }
    }
}

/// A fee turns the loss around where there is more trade than arbitrage, and lessens it always.
#[test]
fn a_fee_lessens_what_arbitrage_costs() {
    let mut last = 0.0;
    for parts in [30u16, 10, 3, 0] {
        let rng = &mut stream(9, Purpose::Prices, 0);
        let mut pair = pool([1_000_000_000_000_000; 2], (parts, 1_000));
        let (mut price, mut earned) = (1.0, 0.0);
        for _ in 0..2_000 {
            price *= growth(0.8, 1.0 / 365.0 / 24.0, normal(rng));
            earned += arbitrage(&mut pair, [price, 1.0]);
        }
        assert!(earned > last, "{parts} thousandths: {earned} after {last}");
        last = earned;
    }
}
