//! What an approval covers, and how far prices may move.

use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::approval::binding::Covered;
use crate::approval::{Binding, Tolerance};
use crate::digest::Digest;
use crate::error::Code;
use crate::id::PolicyId;
use crate::money::Money;
use crate::policy::PolicyRef;
use crate::testing::fixture::{self, now, parse};
use crate::trip::sample::{offer, person_id};

fn covered(content: &str, price: &str) -> Covered {
    let (amount, currency) = price.split_once(' ').unwrap();
    let content = Digest::of_bytes(content.as_bytes());
    Covered { content, price: Money::parse(amount, currency).unwrap() }
}

fn policy(document: &str) -> PolicyRef {
    PolicyRef {
        id: PolicyId::new(now(), [1; 10]),
        version: 1,
        title: "Travel policy".into(),
        digest: Digest::of_bytes(document.as_bytes()),
    }
}

fn digest(covered: &[Covered], travelers: &[u8], policies: &[PolicyRef]) -> Digest {
    let travelers: Vec<_> = travelers.iter().map(|n| person_id(*n)).collect();
    Binding::new(covered, &travelers, policies, Tolerance::default()).unwrap().digest
}

#[test]
fn each_ingredient_changes_the_digest() {
    let things = || vec![covered("out", "500.00 EUR"), covered("hotel", "300.00 EUR")];
    let base = digest(&things(), &[1, 2], &[policy("a")]);
    let dearer = vec![covered("out", "500.01 EUR"), covered("hotel", "300.00 EUR")];
    let dollars = vec![covered("out", "500.00 USD"), covered("hotel", "300.00 EUR")];
    let later = vec![covered("later", "500.00 EUR"), covered("hotel", "300.00 EUR")];
    // The same prices, the other way around.
    let swapped = vec![covered("out", "300.00 EUR"), covered("hotel", "500.00 EUR")];
    let twice = vec![
        covered("out", "500.00 EUR"),
        covered("hotel", "300.00 EUR"),
        covered("hotel", "300.00 EUR"),
    ];
    let others = [
        digest(&dearer, &[1, 2], &[policy("a")]),
        digest(&dollars, &[1, 2], &[policy("a")]),
        digest(&later, &[1, 2], &[policy("a")]),
        digest(&swapped, &[1, 2], &[policy("a")]),
        digest(&twice, &[1, 2], &[policy("a")]),
        digest(&things()[..1], &[1, 2], &[policy("a")]),
        digest(&things(), &[1], &[policy("a")]),
        digest(&things(), &[1, 3], &[policy("a")]),
        digest(&things(), &[1, 2], &[policy("b")]),
        digest(&things(), &[1, 2], &[policy("a"), policy("b")]),
        digest(&things(), &[1, 2], &[]),
    ];
    let all: std::collections::BTreeSet<_> = others.into_iter().chain([base]).collect();
    assert_eq!(all.len(), others.len() + 1);
}

#[test]
fn what_is_not_flown_does_not_change_the_digest() {
    let line = "LH400 FRA 2026-03-16T10:30 JFK 2026-03-16T13:20";
    let flown = offer(&[&[line]]);
    let mut refreshed = flown.clone();
    refreshed.supplier.id = "off_2".into();
    refreshed.expires_at = now().plus_hours(9);
    refreshed.carrier_name = "Deutsche Lufthansa".into();
    refreshed.slices[0].fare_brand = Some("Light".into());
    assert_eq!(
        digest(&[Covered::flight(&flown)], &[1], &[]),
        digest(&[Covered::flight(&refreshed)], &[1], &[])
    );
    for change in [
        "LH400 FRA 2026-03-16T10:31 JFK 2026-03-16T13:20",
        "LH400 FRA 2026-03-16T10:30 JFK 2026-03-16T13:21",
        "LH400 FRA 2026-03-16T10:30 EWR 2026-03-16T13:20",
        "LH402 FRA 2026-03-16T10:30 JFK 2026-03-16T13:20",
    ] {
        let other = Covered::flight(&offer(&[&[change]]));
        assert_ne!(
            digest(&[Covered::flight(&flown)], &[1], &[]),
            digest(&[other], &[1], &[]),
            "{change}"
        );
    }
}

#[test]
fn the_total_is_one_amount_a_currency() {
    let things =
        [covered("a", "500.00 EUR"), covered("b", "90.00 USD"), covered("c", "300.00 EUR")];
    let binding = Binding::new(&things, &[], &[], Tolerance::default()).unwrap();
    let total: Vec<_> = binding.total.iter().map(|money| format!("{money:?}")).collect();
    let wanted: Vec<_> = [("800.00", "EUR"), ("90.00", "USD")]
        .map(|(amount, currency)| format!("{:?}", Money::parse(amount, currency).unwrap()))
        .to_vec();
    assert_eq!(total, wanted);
    let huge = Money::new(i64::MAX, fixture::flight("off_1", "1.00").total.currency);
    let huge = Covered { content: Digest::of_bytes(b"x"), price: huge };
    let too_much = Binding::new(&[huge.clone(), huge], &[], &[], Tolerance::default());
    assert_eq!(too_much.unwrap_err().code, Code::InvalidMoney);
}

#[test]
fn the_ceiling_is_the_price_and_the_tolerance_on_it() {
    let ceiling = |price: &str, percent: &str| {
        let tolerance = Tolerance { percent: parse::<Decimal>(percent) };
        let money = tolerance.ceiling(Money::parse(price, "EUR").unwrap()).unwrap();
        money.decimal().to_string()
    };
    assert_eq!(ceiling("500.00", "0"), "500.00");
    assert_eq!(ceiling("500.00", "5"), "525.00");
    assert_eq!(ceiling("500.00", "2.5"), "512.50");
    // Half a cent goes to the even one.
    assert_eq!(ceiling("0.10", "5"), "0.10");
    assert_eq!(ceiling("0.30", "5"), "0.32");
    let yen = Money::parse("1001", "JPY").unwrap();
    let ceiling = Tolerance { percent: Decimal::ONE }.ceiling(yen).unwrap();
    assert_eq!(ceiling, Money::parse("1011", "JPY").unwrap());
}

proptest! {
    #[test]
    fn the_order_of_things_people_and_policies_does_not_matter(
        things in prop::collection::vec((0u8..5, 1i64..100_000), 0..6),
        travelers in prop::collection::btree_set(1u8..20, 0..5),
        policies in prop::collection::vec(0u8..5, 0..4),
        seed: u64,
    ) {
        let currency = crate::Currency::parse("EUR").unwrap();
        let mut things: Vec<_> = things.iter().map(|(content, minor)| Covered {
            content: Digest::of_bytes(&[*content]),
            price: Money::new(*minor, currency),
        }).collect();
        let mut travelers: Vec<_> = travelers.into_iter().collect();
        let mut policies: Vec<_> = policies.iter().map(|n| policy(&n.to_string())).collect();
        let before = digest(&things, &travelers, &policies);
        rotate(&mut things, seed);
        rotate(&mut travelers, seed);
        rotate(&mut policies, seed);
        policies.extend(policies.first().cloned());
        prop_assert_eq!(before, digest(&things, &travelers, &policies));
    }
}

/// Another order: turned, and mirrored half of the time.
fn rotate<T>(list: &mut [T], seed: u64) {
    if seed.is_multiple_of(2) {
        list.reverse();
    }
    let by = usize::try_from(seed / 2 % 7).unwrap();
    if !list.is_empty() {
        list.rotate_left(by % list.len());
    }
}
