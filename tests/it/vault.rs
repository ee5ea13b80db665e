//! The deleveraging spiral of a stablecoin's vault: the table of Klages-Mundt (2019), case P11.

use rehypo::venue::vault::{Vault, VaultTerms};

const TERMS: VaultTerms = VaultTerms { cover: 1.5, expected_return: 1.00583, demand_usd: 100.0 };
const OPENING: Vault = Vault { collateral: 1.8, supply: 100.583 };

fn assert_near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{found} instead of {expected}");
}

#[test]
fn p11_the_published_spiral() {
    let mut vault = OPENING;
    for (price, issued, supply, coin, collateral, least) in [
        (83.0, -3.110_288_096_5, 97.472_711_903_5, 1.025_928_160_3, 1.761_555_034_4, 80.923_312_7),
        (82.0, -4.106_701_870_5, 93.366_010_033_0, 1.071_053_587_6, 1.707_914_817_7, 80.516_294_2),
        (81.0, -4.568_551_558_3, 88.797_458_474_7, 1.126_158_357_7, 1.644_397_379_2, 80.030_111_3),
        (80.0, -5.487_477_238_1, 83.309_981_236_6, 1.200_336_364_5, 1.562_062_148_2, 79.555_773_6),
    ] {
        assert!((vault.least_price_usd(&TERMS) - least).abs() < 6e-8);
        let step = vault.step(&TERMS, price).unwrap();
        assert_near(step.issued, issued);
        assert_near(step.coin_usd, coin);
        assert_near(vault.supply, supply);
        assert_near(vault.collateral, collateral);
        assert!(step.is_forced);
        // At the limit, exactly.
        assert_near(vault.collateral * price, 1.5 * vault.supply);
    }
    let before = vault;
    let failed = vault.step(&TERMS, 79.0).unwrap_err();
    assert!((failed.least_price_usd - 79.110_466_6).abs() < 6e-8);
    assert_eq!((failed.price_usd, failed.supply, failed.collateral), (79.0, before.supply, before.collateral));
    assert_eq!(vault, before);
    assert!(failed.to_string().contains("79 USD") && failed.to_string().contains("79.11"), "{failed}");
}

/// The supply is then at a rest: what the keeper expects of another coin is what it costs.
#[test]
fn at_an_ample_cover_the_keeper_issues_what_she_wants() {
    let mut vault = OPENING;
    let step = vault.step(&TERMS, 85.0).unwrap();
    assert!(!step.is_forced && step.issued.abs() < 1e-12 && (vault.supply - 100.583).abs() < 1e-12);
    let mut rich = Vault { collateral: 3.0, supply: 80.0 };
    let step = rich.step(&TERMS, 90.0).unwrap();
    assert_near(rich.supply, (1.00583_f64 * 100.0 * 80.0).sqrt());
    assert_near(rich.collateral, 3.0 + step.issued * (100.0 / rich.supply) / 90.0);
    assert!(!step.is_forced && step.issued > 0.0);
}

/// Just above the least price it can be done, just below it cannot; a search over all supplies agrees, and finds none
/// that is larger and allowed.
#[test]
fn the_limit_is_the_largest_supply_that_is_allowed() {
    let least = OPENING.least_price_usd(&TERMS);
    assert!(OPENING.clone().step(&TERMS, least * (1.0 + 1e-9)).is_ok());
    assert!(OPENING.clone().step(&TERMS, least * (1.0 - 1e-9)).is_err());
    let allowed = |price: f64, x: f64| 1.8 * price + 100.0 * (x - 100.583) / x >= 1.5 * x;
    for price in [80.0, 80.5, 81.0, 82.0, 83.0, 83.5] {
        let searched = (1..200_000).map(|k| f64::from(k) * 0.001).filter(|x| allowed(price, *x)).fold(0.0, f64::max);
        let mut vault = OPENING;
        match vault.step(&TERMS, price) {
            Ok(step) => assert!(step.is_forced && (vault.supply - searched).abs() < 0.0011, "{price} {searched}"),
            Err(_) => assert_eq!(searched, 0.0, "{price}"),
        }
    }
}

/// Whatever is bought back is paid for in collateral at the coin's own price.
#[test]
fn a_vault_pays_what_the_coins_cost() {
    for price in [60.0, 83.0, 90.0, 200.0] {
        let mut vault = Vault { collateral: 2.5, supply: 90.0 };
        let Ok(step) = vault.step(&TERMS, price) else { panic!("{price}") };
        let worth = |vault: &Vault| vault.collateral * price;
        let before = Vault { collateral: 2.5, supply: 90.0 };
        assert_near(worth(&vault) - worth(&before), step.issued * step.coin_usd);
        assert_near(step.coin_usd * vault.supply, 100.0);
        assert!(worth(&vault) >= 1.5 * vault.supply * (1.0 - 1e-12));
    }
}
