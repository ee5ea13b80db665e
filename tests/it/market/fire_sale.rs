//! Case P10: 48 banks of the EBA stress test of 2018 sell into the exponential law (Farmer, Kleinnijenhuis, Nahai-Williamson and
//! Wetzer, "Foundations of system-wide stress testing with interacting agents", github.com/ox-inet-resilience/firesale_stresstest,
//! Apache-2.0: `eba2018_48banks.csv`). The banks are the test's; prices and what is paid are the law's.

use rehypo::market::law::Flow;
use rehypo::scenario::ImpactLaw;

/// A bank: cash, units of corporate and government bonds, other assets, loan, other liabilities.
#[derive(Clone, Copy)]
struct Bank {
    cash: f64,
    bonds: [f64; 2],
    other: f64,
    loan: f64,
    owed: f64,
    defaulted: bool,
    order: [f64; 2],
}

fn banks() -> Vec<Bank> {
    let text = include_str!("eba2018_48banks.csv");
    let number = |text: &str| text.split('+').map(|part| part.trim().parse::<f64>().unwrap()).sum::<f64>();
    let rows = text.lines().skip(1).filter(|line| !line.trim().is_empty());
    rows.map(|line| {
        let [capital, leverage, debt, government] =
            std::array::from_fn(|i| number(line.split_whitespace().nth(i + 1).unwrap()));
        let assets = capital / (leverage / 100.0);
        let half = (assets - capital) / 2.0;
        Bank {
            cash: 0.05 * assets,
            bonds: [debt - government, government],
            other: assets - debt - 0.05 * assets,
            loan: half,
            owed: half,
            defaulted: false,
            order: [0.0; 2],
        }
    })
    .collect()
}

impl Bank {
    fn assets(&self, prices: [f64; 2]) -> f64 {
        self.cash + self.other + self.bonds[0] * prices[0] + self.bonds[1] * prices[1]
    }

    fn decide(&mut self, prices: [f64; 2]) {
        self.order = [0.0; 2];
        if self.defaulted {
            return;
        }
        let assets = self.assets(prices);
        let equity = assets - self.loan - self.owed;
        if equity / assets < 0.03 {
            self.defaulted = true;
            self.order = self.bonds;
        } else if equity / assets < 0.04 {
            let wanted = (assets - equity / 0.05).max(0.0);
            let paid = wanted.min(self.cash).min(self.loan);
            (self.cash, self.loan) = (self.cash - paid, self.loan - paid);
            let worth = self.bonds[0] * prices[0] + self.bonds[1] * prices[1];
            let missing = wanted - paid - self.cash;
            let share = if worth > 0.0 { (missing / worth).clamp(0.0, 1.0) } else { 0.0 };
            self.order = self.bonds.map(|units| units * share);
        }
    }
}

/// Defaults, share sold and prices after six rounds.
fn six_rounds(fall: f64, mut banks: Vec<Bank>) -> (usize, f64, [f64; 2]) {
    let caps: [f64; 2] = std::array::from_fn(|k| banks.iter().map(|bank| bank.bonds[k]).sum());
    let law = |cap: f64| -> Option<ImpactLaw> {
        (fall > 0.0).then(|| {
            super::law(&format!(
                "exponential = {{ market_cap_usd = {cap:.6}, fall = {fall}, permanent_share = 1.0, recovery_half_life = \"1h\" }}"
            ))
        })
    };
    let laws = caps.map(law);
    let (mut flows, exogenous, mut sold) = ([Flow::default(); 2], [1.0, 0.8], 0.0);
    for _ in 0..6 {
        let mut paid = exogenous;
        let mut prices = exogenous;
        for (k, (flow, law)) in flows.iter_mut().zip(&laws).enumerate() {
            let units: f64 = banks.iter().map(|bank| bank.order[k]).sum();
            sold += units;
            if let Some(law) = law {
                let depths = -units / law.depth_1pct_usd;
                paid[k] *= flow.mean_factor(law, depths);
                flow.add(law, depths);
                prices[k] *= flow.factor(law);
            }
        }
        for bank in &mut banks {
            for (k, price) in paid.iter().enumerate() {
                bank.bonds[k] -= bank.order[k];
                bank.cash += bank.order[k] * price;
            }
            bank.decide(prices);
        }
    }
    let prices = std::array::from_fn(|k| exogenous[k] * laws[k].map_or(1.0, |law| flows[k].factor(&law)));
    (banks.iter().filter(|bank| bank.defaulted).count(), sold / (caps[0] + caps[1]), prices)
}

/// Fall of the price when 5 % is sold; defaults, share sold, prices of corporate and of government bonds.
const PUBLISHED: [(f64, usize, f64, f64, f64); 9] = [
    (0.0, 7, 0.605_124_447_2, 1.0, 0.8),
    (0.005, 9, 0.793_419_897_7, 0.932_592_217_9, 0.735_828_497_9),
    (0.010, 18, 0.914_500_581_2, 0.838_421_317_1, 0.663_562_200_2),
    (0.015, 25, 0.944_158_005_4, 0.758_281_241_1, 0.599_195_639_2),
    (0.020, 32, 0.981_624_408_1, 0.675_849_582_8, 0.536_978_977_0),
    (0.030, 38, 0.993_847_711_1, 0.547_391_629_6, 0.436_150_355_8),
    (0.050, 44, 0.996_053_555_3, 0.361_809_238_3, 0.287_329_971_3),
    (0.080, 45, 1.0, 0.188_693_329_1, 0.150_954_663_3),
    (0.100, 45, 1.0, 0.121_576_654_6, 0.097_261_323_7),
];

#[test]
fn forty_eight_banks_sell_as_published_in_any_order() {
    for (fall, defaults, sold, corporate, government) in PUBLISHED {
        let forward = banks();
        let backward = forward.iter().rev().copied().collect();
        for banks in [forward, backward] {
            let found = six_rounds(fall, banks);
            assert_eq!(found.0, defaults, "fall {fall}");
            for (found, expected) in [(found.1, sold), (found.2[0], corporate), (found.2[1], government)] {
                assert!((found - expected).abs() < 1e-9, "fall {fall}: {found} is not {expected}");
            }
        }
    }
}
