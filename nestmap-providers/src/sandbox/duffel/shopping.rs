//! Turns a search into offers: flights, brands and prices that belong together.

use jiff::{SignedDuration, Timestamp};

use super::amounts::Currency;
use super::fares::{self, Brand, Cabin, Fare, cabin_on, days_between};
use super::live_offer::{Hold, Offer};
use super::magic::Magic;
use super::network::{Carrier, Model, carrier};
use super::offer_requests::{DAYS_ON_SALE, OfferRequest, SliceWish};
use super::schedule::{Itinerary, Schedule, Shape, Wish};
use crate::sandbox::dice::{Dice, base62};

const OFFERS_MAX: usize = 60;
const COMBINATIONS_MAX: usize = 4;

struct Draft {
    brand: &'static Brand,
    itineraries: Vec<Itinerary>,
    fare: Fare,
}

/// The offers of a search, cheapest first. The same search at the same time finds the same.
pub(super) fn offers(schedule: Schedule, currency: Currency, request: &OfferRequest) -> Vec<Offer> {
    let today = request.created_at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let too_far = |slice: &SliceWish| days_between(today, slice.date) > DAYS_ON_SALE;
    if request.magic() == Some(Magic::NoOffers) || request.slices.iter().any(too_far) {
        return Vec::new();
    }
    let choices: Vec<Vec<Itinerary>> =
        request.slices.iter().map(|slice| itineraries(schedule, request, slice)).collect();

    let mut drafts = Vec::new();
    for owner in owners(&choices) {
        let combinations = combinations(&choices, owner);
        for (rank, itineraries) in combinations.into_iter().enumerate() {
            for brand in products(schedule.seed, owner, &itineraries, request.cabin, rank) {
                let fare = fare(schedule.seed, request, &itineraries, brand);
                drafts.push(Draft { brand, itineraries: itineraries.clone(), fare });
            }
        }
    }
    let mut drafts = trimmed(drafts);
    drafts.sort_by_key(|draft| (draft.fare.base + draft.fare.tax, draft.brand.name));
    drafts
        .into_iter()
        .enumerate()
        .map(|(index, draft)| offer(schedule.seed, currency, request, index, draft))
        .collect()
}

fn itineraries(schedule: Schedule, request: &OfferRequest, slice: &SliceWish) -> Vec<Itinerary> {
    let wish = Wish {
        from: slice.origin().airports(),
        to: slice.destination().airports(),
        date: slice.date,
        earliest: request.created_at + SignedDuration::from_hours(1),
        departs: slice.departs,
        arrives: slice.arrives,
        connections_max: request.connections_max,
    };
    let shape = match request.magic() {
        Some(Magic::Connecting) => Shape::Connecting,
        Some(Magic::OneStop) => Shape::OneStop,
        _ => Shape::Any,
    };
    schedule.itineraries(&wish, shape)
}

/// The airlines that can sell every slice.
fn owners(choices: &[Vec<Itinerary>]) -> Vec<&'static str> {
    let sells = |slice: &[Itinerary], owner| slice.iter().any(|found| found.owner() == owner);
    let mut owners: Vec<&'static str> = Vec::new();
    for owner in choices.iter().flatten().map(Itinerary::owner) {
        if !owners.contains(&owner) && choices.iter().all(|slice| sells(slice, owner)) {
            owners.push(owner);
        }
    }
    owners
}

/// One itinerary of the owner for each slice, in a few sensible pairings.
fn combinations(choices: &[Vec<Itinerary>], owner: &str) -> Vec<Vec<Itinerary>> {
    let own: Vec<Vec<&Itinerary>> = choices
        .iter()
        .map(|slice| slice.iter().filter(|found| found.owner() == owner).collect())
        .collect();
    if let [only] = own.as_slice() {
        return only.iter().map(|found| vec![(*found).clone()]).collect();
    }
    let longest = own.iter().map(Vec::len).max().unwrap_or(0);
    let aligned = (0..longest).map(|rank| (rank, rank));
    let crossed = [(0, 1), (1, 0)].into_iter().filter(|_| longest > 1);
    aligned
        .chain(crossed)
        .take(COMBINATIONS_MAX)
        .map(|(first, rest)| {
            own.iter()
                .enumerate()
                .map(|(slice, found)| {
                    let rank = if slice == 0 { first } else { rest };
                    found[rank % found.len()].clone()
                })
                .collect()
        })
        .collect()
}

/// The brands on sale: the wished cabin in full, and a taste of its neighbors.
fn products(
    seed: u64,
    owner: &str,
    itineraries: &[Itinerary],
    wished: Option<Cabin>,
    rank: usize,
) -> Vec<&'static Brand> {
    let flights = || itineraries.iter().flat_map(|itinerary| &itinerary.0);
    let flown = |cabin| flights().any(|flight| cabin_on(seed, flight, cabin) == cabin);
    let of_cabin = |cabin| {
        let all = fares::brands(carrier(owner)).iter();
        all.filter(move |brand| brand.cabin == cabin).collect::<Vec<_>>()
    };
    let main = wished.unwrap_or(Cabin::Economy);
    let mut brands = if flown(main) { of_cabin(main) } else { Vec::new() };
    let others = Cabin::ALL.into_iter().filter(|cabin| *cabin != main && flown(*cabin));
    match (owner, rank) {
        ("ZZ", 1) => brands.extend(others.flat_map(of_cabin)),
        ("ZZ", _) => {}
        (_, 0) => {
            brands.extend(others.take(2).flat_map(|cabin| of_cabin(cabin).into_iter().take(1)))
        }
        _ => {}
    }
    brands
}

