//! Sampling: nets that are nets, mirrors that mirror, and errors that are as large as they say.

use super::build;
use rand::Rng;
use rehypo::metric::summary::{Kind, Summary};
use rehypo::price::{PriceModel, PricePath};
use rehypo::random::{
    Draws, Purpose, Sampling, Source, bridge, fill_normals, inverse_normal, normal, sobol, stream, uniform,
};
use rehypo::unit::YEAR_SECONDS;
use std::path::Path;

const NUMBER: Kind = Kind { larger_is_worse: true, yes_or_no: false };
const YES_OR_NO: Kind = Kind { larger_is_worse: true, yes_or_no: true };
const NETS: Sampling = Sampling::Sobol { replicates: 16 };

/// A number of each of the first paths.
fn sample(sampling: Sampling, seed: u64, paths: u64, of: impl Fn(&mut Draws) -> f64) -> Vec<f64> {
    (0..paths).map(|path| of(&mut sampling.draws(seed, path))).collect()
}

#[test]
fn many_normals_at_once_are_those_drawn_one_by_one() {
    for length in [0, 1, 255, 256, 257, 100_000] {
        for sampling in [Sampling::Random, Sampling::Antithetic, NETS] {
            let (mut one, mut all) = (sampling.draws(1, 3), sampling.draws(1, 3));
            let mut normals = vec![0.0; length];
            fill_normals(&mut all, &mut normals);
            assert!(normals.iter().all(|x| x.to_bits() == normal(&mut one).to_bits()), "{length} of {sampling:?}");
            assert_eq!(one.next_u64(), all.next_u64());
        }
    }
}

/// A generator of given bits.
struct Given(Vec<u64>);

impl rand::TryRng for Given {
    type Error = std::convert::Infallible;
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.0.pop().expect("enough bits"))
    }
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        unreachable!("only 64 bits are asked for")
    }
    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Self::Error> {
        unreachable!("only 64 bits are asked for")
    }
}

#[test]
fn normals_at_the_ends_of_the_uniform_are_exact_and_mirrored() {
    // 2^-53, and on either side of where the far tail begins (exp(-25) = 1.4e-11) and is looked for (2e-11).
    let bits = [0, 1 << 12, 200 << 12, 62_548 << 12, 62_549 << 12, 90_000 << 12, 90_072 << 12, 1 << 40, 1 << 63];
    let both: Vec<u64> = bits.iter().flat_map(|b| [*b, !*b]).collect();
    let mut normals = vec![0.0; both.len()];
    fill_normals(&mut Given(both.iter().rev().copied().collect()), &mut normals);
    for (bits, pair) in bits.iter().zip(normals.chunks_exact(2)) {
        let u = uniform(&mut Given(vec![*bits]));
        assert_eq!(u, libm::ldexp((bits >> 12) as f64 + 0.5, -52));
        assert_eq!(uniform(&mut Given(vec![!*bits])), 1.0 - u);
        assert_eq!((pair[0], pair[1]), (inverse_normal(u), -inverse_normal(u)), "{bits:x}");
    }
    assert!((normals[0] + 8.209_536_151_601_387).abs() < 1e-14, "{}", normals[0]);
}

#[test]
fn the_second_of_a_pair_is_the_mirror_of_the_first() {
    let normals = |path| {
        let mut z = vec![0.0; 500];
        fill_normals(&mut Sampling::Antithetic.draws(4, path), &mut z);
        z
    };
    for pair in [0, 17] {
        let (first, second) = (normals(2 * pair), normals(2 * pair + 1));
        assert!(first.iter().zip(&second).all(|(a, b)| *a == -b));
        assert_ne!(first, normals(2 * pair + 2));
    }
}

