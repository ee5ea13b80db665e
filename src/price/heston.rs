//! Heston's stochastic volatility (1993), per coin i
//!
//! ```text
//! dX_i = drift_i X_i dt + sqrt(V_i) X_i dW_i
//! dV_i = kappa_i (theta_i - V_i) dt + xi_i sqrt(V_i) dB_i,      dW_i dB_i = rho_i dt
//! ```
//!
//! by Andersen's quadratic-exponential scheme with martingale correction (J. Comp. Finance 11(3), 2008, sections 3.2,
//! 4.2 and 4.3). A step draws the variance from a law with the exact conditional mean and variance of the process: a
//! squared normal, or, where it is close to zero (`psi = s^2 / m^2 > 1.5`), a mass at zero with an exponential tail. It
//! never is negative and needs no condition of Feller's. The integral of the variance over a step is the mean of its ends
//! times the step: the scheme's only error, which shrinks with the step. The log-price is
//!
//! ```text
//! ln X(t + dt) = ln X(t) + drift dt + K0* + K1 V(t) + K2 V(t + dt) + sqrt(K3 (V(t) + V(t + dt))) Z
//! K1, K2 = dt/2 (kappa rho / xi - 1/2) -+ rho / xi,      K3 = dt/2 (1 - rho^2)
//! ```
//!
//! with Z independent of V and K0* such that a drift of 0 keeps the expected price at the opening exactly, at any step.
//! That needs `K2 + K3 / 2` below `kappa / (xi^2 (1 - exp(-kappa dt)))` (enough for both laws of the variance), as is so
//! for `rho <= 0` and for steps of up to `1 / (rho xi)` years; a longer step for which it is not is refused.
//!
//! Several coins: prices' shocks W have the correlation matrix C; the part of each variance's shock that is independent of
//! its own price, U in `B_i = rho_i W_i + sqrt(1 - rho_i^2) U_i`, is independent of all W and has the matrix D. So
//! `dB_i dB_j = (rho_i rho_j C_ij + sqrt(1 - rho_i^2) sqrt(1 - rho_j^2) D_ij) dt` and `dW_i dB_j = rho_j C_ij dt`; the
//! matrix of all 2 n shocks is a linear image of C and D, and a correlation matrix whenever these are. Each coin alone is
//! Heston's.
//!
//! Rates are per year of 365 days.

use super::dependence::Dependence;
use super::driven::Driven;
use super::{Grid, PriceError, PricePath};
use crate::random::normal_cdf;
use crate::scenario::Coin;
use crate::scenario::spec::HestonSpec;
use crate::unit::YEAR_SECONDS;
use rand::Rng;

/// Above this ratio of variance to squared mean the next variance is exponential with a mass at zero (Andersen's
/// `psi_c`; anything from 1 to 2 would do).
const SWITCH: f64 = 1.5;

/// The least volatility of variance: below, `rho / xi` loses the digits of the price.
const LEAST_VOLATILITY_OF_VARIANCE: f64 = 1e-6;

/// Heston's stochastic volatility on a grid.
#[derive(Clone, Debug)]
pub struct Heston {
    grid: Grid,
    driven: Vec<usize>,
    coins: Vec<Step>,
    spot: Dependence,
    variance: Dependence,
}

/// One coin in one step.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// Variance per year at the opening.
    initial: f64,
    /// The next variance has the mean `mean[0] + mean[1] v`,
    mean: [f64; 2],
    /// and the variance `spread[0] + spread[1] v`.
    spread: [f64; 2],
    /// Correlation of price and variance, and the length of the rest, `sqrt(1 - rho^2)`.
    rho: [f64; 2],
    /// Of the log-price, apart from the variance.
    drift: f64,
    /// K1, K2 and K3 of the head of this file.
    k: [f64; 3],
    /// `K2 + K3 / 2`: what the next variance weighs in the expected price.
    weight: f64,
}

