//! Strict reading: every value has a path, every mistake is collected, nothing is guessed.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;

use rust_decimal::Decimal;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::problem::{PROBLEMS_MAX, Problem, suggestion};
use crate::id::PersonId;
use crate::money::{Currency, Money};
use crate::place::{Airline, Airport, Country};
use crate::policy::entry::{Entry, MonthDay, Place};
use crate::policy::finding::RuleId;
use crate::policy::outcome::ApproverRef;
use crate::policy::word::Word;
use crate::time::Date;

/// Largest document read, bytes.
pub const DOCUMENT_BYTES_MAX: usize = 1 << 20;
/// Most entries of one list.
pub const LIST_MAX: usize = 1_000;
/// Largest amount, minor units: far from where sums overflow.
pub const AMOUNT_MINOR_MAX: i64 = 1_000_000_000_000_000;
const TEXT_MAX: usize = 200;

/// The mistakes found so far.
#[derive(Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    pub(super) fn add(&mut self, path: &str, message: impl Into<String>, expected: &str) {
        self.suggest(path, message, expected, None);
    }

    pub(super) fn suggest(
        &mut self,
        path: &str,
        message: impl Into<String>,
        expected: &str,
        suggestion: Option<String>,
    ) {
        if self.0.len() < PROBLEMS_MAX {
            let (message, expected) = (message.into(), expected.to_owned());
            self.0.push(Problem { path: path.to_owned(), message, expected, suggestion });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_list(self) -> Vec<Problem> {
        self.0
    }
}

/// A value of the document and where it stands.
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    pub(super) path: String,
}

impl Node<'_> {
    pub(super) fn shown(&self) -> String {
        let mut shown: String = self.value.to_string().chars().take(60).collect();
        if let Value::String(text) = self.value {
            shown = text.chars().take(60).collect();
        }
        shown
    }

    pub(super) fn wrong(&self, problems: &mut Problems, expected: &str) {
        problems.add(&self.path, format!("`{}` is not {expected}", self.shown()), expected);
    }

    fn text(&self, problems: &mut Problems, expected: &str) -> Option<&str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.wrong(problems, expected);
        }
        text
    }
}

/// What can be read from a value; `None` when a problem was reported.
pub(super) trait Read: Sized {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self>;
}

/// The fields of an object; what isn't asked for is a mistake.
pub(super) struct Fields<'a, 'p> {
    object: &'a Map<String, Value>,
    path: String,
    known: Vec<&'static str>,
    pub(super) problems: &'p mut Problems,
}

impl<'a, 'p> Fields<'a, 'p> {
    pub(super) fn of(node: &Node<'a>, problems: &'p mut Problems) -> Option<Self> {
        match node.value {
            Value::Object(object) => {
                Some(Self { object, path: node.path.clone(), known: Vec::new(), problems })
            }
            _ => {
                node.wrong(problems, "an object");
                None
            }
        }
    }

