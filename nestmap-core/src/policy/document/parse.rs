//! From a tree to a document: what each part looks like and what must agree with what.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::problem::{Problem, suggestion};
use super::read::{Fields, NAME_FORM, Node, Problems, Read, is_name, tree};
use super::{ApprovalTerms, Definitions, PolicyDocument, RULES_MAX, RateTerms};
use crate::place::{Airline, Country};
use crate::policy::finding::RuleId;
use crate::policy::rule::Rule;
use crate::policy::scope::{Exemption, Scope};
use crate::time::DateRange;

impl PolicyDocument {
    /// Reads a document strictly and reports all its mistakes at once.
    pub fn parse_json(text: &str) -> Result<Self, Vec<Problem>> {
        let value = tree(text).map_err(|message| {
            let expected = "well-formed JSON without repeated keys".to_owned();
            vec![Problem { path: "$".to_owned(), message, expected, suggestion: None }]
        })?;
        Self::from_value(&value)
    }

    /// Reads a document from a JSON value as strictly.
    pub fn from_value(value: &Value) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let node = Node { value, path: "$".to_owned() };
        let document = Self::read(&node, &mut problems);
        match document {
            Some(document) if problems.is_empty() => Ok(document),
            _ => Err(problems.into_list()),
        }
    }
}

impl<'de> serde::Deserialize<'de> for PolicyDocument {
    /// Reads what was stored, as strictly as what people write.
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(d)?;
        Self::from_value(&value)
            .map_err(|problems| serde::de::Error::custom(Problem::error(&problems)))
    }
}

impl Read for PolicyDocument {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let mut fields = Fields::of(node, problems)?;
        let schema = fields.required("schema");
        let title = fields.required("title");
        let currency = fields.required("currency");
        let effective = fields.or_default("effective");
        let applies = fields.or_default("applies");
        let definitions: Option<Definitions> = fields.or_default("definitions");
        let domestic_groups = fields.or_default("domestic_groups");
        let rates = fields.or_default("rates");
        let approvals = fields.or_default("approvals");
        let rules = rules(&mut fields);
        let exemptions = fields.or_default("exemptions");
        fields.finish();
        let document = Self {
            schema: schema?,
            title: title?,
            currency: currency?,
            effective: effective?,
            applies: applies?,
            definitions: definitions?,
            domestic_groups: domestic_groups?,
            rates: rates?,
            approvals: approvals?,
            rules: rules?,
            exemptions: exemptions?,
        };
        Agreement { document: &document, problems }.check();
        Some(document)
    }
}

fn rules(fields: &mut Fields<'_, '_>) -> Option<Vec<Rule>> {
    let Some(node) = fields.node("rules") else {
        fields.missing("rules");
        return None;
    };
    let count = node.value.as_array().map_or(0, Vec::len);
    if count > RULES_MAX {
        let message = format!("has {count} rules");
        fields.problems.add("rules", message, &format!("at most {RULES_MAX}"));
        return None;
    }
    Vec::read(&node, fields.problems)
}

impl Read for DateRange {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let mut fields = Fields::of(node, problems)?;
        let (from, until) = (fields.optional("from"), fields.optional("until"));
        fields.finish();
        let range = Self { from: from?, until: until? };
        if let (Some(from), Some(until)) = (range.from, range.until)
            && until <= from
        {
            let message = format!("ends on {until} and begins on {from}");
            problems.add(&node.path, message, "an `until` after `from`");
        }
        Some(range)
    }
}

impl Read for Scope {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let mut fields = Fields::of(node, problems)?;
        let persons = fields.or_default("persons");
        let guests = fields.optional("guests");
        let groups = fields.or_default("groups");
        let grades = fields.or_default("grades");
        let cost_centers = fields.or_default("cost_centers");
        let departments = fields.or_default("departments");
        let countries = fields.or_default("countries");
        let purposes = fields.or_default("purposes");
        let travel = fields.or_default("travel");
        fields.finish();
        Some(Self {
            persons: persons?,
            guests: guests?,
            groups: groups?,
            grades: grades?,
            cost_centers: cost_centers?,
            departments: departments?,
            countries: countries?,
            purposes: purposes?,
            travel: travel?,
        })
    }
}

impl Read for Definitions {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let mut fields = Fields::of(node, problems)?;
        let country_groups = fields.or_default::<Named<Country>>("country_groups");
        let carrier_lists = fields.or_default::<Named<Airline>>("carrier_lists");
        fields.finish();
        Some(Self { country_groups: country_groups?.0, carrier_lists: carrier_lists?.0 })
    }
}

/// Lists by name.
struct Named<T>(BTreeMap<String, BTreeSet<T>>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Read + Ord> Read for Named<T> {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let Value::Object(object) = node.value else {
            node.wrong(problems, "an object of lists by name");
            return None;
        };
        let mut lists = BTreeMap::new();
        for (name, value) in object {
            let path = format!("{}.{}", node.path, name.chars().take(70).collect::<String>());
            if !is_name(name) {
                problems.add(&path, format!("`{name}` is not a name"), NAME_FORM);
            }
            let list = BTreeSet::read(&Node { value, path }, problems)?;
            lists.insert(name.clone(), list);
        }
        Some(Self(lists))
    }
}