#[test]
fn points_of_the_sequence_are_the_published_ones() {
    // Joe and Kuo's direction numbers in Gray-code order, as in scipy.stats.qmc.Sobol(4, scramble=False).
    let published = [
        [0.0, 0.0, 0.0, 0.0],
        [0.5, 0.5, 0.5, 0.5],
        [0.75, 0.25, 0.25, 0.25],
        [0.25, 0.75, 0.75, 0.75],
        [0.375, 0.375, 0.625, 0.875],
        [0.875, 0.875, 0.125, 0.375],
        [0.625, 0.125, 0.875, 0.625],
        [0.125, 0.625, 0.375, 0.125],
    ];
    for (index, point) in (0..).zip(published) {
        let ours = [0, 1, 2, 3].map(|d| f64::from(sobol::coordinate(d, index)) / 4_294_967_296.0);
        assert_eq!(ours, point, "point {index}");
    }
}

#[test]
fn a_scrambled_net_has_one_point_in_every_elementary_interval() {
    // In one dimension, any; in the first two, any shape: (0, m, 2)-nets.
    let m = 9;
    for replicate in 0..3 {
        let points: Vec<Vec<f64>> = (0..1_u64 << m)
            .map(|index| {
                let mut draws = NETS.draws(8, 16 * index + replicate);
                (0..6).map(|_| uniform(&mut draws)).collect()
            })
            .collect();
        let cells = |u: f64, digits: u32| (u * f64::from(1_u32 << digits)) as usize;
        for d in 0..6 {
            let mut hit = vec![0; 1 << m];
            for p in &points {
                hit[cells(p[d], m)] += 1;
            }
            assert!(hit.iter().all(|hits| *hits == 1), "dimension {d}");
        }
        for wide in 0..=m {
            let mut hit = vec![0; 1 << m];
            for p in &points {
                hit[(cells(p[0], wide) << (m - wide)) + cells(p[1], m - wide)] += 1;
            }
            assert!(hit.iter().all(|hits| *hits == 1), "2^{wide} by 2^{}", m - wide);
        }
    }
}

#[test]
fn a_scrambled_point_is_uniform_and_its_digits_are_those_of_a_nested_scramble() {
    // Over scrambles the digits of two points that share their first k digits agree so far and then are independent.
    let (mut agree, mut later, trials) = (0, 0, 4_000_u64);
    let mut mean = 0.0;
    for seed in 0..trials {
        let sampling = Sampling::Sobol { replicates: 2 };
        // Points 0 and 4 of the first dimension are 0 and .375: the first digit is shared, the second differs.
        let [a, b] = [0, 8].map(|path| sampling.draws(seed, path).next_u64());
        assert_eq!(a >> 63, b >> 63);
        assert_ne!(a >> 62 & 1, b >> 62 & 1);
        agree += (a >> 61 & 1) ^ (b >> 61 & 1);
        later += (a >> 20 & 1) ^ (b >> 20 & 1);
        mean += a as f64 / 18_446_744_073_709_551_616.0 / trials as f64;
    }
    let half = trials as f64 / 2.0;
    assert!((agree as f64 - half).abs() < 4.0 * (half / 2.0).sqrt(), "{agree}");
    assert!((later as f64 - half).abs() < 4.0 * (half / 2.0).sqrt(), "{later}");
    assert!((mean - 0.5).abs() < 4.0 / (12.0 * trials as f64).sqrt(), "{mean}");
}

#[test]
fn after_its_last_dimension_a_point_goes_on_with_the_stream_of_its_path() {
    let mut point = NETS.draws(3, 35);
    for _ in 0..sobol::DIMENSIONS {
        point.next_u64();
    }
    let mut own = stream(3, Purpose::Prices, 35);
    assert_eq!(point.next_u64(), own.next_u64());
    assert_eq!(point.next_u64(), own.next_u64());
}

