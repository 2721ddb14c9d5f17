//! Strict JSON: what is wrong is told with its path, in words that name no Rust type.

use nestmap_core::{Code, Error};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;

/// Reads a body of a known shape.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    // A list would be taken for the fields of an object in their order.
    if text.trim_start().starts_with('[') {
        return Err(invalid("body", "`body` must be an object".into(), "an object"));
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        of_json(if path == "." { "" } else { &path }, error.inner())
    })?;
    json.end().map_err(|error| of_json("", &error))?;
    Ok(value)
}

fn of_json(path: &str, error: &serde_json::Error) -> Error {
    let message = error.to_string();
    match error.classify() {
        Category::Data => of_data(path, without_position(&message)),
        Category::Eof => Error::new(Code::InvalidBody, "the body ends in the middle of the JSON"),
        Category::Syntax | Category::Io => {
            Error::new(Code::InvalidBody, format!("the body isn't JSON: {message}"))
        }
    }
    .detail("line", error.line())
    .detail("column", error.column())
}

/// What is wrong with a query: `parameter: what is wrong`.
pub(super) fn of_query(message: &str) -> Error {
    match message.split_once(": ") {
        Some((path, message)) if !path.contains(' ') => of_data(path, message),
        _ => of_data("", message),
    }
}

/// Text that fits the JSON grammar and not the shape.
fn of_data(path: &str, message: &str) -> Error {
    let named = |rest: &str| rest.split('`').nth(1).unwrap_or("").to_owned();
    if let Some(rest) = message.strip_prefix("missing field ") {
        let field = join(path, &named(rest));
        return invalid(&field, format!("`{field}` is missing"), "a value");
    }
    if let Some(rest) = message.strip_prefix("duplicate field ") {
        let field = join(path, &named(rest));
        return invalid(&field, format!("`{field}` is there twice"), "each field once");
    }
    if let Some(rest) = message.strip_prefix("unknown field ") {
        // The path may or may not end with the field already.
        let name = named(rest);
        let field = if path == name || path.ends_with(&format!(".{name}")) {
            path.to_owned()
        } else {
            join(path, &name)
        };
        return invalid(&field, format!("there is no field `{field}`"), &expected_of(rest));
    }
    let field = if path.is_empty() { "body" } else { path };
    let expected = expected_of(message);
    let message = if expected.is_empty() {
        message.to_owned()
    } else {
        format!("`{field}` must be {expected}")
    };
    invalid(field, message, &expected)
}

