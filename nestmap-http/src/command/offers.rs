//! Offers and what a policy makes of them, as a table.

use nestmap_core::policy::explain::sentence;
use nestmap_core::policy::{Assessment, Headline, Verdict};
use nestmap_core::shopping::{FlightOffer, Segment, Slice};

use super::screen::Tone;
use super::table::{Cell, Column, Row, Table};
use super::when;

/// One offer as a table shows it.
pub(crate) struct Listed<'a> {
    /// Its number in the list, from 1.
    pub(crate) number: usize,
    /// The offer.
    pub(crate) flight: &'a FlightOffer,
    /// What the policy makes of it.
    pub(crate) assessment: &'a Assessment,
    /// The number of the nearest offer within policy.
    pub(crate) nearest: Option<usize>,
}

/// How many offers are within policy, and so on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Counts {
    /// Within every rule.
    pub(crate) within: usize,
    /// Outside of a rule.
    pub(crate) outside: usize,
    /// Something that decides isn't known.
    pub(crate) unknown: usize,
}

impl Counts {
    /// Counts assessments.
    pub(crate) fn of<'a>(assessments: impl IntoIterator<Item = &'a Assessment>) -> Self {
        assessments.into_iter().fold(Self::default(), |mut counts, assessment| {
            *match assessment.headline() {
                Headline::Within => &mut counts.within,
                Headline::Outside => &mut counts.outside,
                Headline::Unknown => &mut counts.unknown,
            } += 1;
            counts
        })
    }

    /// All of them.
    pub(crate) fn total(self) -> usize {
        self.within + self.outside + self.unknown
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} within, {} outside, {} unknown", self.within, self.outside, self.unknown)
    }
}

/// The table of offers; below each stands what the policy objects to.
pub(crate) fn table<'a>(offers: impl IntoIterator<Item = Listed<'a>>) -> Table {
    let mut table = Table::new(vec![
        Column::new("#").numeric(),
        Column::new("price").numeric(),
        Column::new("airline").shortened(8).spare(3),
        Column::new("flights").shortened(8),
        Column::new("leaves"),
        Column::new("arrives"),
        Column::new("takes").numeric().spare(1),
        Column::new("via").shortened(4).spare(2),
        Column::new("cabin").shortened(8),
        Column::new("fare").shortened(8).spare(4),
        Column::new("policy"),
        Column::new("nearest"),
    ]);
    offers.into_iter().for_each(|offer| table.push(row(&offer)));
    table
}

fn row(offer: &Listed<'_>) -> Row {
    let Listed { number, flight, assessment, nearest } = offer;
    let slices = |show: fn(&Slice) -> String| Cell::lines(flight.slices.iter().map(show));
    let cells = vec![
        Cell::new(number.to_string()),
        Cell::new(flight.total.to_string()).toned(Tone::Strong),
        Cell::new(flight.carrier_name.clone()),
        slices(designators),
        slices(leaves),
        slices(arrives),
        slices(takes),
        slices(via),
        slices(cabins),
        slices(|slice| slice.fare_brand.clone().unwrap_or_else(|| "?".to_owned())),
        verdict(assessment),
        Cell::new(nearest.map_or_else(String::new, |number| format!("→ {number}"))),
    ];
    objections(assessment).into_iter().fold(Row::new(cells), Row::note)
}

/// The verdict with what it leads to: `✗ outside, approve`.
pub(crate) fn verdict(assessment: &Assessment) -> Cell {
    let (mark, tone) = match assessment.headline() {
        Headline::Within => ("✓", Tone::Good),
        Headline::Outside => ("✗", Tone::Bad),
        Headline::Unknown => ("?", Tone::Doubt),
    };
    let level = match (assessment.headline(), assessment.level()) {
        (Headline::Within, _) => String::new(),
        (_, level) => format!(", {level}"),
    };
    Cell::new(format!("{mark} {}{level}", assessment.headline())).toned(tone)
}

