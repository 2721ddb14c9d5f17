//! From a tree to a rule.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::parse_predicate::requirement;
use super::read::{Fields, Node, Problems, Read};
use crate::policy::air::{
    AddedTo, AdvanceBooking, AirportChange, BasicEconomy, CabinBand, CabinByDuration, Carriers,
    Comparable, Connections, Emissions, FareFlexibility, Layover, OverAverageFare, OverLowestFare,
    PriceCap,
};
use crate::policy::entry::{Entry, Place, Season};
use crate::policy::general::{Countries, TripBudget};
use crate::policy::lodging::{NightlyCap, PlaceCap, PlaceStars, Stars};
use crate::policy::outcome::Level;
use crate::policy::predicate::Form;
use crate::policy::rule::{OutcomeSpec, Rule, RuleBody, RuleKind};

/// A week: no flight, window or layover in a rule is longer.
const MINUTES: RangeInclusive<i64> = 0..=10_080;

impl Read for Rule {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let mut fields = Fields::of(node, problems)?;
        let id = fields.required("id");
        let kind: Option<RuleKind> = fields.required("kind");
        let applies = fields.or_default("applies");
        let selection = fields.optional("selection");
        let outcome = fields.required("outcome");
        let when_unknown = when_unknown(&mut fields);
        let note = fields.optional("note");
        // Without its kind, no other field can be judged.
        let kind = kind?;
        let domestic_groups =
            if kind.is_air() { fields.optional("domestic_groups") } else { Some(None) };
        let body = body(kind, &mut fields);
        fields.finish();
        Some(Self {
            id: id?,
            body: body?,
            applies: applies?,
            domestic_groups: domestic_groups?,
            selection: selection?,
            outcome: outcome?,
            when_unknown: when_unknown?,
            note: note?,
        })
    }
}

fn when_unknown(fields: &mut Fields<'_, '_>) -> Option<OutcomeSpec> {
    let usual = OutcomeSpec::of_level(Level::Approve);
    let read: OutcomeSpec = fields.or("when_unknown", usual)?;
    if read.outcome().level() == Level::Allow {
        let path = fields.path_of("when_unknown");
        fields.problems.add(
            &path,
            "asks for nothing",
            "something to happen when a fact is unknown",
        );
        return None;
    }
    Some(read)
}

impl Read for OutcomeSpec {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        if node.value.is_string() {
            return Level::read(node, problems).map(Self::of_level);
        }
        let mut fields = Fields::of(node, problems)?;
        let visibility = fields.or_default("visibility");
        let bookability = fields.or_default("bookability");
        let approval = fields.or_default("approval");
        let evidence = fields.or_default("evidence");
        let payment = fields.or_default("payment");
        let reasons = fields.or_default("reasons");
        let approvers = fields.or_default("approvers");
        let steps = fields.or_default("steps");
        let notify = fields.or_default("notify");
        let amount_limit = fields.optional("amount_limit");
        fields.finish();
        let spec = Self {
            visibility: visibility?,
            bookability: bookability?,
            approval: approval?,
            evidence: evidence?,
            payment: payment?,
            reasons: reasons?,
            approvers: approvers?,
            steps: steps?,
            notify: notify?,
            amount_limit: amount_limit?,
        };
        spec.check(&node.path, problems);
        Some(spec)
    }
}

impl OutcomeSpec {
    /// Lists nobody would ever look at are mistakes.
    fn check(&self, path: &str, problems: &mut Problems) {
        let idle = |list: &str, axis: &str| format!("`{list}` is given, but `{axis}` is none");
        if !self.reasons.is_empty() && self.evidence == Default::default() {
            let path = format!("{path}.evidence");
            problems.add(&path, idle("reasons", "evidence"), "reason_code or more");
        }
        if !self.approvers.is_empty() && self.approval == Default::default() {
            let path = format!("{path}.approval");
            problems.add(&path, idle("approvers", "approval"), "soft or more");
        }
    }
}

