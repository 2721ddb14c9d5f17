//! The one table, with the machine and the day it is of.

use std::fmt::Write as _;
use std::time::Duration;

/// A measured quantity.
#[derive(Clone, Copy)]
pub struct Figure {
    value: f64,
    unit: Unit,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// Less is better.
    Seconds,
    /// More is better.
    PerSecond,
}

impl Figure {
    pub fn time(time: Duration) -> Self {
        Self { value: time.as_secs_f64(), unit: Unit::Seconds }
    }

    pub fn rate(per_second: f64) -> Self {
        Self { value: per_second, unit: Unit::PerSecond }
    }

    fn text(self) -> String {
        match self.unit {
            Unit::PerSecond => format!("{:.0} /s", self.value),
            Unit::Seconds if self.value >= 0.1 => format!("{:.2} s", self.value),
            Unit::Seconds if self.value >= 1e-3 => format!("{:.2} ms", self.value * 1e3),
            Unit::Seconds => format!("{:.2} µs", self.value * 1e6),
        }
    }
}

/// Ours beside the baseline.
pub struct Row {
    what: String,
    ours: Figure,
    baseline: Figure,
}

impl Row {
    pub fn new(what: impl Into<String>, ours: Figure, baseline: Figure) -> Self {
        Self { what: what.into(), ours, baseline }
    }
}

/// Everything that was measured.
#[derive(Default)]
pub struct Report {
    notes: Vec<String>,
    rows: Vec<Row>,
}

impl Report {
    pub fn note(&mut self, note: String) {
        eprintln!("{note}");
        self.notes.push(note);
    }

    pub fn row(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// The table. Ratios are ours divided by the baseline, whatever is counted.
    pub fn text(&self) -> String {
        let mut text = format!("\n{}\n", machine());
        for note in &self.notes {
            let _ = writeln!(text, "- {note}");
        }
        let line = |cells: [&str; 4]| {
            format!(
                "| {:<44} | {:>12} | {:>12} | {:>8} |\n",
                cells[0], cells[1], cells[2], cells[3]
            )
        };
        text.push('\n');
        text.push_str(&line(["", "NestMap", "baseline", "ratio"]));
        text.push_str(&format!(
            "|{}|{}:|{}:|{}:|\n",
            "-".repeat(46),
            "-".repeat(13),
            "-".repeat(13),
            "-".repeat(9)
        ));
        for Row { what, ours, baseline } in &self.rows {
            let ratio = format!("{:.2}", ours.value / baseline.value);
            text.push_str(&line([what, &ours.text(), &baseline.text(), &ratio]));
        }
        text
    }
}

/// What the figures were measured on, and when.
fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let model = read("/proc/cpuinfo")
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("an unknown processor".to_owned(), |rest| {
            rest.trim_start_matches([' ', '\t', ':']).to_owned()
        });
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or("?");
    let day = std::process::Command::new("date").arg("+%F").output();
    let day = day.map(|day| String::from_utf8_lossy(&day.stdout).trim().to_owned());
    format!("{}: {cores} cores, {model}, load average {load}", day.unwrap_or_default())
}