#[test]
fn increments_from_coarse_to_fine_are_those_of_brownian_motion() {
    // Covariances over scrambles of one point each: independent, of variance 1.
    let (steps, width, samples) = (6, 2, 40_000_u64);
    let mut products = vec![0.0; (steps * width) * (steps * width)];
    for sample in 0..samples {
        let mut z = vec![0.0; steps * width];
        let mut rng = Coarse(stream(5, Purpose::Prices, sample));
        bridge::increments(&mut rng, width, &mut z);
        for (i, a) in z.iter().enumerate() {
            for (j, b) in z.iter().enumerate() {
                products[i * steps * width + j] += a * b / samples as f64;
            }
        }
    }
    for (at, product) in products.iter().enumerate() {
        let (i, j) = (at / (steps * width), at % (steps * width));
        let exact = f64::from(i == j);
        assert!((product - exact).abs() < 4.5 * (1.0 + exact).sqrt() / (samples as f64).sqrt(), "{i} {j}: {product}");
    }
    // The first draws are where the motions end.
    let mut z = vec![0.0; 5 * width];
    bridge::increments(&mut Coarse(stream(5, Purpose::Prices, 0)), width, &mut z);
    let mut first = stream(5, Purpose::Prices, 0);
    for motion in 0..width {
        let end: f64 = z.iter().skip(motion).step_by(width).sum();
        assert!((end - 5_f64.sqrt() * normal(&mut first)).abs() < 1e-14);
    }
}

/// A stream that says its first draws are its best.
struct Coarse(rehypo::random::Stream);

impl rand::TryRng for Coarse {
    type Error = std::convert::Infallible;
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.0.next_u64())
    }
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(self.0.next_u32())
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

impl Source for Coarse {
    fn best_first(&self) -> bool {
        true
    }
}

/// P03's first call of Merton (1976), by the law itself in one step of half a year.
fn merton_call() -> impl Fn(&mut Draws) -> f64 {
    let (rate, years, jump): (f64, f64, f64) = (0.08, 0.5, 0.25 * (0.25_f64 / 10.0).sqrt());
    // Jumps of the log have mean -jump^2 / 2, so that the price neither gains nor loses by them.
    let law = format!(
        "[merton]\nvolatility_per_year = {{ btc = {:?} }}\ndrift_per_year = {{ btc = {rate:?} }}\njumps_per_year = {{ btc = 10.0 }}\n\
         jump_mean = {{ btc = {:?} }}\njump_deviation = {{ btc = {jump:?} }}",
        0.25 * 0.75_f64.sqrt(),
        -0.5 * jump * jump,
    );
    let model = build(&law, &[("btc", 100.0, false)], 1, years * YEAR_SECONDS, Path::new("")).expect("a proper law");
    move |rng| {
        let mut path = PricePath::default();
        model.fill(rng, &mut path);
        libm::exp(-rate * years) * (path.row(1)[0] - 80.0).max(0.0)
    }
}

const MERTON: f64 = 23.605_461_95;