fn body(kind: RuleKind, fields: &mut Fields<'_, '_>) -> Option<RuleBody> {
    Some(match kind {
        RuleKind::CabinByDuration => RuleBody::CabinByDuration(cabin_by_duration(fields)?),
        RuleKind::PriceCap => RuleBody::PriceCap(price_cap(fields)?),
        RuleKind::OverLowestFare => RuleBody::OverLowestFare(over_lowest_fare(fields)?),
        RuleKind::OverAverageFare => RuleBody::OverAverageFare(over_average_fare(fields)?),
        RuleKind::AdvanceBooking => RuleBody::AdvanceBooking(advance_booking(fields)?),
        RuleKind::Carriers => RuleBody::Carriers(carriers(fields)?),
        RuleKind::Refundable => RuleBody::Refundable(flexibility(fields)?),
        RuleKind::Changeable => RuleBody::Changeable(flexibility(fields)?),
        RuleKind::BasicEconomy => RuleBody::BasicEconomy(basic_economy(fields)?),
        RuleKind::Connections => RuleBody::Connections(connections(fields)?),
        RuleKind::Layover => RuleBody::Layover(layover(fields)?),
        RuleKind::AirportChange => {
            RuleBody::AirportChange(AirportChange { route: fields.or_default("route")? })
        }
        RuleKind::Emissions => RuleBody::Emissions(emissions(fields)?),
        RuleKind::NightlyCap => RuleBody::NightlyCap(nightly_cap(fields)?),
        RuleKind::Stars => RuleBody::Stars(stars(fields)?),
        RuleKind::Countries => RuleBody::Countries(countries(fields)?),
        RuleKind::TripBudget => {
            RuleBody::TripBudget(TripBudget { amount: fields.required("amount")? })
        }
        RuleKind::Requirement => RuleBody::Requirement(requirement(fields)?),
    })
}

fn cabin_by_duration(fields: &mut Fields<'_, '_>) -> Option<CabinByDuration> {
    let route = fields.or_default("route");
    let measure = fields.required("measure");
    let bands: Option<Vec<CabinBand>> = fields.filled("bands");
    if let Some(bands) = &bands {
        let path = fields.path_of("bands");
        check_bands(bands, &path, fields.problems);
    }
    Some(CabinByDuration { route: route?, measure: measure?, bands: bands? })
}

fn check_bands(bands: &[CabinBand], path: &str, problems: &mut Problems) {
    for (i, band) in bands.iter().enumerate() {
        if band.below_minutes.is_some_and(|below| below <= band.at_least_minutes) {
            let message = "ends before it begins";
            let path = format!("{path}[{i}].below_minutes");
            problems.add(&path, message, "more than `at_least_minutes`");
        }
        let Some(next) = bands.get(i + 1) else { continue };
        if band.below_minutes.is_none_or(|below| below > next.at_least_minutes) {
            let message = format!("overlaps `bands[{i}]`, or comes before it");
            let path = format!("{path}[{}].at_least_minutes", i + 1);
            problems.add(
                &path,
                message,
                "bands in rising order, each beginning where none reaches",
            );
        }
    }
}

impl Read for CabinBand {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let mut fields = Fields::of(node, problems)?;
        let at_least_minutes = fields.optional_integer("at_least_minutes", MINUTES);
        let below_minutes = fields.optional_integer("below_minutes", MINUTES);
        let cabin = fields.required("cabin");
        fields.finish();
        Some(Self {
            at_least_minutes: at_least_minutes?.unwrap_or(0),
            below_minutes: below_minutes?,
            cabin: cabin?,
        })
    }
}

fn price_cap(fields: &mut Fields<'_, '_>) -> Option<PriceCap> {
    let route = fields.or_default("route");
    let amount = fields.required("amount");
    let tax = fields.required("tax");
    let per = fields.required("per");
    Some(PriceCap { route: route?, amount: amount?, tax: tax?, per: per? })
}

fn over_lowest_fare(fields: &mut Fields<'_, '_>) -> Option<OverLowestFare> {
    let route = fields.or_default("route");
    let over_percent = fields.required("over_percent");
    let over_amount = fields.optional("over_amount");
    let comparable = comparable(fields, 1);
    Some(OverLowestFare {
        route: route?,
        over_percent: over_percent?,
        over_amount: over_amount?,
        comparable: comparable?,
    })
}

