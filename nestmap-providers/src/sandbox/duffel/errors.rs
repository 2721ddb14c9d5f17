//! Refusals in the supplier's error envelope.

use serde_json::{Value, json};

/// One entry of `errors`.
#[derive(Clone, Debug)]
struct Problem {
    kind: &'static str,
    code: Value,
    message: String,
    source: Option<Value>,
}

/// An answer that isn't a success.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    problems: Vec<Problem>,
}

const DOCUMENTATION: &str = "https://duffel.com/docs/api/overview/response-handling";

impl Refusal {
    pub(super) fn new(status: u16, kind: &'static str, code: &str, message: &str) -> Self {
        let message = message.to_owned();
        Self { status, problems: vec![Problem { kind, code: json!(code), message, source: None }] }
    }

    pub(super) fn unauthenticated(code: &str, message: &str) -> Self {
        Self::new(401, "authentication_error", code, message)
    }

    pub(super) fn bad_request(code: &str, message: &str) -> Self {
        Self::new(400, "invalid_request_error", code, message)
    }

    pub(super) fn not_found() -> Self {
        let message = "The resource you are trying to access does not exist.";
        Self::new(404, "invalid_request_error", "not_found", message)
    }

    /// The order, offer or quote is in a state that doesn't allow this.
    pub(super) fn state(code: &str, message: &str) -> Self {
        Self::new(422, "invalid_state_error", code, message)
    }

    pub(super) fn airline(status: u16, code: &str, message: &str) -> Self {
        Self::new(status, "airline_error", code, message)
    }

    pub(super) fn api(status: u16, code: &str, message: &str) -> Self {
        Self::new(status, "api_error", code, message)
    }

    pub(super) fn gateway_timeout() -> Self {
        let message = "Gateway timeout error. If the error persists please contact our support \
                       team and attach the `request_id` to your message. Please retry later.";
        Self::api(504, "gateway_timeout_error", message)
    }

    /// One field of the request is wrong; `pointer` is its path inside `data`.
    pub(super) fn field(code: &str, pointer: &str, message: &str) -> Self {
        let mut findings = Findings::default();
        findings.add(code, pointer, message);
        Self { status: 422, problems: findings.0 }
    }

    /// The numeric code that the real test airline answers when it sells nothing more.
    pub(super) fn numeric(status: u16, kind: &'static str, message: &str) -> Self {
        let message = message.to_owned();
        Self {
            status,
            problems: vec![Problem { kind, code: json!(status), message, source: None }],
        }
    }

    /// Names the airline that refused.
    pub(super) fn by_airline(mut self, name: &str) -> Self {
        for problem in &mut self.problems {
            problem.source = Some(json!(name.to_lowercase().replace(' ', "_")));
        }
        self
    }

    pub(super) fn json(&self, request_id: &str) -> Value {
        let errors: Vec<Value> = self.problems.iter().map(Problem::json).collect();
        json!({ "errors": errors, "meta": { "status": self.status, "request_id": request_id } })
    }
}

impl Problem {
    fn json(&self) -> Value {
        let mut error = json!({
            "type": self.kind,
            "code": self.code,
            "title": self.title(),
            "message": self.message,
            "documentation_url": DOCUMENTATION,
        });
        if let Some(source) = &self.source {
            error["source"] = source.clone();
        }
        error
    }

    /// The code as a person would say it: `offer_expired` becomes "Offer expired".
    fn title(&self) -> String {
        let words = self.code.as_str().unwrap_or("unsupported operation").replace('_', " ");
        let mut letters = words.chars();
        letters.next().map_or(String::new(), |first| {
            first.to_uppercase().collect::<String>() + letters.as_str()
        })
    }
}

/// Everything that is wrong with a request, gathered so that one answer names it all.
#[derive(Default)]
pub(super) struct Findings(Vec<Problem>);

impl Findings {
    pub(super) fn add(&mut self, code: &str, pointer: &str, message: &str) {
        let field = pointer.rsplit('/').next().unwrap_or(pointer);
        self.0.push(Problem {
            kind: "validation_error",
            code: json!(code),
            message: message.to_owned(),
            source: Some(json!({ "field": field, "pointer": pointer })),
        });
    }

    pub(super) fn required(&mut self, pointer: &str) {
        let field = pointer.rsplit('/').next().unwrap_or(pointer).to_owned();
        self.add("validation_required", pointer, &format!("Field '{field}' can't be blank"));
    }

    /// The text of a required field.
    pub(super) fn text<'a>(&mut self, data: &'a Value, key: &str, path: &str) -> Option<&'a str> {
        let pointer = format!("{path}/{key}");
        match &data[key] {
            Value::String(text) if !text.trim().is_empty() => Some(text),
            Value::Null | Value::String(_) => {
                self.required(&pointer);
                None
            }
            _ => {
                self.add("validation_type", &pointer, &format!("Field '{key}' must be a string"));
                None
            }
        }
    }

    /// The items of a required, non-empty list.
    pub(super) fn list<'a>(&mut self, data: &'a Value, key: &str, path: &str) -> &'a [Value] {
        let pointer = format!("{path}/{key}");
        match &data[key] {
            Value::Array(items) if !items.is_empty() => return items,
            Value::Null | Value::Array(_) => self.required(&pointer),
            _ => self.add("validation_type", &pointer, &format!("Field '{key}' must be a list")),
        }
        &[]
    }

    pub(super) fn into_result(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal { status: 422, problems: self.0 }) }
    }
}
