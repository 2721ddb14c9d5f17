//! The description of the API: the routes' own annotations, and what holds for all of them.

pub(crate) mod schema;
pub(crate) mod values;

use serde_json::{Map, Value, json};
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::route;

/// Writes that happen at most once anyway, or may happen again without harm.
pub(crate) const WITHOUT_KEY: [&str; 5] =
    ["log_in", "refresh", "log_out", "accept_invitation", "duffel_event"];

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

#[derive(utoipa::OpenApi)]
#[openapi(info(
    title = "NestMap",
    description = "Corporate travel: search, policy, approval, booking.\n\n\
        Log in at `POST /api/v1/sessions` and send the access token as `Authorization: Bearer …`. \
        Every write takes an `Idempotency-Key`: a repetition with the same key and body answers \
        what the first request did. Things have versions; their `ETag` may be sent back as \
        `If-Match`, and a change that somebody else made in between is answered with \
        `version-stale`. Everything that goes wrong is a problem (RFC 9457) with a stable `code`.",
    license(name = "MIT OR Apache-2.0"),
))]
struct Base;

/// An empty router that collects descriptions.
pub(crate) fn collector() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Base::openapi())
}

/// The OpenAPI document of every route.
pub fn document() -> Value {
    let described = route::described().into_openapi();
    let mut document = serde_json::to_value(described).expect("a description is always JSON");
    document["components"]["securitySchemes"] = json!({
        "token": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" }
    });
    document["components"]["responses"] = json!({ "Problem": problem_response() });
    let mut document = named(document);
    let schemas = document["components"]["schemas"].as_object_mut();
    schemas.expect("routes have schemas").extend(schema::all());
    for (path, item) in document["paths"].as_object_mut().expect("there are paths") {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) {
                complete(path, method, operation);
            }
        }
    }
    document
}

/// Gives schemas names for readers: `TripBody` is a `Trip`, a page of them a `TripPage`.
fn named(mut document: Value) -> Value {
    let schemas = document["components"]["schemas"].take();
    let mut renamed = Map::new();
    for (name, mut schema) in schemas.as_object().cloned().unwrap_or_default() {
        if let Some(inner) = name.strip_prefix("PageBody_") {
            schema["properties"]["items"]["items"] = schema::of(&reader_name(inner));
        }
        renamed.insert(reader_name(&name), schema);
    }
    document["components"]["schemas"] = renamed.into();
    rename_references(&mut document);
    document
}

fn reader_name(name: &str) -> String {
    match name.strip_prefix("PageBody_") {
        Some(inner) => format!("{}Page", reader_name(inner)),
        None => name.strip_suffix("Body").unwrap_or(name).to_owned(),
    }
}

fn rename_references(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(rename_references),
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get_mut("$ref")
                && let Some((path, name)) = target.rsplit_once('/')
            {
                *target = format!("{path}/{}", reader_name(name));
            }
            fields.values_mut().for_each(rename_references);
        }
        _ => {}
    }
}

/// Adds what holds for every operation.
fn complete(path: &str, method: &str, operation: &mut Map<String, Value>) {
    let id = operation["operationId"].as_str().unwrap_or("").to_owned();
    let protected = operation.get("security").is_none();
    if protected {
        operation.insert("security".into(), json!([{ "token": [] }]));
    } else {
        operation.insert("security".into(), json!([]));
    }
    if method != "get" && !WITHOUT_KEY.contains(&id.as_str()) {
        let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
        let parameters = parameters.as_array_mut().expect("parameters are a list");
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "required": true,
            "description": "Fresh for every new write, the same for every repetition of it.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255 },
        }));
    }
    for parameter in
        operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten()
    {
        name_id(path, parameter);
    }
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    responses["default"] = json!({ "$ref": "#/components/responses/Problem" });
}

/// Parameters in the path are ids of the kind they are called after.
fn name_id(path: &str, parameter: &mut Value) {
    let name = parameter["name"].as_str().unwrap_or("").to_owned();
    if parameter["in"] == "path"
        && path.contains(&format!("{{{name}}}"))
        && let Some(schema) = schema::id_by_name(&name)
    {
        parameter["schema"] = schema;
    }
}

fn problem_response() -> Value {
    json!({
        "description": "It didn't work, and this is why.",
        "content": {
            "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } }
        },
    })
}