/// An average of fewer prices than this says little, where a document doesn't know better.
const SAMPLE_MIN: i64 = 5;

fn over_average_fare(fields: &mut Fields<'_, '_>) -> Option<OverAverageFare> {
    let route = fields.or_default("route");
    let average = fields.required("average");
    let over_percent = fields.required("over_percent");
    let over_amount = fields.optional("over_amount");
    let comparable = comparable(fields, SAMPLE_MIN);
    Some(OverAverageFare {
        route: route?,
        average: average?,
        over_percent: over_percent?,
        over_amount: over_amount?,
        comparable: comparable?,
    })
}

fn comparable(fields: &mut Fields<'_, '_>, usual_min: i64) -> Option<Comparable> {
    let window_minutes_domestic = fields.integer("window_minutes_domestic", MINUTES);
    let window_minutes_international = fields.integer("window_minutes_international", MINUTES);
    let window_on = fields.required("window_on");
    let added_connections_max = fields.optional_integer("added_connections_max", 0..=10);
    let fewer_connections_max = fields.optional_integer("fewer_connections_max", 0..=10);
    let added_minutes_max = fields.optional_integer("added_minutes_max", MINUTES);
    let added_to = added_to(fields);
    let airports = fields.required("airports");
    let airport_change = fields.required("airport_change");
    let layover_minutes_max = fields.optional_integer("layover_minutes_max", MINUTES);
    let cabin = fields.required("cabin");
    let carriers_excluded = fields.or_default("carriers_excluded");
    let fare_brands_excluded = fields.or_default("fare_brands_excluded");
    let candidates_min = fields.optional_integer("candidates_min", 1..=1_000);
    Some(Comparable {
        window_minutes_domestic: window_minutes_domestic?,
        window_minutes_international: window_minutes_international?,
        window_on: window_on?,
        added_connections_max: added_connections_max?,
        fewer_connections_max: fewer_connections_max?,
        added_minutes_max: added_minutes_max?,
        added_to: added_to?,
        airports: airports?,
        airport_change: airport_change?,
        layover_minutes_max: layover_minutes_max?,
        cabin: cabin?,
        carriers_excluded: carriers_excluded?,
        fare_brands_excluded: fare_brands_excluded?,
        candidates_min: candidates_min?.unwrap_or(usual_min),
    })
}

/// Without `added_minutes_max` nobody would ever look at it.
fn added_to(fields: &mut Fields<'_, '_>) -> Option<AddedTo> {
    let given = fields.given("added_to").is_some();
    if given && fields.given("added_minutes_max").is_none() {
        let path = fields.path_of("added_to");
        fields.problems.add(&path, "is given without `added_minutes_max`", "both or neither");
        return None;
    }
    fields.or_default("added_to")
}

fn advance_booking(fields: &mut Fields<'_, '_>) -> Option<AdvanceBooking> {
    let route = fields.or_default("route");
    let days_min = fields.integer("days_min", 0..=361);
    Some(AdvanceBooking { route: route?, days_min: days_min? })
}

fn carriers(fields: &mut Fields<'_, '_>) -> Option<Carriers> {
    let route = fields.or_default("route");
    let mode = fields.required("mode");
    let carriers = fields.filled("carriers");
    let by = fields.required("by");
    let idle_without_alternative = fields.or_default("idle_without_alternative");
    Some(Carriers {
        route: route?,
        mode: mode?,
        carriers: carriers?,
        by: by?,
        idle_without_alternative: idle_without_alternative?,
    })
}

fn flexibility(fields: &mut Fields<'_, '_>) -> Option<FareFlexibility> {
    let route = fields.or_default("route");
    let at_least = fields.optional("at_least");
    let at_most = fields.optional("at_most");
    let rule = FareFlexibility { route: route?, at_least: at_least?, at_most: at_most? };
    range(fields, "at_least", rule.at_least, "at_most", rule.at_most)?;
    Some(rule)
}