/// What all passengers pay together, in pence sterling.
fn fare(seed: u64, request: &OfferRequest, itineraries: &[Itinerary], brand: &Brand) -> Fare {
    let bought_on = request.created_at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut sum = Fare { base: 0, tax: 0 };
    for itinerary in itineraries {
        let adult = fares::slice_fare(seed, itinerary, brand, bought_on, itineraries.len());
        for passenger in &request.passengers {
            let percent = fares::share_percent(passenger.kind());
            sum.base += adult.base * percent / 100;
            sum.tax += if passenger.is_infant() { 0 } else { adult.tax };
        }
    }
    sum
}

/// Keeps the test airline and gives the other airlines their turns up to the limit.
fn trimmed(drafts: Vec<Draft>) -> Vec<Draft> {
    let mut turns: Vec<(&str, usize)> = Vec::new();
    let mut ranked: Vec<(usize, Draft)> = drafts
        .into_iter()
        .map(|draft| {
            let owner = draft.itineraries[0].owner();
            let turn = match turns.iter_mut().find(|(code, _)| *code == owner) {
                Some((_, turn)) => {
                    *turn += 1;
                    *turn
                }
                None => {
                    turns.push((owner, 0));
                    0
                }
            };
            (if owner == "ZZ" { 0 } else { turn }, draft)
        })
        .collect();
    ranked.sort_by_key(|(turn, _)| *turn);
    ranked.truncate(OFFERS_MAX);
    ranked.into_iter().map(|(_, draft)| draft).collect()
}

fn offer(
    seed: u64,
    currency: Currency,
    request: &OfferRequest,
    index: usize,
    draft: Draft,
) -> Offer {
    let owner = draft.itineraries[0].owner();
    let departs = draft.itineraries[0].first().departs.timestamp();
    let travelers = request.passengers.iter().filter(|passenger| !passenger.is_infant()).count();
    let emissions_kg: i64 = draft
        .itineraries
        .iter()
        .map(|itinerary| fares::emissions_kg(seed, itinerary, draft.brand.cabin))
        .sum();
    let silent = draft.brand.shelf == 1 && fares::is_silent_on_terms(seed, carrier(owner));
    Offer {
        id: offer_id(&request.id, index),
        owner,
        created_at: request.created_at,
        expires_at: expiry(seed, owner, request.created_at),
        brand: draft.brand,
        change: if silent { fares::Term::Unknown } else { draft.brand.change },
        refund: if silent { fares::Term::Unknown } else { draft.brand.refund },
        itineraries: draft.itineraries,
        base: currency.pence(draft.fare.base),
        tax: currency.pence(draft.fare.tax),
        emissions_kg: emissions_kg * i64::try_from(travelers).expect("a few travelers"),
        hold: hold(seed, carrier(owner), request, departs),
        documents_required: wants_documents(seed, carrier(owner), request),
        magic: request.magic(),
    }
}

/// Offer ids carry the number of their search, so that an offer is found without a list.
fn offer_id(request_id: &str, index: usize) -> String {
    let number = &request_id[request_number(request_id)];
    let place = base62(u64::try_from(index).expect("a small number"), 2);
    let tail = Dice::of(0, &["offer", request_id, &place]).letters(10);
    format!("off_0000{number}{place}{tail}")
}

fn request_number(id: &str) -> std::ops::Range<usize> {
    let start = id.find('_').map_or(0, |end| end + 5);
    start..start + 6
}

/// The start of the id of the search this offer belongs to, and its place among the offers.
pub(super) fn request_of_offer(offer_id: &str) -> Option<(String, usize)> {
    let rest = offer_id.strip_prefix("off_0000")?;
    let (number, place) = (rest.get(..6)?, rest.get(6..8)?);
    let index = crate::sandbox::dice::from_base62(place)?;
    Some((format!("orq_0000{number}"), usize::try_from(index).ok()?))
}

fn expiry(seed: u64, owner: &str, created_at: Timestamp) -> Timestamp {
    let minutes = match owner {
        "ZZ" => 30,
        _ => Dice::of(seed, &["expiry", owner]).between(15, 20),
    };
    created_at + SignedDuration::from_mins(minutes)
}

/// How long the airline keeps seats without payment; it differs by airline and by how soon
/// the journey starts.
fn hold(seed: u64, owner: &Carrier, request: &OfferRequest, departs: Timestamp) -> Hold {
    let after = |hours| request.created_at + SignedDuration::from_hours(hours);
    if owner.code == "ZZ" {
        let closes = departs - SignedDuration::from_hours(1);
        return Hold::Guaranteed { until: after(48).min(closes), pay_by: after(72).min(closes) };
    }
    if request.magic() == Some(Magic::HoldOnly) {
        return Hold::Guaranteed { until: after(24), pay_by: after(24) };
    }
    let roll = Dice::of(seed, &["hold", owner.code]).between(1, 100);
    let hold = match (owner.code, owner.model, roll) {
        ("AA", _, _) => Hold::Guaranteed { until: after(37), pay_by: after(37) },
        ("LH" | "OS" | "LX", _, _) => Hold::SeatOnly { pay_by: after(24) },
        (_, Model::LowCost, _) => Hold::None,
        (_, _, ..=40) => Hold::Guaranteed { until: after(24), pay_by: after(24) },
        (_, _, 41..=55) => Hold::SeatOnly { pay_by: after(48) },
        _ => Hold::None,
    };
    if departs < after(7 * 24) { Hold::None } else { hold }
}

fn wants_documents(seed: u64, owner: &Carrier, request: &OfferRequest) -> bool {
    let country = |place: super::geography::Place| place.airports()[0].country;
    let crosses_border =
        request.slices.iter().any(|slice| country(slice.origin()) != country(slice.destination()));
    crosses_border
        && owner.model == Model::LowCost
        && Dice::of(seed, &["documents", owner.code]).chance(30)
}
