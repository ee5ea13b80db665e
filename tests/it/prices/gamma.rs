//! The gamma distribution and chi-square quantiles against closed forms and values computed to 40 digits.

use super::assert_close;
use rehypo::price::gamma::{ChiSquare, ln_incomplete};

#[test]
fn logs_of_the_incomplete_gamma_functions() {
    for (shape, x, lower, upper, within) in [
        (0.3, 0.01, -1.275_680_083_776_379, -0.327_450_450_497_272_84, 1e-13),
        (7.25, 3.0, -3.644_161_794_092_265_3, -0.026_491_125_953_042_83, 1e-13),
        (7.25, 30.0, -1.728_035_579_935_511e-7, -15.571_110_476_949_752, 1e-13),
        (500.0, 450.0, -4.535_901_797_272_455, -0.010_775_081_338_570_533, 1e-11),
        (500.0, 600.0, -1.225_601_743_529_776_2e-5, -11.309_499_650_376_678, 1e-11),
    ] {
        let (ln_p, ln_q) = ln_incomplete(shape, x);
        assert_close("ln P", ln_p, lower, within * f64::max(1.0, lower.abs()));
        assert_close("ln Q", ln_q, upper, within * f64::max(1.0, upper.abs()));
        assert!((ln_p / lower - 1.0).abs() < 100.0 * within && (ln_q / upper - 1.0).abs() < 100.0 * within);
    }
}

#[test]
fn chi_square_of_two_degrees_is_exponential() {
    let chi_square = ChiSquare::of(2.0);
    for at in -820..=820 {
        let score = f64::from(at) * 0.01;
        let exact = if score < 0.0 {
            -2.0 * libm::log1p(-0.5 * libm::erfc(-score / std::f64::consts::SQRT_2))
        } else {
            -2.0 * libm::log(0.5 * libm::erfc(score / std::f64::consts::SQRT_2))
        };
        assert_close(&format!("at {score}"), chi_square.at(score) / exact, 1.0, 2e-9);
    }
}

#[test]
#[rustfmt::skip]
fn chi_square_quantiles() {
    for (degrees, score, exact) in [
        (2.5, -7.03, 5.696_175_280_700_582e-10), (2.5, -2.3, 0.059_488_556_802_780_07),
        (2.5, 0.01, 1.892_672_471_717_384_2), (2.5, 1.9, 8.100_529_057_216_603), (2.5, 6.4, 48.365_972_902_753_93),
        (4.0, -7.03, 2.874_256_329_109_938e-6), (4.0, -2.3, 0.308_242_644_221_350_5),
        (4.0, 0.01, 3.382_225_223_853_067_2), (4.0, 1.9, 10.815_593_657_926_767), (4.0, 6.4, 53.191_968_914_803_25),
        (37.0, -7.03, 3.842_557_875_377_958), (37.0, -2.3, 20.109_432_003_025_73),
        (37.0, 0.01, 36.420_694_045_014_244), (37.0, 1.9, 54.995_405_969_972_29), (37.0, 6.4, 120.899_108_361_167_36),
        (900.0, -7.03, 633.198_689_544_243_3), (900.0, -2.3, 805.288_973_394_674_7),
        (900.0, 0.01, 899.757_568_582_916_1), (900.0, 1.9, 982.333_045_266_075_8),
        (900.0, 6.4, 1_198.709_988_105_816_8),
    ] {
        let quantile = ChiSquare::of(degrees).at(score);
        assert_close(&format!("{degrees} degrees at {score}"), quantile / exact, 1.0, 2e-9);
    }
}
