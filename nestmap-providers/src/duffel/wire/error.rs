//! The body of an answer that isn't a success.

use serde::{Deserialize, Deserializer, Serialize};

use super::scalar::ErrorType;

/// The envelope: one error or several, and which request it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errors {
    /// At least one.
    pub errors: Vec<Problem>,
    /// Which request it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<ErrorMeta>,
}

/// Which request failed, with what status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorMeta {
    /// The HTTP status again; where the two differ the real one counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What Duffel's support asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// One error. Title and message are for people and may change; type and code are for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The coarse kind.
    #[serde(rename = "type")]
    pub kind: ErrorType,
    /// The fine one. Once it was seen as the number 400; it is text here either way.
    #[serde(default, deserialize_with = "text_or_number", skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// A few words.
    #[serde(default)]
    pub title: String,
    /// A sentence; may be empty.
    #[serde(default)]
    pub message: String,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<ErrorSource>,
}

/// What an error is about: a field of the request, or an airline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ErrorSource {
    /// The airline that refused or failed: `british_airways`.
    Airline(String),
    /// The field at fault.
    Field {
        /// Its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        field: Option<String>,
        /// Its path within `data`: `/passengers/0/id`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pointer: Option<String>,
    },
}

impl Problem {
    /// The path of the field at fault.
    pub fn pointer(&self) -> Option<&str> {
        match self.source.as_ref()? {
            ErrorSource::Field { pointer, field } => pointer.as_deref().or(field.as_deref()),
            ErrorSource::Airline(_) => None,
        }
    }

    /// The airline that refused or failed.
    pub fn airline(&self) -> Option<&str> {
        match self.source.as_ref()? {
            ErrorSource::Airline(name) => Some(name),
            ErrorSource::Field { .. } => None,
        }
    }
}

fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Code {
        Text(String),
        Number(i64),
    }
    Ok(Option::<Code>::deserialize(deserializer)?.map(|code| match code {
        Code::Text(text) => text,
        Code::Number(number) => number.to_string(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(rest: &str) -> Problem {
        serde_json::from_str(&format!(r#"{{"type":"validation_error"{rest}}}"#)).unwrap()
    }

    #[test]
    fn a_code_is_text_or_a_number_or_absent() {
        assert_eq!(problem(r#","code":"not_found""#).code.as_deref(), Some("not_found"));
        assert_eq!(problem(r#","code":400"#).code.as_deref(), Some("400"));
        assert_eq!(problem(r#","code":null"#).code, None);
        assert_eq!(problem("").code, None);
    }

    #[test]
    fn a_source_is_a_field_or_an_airline() {
        let field =
            problem(r#","source":{"field":"id","pointer":"/passengers/0/id","parameter":"x"}"#);
        assert_eq!((field.pointer(), field.airline()), (Some("/passengers/0/id"), None));
        let airline = problem(r#","source":"iberia""#);
        assert_eq!((airline.pointer(), airline.airline()), (None, Some("iberia")));
        assert_eq!(problem(r#","source":null"#).source, None);
        assert_eq!(problem(r#","source":{}"#).pointer(), None);
    }
}