/// One note for each rule that objects, by its name in the policy.
pub(crate) fn objections(assessment: &Assessment) -> Vec<Cell> {
    let notes = assessment.objections().map(|finding| {
        let (mark, tone) = match finding.verdict {
            Verdict::Outside => ("✗", Tone::Bad),
            _ => ("?", Tone::Doubt),
        };
        Cell::new(format!("{mark} {}: {}", finding.rule, sentence(finding).text)).toned(tone)
    });
    let uncovered = assessment.policies.is_empty();
    let covering =
        uncovered.then(|| Cell::new("? the policy doesn't cover this traveler").toned(Tone::Doubt));
    covering.into_iter().chain(notes).collect()
}

/// `LH 400, LH 1234`.
fn designators(slice: &Slice) -> String {
    slice.segments.iter().map(Segment::designator).collect::<Vec<_>>().join(", ")
}

/// `FRA 2 Mar 09:05`.
fn leaves(slice: &Slice) -> String {
    slice.first().map_or_else(String::new, |segment| {
        let civil = segment.departs.civil;
        format!("{} {} {}", segment.origin, when::day(civil.date()), when::clock(civil))
    })
}

/// `JFK 13:20`, with a change of day.
fn arrives(slice: &Slice) -> String {
    let (Some(first), Some(last)) = (slice.first(), slice.last()) else { return String::new() };
    let time = when::clock_after(first.departs.date(), last.arrives.civil);
    format!("{} {time}", last.destination)
}

fn takes(slice: &Slice) -> String {
    let minutes = slice.duration_minutes.or_else(|| slice.elapsed_minutes());
    minutes.map_or_else(|| "?".to_owned(), when::span)
}

/// Where the plane is changed, and where it lands on the way.
fn via(slice: &Slice) -> String {
    let mut places = Vec::new();
    for (at, segment) in slice.segments.iter().enumerate() {
        places.extend(segment.stops.iter().map(|stop| format!("({})", stop.airport)));
        match slice.segments.get(at + 1) {
            Some(next) if next.origin == segment.destination => {
                places.push(segment.destination.to_string());
            }
            Some(next) => places.push(format!("{}/{}", segment.destination, next.origin)),
            None => {}
        }
    }
    if places.is_empty() { "non-stop".to_owned() } else { places.join(" ") }
}

/// The cabins in the order they are flown, each change named.
fn cabins(slice: &Slice) -> String {
    let mut names: Vec<&str> = slice
        .segments
        .iter()
        .map(|segment| segment.cabin.map_or("?", |cabin| cabin.as_str()))
        .collect();
    names.dedup();
    names.join(", ").replace('_', " ")
}

#[cfg(test)]
mod tests {
    use nestmap_core::testing::fixture;

    use super::*;

    fn slice() -> Slice {
        fixture::flight("off_1", "420.00").slices.remove(0)
    }

    #[test]
    fn a_slice_reads_like_a_timetable() {
        let slice = slice();
        assert_eq!(designators(&slice), "LH 400");
        assert_eq!(leaves(&slice), "FRA 16 Mar 10:30");
        assert_eq!(arrives(&slice), "JFK 13:20");
        assert_eq!(takes(&slice), "8 h 50");
        assert_eq!(via(&slice), "non-stop");
        assert_eq!(cabins(&slice), "economy");
    }

    #[test]
    fn changes_of_plane_cabin_and_day_are_shown() {
        let mut slice = slice();
        let mut second = slice.segments[0].clone();
        second.origin = fixture::parse("JFK");
        second.destination = fixture::parse("BOS");
        second.departs = fixture::local("2026-03-16T23:10:00", "JFK");
        second.arrives = fixture::local("2026-03-17T00:25:00", "BOS");
        second.cabin = None;
        slice.segments.push(second);
        slice.duration_minutes = None;
        assert_eq!(via(&slice), "JFK");
        assert_eq!(cabins(&slice), "economy, ?");
        assert_eq!(arrives(&slice), "BOS 00:25 +1");
        assert_eq!(takes(&slice), "18 h 55", "from Frankfurt's morning to Boston's midnight");
    }
}
