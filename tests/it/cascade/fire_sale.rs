//! A published fire sale through our impact law: 48 European banks of the EBA's stress test of 2018, government bonds fall
//! by a fifth, and banks whose leverage ratio is too low sell (Farmer, Kleinnijenhuis, Nahai-Williamson and Wetzer,
//! "Foundations of system-wide stress testing with heterogeneous institutions"; a Cont-Schaanning threshold with the
//! exponential impact of Cifuentes, Ferrucci and Shin). Banks are no accounts of the engine: their rules are here, the price
//! of what they sell is the law's, linear in log-price. Sellers get the mean of the prices before and after.

use rand::seq::SliceRandom;
use rehypo::market::law::Flow;
use rehypo::random::{Purpose, stream};
use rehypo::scenario::ImpactLaw;

/// A bank: corporate bonds, government bonds and what it cannot sell, in units worth 1 at the opening.
#[derive(Clone)]
struct Bank {
    cash: f64,
    bonds: [f64; 2],
    other: f64,
    loan: f64,
    other_liability: f64,
    /// Bonds on order for the next round.
    order: [f64; 2],
    defaulted: bool,
}

impl Bank {
    fn assets(&self, prices: [f64; 2]) -> f64 {
        self.cash + self.other + self.bonds[0] * prices[0] + self.bonds[1] * prices[1]
    }

    /// Below a leverage ratio of 3 % it defaults and will sell everything; below 4 % it goes back to 5 %, with cash first
    /// and then the same fraction of each bond.
    fn judge(&mut self, prices: [f64; 2]) {
        let assets = self.assets(prices);
        let equity = assets - self.loan - self.other_liability;
        if equity / assets < 0.03 {
            self.defaulted = true;
            self.order = self.bonds;
        } else if equity / assets < 0.04 {
            let amount = assets - equity / 0.05;
            let paid = amount.min(self.cash).min(self.loan);
            self.cash -= paid;
            self.loan -= paid;
            let value = self.bonds[0] * prices[0] + self.bonds[1] * prices[1];
            let share = if value > 0.0 { ((amount - paid) / value).min(1.0) } else { 0.0 };
            self.order = self.bonds.map(|bonds| bonds * share);
        }
    }
}

/// The banks, worth what they were before the shock.
fn banks() -> Vec<Bank> {
    let text = include_str!("../../../data/fire_sale/eba2018_48banks.csv");
    let bank = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let number = |i: usize| fields[i].split('+').map(|x| x.parse::<f64>().unwrap()).sum::<f64>();
        let (capital, debt, government) = (number(1), number(3), number(4));
        let assets = capital / (number(2) / 100.0);
        let cash = 0.05 * assets;
        let loan = (assets - capital) / 2.0;
        let (bonds, other) = ([debt - government, government], assets - debt - cash);
        Bank { cash, bonds, other, loan, other_liability: loan, order: [0.0; 2], defaulted: false }
    };
    text.lines().skip(1).filter(|line| !line.trim().is_empty()).map(bank).collect()
}

/// After a round: defaults so far, prices of corporate and government bonds, share of all bonds sold so far.
#[derive(Clone, Copy, Debug)]
struct Round {
    defaults: usize,
    prices: [f64; 2],
    sold: f64,
}

/// The `exponential` law of a bond of which that many are issued; none where sales move no price.
fn law(issued: f64, pi: f64) -> Option<ImpactLaw> {
    let terms = format!("market_cap_usd = {issued:e}, fall = {pi}, permanent_share = 1.0, recovery_half_life = \"1h\"");
    (pi > 0.0).then(|| crate::market::law(&format!("exponential = {{ {terms} }}")))
}