impl Heston {
    /// Checks the law and prepares it for a grid.
    ///
    /// # Errors
    /// If a coin is unknown, pegged or missing, a correlation or its matrix is none, or the step is too long.
    pub fn build(spec: &HestonSpec, coins: &[Coin], grid: Grid) -> Result<Self, PriceError> {
        const LONG_RUN: &str = "long_run_volatility_per_year";
        const RHO: &str = "spot_variance_correlation";
        let driven = Driven::of("heston", LONG_RUN, &spec.long_run_volatility_per_year, coins, 0.8)?;
        let long_run = driven.numbers(LONG_RUN, &spec.long_run_volatility_per_year, None, 0.8)?;
        let initial = &spec.initial_volatility_per_year;
        let initial = driven.numbers_or("initial_volatility_per_year", initial, &long_run)?;
        let kappa = driven.numbers("reversion_per_year", &spec.reversion_per_year, None, 4.0)?;
        let xi = driven.numbers("volatility_of_variance", &spec.volatility_of_variance, None, 1.0)?;
        let rho = driven.numbers(RHO, &spec.spot_variance_correlation, Some(0.0), 0.0)?;
        let drift = driven.numbers("drift_per_year", &spec.drift_per_year, Some(0.0), 0.0)?;
        driven.check_volatility(LONG_RUN, &long_run, grid.seconds())?;
        driven.check_volatility("initial_volatility_per_year", &initial, grid.seconds())?;
        driven.check_drift("drift_per_year", &drift, &grid)?;
        let years = grid.step_seconds / YEAR_SECONDS;
        let step = |i: usize| {
            let unfit = |table, why| Err(PriceError::Unfit { key: driven.key_of(table, driven.names[i]), why });
            if !(-1.0..=1.0).contains(&rho[i]) {
                return unfit(RHO, format!("{} is no correlation: expected a number from -1 to 1", rho[i]));
            }
            if xi[i] < LEAST_VOLATILITY_OF_VARIANCE {
                let why = format!(
                    "{} is too small to be told from a constant volatility: expected at least \
                     {LEAST_VOLATILITY_OF_VARIANCE:e}, or `[prices.gbm]`",
                    xi[i]
                );
                return unfit("volatility_of_variance", why);
            }
            let step = Step::new(initial[i], long_run[i], kappa[i], xi[i], rho[i], drift[i], years);
            let most = kappa[i] / (xi[i] * xi[i] * -libm::expm1(-kappa[i] * years));
            if step.weight >= most {
                let why = format!(
                    "steps of this length are too long for a correlation of {} and a volatility of variance of {}: at most {:.2e} \
                     years will do; make the step of the run shorter",
                    rho[i],
                    xi[i],
                    1.0 / (rho[i] * xi[i])
                );
                return unfit(RHO, why);
            }
            Ok(step)
        };
        let variance = Dependence::build(&spec.variance_correlation, &driven);
        Ok(Self {
            coins: (0..driven.at.len()).map(step).collect::<Result<_, _>>()?,
            spot: Dependence::build(&spec.correlation, &driven)?,
            variance: variance.map_err(|error| error.blaming(driven.key("variance_correlation")))?,
            driven: driven.at,
            grid,
        })
    }

    /// Draws a path; one normal per driven coin for the prices and one for the variances each step, in that order.
    pub fn fill<R: Rng>(&self, rng: &mut R, path: &mut PricePath) {
        let (coins, n) = (self.grid.opening_usd.len(), self.driven.len());
        let (rows, work) = path.open(&self.grid, self.grid.steps, 3 * n);
        let (variances, shocks) = work.split_at_mut(n);
        let (spot, rest) = shocks.split_at_mut(n);
        variances.iter_mut().zip(&self.coins).for_each(|(variance, step)| *variance = step.initial);
        for end in (coins..rows.len()).step_by(coins.max(1)) {
            let (before, now) = rows[end - coins..].split_at_mut(coins);
            self.spot.draw(rng, spot);
            self.variance.draw(rng, rest);
            for (i, &coin) in self.driven.iter().enumerate() {
                now[coin] = before[coin] * libm::exp(self.coins[i].advance(&mut variances[i], spot[i], rest[i]));
            }
        }
        path.close(&self.grid);
    }
}

impl Step {
    fn new(initial: f64, long_run: f64, kappa: f64, xi: f64, rho: f64, drift: f64, years: f64) -> Self {
        let theta = long_run * long_run;
        let (kept, gone) = (libm::exp(-kappa * years), -libm::expm1(-kappa * years));
        let noise = xi * xi * gone / kappa;
        let half = 0.5 * years;
        let (with_variance, leverage) = (half * (kappa * rho / xi - 0.5), rho / xi);
        let rest = 1.0 - rho * rho;
        Self {
            initial: initial * initial,
            mean: [theta * gone, kept],
            spread: [0.5 * theta * noise * gone, noise * kept],
            rho: [rho, libm::sqrt(rest)],
            drift: drift * years,
            k: [with_variance - leverage, with_variance + leverage, half * rest],
            weight: with_variance + leverage + 0.5 * half * rest,
        }
    }

    /// Moves the variance on by a step and returns the move of the log-price. `spot` is the shock of the price (W), `rest`
    /// what the variance does not share with it (U): turned into the shock of the variance and what the price does not
    /// share with that, which are independent too.
    fn advance(&self, variance: &mut f64, spot: f64, rest: f64) -> f64 {
        let ([rho, root], [k1, k2, k3]) = (self.rho, self.k);
        let before = *variance;
        let (after, expected) = self.next_variance(before, rho * spot + root * rest);
        *variance = after;
        let own = root * spot - rho * rest;
        let corrected = -expected - (k1 + 0.5 * k3) * before;
        self.drift + corrected + k1 * before + k2 * after + libm::sqrt(k3 * (before + after)) * own
    }

    /// The next variance at a standard normal shock, and `ln E exp(weight * next variance)`.
    fn next_variance(&self, before: f64, shock: f64) -> (f64, f64) {
        let mean = self.mean[0] + self.mean[1] * before;
        let psi = (self.spread[0] + self.spread[1] * before) / (mean * mean);
        if psi <= SWITCH {
            let inverse = 2.0 / psi;
            let b2 = inverse - 1.0 + libm::sqrt(inverse) * libm::sqrt(inverse - 1.0);
            let a = mean / (1.0 + b2);
            let b = libm::sqrt(b2) + shock;
            let left = 1.0 - 2.0 * self.weight * a;
            (a * b * b, self.weight * b2 * a / left - 0.5 * libm::log(left))
        } else {
            let zero = (psi - 1.0) / (psi + 1.0);
            let rate = (1.0 - zero) / mean;
            // Of the upper tail, so that it keeps its digits.
            let above = normal_cdf(-shock);
            let after = if above >= 1.0 - zero { 0.0 } else { libm::log((1.0 - zero) / above) / rate };
            (after, libm::log(zero + rate * (1.0 - zero) / (rate - self.weight)))
        }
    }
}
