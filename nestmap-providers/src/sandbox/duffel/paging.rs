//! Pages of a list, with opaque cursors in both directions.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::call::Query;
use super::errors::Refusal;

const LIMIT_DEFAULT: usize = 50;
const LIMIT_MAX: usize = 200;

/// The part of `rows` that the query asks for, and the `meta` that leads on.
///
/// A cursor names the row at the edge of a page, so rows that appear elsewhere meanwhile
/// neither repeat nor hide others.
pub(super) fn page<'a, T>(
    rows: &'a [T],
    key: impl Fn(&T) -> &str,
    query: &Query,
) -> Result<(&'a [T], Value), Refusal> {
    let limit = query.number("limit", 1, LIMIT_MAX)?.unwrap_or(LIMIT_DEFAULT);
    let position = |cursor: &str| {
        let edge = decode(cursor)?;
        rows.iter().position(|row| key(row) == edge)
    };
    let invalid = |name: &str| {
        let message = format!("Field '{name}' is not a cursor of this list");
        Refusal::field("validation_format", &format!("/{name}"), &message)
    };
    let start = match (query.get("after"), query.get("before")) {
        (Some(cursor), _) => position(cursor).ok_or_else(|| invalid("after"))? + 1,
        (None, Some(cursor)) => {
            position(cursor).ok_or_else(|| invalid("before"))?.saturating_sub(limit)
        }
        (None, None) => 0,
    };
    let end = match (query.get("after"), query.get("before")) {
        (None, Some(cursor)) => position(cursor).unwrap_or(0),
        _ => rows.len().min(start + limit),
    };
    let shown = &rows[start..end];
    let edge = |row: Option<&T>| row.map(|row| encode(key(row)));
    let meta = json!({
        "limit": limit,
        "before": if start > 0 { edge(shown.first()) } else { None },
        "after": if end < rows.len() { edge(shown.last()) } else { None },
    });
    Ok((shown, meta))
}

/// Pages over rendered rows, which are known by their `id`.
pub(super) fn page_of_json(rows: &[Value], query: &Query) -> Result<(Vec<Value>, Value), Refusal> {
    let (shown, meta) = page(rows, |row| row["id"].as_str().unwrap_or_default(), query)?;
    Ok((shown.to_vec(), meta))
}

fn encode(edge: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("sandbox\u{1f}{edge}"))
}

fn decode(cursor: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.strip_prefix("sandbox\u{1f}").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        Query::parse(text)
    }

    fn walk(rows: &[String], limit: usize) -> Vec<Vec<String>> {
        let mut pages = Vec::new();
        let mut after = String::new();
        loop {
            let asked = query(&format!("limit={limit}&after={after}"));
            let (shown, meta) = page(rows, String::as_str, &asked).expect("a good cursor");
            pages.push(shown.to_vec());
            match meta["after"].as_str() {
                Some(next) => after = next.to_owned(),
                None => return pages,
            }
        }
    }

    #[test]
    fn walking_forward_shows_every_row_once() {
        let rows: Vec<String> = (0..7).map(|number| format!("row{number}")).collect();
        let pages = walk(&rows, 3);
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
        assert_eq!(pages.concat(), rows);
        assert_eq!(walk(&rows[..6], 3).len(), 2, "a full last page is the last");
        assert_eq!(walk(&[], 3).concat().len(), 0);
    }

    #[test]
    fn walking_back_returns_to_the_page_before() {
        let rows: Vec<String> = (0..5).map(|number| format!("row{number}")).collect();
        let (_, meta) = page(&rows, String::as_str, &query("limit=2")).expect("no cursor");
        assert_eq!(meta["before"], Value::Null);
        let after = meta["after"].as_str().expect("there is more");
        let asked = query(&format!("limit=2&after={after}"));
        let (_, meta) = page(&rows, String::as_str, &asked).expect("a good cursor");
        let before = meta["before"].as_str().expect("there is a page before");
        let asked = query(&format!("limit=2&before={before}"));
        let (shown, _) = page(&rows, String::as_str, &asked).expect("a good cursor");
        assert_eq!(shown, &rows[..2]);
    }

    #[test]
    fn limits_and_cursors_are_checked() {
        for bad in ["limit=0", "limit=201", "limit=10000", "limit=x", "limit=-1", "after=rubbish"] {
            assert!(page(&["a".to_owned()], String::as_str, &query(bad)).is_err(), "{bad}");
        }
    }
}
