//! The English sentences, by message key.

use crate::policy::facts::Flexibility;
use crate::policy::rule::RuleKind;

/// What is said under a key nobody wrote a sentence for; a test keeps this from happening.
pub(super) const WITHOUT_TEMPLATE: &str = "Rule result `{key}`.";

/// `{limit}`, `{actual}`, `{context}` and `{over}` are filled in.
const TEMPLATES: &[(&str, &str)] = &[
    ("air.advance_booking.outside", "To be booked {limit} ahead or more; this is {actual} ahead."),
    ("air.airport_change.outside", "The journey changes airports on the way: {context}."),
    ("air.basic_economy.outside", "The fare `{actual}` lacks the usual rights."),
    (
        "air.cabin_by_duration.outside",
        "In policy up to {limit} for a flight of {context}; this is {actual}.",
    ),
    ("air.carriers.outside", "Not in line with the policy's airlines ({limit}): {actual}."),
    ("air.changeable.outside", "The fare is {actual}; in policy are fares that are {limit}."),
    ("air.connections.outside", "In policy up to {limit} on the way; this has {actual}."),
    (
        "air.emissions.outside",
        "In policy up to {limit} g of CO2 for each traveler; this is {actual} g.",
    ),
    (
        "air.emissions.outside.per_kilometer",
        "In policy up to {limit} g of CO2 for each traveler and kilometer; this is {actual} g.",
    ),
    ("air.layover.outside.layover_long", "In policy is a wait of up to {limit}; this is {actual}."),
    ("air.layover.outside.layover_short", "A wait of {limit} is the least; this is {actual}."),
    (
        "air.over_average_fare.outside",
        "In policy up to {limit}, comparable fares being {context} on average; this is {over} over.",
    ),
    (
        "air.over_lowest_fare.outside",
        "In policy up to {limit}, the lowest comparable fare being {context}; this is {over} over.",
    ),
    ("air.price_cap.outside", "In policy up to {limit}; this is {over} over."),
    ("air.refundable.outside", "The fare is {actual}; in policy are fares that are {limit}."),
    (
        "general.countries.outside",
        "Not in line with the policy's list of countries ({limit}): {actual}.",
    ),
    ("general.requirement.outside", "Required is {limit}; this has {actual}."),
    (
        "general.trip_budget.outside",
        "The trip is in policy up to {limit}; with this it is {over} over.",
    ),
    (
        "general.trip_budget.outside.price_missing",
        "The trip is in policy up to {limit}; what is known is already {over} over.",
    ),
    (
        "lodging.nightly_cap.outside",
        "In policy up to {limit} a night; the night of {context} is {over} over.",
    ),
    (
        "lodging.nightly_cap.outside.averaged",
        "In policy up to {limit} a night on average; this is {over} over.",
    ),
    (
        "lodging.nightly_cap.outside.price_missing",
        "In policy up to {limit} a night; what is known is already {over} over.",
    ),
    ("lodging.stars.outside", "The policy's bound is {limit}; this has {actual}."),
    ("not_applicable", "Doesn't apply."),
    ("unknown.amount_overflow", "An amount is too large to compare."),
    ("unknown.brand_missing", "The airline doesn't name the fare."),
    ("unknown.cabin_missing", "A cabin isn't known."),
    ("unknown.candidates_few", "Only {actual} comparable offers were found, {limit} are needed."),
    ("unknown.candidates_missing", "There are no other offers to compare with."),
    ("unknown.carrier_missing", "An airline isn't known."),
    ("unknown.condition_missing", "The supplier doesn't say what a change of plans costs."),
    ("unknown.country_missing", "A country isn't known."),
    ("unknown.distance_missing", "The length of a flight in kilometers isn't known."),
    ("unknown.duration_missing", "A duration isn't known."),
    ("unknown.emissions_missing", "The emissions aren't known."),
    ("unknown.fact_missing", "Not known: {context}."),
    ("unknown.price_missing", "A part of the price isn't known."),
    ("unknown.rate_missing", "There is no exchange rate to compare amounts with."),
    ("unknown.rate_stale", "The exchange rate is too old to compare amounts with."),
    ("unknown.stars_missing", "The stars aren't known."),
    ("within", "In policy."),
    ("within.measured", "In policy: {actual}, the limit being {limit}."),
];

/// The sentence of a key.
pub(super) fn template(key: &str) -> Option<&'static str> {
    let at = TEMPLATES.binary_search_by_key(&key, |(key, _)| key).ok()?;
    Some(TEMPLATES[at].1)
}

/// What a fare allows, in words.
pub(super) fn flexibility(value: Flexibility, kind: RuleKind) -> &'static str {
    match (kind, value) {
        (RuleKind::Changeable, Flexibility::None) => "not changeable",
        (RuleKind::Changeable, Flexibility::WithPenalty) => "changeable for a fee",
        (RuleKind::Changeable, Flexibility::Full) => "changeable for free",
        (_, Flexibility::None) => "not refundable",
        (_, Flexibility::WithPenalty) => "refundable for a fee",
        (_, Flexibility::Full) => "fully refundable",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_and_without_twins() {
        assert!(TEMPLATES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