#[test]
fn sobol_error_of_p03s_merton_call_falls_almost_as_one_over_n() {
    let call = merton_call();
    let errors = |replicates: u64, sampling: &dyn Fn(u64) -> Sampling| -> Vec<(f64, f64)> {
        [8, 10, 12, 14]
            .iter()
            .map(|m| {
                let n = 1_u64 << m;
                let squares = (0..replicates).map(|seed| {
                    let all = sample(sampling(n), 900 + seed, n * 2, &call);
                    // Two scrambles a seed, side by side.
                    let of = |r| all.iter().skip(r).step_by(2).sum::<f64>() / n as f64 - MERTON;
                    of(0).powi(2) + of(1).powi(2)
                });
                (f64::from(*m), (squares.sum::<f64>() / (2 * replicates) as f64).sqrt().log2())
            })
            .collect()
    };
    let slope = |points: &[(f64, f64)]| {
        let n = points.len() as f64;
        let (mx, my) = (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
        points.iter().map(|(x, y)| (x - mx) * (y - my)).sum::<f64>()
            / points.iter().map(|(x, _)| (x - mx) * (x - mx)).sum::<f64>()
    };
    let sobol = errors(16, &|_| Sampling::Sobol { replicates: 2 });
    assert!(slope(&sobol) <= -0.85, "{sobol:?}");
    let random = errors(8, &|_| Sampling::Random);
    assert!((slope(&random) + 0.5).abs() < 0.2, "{random:?}");
    assert!(sobol[3].1 < random[3].1 - 4.0, "{sobol:?} {random:?}");
}

/// The mean of a standard normal kept between -1 and 2: phi(1) - phi(2) - N(-1) + 2 N(-2).
const CLAMPED: f64 =
    0.241_970_724_519_143_37 - 0.053_990_966_513_188_06 - 0.158_655_253_931_457_05 + 2.0 * 0.022_750_131_948_179_21;

/// How often the interval of the mean holds the truth, and the mean width of it.
fn coverage(sampling: Sampling, paths: u64, kind: Kind, exact: f64, of: impl Fn(&mut Draws) -> f64) -> (f64, f64) {
    let seeds = 500;
    let (mut held, mut width) = (0.0, 0.0);
    for seed in 0..seeds {
        let summary = Summary::of(&sample(sampling, 70_000 + seed, paths, &of), kind, sampling);
        let [low, high] = summary.mean_ci95.expect("many paths");
        held += f64::from(low <= exact && exact <= high) / seeds as f64;
        width += (high - low) / seeds as f64;
    }
    (held, width)
}

#[test]
fn intervals_of_means_hold_the_truth_as_often_as_they_say() {
    // 500 seeds: 4 errors of 95 % are 3.9 %.
    let proper = |(held, width): (f64, f64)| {
        assert!((held - 0.95).abs() < 0.039, "{held}");
        width
    };
    let monotone = |rng: &mut Draws| libm::exp(0.5 * normal(rng));
    let exact = libm::exp(0.125);
    let random = proper(coverage(Sampling::Random, 256, NUMBER, exact, monotone));
    let pairs = proper(coverage(Sampling::Antithetic, 256, NUMBER, exact, monotone));
    assert!(pairs < 0.5 * random, "{random} {pairs}");
    // The error of a small net is skewed where the integrand is: 16 stratified means of this one hold the truth in 91.7 % of
    // samples by Student's t (simulated apart, in NumPy).
    let (held, nets) = coverage(NETS, 256, NUMBER, exact, monotone);
    assert!(nets < 0.4 * random && (held - 0.917).abs() < 0.049, "{random} {nets} {held}");
    let bounded = |rng: &mut Draws| normal(rng).clamp(-1.0, 2.0) + 0.5 * normal(rng).clamp(-2.0, 1.0);
    let exact = CLAMPED - 0.5 * CLAMPED;
    let random = proper(coverage(Sampling::Random, 256, NUMBER, exact, bounded));
    let nets = proper(coverage(NETS, 256, NUMBER, exact, bounded));
    assert!(nets < 0.4 * random, "{random} {nets}");
    // Pairs of an even number are two times the same: as if there were half as many paths.
    let even = |rng: &mut Draws| normal(rng).powi(2);
    let random = proper(coverage(Sampling::Random, 256, NUMBER, 1.0, even));
    let pairs = proper(coverage(Sampling::Antithetic, 256, NUMBER, 1.0, even));
    assert!((pairs / random / 2_f64.sqrt() - 1.0).abs() < 0.05, "{random} {pairs}");
}

#[test]
fn intervals_of_shares_quantiles_and_tails_hold_the_truth() {
    let even = |rng: &mut Draws| f64::from(normal(rng).abs() > 1.644_853_626_951_472_7);
    for sampling in [Sampling::Antithetic, NETS] {
        let (held, _) = coverage(sampling, 512, YES_OR_NO, 0.1, even);
        assert!(held > 0.915, "{sampling:?}: {held}");
    }
    // |z|: the worst case of pairs. Its 95 % quantile is 1.96, its expected shortfall there 2 phi(1.96) / 5 %.
    let (quantile, shortfall) = (1.959_963_984_540_054, 2.337_802_792_2);
    for sampling in [Sampling::Antithetic, NETS] {
        let (seeds, mut held) = (400, [0.0; 2]);
        for seed in 0..seeds {
            let all = sample(sampling, 80_000 + seed, 1024, |rng| normal(rng).abs());
            let risk = *Summary::of(&all, NUMBER, sampling).risk(95).unwrap();
            let down: Vec<f64> = all.iter().map(|x| -x).collect();
            let less = Kind { larger_is_worse: false, ..NUMBER };
            let mirrored = *Summary::of(&down, less, sampling).risk(95).unwrap();
            assert_eq!((mirrored.var, mirrored.es, mirrored.es_se), (-risk.var, -risk.es, risk.es_se));
            let [low, high] = risk.var_ci95.map(Option::unwrap);
            assert_eq!(mirrored.var_ci95.map(Option::unwrap), [-high, -low]);
            held[0] += f64::from(low <= quantile && quantile <= high) / seeds as f64;
            let [low, high] = risk.es_ci95.unwrap();
            held[1] += f64::from(low <= shortfall && shortfall <= high) / seeds as f64;
        }
        // 400 seeds: 4 errors of 95 % are 4.4 %; the error of the shortfall is asymptotic and a little small.
        assert!(held[0] > 0.906 && held[1] > 0.88, "{sampling:?}: {held:?}");
    }
}

#[test]
fn groups_that_agree_by_chance_do_not_look_certain() {
    // 16 nets of 64 with one hit each: as close as one path can tell.
    let values: Vec<f64> = (0..1024).map(|path| f64::from(path < 16)).collect();
    let [low, high] = Summary::of(&values, YES_OR_NO, NETS).mean_ci95.unwrap();
    let share = 1.0 / 64.0;
    assert!(low < share && high > share && high - low > 1.0 / 1024.0, "{low} {high}");
    // No hit: 16 groups of one path each by Wilson's rule, Student's t allowed for.
    let [low, high] = Summary::of(&[0.0; 1024], YES_OR_NO, NETS).mean_ci95.unwrap();
    assert_eq!(low, 0.0);
    assert!(high > 3.84 / (16.0 + 3.84), "{high}");
}

#[test]
fn paths_are_addressed_alone_and_nets_are_finer_beginnings_of_themselves() {
    let law = "[gbm]\nvolatility_per_year = { a = 0.8, b = 0.5 }\ncorrelation = [[1.0, 0.6], [0.6, 1.0]]";
    let of = [("a", 100.0, false), ("usdt", 1.0, true), ("b", 10.0, false)];
    let model = build(law, &of, 700, 300.0, Path::new("")).expect("a proper law");
    for sampling in [Sampling::Antithetic, NETS] {
        let draw = |number, path: &mut PricePath| model.fill(&mut sampling.draws(5, number), path);
        let (mut alone, mut after) = (PricePath::default(), PricePath::default());
        draw(21, &mut alone);
        (0..=21).for_each(|number| draw(number, &mut after));
        assert_eq!(alone, after);
    }
}

#[test]
fn sobol_paths_in_coarse_order_tell_what_hangs_on_the_whole_path_far_better() {
    // The mean over time of a price of 128 steps: without the bridge its variance is spread over all dimensions.
    let (steps, years) = (128, 0.25);
    let law = "[gbm]\nvolatility_per_year = { btc = 0.8 }";
    let model: PriceModel =
        build(law, &[("btc", 100.0, false)], steps, years * YEAR_SECONDS / steps as f64, Path::new("")).expect("a law");
    let error = |sampling: Sampling| {
        let mut path = PricePath::default();
        let values: Vec<f64> = (0..4096)
            .map(|number| {
                model.fill(&mut sampling.draws(6, number), &mut path);
                path.usd[1..].iter().sum::<f64>() / steps as f64
            })
            .collect();
        let summary = Summary::of(&values, NUMBER, sampling);
        let [low, high] = summary.mean_ci95.unwrap();
        assert!(low < 100.0 + (high - low) && 100.0 - (high - low) < high, "{low} {high}");
        summary.mean_se.unwrap()
    };
    let (random, pairs, nets) = (error(Sampling::Random), error(Sampling::Antithetic), error(NETS));
    assert!(pairs < 0.5 * random && nets < 0.1 * random, "{random} {pairs} {nets}");
}
