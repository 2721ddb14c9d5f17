//! Comparing a body with what became of it: decoded, encoded again.

use serde_json::Value;

/// What `again` lacks, adds or changes compared with `original`, one line each.
///
/// Null, an empty list, an empty object and an absent key say the same. `unread` lists keys the
/// adapter doesn't read, as `key` or, where the key means something elsewhere, `parent/key`.
pub fn differences(original: &Value, again: &Value, unread: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    compare(original, again, "", unread, &mut found);
    found
}

fn compare(original: &Value, again: &Value, path: &str, unread: &[&str], found: &mut Vec<String>) {
    match (original, again) {
        (Value::Object(left), Value::Object(right)) => {
            for (key, value) in left {
                let path = format!("{path}/{key}");
                match right.get(key) {
                    Some(other) => compare(value, other, &path, unread, found),
                    None if is_nothing(value) || is_unread(&path, unread) => {}
                    None => found.push(format!("{path} is lost: {}", short(value))),
                }
            }
            let added =
                right.iter().filter(|(key, value)| !left.contains_key(*key) && !is_nothing(value));
            found
                .extend(added.map(|(key, value)| format!("{path}/{key} is new: {}", short(value))));
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (left, right) in left.iter().zip(right) {
                compare(left, right, &format!("{path}/*"), unread, found);
            }
        }
        _ if original == again || (is_nothing(original) && is_nothing(again)) => {}
        _ => found.push(format!("{path} differs: {} became {}", short(original), short(again))),
    }
}

fn is_unread(path: &str, unread: &[&str]) -> bool {
    unread.iter().any(|key| path.strip_suffix(key).is_some_and(|rest| rest.ends_with('/')))
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_nothing),
        _ => false,
    }
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(80).collect()
}

/// How many amounts `value` holds: texts under a key that ends in `amount`.
pub fn amounts(value: &Value) -> usize {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| {
                usize::from(key.ends_with("amount") && value.is_string()) + amounts(value)
            })
            .sum(),
        Value::Array(items) => items.iter().map(amounts).sum(),
        _ => 0,
    }
}

#[test]
fn the_comparison_sees_what_is_lost_added_and_changed() {
    let original = serde_json::json!({"a": "20.0", "b": null, "c": [{"logo": 1}], "d": 1, "e": []});
    let same = serde_json::json!({"a": "20.0", "c": [{}], "d": 1});
    assert_eq!(differences(&original, &same, &["*/logo"]), Vec::<String>::new());
    assert_eq!(differences(&original, &same, &[]), ["/c/*/logo is lost: 1"]);
    let other = serde_json::json!({"a": "20.00", "c": [{"logo": 1}], "f": true});
    let found = differences(&original, &other, &[]);
    assert_eq!(found.len(), 3, "{found:?}");
}
