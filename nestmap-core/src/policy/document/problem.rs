//! What is wrong with a document, all of it at once.

use std::fmt;

use serde::Serialize;

use crate::error::{Code, Error};

/// Most problems reported at once.
pub const PROBLEMS_MAX: usize = 100;

/// One mistake in a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// Where, such as `rules[3].bands[1].cabin`; `$` for the document as a whole.
    pub path: String,
    /// What is wrong: lower case, no full stop, input in backticks.
    pub message: String,
    /// What was expected there.
    pub expected: String,
    /// The word that was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

impl Problem {
    /// The error that carries these problems as `details.problems`.
    pub fn error(problems: &[Self]) -> Error {
        let first = problems.first().map_or_else(String::new, |first| format!(": {first}"));
        let more = match problems.len() {
            0 | 1 => String::new(),
            n => format!(" (and {} more)", n - 1),
        };
        // INVARIANT: problems are plain strings, so they are always JSON.
        let listed = serde_json::to_value(problems).unwrap_or_default();
        Error::new(Code::InvalidPolicy, format!("the policy document has mistakes{first}{more}"))
            .detail("problems", listed)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}, expected {}", self.path, self.message, self.expected)?;
        match &self.suggestion {
            Some(word) => write!(f, "; did you mean `{word}`?"),
            None => Ok(()),
        }
    }
}

/// Of `words`, the one that was probably meant by `text`.
pub(super) fn suggestion<'a>(
    text: &str,
    words: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let text: Vec<char> = text.chars().take(60).flat_map(char::to_lowercase).collect();
    let typed: String = text.iter().collect();
    let distance = |word: &str| {
        let short = text.len() >= 3 && (word.starts_with(&typed) || word.ends_with(&typed));
        let letters: Vec<char> = word.chars().collect();
        let edits = edits(&text, &letters);
        let near = edits <= 1 + letters.len().min(text.len()) / 4;
        (near || short).then_some(if near { edits } else { letters.len() })
    };
    let scored = words.into_iter().filter_map(|word| Some((distance(word)?, word)));
    scored.min().map(|(_, word)| word.to_owned())
}

/// How many letters must be added, dropped or replaced to make one word of the other.
fn edits(from: &[char], to: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, &letter) in from.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_suggested_and_far_ones_are_not() {
        let words = ["economy", "premium_economy", "business", "first"];
        assert_eq!(suggestion("buisness", words).as_deref(), Some("business"));
        assert_eq!(suggestion("premium", words).as_deref(), Some("premium_economy"));
        assert_eq!(suggestion("Economy", words).as_deref(), Some("economy"));
        assert_eq!(suggestion("cargo", words), None);
        assert_eq!(suggestion("", words), None);
    }

    #[test]
    fn the_error_carries_every_problem() {
        let problem = |path: &str| Problem {
            path: path.into(),
            message: "is missing".into(),
            expected: "a title".into(),
            suggestion: None,
        };
        let error = Problem::error(&[problem("title"), problem("rules")]);
        assert_eq!(error.code, Code::InvalidPolicy);
        assert_eq!(error.details["problems"][1]["path"], "rules");
        assert!(error.message.ends_with("(and 1 more)"), "{error}");
    }
}
