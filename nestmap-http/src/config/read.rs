//! Reading variables: each by its type, all mistakes together.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::settings::default_of;
use crate::secret::Secret;

/// Everything that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// One sentence a mistake, with the variable's name and what was expected; no secrets.
    pub problems: Vec<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration is wrong: {}", self.problems.join("; "))
    }
}

impl std::error::Error for ConfigError {}

/// Reads variables and collects what is wrong with them.
pub(super) struct Reader<'a> {
    read: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(read: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { read, problems: Vec::new() }
    }

    pub(super) fn finish<T>(self, value: T) -> Result<T, ConfigError> {
        if self.problems.is_empty() {
            Ok(value)
        } else {
            Err(ConfigError { problems: self.problems })
        }
    }

    pub(super) fn complain(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// The variable, or its default where it is unset or empty.
    pub(super) fn text(&self, name: &str) -> String {
        let set = (self.read)(name).map(|value| value.trim().to_owned());
        set.filter(|value| !value.is_empty()).unwrap_or_else(|| default_of(name).to_owned())
    }

    pub(super) fn is_set(&self, name: &str) -> bool {
        (self.read)(name).is_some_and(|value| !value.trim().is_empty())
    }

    pub(super) fn secret(&self, name: &str) -> Option<Secret> {
        Some(self.text(name)).filter(|text| !text.is_empty()).map(Secret::new)
    }

    pub(super) fn parse<T: FromStr>(&mut self, name: &str, expected: &str) -> T {
        self.accept(name, expected, |text| text.parse().ok())
    }

    pub(super) fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> T {
        let expected = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" or ");
        self.accept(name, &expected, |text| {
            words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
        })
    }

    pub(super) fn number(&mut self, name: &str, min: usize, max: usize) -> usize {
        self.accept(name, &format!("a number from {min} to {max}"), |text| {
            text.parse().ok().filter(|number| (min..=max).contains(number))
        })
    }

    pub(super) fn seconds(&mut self, name: &str, min: usize, max: usize) -> Duration {
        let seconds = self.number(name, min, max);
        Duration::from_secs(u64::try_from(seconds).unwrap_or(u64::MAX))
    }

    pub(super) fn list<T: FromStr>(&mut self, name: &str, expected: &str) -> Vec<T> {
        self.accept(name, &format!("{expected} with commas between"), |text| {
            let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
            entries.map(|entry| entry.parse().ok()).collect()
        })
    }

    pub(super) fn url(&mut self, name: &str) -> String {
        let text = self.accept(name, "an http or https URL", |text| {
            let known = text.starts_with("https://") || text.starts_with("http://");
            (text.is_empty() || known).then(|| text.to_owned())
        });
        text.trim_end_matches('/').to_owned()
    }

    /// The variable's value where it is good; otherwise complains and goes on with the default.
    fn accept<T>(&mut self, name: &str, expected: &str, read: impl Fn(&str) -> Option<T>) -> T {
        let text = self.text(name);
        read(&text).unwrap_or_else(|| {
            self.complain(format!("`{name}` must be {expected}, found `{text}`"));
            read(default_of(name)).expect("every default is valid, a test reads them all")
        })
    }
}