    pub(super) fn path_of(&self, name: &str) -> String {
        if self.path == "$" { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The field where it is given, asked for or not.
    pub(super) fn given(&mut self, name: &'static str) -> Option<Node<'a>> {
        let given = self.object.get(name).is_some_and(|value| !value.is_null());
        if given { self.node(name) } else { None }
    }

    /// The field, null being as good as absent.
    pub(super) fn node(&mut self, name: &'static str) -> Option<Node<'a>> {
        self.known.push(name);
        let value = self.object.get(name).filter(|value| !value.is_null())?;
        Some(Node { value, path: self.path_of(name) })
    }

    pub(super) fn required<T: Read>(&mut self, name: &'static str) -> Option<T> {
        match self.node(name) {
            Some(node) => T::read(&node, self.problems),
            None => {
                self.missing(name);
                None
            }
        }
    }

    pub(super) fn missing(&mut self, name: &str) {
        let path = self.path_of(name);
        self.problems.add(&path, "is missing", &format!("the field `{name}`"));
    }

    /// `None` when wrong, `Some(None)` when absent.
    pub(super) fn optional<T: Read>(&mut self, name: &'static str) -> Option<Option<T>> {
        match self.node(name) {
            Some(node) => T::read(&node, self.problems).map(Some),
            None => Some(None),
        }
    }

    pub(super) fn or<T: Read>(&mut self, name: &'static str, default: T) -> Option<T> {
        Some(self.optional(name)?.unwrap_or(default))
    }

    pub(super) fn or_default<T: Read + Default>(&mut self, name: &'static str) -> Option<T> {
        self.or(name, T::default())
    }

    pub(super) fn integer(
        &mut self,
        name: &'static str,
        range: RangeInclusive<i64>,
    ) -> Option<i64> {
        match self.node(name) {
            Some(node) => integer(&node, range, self.problems),
            None => {
                self.missing(name);
                None
            }
        }
    }

    pub(super) fn optional_integer(
        &mut self,
        name: &'static str,
        range: RangeInclusive<i64>,
    ) -> Option<Option<i64>> {
        match self.node(name) {
            Some(node) => integer(&node, range, self.problems).map(Some),
            None => Some(None),
        }
    }

    /// A list or set that must have entries.
    pub(super) fn filled<T: Read + Filled>(&mut self, name: &'static str) -> Option<T> {
        let list: T = self.required(name)?;
        if list.is_bare() {
            let path = self.path_of(name);
            self.problems.add(&path, "is empty", "at least one entry");
            return None;
        }
        Some(list)
    }

    /// Reports every field nobody asked for.
    pub(super) fn finish(self) {
        for name in self.object.keys().filter(|name| !self.known.contains(&name.as_str())) {
            let absent = self.known.iter().filter(|known| !self.object.contains_key(**known));
            let meant = suggestion(name, absent.copied());
            let shown: String = name.chars().take(60).collect();
            let mut known = self.known.clone();
            known.sort_unstable();
            known.dedup();
            self.problems.suggest(
                &self.path_of(&shown),
                "is not a field here",
                &format!("one of {}", known.join(", ")),
                meant,
            );
        }
    }
}

/// Collections that can be empty.
pub(super) trait Filled {
    fn is_bare(&self) -> bool;
}

impl<T> Filled for Vec<T> {
    fn is_bare(&self) -> bool {
        self.is_empty()
    }
}

impl<T> Filled for BTreeSet<T> {
    fn is_bare(&self) -> bool {
        self.is_empty()
    }
}

fn integer(node: &Node<'_>, range: RangeInclusive<i64>, problems: &mut Problems) -> Option<i64> {
    let found = node.value.as_i64().filter(|number| range.contains(number));
    if found.is_none() {
        node.wrong(problems, &format!("a whole number from {} to {}", range.start(), range.end()));
    }
    found
}

impl Read for bool {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let found = node.value.as_bool();
        if found.is_none() {
            node.wrong(problems, "true or false");
        }
        found
    }
}

impl Read for String {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let expected = "a text of 1 to 200 characters without control characters";
        let text = node.text(problems, expected)?;
        let fits = !text.trim().is_empty()
            && text.chars().count() <= TEXT_MAX
            && !text.chars().any(char::is_control);
        if !fits {
            node.wrong(problems, expected);
            return None;
        }
        Some(text.to_owned())
    }
}

impl<T: Word> Read for T {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let word = node.value.as_str();
        let found = T::LIST.iter().find(|listed| word == Some(listed.spelling()));
        if found.is_none() {
            let spellings: Vec<_> = T::LIST.iter().map(|listed| listed.spelling()).collect();
            problems.suggest(
                &node.path,
                format!("`{}` is not {}", node.shown(), T::WHAT),
                &format!("one of {}", spellings.join(", ")),
                word.and_then(|word| suggestion(word, spellings.iter().copied())),
            );
        }
        found.copied()
    }
}

pub(super) fn items<'a>(node: &Node<'a>, problems: &mut Problems) -> Option<Vec<Node<'a>>> {
    let Value::Array(values) = node.value else {
        node.wrong(problems, "a list");
        return None;
    };
    if values.len() > LIST_MAX {
        let message = format!("has {} entries", values.len());
        problems.add(&node.path, message, &format!("at most {LIST_MAX}"));
        return None;
    }
    let item = |(i, value)| Node { value, path: format!("{}[{i}]", node.path) };
    Some(values.iter().enumerate().map(item).collect())
}

impl<T: Read> Read for Vec<T> {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let items = items(node, problems)?;
        let read: Vec<_> = items.iter().map(|item| T::read(item, problems)).collect();
        read.into_iter().collect()
    }
}

impl<T: Read + Ord> Read for BTreeSet<T> {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let mut set = Self::new();
        let mut complete = true;
        for item in items(node, problems)? {
            match T::read(&item, problems) {
                Some(entry) if !set.contains(&entry) => {
                    set.insert(entry);
                }
                Some(_) => {
                    let message = format!("`{}` is given twice", item.shown());
                    problems.add(&item.path, message, "each entry once");
                    complete = false;
                }
                None => complete = false,
            }
        }
        complete.then_some(set)
    }
}