/// At least one bound must be given, and not the wrong way round.
fn range<T: PartialOrd>(
    fields: &mut Fields<'_, '_>,
    low_name: &str,
    low: Option<T>,
    high_name: &str,
    high: Option<T>,
) -> Option<()> {
    let wrong = match (low, high) {
        (None, None) => "is missing",
        (Some(low), Some(high)) if low > high => "is above the upper bound",
        _ => return Some(()),
    };
    let path = fields.path_of(low_name);
    fields.problems.add(&path, wrong, &format!("`{low_name}`, `{high_name}`, or both in order"));
    None
}

fn basic_economy(fields: &mut Fields<'_, '_>) -> Option<BasicEconomy> {
    let route = fields.or_default("route");
    let fare_brands = match fields.node("fare_brands") {
        Some(_) => fields.filled("fare_brands"),
        None => Some(BTreeSet::from(BasicEconomy::FARE_BRANDS.map(str::to_owned))),
    };
    Some(BasicEconomy { route: route?, fare_brands: fare_brands? })
}

fn connections(fields: &mut Fields<'_, '_>) -> Option<Connections> {
    let route = fields.or_default("route");
    let connections_max = fields.integer("connections_max", 0..=10);
    let count_stops = fields.or_default("count_stops");
    Some(Connections {
        route: route?,
        connections_max: connections_max?,
        count_stops: count_stops?,
    })
}

fn layover(fields: &mut Fields<'_, '_>) -> Option<Layover> {
    let route = fields.or_default("route");
    let minutes_min = fields.optional_integer("minutes_min", MINUTES);
    let minutes_max = fields.optional_integer("minutes_max", MINUTES);
    let rule = Layover { route: route?, minutes_min: minutes_min?, minutes_max: minutes_max? };
    range(fields, "minutes_min", rule.minutes_min, "minutes_max", rule.minutes_max)?;
    Some(rule)
}

fn emissions(fields: &mut Fields<'_, '_>) -> Option<Emissions> {
    let route = fields.or_default("route");
    let per = fields.required("per");
    let grams_max = fields.integer("grams_max", 1..=1_000_000_000);
    Some(Emissions { route: route?, per: per?, grams_max: grams_max? })
}

fn nightly_cap(fields: &mut Fields<'_, '_>) -> Option<NightlyCap> {
    let caps: Option<Vec<PlaceCap>> = fields.filled("caps");
    let tax = fields.required("tax");
    let mandatory_fees = fields.required("mandatory_fees");
    let measure = fields.required("measure");
    if let Some(caps) = &caps {
        let path = fields.path_of("caps");
        check_caps(caps, &path, fields.problems);
    }
    Some(NightlyCap { caps: caps?, tax: tax?, mandatory_fees: mandatory_fees?, measure: measure? })
}

/// Two caps of one place must never hold on one evening, since either could be meant.
fn check_caps(caps: &[PlaceCap], path: &str, problems: &mut Problems) {
    for (i, cap) in caps.iter().enumerate() {
        let clashes = |earlier: &&PlaceCap| match (earlier.season, cap.season) {
            (None, None) => true,
            (Some(one), Some(other)) => one.overlaps(other),
            _ => false,
        };
        let same_place = caps[..i].iter().filter(|earlier| same(&earlier.place, &cap.place));
        if let Some(earlier) = same_place.clone().find(clashes) {
            let message = format!("`{}` has another cap on the same nights", earlier.place);
            problems.add(&format!("{path}[{i}]"), message, "seasons that don't overlap");
        }
        let ambiguous =
            same_place.clone().any(|earlier| earlier.amount.currency != cap.amount.currency);
        if ambiguous {
            let message = format!("`{}` has caps in two currencies", cap.place);
            problems.add(&format!("{path}[{i}].amount"), message, "one currency for a place");
        }
    }
}

fn same(one: &Place, other: &Place) -> bool {
    match (one, other) {
        (Place::Town(a, town), Place::Town(b, other)) => {
            a == b && town.to_lowercase() == other.to_lowercase()
        }
        _ => one == other,
    }
}