/// Six rounds. `pi` is the fall of the price when 5 % of what there is is sold.
fn fire_sale(mut banks: Vec<Bank>, pi: f64) -> [Round; 6] {
    let total = |banks: &[Bank], k: usize| banks.iter().map(|bank| bank.bonds[k]).sum::<f64>();
    let issued = [total(&banks, 0), total(&banks, 1)];
    let laws = issued.map(|units| law(units, pi));
    let mut flows = [Flow::default(); 2];
    let after_shock = [1.0, 0.8];
    std::array::from_fn(|_| {
        let mut paid = after_shock;
        for k in [0, 1] {
            // Whatever the order of the banks, one sum: by size.
            let mut orders: Vec<f64> = banks.iter().map(|bank| bank.order[k]).collect();
            orders.sort_by(f64::total_cmp);
            if let Some(law) = &laws[k] {
                let depths = -orders.iter().sum::<f64>() / law.depth_1pct_usd;
                paid[k] *= flows[k].mean_factor(law, depths);
                flows[k].add(law, depths);
            }
        }
        let prices = [0, 1].map(|k| after_shock[k] * laws[k].map_or(1.0, |law| flows[k].factor(&law)));
        for bank in &mut banks {
            for k in [0, 1] {
                bank.cash += bank.order[k] * paid[k];
                bank.bonds[k] -= bank.order[k];
            }
            bank.order = [0.0; 2];
            if !bank.defaulted {
                bank.judge(prices);
            }
        }
        let left = total(&banks, 0) + total(&banks, 1);
        let defaults = banks.iter().filter(|bank| bank.defaulted).count();
        Round { defaults, prices, sold: 1.0 - left / (issued[0] + issued[1]) }
    })
}

fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-9
}

/// `pi`, defaults, share sold, price of corporate bonds, of government bonds.
const ROWS: [(f64, usize, f64, f64, f64); 9] = [
    (0.0, 7, 0.605_124_447_2, 1.0, 0.8),
    (0.005, 9, 0.793_419_897_7, 0.932_592_217_9, 0.735_828_497_9),
    (0.010, 18, 0.914_500_581_2, 0.838_421_317_1, 0.663_562_200_2),
    (0.015, 25, 0.944_158_005_4, 0.758_281_241_5, 0.599_195_639_2),
    (0.020, 32, 0.981_624_408_1, 0.675_849_582_8, 0.536_978_977_0),
    (0.030, 38, 0.993_847_711_1, 0.547_391_629_6, 0.436_150_355_8),
    (0.050, 44, 0.996_053_555_3, 0.361_809_238_3, 0.287_329_971_3),
    (0.080, 45, 1.0, 0.188_693_329_2, 0.150_954_663_3),
    (0.100, 45, 1.0, 0.121_576_654_6, 0.097_261_323_7),
];

#[test]
fn the_published_defaults_and_prices_come_out() {
    assert_eq!(banks().len(), 48);
    for (pi, defaults, sold, corporate, government) in ROWS {
        let end = fire_sale(banks(), pi)[5];
        assert_eq!(end.defaults, defaults, "{pi}");
        assert!(near(end.sold, sold), "{pi}: {end:?}");
        assert!(near(end.prices[0], corporate) && near(end.prices[1], government), "{pi}: {end:?}");
    }
}

#[test]
fn round_by_round_too() {
    let rounds = fire_sale(banks(), 0.05);
    assert_eq!(rounds.map(|round| round.defaults), [7, 42, 44, 44, 44, 44]);
    let government = [0.8, 0.413_733_871_6, 0.288_027_501_6, 0.287_329_971_3, 0.287_329_971_3, 0.287_329_971_3];
    let sold = [0.0, 0.605_124_447_2, 0.993_847_711_1, 0.996_053_555_3, 0.996_053_555_3, 0.996_053_555_3];
    for ((round, government), sold) in rounds.iter().zip(government).zip(sold) {
        assert!(near(round.prices[1], government) && near(round.sold, sold), "{round:?}");
    }
}

#[test]
fn the_order_of_the_banks_does_not_matter() {
    let mut rng = stream(3, Purpose::Order, 0);
    for (pi, ..) in ROWS {
        let listed = fire_sale(banks(), pi);
        for _ in 0..5 {
            let mut shuffled = banks();
            shuffled.shuffle(&mut rng);
            for (a, b) in listed.iter().zip(fire_sale(shuffled, pi)) {
                assert_eq!(a.defaults, b.defaults, "{pi}");
                assert!(a.prices.iter().zip(b.prices).all(|(a, b)| (a - b).abs() < 1e-13), "{pi}: {a:?} {b:?}");
            }
        }
    }
}
