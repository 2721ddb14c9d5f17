//! A small language for the JSON of the core's values, which know nothing of HTTP.
//!
//! A name in [`super::values`] is a type here, so that the routes' own types can point at it. The
//! tests hold every answer of the server against these schemas, so they can't drift.

use serde_json::{Map, Value, json};

/// A field of an object.
pub(super) struct Field {
    name: &'static str,
    schema: Value,
    required: bool,
}

/// A field that is always there, and never null.
pub(super) fn has(name: &'static str, schema: Value, description: &str) -> Field {
    Field { name, schema: described(schema, description), required: true }
}

/// A field that is always there, and may be null.
pub(super) fn may(name: &'static str, schema: Value, description: &str) -> Field {
    let nullable = json!({ "oneOf": [schema, { "type": "null" }] });
    Field { name, schema: described(nullable, description), required: true }
}

/// A field that may be left out.
pub(super) fn maybe(name: &'static str, schema: Value, description: &str) -> Field {
    Field { name, schema: described(schema, description), required: false }
}

/// An object with these fields and no others.
pub(super) fn object(description: &str, fields: impl IntoIterator<Item = Field>) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for field in fields {
        if field.required {
            required.push(field.name);
        }
        properties.insert(field.name.to_owned(), field.schema);
    }
    json!({
        "type": "object",
        "description": description,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// One of several objects, told apart by the field `tag`.
pub(super) fn tagged<const N: usize>(
    tag: &'static str,
    description: &str,
    variants: [(&str, &str, Vec<Field>); N],
) -> Value {
    let variants = variants.map(|(name, meaning, fields)| {
        let tag = has(tag, json!({ "const": name }), "");
        object(meaning, std::iter::once(tag).chain(fields))
    });
    json!({ "oneOf": variants.to_vec(), "description": description })
}

/// Another schema by its name.
pub(crate) fn of(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

pub(super) fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

pub(super) fn integer() -> Value {
    json!({ "type": "integer", "format": "int64" })
}

pub(super) fn truth() -> Value {
    json!({ "type": "boolean" })
}

/// One of a closed list of words.
pub(super) fn words(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

/// Text of a form.
pub(super) fn pattern(description: &str, pattern: &str, example: &str) -> Value {
    json!({ "type": "string", "description": description, "pattern": pattern, "examples": [example] })
}

/// The same schema with words about it.
pub(super) fn described(mut schema: Value, description: &str) -> Value {
    if !description.is_empty() {
        schema["description"] = json!(description);
    }
    schema
}

/// Every schema of the core's values, by name.
pub(crate) fn all() -> Map<String, Value> {
    super::values::ALL.iter().map(|(name, schema)| (name().into_owned(), schema())).collect()
}

/// The schema of an id in a path, by the name of the parameter: `trip` is a `TripId`.
pub(crate) fn id_by_name(name: &str) -> Option<Value> {
    let mut kind = name[..1].to_uppercase();
    kind.push_str(&name[1..]);
    let name = format!("{}Id", if kind == "Search" { "OfferSet" } else { &kind });
    super::values::ALL.iter().any(|(known, _)| known() == name).then(|| of(&name))
}

/// Declares schemas by name: a type for each to point at, and the list of all.
macro_rules! schemas {
    ($($(#[$doc:meta])* $name:ident = $schema:expr;)*) => {
        $(
            $(#[$doc])*
            pub(crate) enum $name {}

            impl utoipa::PartialSchema for $name {
                fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                    // `document` puts the schema itself under this name.
                    utoipa::openapi::Ref::from_schema_name(stringify!($name)).into()
                }
            }

            impl utoipa::ToSchema for $name {
                fn name() -> std::borrow::Cow<'static, str> {
                    stringify!($name).into()
                }
            }
        )*

        /// The name of every schema, and what makes it.
        pub(super) const ALL: &[(fn() -> std::borrow::Cow<'static, str>, fn() -> serde_json::Value)] =
            &[$((<$name as utoipa::ToSchema>::name, || $schema),)*];
    };
}

pub(super) use schemas;
