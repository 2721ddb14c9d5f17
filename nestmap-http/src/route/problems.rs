//! What the URIs of problem types lead to: a page for each code.

use axum::Router;
use axum::extract::Path;
use axum::response::Html;
use axum::routing::get;
use nestmap_core::Code;

use crate::app::App;
use crate::problem::{Problem, status};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/problems", get(all)).route("/problems/{code}", get(one))
}

async fn all() -> Html<String> {
    let lines: String = Code::ALL
        .iter()
        .map(|code| format!("<li><a href=\"problems/{code}\">{code}</a>: {}</li>", code.meaning()))
        .collect();
    page("Problems", &format!("<ul>{lines}</ul>"))
}

async fn one(Path(text): Path<String>) -> Result<Html<String>, Problem> {
    let code = Code::ALL.iter().copied().find(|code| code.as_str() == text);
    let code = code.ok_or_else(|| Problem::of(Code::NotFound, "no such code"))?;
    let body = format!(
        "<p>{}</p><p>What to do: {}</p><p>Answered with status {}.</p>",
        code.meaning(),
        code.action(),
        status(code).as_u16(),
    );
    Ok(page(code.as_str(), &body))
}

/// The codes' words are ours and hold no markup.
fn page(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
         <h1>{title}</h1>{body}</html>"
    ))
}
