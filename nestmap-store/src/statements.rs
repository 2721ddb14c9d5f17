//! Tests that read every SQL statement of the crate: each names the organization for each table it
//! touches, keeps to what a cluster can do, and finds its rows by an index.

use std::ops::ControlFlow;

use sqlparser::ast::{
    AssignmentTarget, BinaryOperator, Delete, Expr, FromTable, Insert, JoinConstraint,
    JoinOperator, LimitClause, Query, Select, SetExpr, Statement as Sql, TableFactor, TableObject,
    TableWithJoins, Update, UpdateTableFromKind, Value, Visit, Visitor,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use crate::db::Statement;
use crate::dialect::TENANT_TABLES;

/// Every statement of the crate, by module and name.
const ALL: &[(&str, &[(&str, Statement)])] = &[
    ("approvals", crate::approvals::STATEMENTS),
    ("audit", crate::audit::STATEMENTS),
    ("identities", crate::identities::STATEMENTS),
    ("ledger", crate::ledger::STATEMENTS),
    ("offer_sets", crate::offer_sets::STATEMENTS),
    ("orders", crate::orders::STATEMENTS),
    ("organizations", crate::organizations::STATEMENTS),
    ("outbox", crate::outbox::STATEMENTS),
    ("people", crate::people::STATEMENTS),
    ("policies", crate::policies::STATEMENTS),
    ("replies", crate::replies::STATEMENTS),
    ("store", crate::store::STATEMENTS),
    ("trips", crate::trips::STATEMENTS),
    ("work", crate::work::STATEMENTS),
];

/// The statements that look across organizations on purpose.
const ACROSS: [(&str, &str); 2] = [("identities", "MEMBERSHIPS"), ("work", "ORGANIZATIONS")];

/// What is wrong with a statement; empty when nothing is.
fn problems(sql: &str) -> Vec<String> {
    // A strength of locking that the parser doesn't know.
    let sql = sql.replace(" for no key update", " for update");
    let parsed = match Parser::parse_sql(&PostgreSqlDialect {}, &sql) {
        Ok(parsed) if parsed.len() == 1 => parsed,
        Ok(parsed) => return vec![format!("{} statements instead of one", parsed.len())],
        Err(error) => return vec![error.to_string()],
    };
    let mut lint = Lint::default();
    let ControlFlow::Continue(()) = parsed[0].visit(&mut lint);
    lint.problems
}

#[derive(Default)]
struct Lint {
    problems: Vec<String>,
}

impl Visitor for Lint {
    type Break = std::convert::Infallible;

    fn pre_visit_statement(&mut self, statement: &Sql) -> ControlFlow<Self::Break> {
        match statement {
            Sql::Query(_) => {}
            Sql::Insert(insert) => self.insert(insert),
            Sql::Update(update) => self.update(update),
            Sql::Delete(delete) => self.delete(delete),
            other => self.problems.push(format!("what is this for: {other}")),
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Self::Break> {
        let tables: Vec<_> = select.from.iter().collect();
        self.need_organization(&tables, select.selection.as_ref());
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Self::Break> {
        if query.with.as_ref().is_some_and(|with| with.recursive) {
            self.problems.push("a recursive query".into());
        }
        let skips = match &query.limit_clause {
            Some(LimitClause::LimitOffset { offset, .. }) => offset.is_some(),
            Some(LimitClause::OffsetCommaLimit { .. }) => true,
            None => false,
        };
        if skips {
            self.problems.push("a list that skips rows instead of going on after a key".into());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Self::Break> {
        if let Expr::Function(function) = expr
            && function.over.is_some()
        {
            self.problems.push("a window function".into());
        }
        ControlFlow::Continue(())
    }
}

impl Lint {
    /// Every tenant table of a `from` has its own condition on the organization, not only one it
    /// gets through a join.
    fn need_organization(&mut self, from: &[&TableWithJoins], condition: Option<&Expr>) {
        let mut conditions = Vec::new();
        condition.into_iter().for_each(|expr| conjuncts(expr, &mut conditions));
        let mut tables = Vec::new();
        for table in from {
            tables.push(&table.relation);
            for join in &table.joins {
                tables.push(&join.relation);
                if let JoinOperator::Join(JoinConstraint::On(expr))
                | JoinOperator::Inner(JoinConstraint::On(expr)) = &join.join_operator
                {
                    conjuncts(expr, &mut conditions);
                } else {
                    self.problems.push(format!("a join of another kind: {join}"));
                }
            }
        }
        let alone = tables.len() == 1;
        for table in tables {
            let TableFactor::Table { name, alias, .. } = table else { continue };
            let name = name.to_string();
            let qualifier = alias.as_ref().map_or(name.as_str(), |alias| &alias.name.value);
            let bound = conditions.iter().any(|expr| {
                expr == &format!("{qualifier}.organization_id = $1")
                    || alone && expr == "organization_id = $1"
            });
            if TENANT_TABLES.contains(&name.as_str()) && !bound {
                self.problems.push(format!("`{name}` without its organization"));
            }
        }
    }

    fn insert(&mut self, insert: &Insert) {
        let TableObject::TableName(name) = &insert.table else {
            return self.problems.push("an insert into something else than a table".into());
        };
        let rows = match insert.source.as_ref().map(|source| &*source.body) {
            Some(SetExpr::Values(values)) => &values.rows,
            _ => return self.problems.push("an insert of something else than values".into()),
        };
        if !TENANT_TABLES.contains(&name.to_string().as_str()) {
            return;
        }
        let column = insert.columns.iter().position(|c| c.to_string() == "organization_id");
        let bound = |row: &Vec<Expr>| {
            column.and_then(|at| row.get(at)).is_some_and(|value| value.to_string() == "$1")
        };
        if !rows.iter().all(|row| bound(row)) {
            self.problems.push(format!("`{name}` without its organization"));
        }
    }

    fn update(&mut self, update: &Update) {
        let mut tables = vec![&update.table];
        if let Some(UpdateTableFromKind::AfterSet(from)) = &update.from {
            tables.extend(from);
        }
        self.need_organization(&tables, update.selection.as_ref());
        let moves = update.assignments.iter().any(|assignment| {
            matches!(&assignment.target, AssignmentTarget::ColumnName(name)
                if name.to_string().ends_with("organization_id"))
        });
        if moves {
            self.problems.push("a row that moves to another organization".into());
        }
    }

    fn delete(&mut self, delete: &Delete) {
        let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &delete.from;
        self.need_organization(&tables.iter().collect::<Vec<_>>(), delete.selection.as_ref());
    }
}

/// The parts of a condition that all hold, as text.
fn conjuncts(expr: &Expr, found: &mut Vec<String>) {
    match expr {
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            conjuncts(left, found);
            conjuncts(right, found);
        }
        Expr::Nested(inner) => conjuncts(inner, found),
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } if is_first(left) => {
            found.push(format!("{right} = {left}"));
        }
        other => found.push(other.to_string()),
    }
}

fn is_first(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(value) if value.value == Value::Placeholder("$1".into()))
}

#[test]
fn every_statement_names_the_organization_of_every_table() {
    let mut found = Vec::new();
    for (module, statements) in ALL {
        for (name, statement) in *statements {
            for sql in [statement.postgres, statement.sqlite] {
                let problems = problems(sql);
                if ACROSS.contains(&(module, name)) {
                    assert!(!problems.is_empty(), "{module}::{name} isn't an exception");
                } else {
                    found.extend(problems.iter().map(|p| format!("{module}::{name}: {p}")));
                }
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn every_module_with_statements_is_listed() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut modules = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() && std::fs::read_to_string(&path).unwrap().contains("\nstatements! {") {
            modules.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
        }
    }
    modules.sort();
    assert_eq!(modules, ALL.iter().map(|(module, _)| *module).collect::<Vec<_>>());
}

/// The mistakes that the lint is there for.
#[test]
fn forgetting_the_organization_is_found() {
    for (sql, problem) in [
        ("select document from trips where trip_id = $2", "`trips` without its organization"),
        (
            "select document from trips where organization_id = $1 or trip_id = $2",
            "`trips` without its organization",
        ),
        (
            "select document from trips where organization_id = $2",
            "`trips` without its organization",
        ),
        (
            "select t.document from trips t join trip_people p
                on p.organization_id = t.organization_id where t.organization_id = $1",
            "`trip_people` without its organization",
        ),
        (
            "select document from people where organization_id = $1 and person_id in
                (select person_id from person_roles where role = $2)",
            "`person_roles` without its organization",
        ),
        (
            "select document from trips where organization_id = $1
                union select document from orders where order_id = $2",
            "`orders` without its organization",
        ),
        ("update trips set version = 2 where trip_id = $1", "`trips` without its organization"),
        ("delete from trips where trip_id = $1", "`trips` without its organization"),
        ("insert into trips (trip_id, version) values ($1, 1)", "`trips` without its organization"),
        (
            "insert into trips (organization_id, trip_id) select organization_id, trip_id from trips
                where organization_id = $1",
            "an insert of something else than values",
        ),
        (
            "update trips set organization_id = $3 where organization_id = $1 and trip_id = $2",
            "a row that moves to another organization",
        ),
        (
            "select document from trips where organization_id = $1 limit 10 offset 10",
            "a list that skips rows instead of going on after a key",
        ),
        (
            "select row_number() over (order by trip_id) from trips where organization_id = $1",
            "a window function",
        ),
        ("truncate table trips", "what is this for: TRUNCATE TABLE trips"),
    ] {
        assert_eq!(problems(sql), [problem], "{sql}");
    }
    assert_eq!(
        problems(
            "select t.document from trips t join trip_people p on p.organization_id = $1
            and p.trip_id = t.trip_id where ($1 = t.organization_id) and p.person_id = $2"
        ),
        Vec::<String>::new()
    );
}

/// On SQLite, whose planner decides without statistics: a statement that scans a table has no index.
#[cfg(feature = "sqlite")]
#[tokio::test]
async fn every_statement_finds_its_rows_by_an_index() {
    use sqlx::{AssertSqlSafe, Connection, Row as _, SqliteConnection};

    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let all = crate::migrate::sqlite::ALL;
    crate::migrate::sqlite::run(&mut connection, all).await.unwrap();
    let mut scans = Vec::new();
    for (module, statements) in ALL {
        for (name, statement) in *statements {
            let explain = AssertSqlSafe(format!("explain query plan {}", statement.sqlite));
            for step in sqlx::query(explain).fetch_all(&mut connection).await.unwrap() {
                let detail: String = step.get("detail");
                let scanned = detail.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
                if scanned.is_some_and(|table| TENANT_TABLES.contains(&table)) {
                    scans.push(format!("{module}::{name}: {detail}"));
                }
            }
        }
    }
    assert_eq!(scans, Vec::<String>::new());
}
