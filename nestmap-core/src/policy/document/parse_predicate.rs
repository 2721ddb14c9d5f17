//! From a tree to a predicate.

use std::collections::BTreeSet;

use super::read::{Fields, Node, Problems, Read, items};
use crate::money::Money;
use crate::place::{Airline, Airport, Country};
use crate::policy::entry::Entry;
use crate::policy::general::Requirement;
use crate::policy::predicate::{
    Bounds, DEPTH_MAX, Fact, FactTest, Form, Listed, Predicate, TESTS_MAX, Test,
};

pub(super) fn requirement(fields: &mut Fields<'_, '_>) -> Option<Requirement> {
    let when = fields.optional("when");
    let require = fields.required("require");
    let rule = Requirement { when: when?, require: require? };
    check(&rule, fields);
    Some(rule)
}

fn check(rule: &Requirement, fields: &mut Fields<'_, '_>) {
    let path = fields.path_of("require");
    let facts: Vec<Fact> =
        rule.predicates().flat_map(|p| p.tests("")).map(|(_, test)| test.fact).collect();
    if facts.len() > TESTS_MAX {
        let message = format!("makes {} tests with `when`", facts.len());
        fields.problems.add(&path, message, &format!("at most {TESTS_MAX} tests"));
    }
    let about: BTreeSet<_> = facts.iter().filter_map(|fact| fact.travel()).collect();
    if about.len() > 1 {
        let message = "asks about flights and about stays";
        fields.problems.add(&path, message, "facts of flights or of stays in one rule");
    }
}

impl Read for Predicate {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        predicate(node, problems, DEPTH_MAX)
    }
}

fn predicate(node: &Node<'_>, problems: &mut Problems, levels: usize) -> Option<Predicate> {
    if levels == 0 {
        let expected = format!("at most {DEPTH_MAX} levels of all, any and not");
        problems.add(&node.path, "is too deep", &expected);
        return None;
    }
    let mut fields = Fields::of(node, problems)?;
    if fields.given("fact").is_some() {
        return fact_test(fields).map(Predicate::Test);
    }
    let read = if let Some(list) = fields.given("all") {
        several(&list, fields.problems, levels).map(Predicate::All)
    } else if let Some(list) = fields.given("any") {
        several(&list, fields.problems, levels).map(Predicate::Any)
    } else if let Some(inner) = fields.given("not") {
        predicate(&inner, fields.problems, levels - 1).map(|inner| Predicate::Not(Box::new(inner)))
    } else {
        let message = "has none of `all`, `any`, `not` and `fact`";
        problems.add(&node.path, message, "one of them");
        return None;
    };
    fields.finish();
    read
}

fn several(node: &Node<'_>, problems: &mut Problems, levels: usize) -> Option<Vec<Predicate>> {
    let items = items(node, problems)?;
    if items.is_empty() {
        problems.add(&node.path, "is empty", "at least one entry");
        return None;
    }
    let read: Vec<_> = items.iter().map(|item| predicate(item, problems, levels - 1)).collect();
    read.into_iter().collect()
}

fn fact_test(mut fields: Fields<'_, '_>) -> Option<FactTest> {
    // Without the fact, no other field can be judged.
    let fact: Fact = fields.required("fact")?;
    let test = test(fact.form(), &mut fields);
    fields.finish();
    Some(FactTest { fact, test: test? })
}

fn test(form: Form, fields: &mut Fields<'_, '_>) -> Option<Test> {
    Some(match form {
        Form::Number(range) => {
            let least = fields.optional_integer("at_least", range.clone());
            let most = fields.optional_integer("at_most", range);
            Test::Number(bounds(fields, least?, most?, |least, most| least <= most)?)
        }
        Form::Amount => {
            let (least, most) = (fields.optional("at_least"), fields.optional("at_most"));
            Test::Amount(bounds(fields, least?, most?, amounts_in_order)?)
        }
        Form::Cabin => {
            let (least, most) = (fields.optional("at_least"), fields.optional("at_most"));
            Test::Cabin(bounds(fields, least?, most?, |least, most| least <= most)?)
        }
        Form::Flexibility => {
            let (least, most) = (fields.optional("at_least"), fields.optional("at_most"));
            Test::Flexibility(bounds(fields, least?, most?, |least, most| least <= most)?)
        }
        Form::Flag => Test::Flag { is: fields.required("is")? },
        Form::Countries => Test::Listed(listed::<Entry<Country>>(fields)?),
        Form::Carriers => Test::Listed(listed::<Entry<Airline>>(fields)?),
        Form::Airports => Test::Listed(listed::<Airport>(fields)?),
        Form::Texts => Test::Listed(listed::<String>(fields)?),
    })
}

fn amounts_in_order(least: &Money, most: &Money) -> bool {
    least.compare(*most).is_ok_and(std::cmp::Ordering::is_le)
}

fn bounds<T>(
    fields: &mut Fields<'_, '_>,
    at_least: Option<T>,
    at_most: Option<T>,
    in_order: fn(&T, &T) -> bool,
) -> Option<Bounds<T>> {
    let wrong = match (&at_least, &at_most) {
        (None, None) => "is missing",
        (Some(least), Some(most)) if !in_order(least, most) => "doesn't agree with `at_most`",
        _ => return Some(Bounds { at_least, at_most }),
    };
    let path = fields.path_of("at_least");
    let expected = "`at_least`, `at_most`, or both in order and in one currency";
    fields.problems.add(&path, wrong, expected);
    None
}

fn listed<T: Read + Ord + Into<Entry<String>>>(fields: &mut Fields<'_, '_>) -> Option<Listed> {
    let entries = |list: BTreeSet<T>| list.into_iter().map(Into::into).collect();
    match (fields.given("any_of"), fields.given("only")) {
        (Some(_), None) => fields.filled("any_of").map(|list| Listed::AnyOf(entries(list))),
        (None, Some(_)) => fields.filled("only").map(|list| Listed::Only(entries(list))),
        (given, _) => {
            let path = fields.path_of("any_of");
            let wrong = if given.is_some() { "is given beside `only`" } else { "is missing" };
            fields.problems.add(&path, wrong, "`any_of` or `only`");
            None
        }
    }
}

impl From<String> for Entry<String> {
    fn from(text: String) -> Self {
        Self::Code(text)
    }
}

impl From<Airport> for Entry<String> {
    fn from(airport: Airport) -> Self {
        Self::Code(airport.to_string())
    }
}

/// As text, since facts of several kinds of codes share one form of test.
macro_rules! as_text {
    ($($code:ty)*) => {$(
        impl From<Entry<$code>> for Entry<String> {
            fn from(entry: Entry<$code>) -> Self {
                match entry {
                    Entry::Code(code) => Self::Code(code.to_string()),
                    Entry::List(name) => Self::List(name),
                }
            }
        }
    )*};
}

as_text! { Airline Country }

impl Requirement {
    /// Names of lists its tests need, of one form, each with its field.
    pub(super) fn lists(&self, form: &Form) -> Vec<(String, &str)> {
        let when = self.when.iter().flat_map(|when| when.tests("when"));
        let tests = when.chain(self.require.tests("require"));
        let mut named = Vec::new();
        for (path, test) in tests.filter(|(_, test)| test.fact.form() == *form) {
            let Test::Listed(listed) = &test.test else { continue };
            let field = match listed {
                Listed::AnyOf(_) => "any_of",
                Listed::Only(_) => "only",
            };
            named.extend(listed.list().iter().filter_map(|entry| match entry {
                Entry::List(name) => Some((format!("{path}.{field}"), name.as_str())),
                Entry::Code(_) => None,
            }));
        }
        named
    }
}
