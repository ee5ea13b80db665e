//! The nearest correlation matrix: published examples, and what makes a matrix the nearest.

use super::build;
use rehypo::price::correlation::cholesky;
use rehypo::price::higham::{nearest, nearest_to_write};
use rehypo::random::{Purpose, stream, uniform};
use std::path::Path;

fn assert_close(found: &[f64], exact: &[f64], within: f64) {
    for (found, exact) in found.iter().zip(exact) {
        assert!((found - exact).abs() <= within, "{found} is not {exact}");
    }
}

/// Higham (2002): section 4's tridiagonal matrix, and the 3 x 3 example of his note of 2013 and of the NAG library.
#[test]
fn published_examples() {
    let tridiagonal = [2.0, -1.0, 0.0, 0.0, -1.0, 2.0, -1.0, 0.0, 0.0, -1.0, 2.0, -1.0, 0.0, 0.0, -1.0, 2.0];
    #[rustfmt::skip]
    let exact = [
        1.0, -0.8084, 0.1916, 0.1068,
        -0.8084, 1.0, -0.6562, 0.1916,
        0.1916, -0.6562, 1.0, -0.8084,
        0.1068, 0.1916, -0.8084, 1.0,
    ];
    assert_close(&nearest(&tridiagonal, 4), &exact, 5e-5);
    let three = [1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0];
    let exact = [1.0, 0.7607, 0.1573, 0.7607, 1.0, 0.7607, 0.1573, 0.7607, 1.0];
    assert_close(&nearest(&three, 3), &exact, 5e-5);
}

/// Three equal correlations of -r: by symmetry the nearest are equal too, and no three can be below -1/2.
#[test]
fn three_that_all_oppose() {
    let of = |r: f64| [1.0, r, r, r, 1.0, r, r, r, 1.0];
    assert_close(&nearest(&of(-0.9), 3), &of(-0.5), 1e-9);
    assert_close(&nearest(&of(-0.4), 3), &of(-0.4), 1e-12);
}

/// No correlation matrix on the way from the nearest to any other is nearer: the projection onto a convex set is the one
/// point from which the given matrix lies at no acute angle to any other of the set.
#[test]
fn no_other_matrix_is_nearer() {
    let mut rng = stream(1, Purpose::Prices, 0);
    let n = 6;
    let mut random = |scale: f64| {
        let mut matrix = vec![1.0; n * n];
        for i in 0..n {
            for j in 0..i {
                let x = scale * (2.0 * uniform(&mut rng) - 1.0);
                (matrix[i * n + j], matrix[j * n + i]) = (x, x);
            }
        }
        matrix
    };
    for _ in 0..20 {
        let given = random(1.0);
        let found = nearest(&given, n);
        for _ in 0..50 {
            let other = nearest(&random(2.0), n);
            let angle: f64 = given
                .iter()
                .zip(&found)
                .zip(&other)
                .map(|((given, found), other)| (given - found) * (other - found))
                .sum();
            assert!(angle <= 1e-6, "{other:?} lies nearer to {given:?} than {found:?}, by {angle:e}");
        }
    }
}

#[test]
fn what_is_offered_can_be_pasted() {
    let mut rng = stream(2, Purpose::Prices, 0);
    for n in 2..12 {
        let mut given = vec![1.0; n * n];
        for i in 0..n {
            for j in 0..i {
                let x = (200.0 * uniform(&mut rng) - 100.0).round() / 100.0;
                (given[i * n + j], given[j * n + i]) = (x, x);
            }
        }
        let offered = nearest_to_write(&given, n);
        assert_eq!(cholesky(&offered, n).1, None, "{offered:?}");
        assert!(offered.iter().all(|x| format!("{x}").len() <= 7), "{offered:?}");
        // As near as the nearest, but for rounding and what keeps it from the edge.
        let distance = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        let found = nearest(&given, n);
        assert!(distance(&offered, &found) < 5e-4 * n as f64, "{offered:?} is not {found:?}");
        let name = |i: usize| format!("c{i}");
        let of: Vec<String> = (0..n).map(name).collect();
        let of: Vec<(&str, f64, bool)> = of.iter().map(|name| (name.as_str(), 1.0, false)).collect();
        let volatility: Vec<String> = of.iter().map(|(name, ..)| format!("{name} = 1")).collect();
        let rows = |matrix: &[f64]| matrix.chunks_exact(n).map(<[f64]>::to_vec).collect::<Vec<_>>();
        let head = format!("[gbm]\nvolatility_per_year = {{ {} }}\n", volatility.join(", "));
        if cholesky(&given, n).1.is_some() {
            let law = format!("{head}correlation = {:?}", rows(&given));
            let help = build(&law, &of, 1, 60.0, Path::new("")).expect_err("should be refused").help();
            let offer = help.expect("an offer").strip_prefix("the nearest that is: ").expect("an offer").to_owned();
            assert!(build(&format!("{head}{offer}"), &of, 1, 60.0, Path::new("")).is_ok(), "{offer}");
        }
    }
}