fn invalid(field: &str, message: String, expected: &str) -> Error {
    let error = Error::new(Code::InvalidField, message).field(field);
    if expected.is_empty() { error } else { error.expected(expected) }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn without_position(message: &str) -> &str {
    message.rfind(" at line ").map_or(message, |end| &message[..end])
}

/// What serde expected, in words of the wire.
fn expected_of(message: &str) -> String {
    let Some((_, expected)) = message.rsplit_once("expected ") else { return String::new() };
    let kinds = [
        ("struct ", "an object"),
        ("internally tagged enum ", "an object"),
        ("adjacently tagged enum ", "an object"),
        ("map", "an object"),
        ("a sequence", "a list"),
        ("sequence", "a list"),
        ("a set", "a list"),
        ("i64", "an integer"),
        ("u64", "an integer"),
        ("i32", "an integer"),
        ("u32", "an integer"),
        ("a boolean", "true or false"),
        ("string", "a string"),
    ];
    let known = kinds.iter().find(|(rust, _)| expected.starts_with(rust));
    known.map_or_else(|| expected.to_owned(), |(_, wire)| (*wire).to_owned())
}

/// Refuses texts with control characters other than line breaks and tabs, in values and in names.
///
/// No name of a person or a trip has one, databases can't keep some of them, and they are how
/// headers, logs and terminals are tricked. In JSON they can only stand as escapes.
pub(super) fn refuse_control_characters(text: &str) -> Result<(), Error> {
    if !["\\u00", "\\b", "\\f"].iter().any(|escape| text.contains(escape)) {
        return Ok(());
    }
    // What isn't JSON is told by whoever reads it.
    let Ok(value) = serde_json::from_str::<Value>(text) else { return Ok(()) };
    match find_control("", &value) {
        Some(path) => Err(Error::new(
            Code::InvalidField,
            format!("`{path}` must be text without control characters"),
        )
        .field(path)
        .expected("text without control characters")),
        None => Ok(()),
    }
}

fn find_control(path: &str, value: &Value) -> Option<String> {
    let bad = |text: &str| text.chars().any(|c| c.is_control() && !"\n\r\t".contains(c));
    let here = || if path.is_empty() { "body".to_owned() } else { path.to_owned() };
    match value {
        Value::String(text) => bad(text).then(here),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| find_control(&format!("{path}[{index}]"), item)),
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            if bad(name) { Some(here()) } else { find_control(&join(path, name), value) }
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Trip {
        #[expect(dead_code, reason = "read by serde only")]
        title: String,
        #[expect(dead_code, reason = "read by serde only")]
        slices: Vec<Slice>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Slice {
        #[expect(dead_code, reason = "read by serde only")]
        stops: i64,
        #[expect(dead_code, reason = "read by serde only")]
        kind: Kind,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Adult,
        Child,
    }

    fn error(text: &str) -> (Code, String, String) {
        let error = read::<Trip>(text).unwrap_err();
        let field = error.details.get("field").and_then(Value::as_str).unwrap_or("").to_owned();
        (error.code, field, error.message)
    }

    fn field(text: &str) -> String {
        let (code, field, message) = error(text);
        assert_eq!(code, Code::InvalidField, "{text}: {message}");
        field
    }

    #[test]
    fn the_path_of_a_mistake_is_told() {
        assert_eq!(field(r#"{"slices":[]}"#), "title");
        assert_eq!(field(r#"{"title":"x","slices":[{"stops":1}]}"#), "slices[0].kind");
        assert_eq!(
            field(r#"{"title":"x","slices":[{"stops":"1","kind":"adult"}]}"#),
            "slices[0].stops"
        );
        assert_eq!(field(r#"{"title":"x","slices":[{"stops":1,"kind":"dog"}]}"#), "slices[0].kind");
        assert_eq!(field(r#"{"title":"x","slices":[],"id":"1"}"#), "id");
        assert_eq!(
            field(r#"{"title":"x","slices":[{"stops":1,"kind":"adult","at":1}]}"#),
            "slices[0].at"
        );
        assert_eq!(field(r#"{"title":"x","title":"y","slices":[]}"#), "title");
        assert_eq!(field("[]"), "body");
    }

    #[test]
    fn no_message_names_a_type_of_ours() {
        for text in ["[]", r#"{"title":1}"#, r#"{"title":"x","slices":3}"#, "3"] {
            let (_, _, message) = error(text);
            let named = ["struct", "Trip", "i64", "sequence", "line"];
            assert!(!named.iter().any(|word| message.contains(word)), "{message}");
        }
    }

    #[test]
    fn what_is_not_json_is_an_invalid_body() {
        for text in ["", "{", r#"{"title":"x","#, "nonsense", r#"{"title":"x","slices":[]}}"#] {
            let (code, _, message) = error(text);
            assert_eq!(code, Code::InvalidBody, "{message}");
        }
    }

    #[test]
    fn control_characters_are_refused_with_their_path() {
        let refused = |text: &str| {
            let error = refuse_control_characters(text).unwrap_err();
            error.details["field"].as_str().unwrap().to_owned()
        };
        assert_eq!(refused(r#"{"a":[{"b":"x\u0000y"}]}"#), "a[0].b");
        assert_eq!(refused(r#"{"a\u0001":1}"#), "body");
        assert_eq!(refused(r#"{"a":"\u001b[31m"}"#), "a");
        assert!(refuse_control_characters(r#"{"a":"line\nline \\u0000 \u00e9"}"#).is_ok());
    }
}
