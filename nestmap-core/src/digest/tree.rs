//! What canonical bytes are, said once more over a tree: slow and obviously right.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

use super::Digest;

/// The digest of `value` by its tree.
pub(crate) fn digest<T: Serialize>(label: &str, value: &T) -> Digest {
    Digest::of_bytes(text(label, value).as_bytes())
}

fn text<T: Serialize>(label: &str, value: &T) -> String {
    let mut text = format!("{label}\n");
    write(&serde_json::to_value(value).unwrap(), &mut text);
    text
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            // Whether `serde_json` keeps keys sorted depends on a feature any crate may set.
            let fields: BTreeMap<_, _> = fields.iter().collect();
            out.push('{');
            for (key, field) in fields {
                out.push_str(&json!(key).to_string());
                out.push(':');
                write(field, out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write(item, out);
                out.push(',');
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

/// One of everything a value can be made of.
#[derive(Clone, Debug, Serialize)]
enum Shape {
    Unit,
    Newtype(Box<Shape>),
    Tuple(i8, String),
    Struct { zulu: Option<u64>, alpha: Vec<Shape>, mike: () },
    Plain(Tree),
    Tagged(Tagged),
    Flat(Flat),
    Numbers(BTreeMap<i16, u8>),
    Truths(BTreeMap<bool, char>),
    Nothing(Nothing),
    Pair(Pair),
}

#[derive(Clone, Debug, Serialize)]
struct Nothing;

#[derive(Clone, Debug, Serialize)]
struct Pair(u32, i64);

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Tagged {
    Yes { penalty: Option<u8>, allowed: bool },
    No,
}

#[derive(Clone, Debug, Serialize)]
struct Flat {
    zulu: u8,
    #[serde(flatten)]
    tagged: Tagged,
    alpha: u8,
}

#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
struct Tree(Value);

/// Keys that sort otherwise escaped than plain, and that are the beginning of others.
fn key() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{0,3}", "[\"\\\\!a\u{1}\u{7f}é\u{1F600}]{0,3}", any::<String>()]
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        key().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn shape() -> impl Strategy<Value = Shape> {
    let tagged = prop_oneof![
        (any::<Option<u8>>(), any::<bool>())
            .prop_map(|(penalty, allowed)| Tagged::Yes { penalty, allowed }),
        Just(Tagged::No),
    ];
    let flat = (any::<u8>(), tagged.clone(), any::<u8>()).prop_map(|(zulu, tagged, alpha)| Flat {
        zulu,
        tagged,
        alpha,
    });
    let leaf = prop_oneof![
        Just(Shape::Unit),
        Just(Shape::Nothing(Nothing)),
        (any::<i8>(), key()).prop_map(|(number, text)| Shape::Tuple(number, text)),
        (any::<u32>(), any::<i64>()).prop_map(|(one, two)| Shape::Pair(Pair(one, two))),
        tree().prop_map(|tree| Shape::Plain(Tree(tree))),
        tagged.prop_map(Shape::Tagged),
        flat.prop_map(Shape::Flat),
        prop::collection::btree_map(any::<i16>(), any::<u8>(), 0..12).prop_map(Shape::Numbers),
        prop::collection::btree_map(any::<bool>(), any::<char>(), 0..3).prop_map(Shape::Truths),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|shape| Shape::Newtype(Box::new(shape))),
            (any::<Option<u64>>(), prop::collection::vec(inner, 0..4))
                .prop_map(|(zulu, alpha)| Shape::Struct { zulu, alpha, mike: () }),
        ]
    })
}

proptest! {
    #[test]
    fn writing_while_walking_is_writing_the_tree(shape in shape(), label in key()) {
        prop_assert_eq!(Digest::of(&label, &shape), digest(&label, &shape));
    }

    #[test]
    fn a_tree_is_digested_as_what_it_was_made_of(tree in tree()) {
        prop_assert_eq!(Digest::of("x", &tree), digest("x", &tree));
    }
}

#[test]
fn canonical_bytes_look_like_this() {
    let value = json!({"b": [1, "two\n", null], "a": {"d": true, "c": {}}, "a!": -3});
    let expected = "x\n{\"a\":{\"c\":{},\"d\":true,},\"a!\":-3,\"b\":[1,\"two\\n\",null,],}";
    assert_eq!(text("x", &value), expected);
    assert_eq!(Digest::of("x", &value), Digest::of_bytes(expected.as_bytes()));
}

#[test]
fn of_one_key_given_twice_the_last_value_holds() {
    struct Twice;
    impl Serialize for Twice {
        fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
            s.collect_map([("b", 1), ("a", 2), ("b", 3), ("a", 4)])
        }
    }
    assert_eq!(Digest::of("x", &Twice), digest("x", &json!({"a": 4, "b": 3})));
}

#[test]
#[should_panic(expected = "JSON")]
fn what_is_no_json_has_no_digest() {
    let keys: BTreeMap<Vec<u8>, u8> = [(vec![1], 1)].into();
    Digest::of("x", &keys);
}