/// Values whose own parser knows what is wrong.
macro_rules! parsed {
    ($($type:ty, $parse:expr, $expected:literal;)*) => {$(
        impl Read for $type {
            fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
                let text = node.text(problems, $expected)?;
                let parse: fn(&str) -> Result<Self, crate::error::Error> = $parse;
                match parse(text) {
                    Ok(value) => Some(value),
                    Err(_) => {
                        node.wrong(problems, $expected);
                        None
                    }
                }
            }
        }
    )*};
}

parsed! {
    Airline, |text| Self::parse(text), "an IATA airline designator such as LH";
    Airport, |text| Self::parse(text), "an IATA airport code such as FRA";
    Country, |text| Self::parse(text), "an ISO 3166-1 alpha-2 code such as DE";
    Currency, |text| Self::parse(text), "an ISO 4217 code such as EUR";
    Date, |text| text.parse(), "a day such as 2026-03-02";
    MonthDay, |text| Self::parse(text), "a day of the year such as 06-01";
    PersonId, |text| text.parse(), "a person's id such as per_…";
    Place, |text| Self::parse(text),
        "world, group:<name>, country:DE, area:LON, town:DE/Munich or property:<id>";
}

impl Read for ApproverRef {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let expected = "manager, any_approver, cost_center_owner or a person's id";
        let text = node.text(problems, expected)?;
        let read = Self::parse(text).ok();
        if read.is_none() {
            problems.suggest(
                &node.path,
                format!("`{}` is not an approver", node.shown()),
                expected,
                suggestion(text, Self::WORDS),
            );
        }
        read
    }
}

impl<T: Read> Read for Entry<T> {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        match node.value.as_str().and_then(|text| text.strip_prefix('@')) {
            Some(name) => Some(Self::List(name.to_owned())),
            None => T::read(node, problems).map(Self::Code),
        }
    }
}

/// What rules and lists may be called: letters, digits, dots, hyphens, underscores.
pub(super) fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    (1..=64).contains(&text.len()) && text.chars().all(plain)
}

pub(super) const NAME_FORM: &str = "1 to 64 letters, digits, dots, hyphens or underscores";

impl Read for RuleId {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let text = node.text(problems, NAME_FORM)?;
        if !is_name(text) {
            node.wrong(problems, NAME_FORM);
            return None;
        }
        Some(Self::new(text))
    }
}

/// `{"amount":"12.50","currency":"EUR"}` or `"12.50 EUR"`; not negative.
impl Read for Money {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let expected = "an amount such as 12.50 EUR";
        let parts = match node.value {
            Value::String(text) => text.split_once(' '),
            Value::Object(object) if object.len() == 2 => {
                let part = |name| object.get(name).and_then(Value::as_str);
                part("amount").zip(part("currency"))
            }
            _ => None,
        };
        let read = parts.map(|(amount, currency)| Self::parse(amount, currency));
        let problem = match read {
            Some(Ok(money)) if money.minor < 0 => "is negative".to_owned(),
            Some(Ok(money)) if money.minor > AMOUNT_MINOR_MAX => "is too large".to_owned(),
            Some(Ok(money)) => return Some(money),
            Some(Err(error)) => format!("can't be read: {error}"),
            None => format!("is not {expected}"),
        };
        problems.add(&node.path, format!("`{}` {problem}", node.shown()), expected);
        None
    }
}

/// A percentage: a whole number, or a decimal as text; 0 to 10,000 with at most four digits.
impl Read for Decimal {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let read = match node.value {
            Value::String(text) if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') => {
                Self::from_str_exact(text).ok()
            }
            value => value.as_i64().map(Self::from),
        };
        let largest = Self::from(10_000);
        let fits = |percent: &Self| {
            !percent.is_sign_negative() && *percent <= largest && percent.normalize().scale() <= 4
        };
        let read = read.filter(fits);
        if read.is_none() {
            node.wrong(
                problems,
                "a percentage from 0 to 10000, fractions as text such as \"12.5\"",
            );
        }
        read.map(|percent| percent.normalize())
    }
}

/// The document's tree; a key given twice is an error, since either could be meant.
pub(super) fn tree(text: &str) -> Result<Value, String> {
    if text.len() > DOCUMENT_BYTES_MAX {
        return Err(format!("the document is larger than {DOCUMENT_BYTES_MAX} bytes"));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Tree.deserialize(&mut deserializer).map_err(|error| error.to_string())?;
    deserializer.end().map_err(|error| error.to_string())?;
    Ok(value)
}

struct Tree;

impl<'de> DeserializeSeed<'de> for Tree {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(Tree)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if fields.contains_key(&key) {
                let shown: String = key.chars().take(60).collect();
                return Err(serde::de::Error::custom(format!("`{shown}` is given twice")));
            }
            let value = map.next_value_seed(Tree)?;
            fields.insert(key, value);
        }
        Ok(Value::Object(fields))
    }
}