impl Read for PlaceCap {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let mut fields = Fields::of(node, problems)?;
        let place = fields.required("place");
        let season = fields.optional("season");
        let amount = fields.required("amount");
        fields.finish();
        Some(Self { place: place?, season: season?, amount: amount? })
    }
}

impl Read for Season {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let mut fields = Fields::of(node, problems)?;
        let (from, until) = (fields.required("from"), fields.required("until"));
        fields.finish();
        let season = Self { from: from?, until: until? };
        if season.from == season.until {
            problems.add(&node.path, "begins and ends on one day", "no season for the whole year");
        }
        Some(season)
    }
}

fn stars(fields: &mut Fields<'_, '_>) -> Option<Stars> {
    let ranges: Vec<PlaceStars> = fields.filled("ranges")?;
    let path = fields.path_of("ranges");
    for (i, range) in ranges.iter().enumerate() {
        if ranges[..i].iter().any(|earlier| same(&earlier.place, &range.place)) {
            let message = format!("`{}` is given twice", range.place);
            fields.problems.add(&format!("{path}[{i}].place"), message, "each place once");
        }
    }
    Some(Stars { ranges })
}

impl Read for PlaceStars {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let mut fields = Fields::of(node, problems)?;
        let place = fields.required("place");
        let low = fields.optional_integer("stars_tenths_min", 0..=50);
        let high = fields.optional_integer("stars_tenths_max", 0..=50);
        let (low, high) = (low?, high?);
        let bounds = range(&mut fields, "stars_tenths_min", low, "stars_tenths_max", high);
        fields.finish();
        bounds?;
        Some(Self { place: place?, stars_tenths_min: low, stars_tenths_max: high })
    }
}

fn countries(fields: &mut Fields<'_, '_>) -> Option<Countries> {
    let mode = fields.required("mode");
    let countries = fields.filled("countries");
    let reach = fields.required("reach");
    Some(Countries { mode: mode?, countries: countries?, reach: reach? })
}

impl RuleBody {
    /// Names of country groups the rule needs, each with its field.
    pub(super) fn country_groups(&self) -> Vec<(String, &str)> {
        match self {
            Self::Countries(rule) => lists("countries", &rule.countries),
            Self::Requirement(rule) => rule.lists(&Form::Countries),
            _ => self.place_groups(),
        }
    }

    /// Names of country groups that are places of the rule, each with its field.
    pub(super) fn place_groups(&self) -> Vec<(String, &str)> {
        match self {
            Self::NightlyCap(rule) => groups("caps", rule.caps.iter().map(|cap| &cap.place)),
            Self::Stars(rule) => groups("ranges", rule.ranges.iter().map(|range| &range.place)),
            _ => Vec::new(),
        }
    }

    /// Names of lists of airlines the rule needs, each with its field.
    pub(super) fn carrier_lists(&self) -> Vec<(String, &str)> {
        match self {
            Self::Carriers(rule) => lists("carriers", &rule.carriers),
            Self::OverLowestFare(OverLowestFare { comparable, .. })
            | Self::OverAverageFare(OverAverageFare { comparable, .. }) => {
                lists("carriers_excluded", &comparable.carriers_excluded)
            }
            Self::Requirement(rule) => rule.lists(&Form::Carriers),
            _ => Vec::new(),
        }
    }
}

fn lists<'a, T>(field: &str, entries: &'a BTreeSet<Entry<T>>) -> Vec<(String, &'a str)> {
    let named = entries.iter().filter_map(|entry| match entry {
        Entry::List(name) => Some((field.to_owned(), name.as_str())),
        Entry::Code(_) => None,
    });
    named.collect()
}

fn groups<'a>(field: &str, places: impl Iterator<Item = &'a Place>) -> Vec<(String, &'a str)> {
    let named = places.enumerate().filter_map(|(i, place)| match place {
        Place::Group(name) => Some((format!("{field}[{i}].place"), name.as_str())),
        _ => None,
    });
    named.collect()
}