impl Read for RateTerms {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let mut fields = Fields::of(node, problems)?;
        let age_days_max = fields.integer("age_days_max", 0..=366);
        fields.finish();
        Some(Self { age_days_max: age_days_max? })
    }
}

impl Read for ApprovalTerms {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let usual = Self::default();
        let mut fields = Fields::of(node, problems)?;
        let window_hours = fields.optional_integer("window_hours", 1..=720);
        let silence = fields.or("silence", usual.silence);
        let approvers = match fields.node("approvers") {
            Some(_) => fields.filled("approvers"),
            None => Some(usual.approvers),
        };
        let steps = fields.or_default("steps");
        let tolerance = fields.optional_integer("price_tolerance_percent", 0..=50);
        fields.finish();
        Some(Self {
            window_hours: window_hours?.unwrap_or(usual.window_hours),
            silence: silence?,
            approvers: approvers?,
            steps: steps?,
            price_tolerance_percent: tolerance?.unwrap_or(usual.price_tolerance_percent),
        })
    }
}

impl Read for Exemption {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let mut fields = Fields::of(node, problems)?;
        let id = fields.required::<RuleId>("id");
        let rules = fields.filled("rules");
        let persons = fields.filled("persons");
        let period = fields.required::<DateRange>("period");
        let reason = fields.required("reason");
        let granted_by = fields.required("granted_by");
        fields.finish();
        if period.is_some_and(|period| period.until.is_none()) {
            let path = format!("{}.period.until", node.path);
            problems.add(&path, "is missing", "the day the exemption ends");
        }
        Some(Self {
            id: id?.to_string(),
            rules: rules?,
            persons: persons?,
            period: period?,
            reason: reason?,
            granted_by: granted_by?,
        })
    }
}

/// What the parts of a document say about each other.
struct Agreement<'a> {
    document: &'a PolicyDocument,
    problems: &'a mut Problems,
}

impl Agreement<'_> {
    fn check(&mut self) {
        let document = self.document;
        self.groups_defined("domestic_groups", document.domestic_groups.iter());
        let mut ids = BTreeSet::new();
        for (i, rule) in document.rules.iter().enumerate() {
            if !ids.insert(rule.id.as_str()) {
                let message = format!("`{}` is given twice", rule.id);
                self.problems.add(&format!("rules[{i}].id"), message, "an id of its own");
            }
            let own = rule.domestic_groups.iter().flatten();
            self.groups_defined(&format!("rules[{i}].domestic_groups"), own);
            for (field, name) in rule.body.country_groups() {
                self.group_defined(&format!("rules[{i}].{field}"), name);
            }
            self.groups_disjoint(&format!("rules[{i}]"), &rule.body.place_groups());
            for (field, name) in rule.body.carrier_lists() {
                let defined = document.definitions.carrier_lists.keys();
                self.defined(&format!("rules[{i}].{field}"), name, "list of airlines", defined);
            }
        }
        let mut grants = BTreeSet::new();
        for (i, exemption) in document.exemptions.iter().enumerate() {
            if !grants.insert(&exemption.id) {
                let message = format!("`{}` is given twice", exemption.id);
                self.problems.add(&format!("exemptions[{i}].id"), message, "an id of its own");
            }
            for rule in exemption.rules.iter().filter(|rule| !ids.contains(rule.as_str())) {
                self.problems.suggest(
                    &format!("exemptions[{i}].rules"),
                    format!("no rule is called `{rule}`"),
                    "ids of the document's rules",
                    suggestion(rule.as_str(), ids.iter().copied()),
                );
            }
        }
    }

    /// Of two groups with a country in common neither would be more specific.
    fn groups_disjoint(&mut self, rule: &str, groups: &[(String, &str)]) {
        let defined = &self.document.definitions.country_groups;
        for (i, (field, name)) in groups.iter().enumerate() {
            let countries = defined.get(*name);
            let others = groups[..i].iter().filter(|(_, earlier)| earlier != name);
            let common = others.into_iter().find_map(|(_, earlier)| {
                let shared = defined.get(*earlier)?.intersection(countries?).next()?;
                Some((*earlier, *shared))
            });
            if let Some((earlier, country)) = common {
                let message = format!("`{name}` and `{earlier}` have {country} in common");
                let expected = "groups without a country in common";
                self.problems.add(&format!("{rule}.{field}"), message, expected);
            }
        }
    }

    fn groups_defined<'b>(&mut self, path: &str, names: impl Iterator<Item = &'b String>) {
        for name in names {
            self.group_defined(path, name);
        }
    }

    fn group_defined(&mut self, path: &str, name: &str) {
        let defined = self.document.definitions.country_groups.keys();
        self.defined(path, name, "country group", defined);
    }

    fn defined<'b>(
        &mut self,
        path: &str,
        name: &str,
        what: &str,
        mut defined: impl Iterator<Item = &'b String> + Clone,
    ) {
        let words = defined.clone().map(String::as_str);
        if defined.any(|known| known == name) {
            return;
        }
        let shown: String = name.chars().take(60).collect();
        self.problems.suggest(
            path,
            format!("no {what} is called `{shown}`"),
            &format!("a {what} of the document's definitions"),
            suggestion(name, words),
        );
    }
}
