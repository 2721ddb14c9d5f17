//! Both databases have the same tables: columns, what may be absent, and what is unique.

use std::collections::{BTreeMap, BTreeSet};

use nestmap_store::SqlStore;
use sqlx::{Connection, PgConnection, Row as _, SqliteConnection, query};

use crate::support::{Folder, postgres, run};

/// A table as both catalogs describe it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    /// Columns in order, and whether they may be absent.
    columns: Vec<(String, bool)>,
    /// Columns that are unique together, in order.
    unique: BTreeSet<Vec<String>>,
    /// Columns of indexes that aren't unique, and whether they leave rows out.
    indexes: BTreeSet<(Vec<String>, bool)>,
    /// Columns that refer to another table, and to which.
    references: BTreeSet<(Vec<String>, String)>,
}

type Schema = BTreeMap<String, Table>;

#[test]
fn both_databases_have_the_same_schema() {
    run(async {
        let Some(database) = postgres::shared().await else { return };
        let on_postgres = read_postgres(&mut database.owner().await).await;
        let folder = Folder::new();
        let path = folder.path().join("schema.db");
        SqlStore::open_sqlite(&path).await.unwrap().close().await;
        let url = format!("sqlite:{}", path.display());
        let in_a_file = read_sqlite(&mut SqliteConnection::connect(&url).await.unwrap()).await;
        assert_eq!(on_postgres.keys().collect::<Vec<_>>(), in_a_file.keys().collect::<Vec<_>>());
        for (name, table) in &on_postgres {
            assert_eq!(table, &in_a_file[name], "{name}");
        }
        assert!(on_postgres.len() > 15, "the catalogs were read");
    });
}

/// The organization leads every key and index, but for those that find due work anywhere.
#[test]
fn the_organization_leads_every_key() {
    run(async {
        let Some(database) = postgres::shared().await else { return };
        let schema = read_postgres(&mut database.owner().await).await;
        for (name, table) in schema.iter().filter(|(name, _)| *name != "identities") {
            // Looked up by login, when the organization isn't known yet.
            let leader = if name == "memberships" { "identity_id" } else { "organization_id" };
            let keys = table.unique.iter().chain(table.references.iter().map(|r| &r.0));
            for key in keys {
                assert_eq!(key[0], leader, "{name} {key:?}");
            }
            for (columns, partial) in &table.indexes {
                let anywhere = *partial && columns[1..] == ["organization_id"];
                assert!(columns[0] == "organization_id" || anywhere, "{name} {columns:?}");
            }
            let (first, optional) = &table.columns[0];
            assert_eq!((first.as_str(), *optional), (leader, false), "{name}");
        }
    });
}

async fn read_postgres(connection: &mut PgConnection) -> Schema {
    let mut schema = Schema::new();
    let columns = "select c.relname::text, a.attname::text, not a.attnotnull
        from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
            and a.attnum > 0 and not a.attisdropped and c.relname <> '_sqlx_migrations'
        order by c.relname, a.attnum";
    for row in query(columns).fetch_all(&mut *connection).await.unwrap() {
        schema.entry(row.get(0)).or_default().columns.push((row.get(1), row.get(2)));
    }
    let indexes = "select c.relname::text, i.indisunique, i.indpred is not null,
            array(select a.attname::text from unnest(i.indkey) with ordinality as k(attnum, n)
                join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum order by k.n)
        from pg_index i join pg_class c on c.oid = i.indrelid
        where c.relnamespace = 'public'::regnamespace and c.relname <> '_sqlx_migrations'";
    for row in query(indexes).fetch_all(&mut *connection).await.unwrap() {
        let table: String = row.get(0);
        add_index(schema.get_mut(&table).unwrap(), row.get(1), row.get(2), row.get(3));
    }
    let references = "select c.relname::text, f.relname::text,
            array(select a.attname::text from unnest(k.conkey) with ordinality as u(attnum, n)
                join pg_attribute a on a.attrelid = c.oid and a.attnum = u.attnum order by u.n)
        from pg_constraint k join pg_class c on c.oid = k.conrelid
            join pg_class f on f.oid = k.confrelid
        where k.contype = 'f' and c.relnamespace = 'public'::regnamespace";
    for row in query(references).fetch_all(&mut *connection).await.unwrap() {
        let table: String = row.get(0);
        schema.get_mut(&table).unwrap().references.insert((row.get(2), row.get(1)));
    }
    schema
}

async fn read_sqlite(connection: &mut SqliteConnection) -> Schema {
    let mut schema = Schema::new();
    let columns = "select t.name, c.name, c.\"notnull\" = 0
        from pragma_table_list t join pragma_table_info(t.name) c
        where t.schema = 'main' and t.type = 'table' and t.name not like 'sqlite%'
            and t.name <> '_sqlx_migrations'
        order by t.name, c.cid";
    for row in query(columns).fetch_all(&mut *connection).await.unwrap() {
        schema.entry(row.get(0)).or_default().columns.push((row.get(1), row.get(2)));
    }
    for (name, table) in &mut schema {
        let indexes = "select i.\"unique\", i.partial, group_concat(c.name)
            from pragma_index_list($1) i join pragma_index_info(i.name) c
            group by i.name order by i.name, c.seqno";
        for row in query(indexes).bind(name).fetch_all(&mut *connection).await.unwrap() {
            add_index(table, row.get(0), row.get(1), split(row.get(2)));
        }
        let references = "select group_concat(\"from\"), \"table\" from pragma_foreign_key_list($1)
            group by id order by id, seq";
        for row in query(references).bind(name).fetch_all(&mut *connection).await.unwrap() {
            table.references.insert((split(row.get(0)), row.get(1)));
        }
        let strict = "select strict and wr from pragma_table_list where name = $1";
        let row = query(strict).bind(name).fetch_one(&mut *connection).await.unwrap();
        assert!(row.get::<bool, _>(0), "{name} is strict and without rowid");
    }
    schema
}

fn add_index(table: &mut Table, unique: bool, partial: bool, columns: Vec<String>) {
    if unique {
        table.unique.insert(columns);
    } else {
        table.indexes.insert((columns, partial));
    }
}

fn split(names: &str) -> Vec<String> {
    names.split(',').map(str::to_owned).collect()
}
