//! The description of the API: complete, committed, and true of every answer.

use std::sync::OnceLock;

use jsonschema::Validator;
use nestmap_http::openapi::document;
use serde_json::{Value, json};

use crate::client::Reply;

/// An operation of the description.
pub struct Operation {
    pub id: String,
    pub method: String,
    pub path: String,
    pub public: bool,
    pub value: Value,
}

pub fn description() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(document)
}

/// Every operation, in the order of the document.
pub fn operations() -> Vec<Operation> {
    let paths = description()["paths"].as_object().unwrap();
    let mut operations = Vec::new();
    for (path, item) in paths {
        for (method, value) in item.as_object().unwrap() {
            operations.push(Operation {
                id: value["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                public: value["security"] == json!([]),
                value: value.clone(),
            });
        }
    }
    operations
}

/// Holds an answer against the description. Answers to what isn't described must be problems.
pub fn check(method: &str, path: &str, reply: &Reply) {
    if method == "HEAD" || reply.bytes.is_empty() {
        return;
    }
    let path = path.split('?').next().unwrap();
    let operation = operations()
        .into_iter()
        .find(|operation| operation.method == method && matches(&operation.path, path));
    let status = reply.status.as_str();
    if let Some(operation) = &operation
        && let Some(described) = operation.value["responses"].get(status)
    {
        if described["content"].get("text/calendar").is_some() {
            return assert!(reply.header("content-type").starts_with("text/calendar"));
        }
        let schema = &described["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{method} {path} {status} has a body and no schema");
        return assert_fits(schema, reply, &format!("{method} {path} {status}"));
    }
    let fine = reply.status.is_success() || reply.status.is_redirection();
    assert!(operation.is_none() || !fine, "{method} {path} isn't described with {status}");
    if !fine {
        let problem = json!({ "$ref": "#/components/schemas/Problem" });
        assert_fits(&problem, reply, &format!("{method} {path} {status}"));
    }
}

fn assert_fits(schema: &Value, reply: &Reply, what: &str) {
    let validator = validator(schema);
    let errors: Vec<String> = validator
        .iter_errors(&reply.body)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .take(5)
        .collect();
    assert!(errors.is_empty(), "{what} doesn't fit: {errors:#?}\n{:#}", reply.body);
}

fn validator(schema: &Value) -> Validator {
    let mut root = schema.clone();
    root["components"] = description()["components"].clone();
    jsonschema::draft202012::new(&root).unwrap()
}

fn matches(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(|(a, b)| a == b || a.starts_with('{'))
}

#[test]
fn the_committed_description_is_the_present_one() {
    let present = format!("{:#}\n", description());
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        committed == present,
        "the API's description has changed: look at the difference and write it anew with \
         `cargo run -p nestmap-http -- openapi > nestmap-http/openapi.json`"
    );
}

#[test]
fn every_reference_in_the_description_leads_somewhere_and_every_schema_is_used() {
    let document = description();
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut used = std::collections::BTreeSet::new();
    for rest in text.split("\"#/components/schemas/").skip(1) {
        let name = rest.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} isn't described");
        used.insert(name);
    }
    let unused: Vec<_> = schemas.keys().filter(|name| !used.contains(name.as_str())).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn every_operation_has_a_summary_a_name_of_its_own_and_answers() {
    let mut ids = std::collections::BTreeSet::new();
    for operation in operations() {
        let Operation { id, path, method, value, .. } = operation;
        assert!(ids.insert(id.clone()), "{id} twice");
        assert!(value["summary"].as_str().is_some_and(|text| !text.is_empty()), "{method} {path}");
        assert_eq!(value["responses"]["default"]["$ref"], "#/components/responses/Problem");
        assert!(value["responses"].as_object().unwrap().len() > 1, "{id}");
        for parameter in value["parameters"].as_array().into_iter().flatten() {
            let typed = parameter["in"] != "path" || parameter["schema"]["$ref"].is_string();
            assert!(typed, "{id}: {parameter}");
        }
    }
}
