//! Water-filling: one level for all, each within his limit.

use super::rules::ROUNDING;

/// Shares `min(limit_i, level * weight_i)` whose sum is the target, in `O(n log n)`. Who has no weight gets nothing; a
/// target beyond the limits of the others gives each his limit.
pub fn fill(target: f64, weights: &[f64], limits: &[f64]) -> Vec<f64> {
    let mut shares = vec![0.0; weights.len()];
    let mut order: Vec<usize> = (0..weights.len()).filter(|&i| weights[i] > 0.0).collect();
    // Limits are reached in this order as the level rises.
    let reached = |i: usize| limits[i] / weights[i];
    order.sort_by(|&a, &b| reached(a).total_cmp(&reached(b)).then(a.cmp(&b)));
    // Weight from each place in the order on: summed from the far end, so that nothing cancels.
    let mut beyond: Vec<f64> = Vec::with_capacity(order.len());
    let mut sum = 0.0;
    for &i in order.iter().rev() {
        sum += weights[i];
        beyond.push(sum);
    }
    let mut left = target;
    for (place, &i) in order.iter().enumerate() {
        let level = left / beyond[order.len() - 1 - place];
        if level < reached(i) {
            for &j in &order[place..] {
                shares[j] = level * weights[j];
            }
            break;
        }
        shares[i] = limits[i].min(left);
        left -= shares[i];
    }
    shares
}

/// How many whole lots an amount is; a hair below a whole number is that number.
pub fn whole_lots(amount: f64, lot: f64) -> f64 {
    (amount / lot * (1.0 + ROUNDING)).floor()
}
