//! The second wall: what PostgreSQL itself refuses, whatever a statement forgets.

use std::sync::Arc;

use nestmap_core::id::OrganizationId;
use nestmap_core::page::PageRequest;
use nestmap_core::port::store::{Store, TripFilter};
use nestmap_core::testing::store_suite::World;
use nestmap_core::testing::store_suite::everything::Everything;
use nestmap_store::{OpenError, PostgresOptions, SqlStore};
use sqlx::{AssertSqlSafe, PgConnection, query, query_scalar, raw_sql};

use crate::support::postgres::{self, Database};
use crate::support::{self, run};

const TENANT_TABLES: [&str; 17] = [
    "organizations",
    "people",
    "person_roles",
    "memberships",
    "invitations",
    "sessions",
    "policies",
    "offer_sets",
    "trips",
    "trip_people",
    "approvals",
    "approval_approvers",
    "orders",
    "transfers",
    "outbox",
    "audit",
    "replies",
];

/// Two organizations with one of everything each.
async fn two_organizations(database: &Database) -> World {
    let world = support::world(Arc::new(database.connect().await)).await;
    for fixture in [&world.ours, &world.theirs] {
        let mut commit = Everything::of(fixture).commit(fixture);
        commit.once = Some(fixture.once("key"));
        world.store.commit(commit).await.unwrap();
    }
    world
}

async fn begin(connection: &mut PgConnection, organization: Option<OrganizationId>) {
    raw_sql("begin").execute(&mut *connection).await.unwrap();
    if let Some(organization) = organization {
        let set = format!("set local nm.org = '{}'", organization.uuid());
        raw_sql(AssertSqlSafe(set)).execute(connection).await.unwrap();
    }
}

async fn rollback(connection: &mut PgConnection) {
    raw_sql("rollback").execute(connection).await.unwrap();
}

async fn count(connection: &mut PgConnection, table: &str) -> i64 {
    let count = AssertSqlSafe(format!("select count(*) from {table}"));
    query_scalar(count).fetch_one(connection).await.unwrap()
}

/// The code of the error that a statement ends with.
async fn refused(connection: &mut PgConnection, sql: String) -> String {
    raw_sql("savepoint before").execute(&mut *connection).await.unwrap();
    let error = raw_sql(AssertSqlSafe(sql)).execute(&mut *connection).await.unwrap_err();
    raw_sql("rollback to before").execute(connection).await.unwrap();
    error.as_database_error().unwrap().code().unwrap().into_owned()
}

#[test]
fn without_an_organization_nothing_is_seen() {
    run(async {
        let Some(database) = postgres::shared().await else { return };
        two_organizations(&database).await;
        for mut connection in [database.app().await, database.owner().await] {
            begin(&mut connection, None).await;
            for table in TENANT_TABLES {
                assert_eq!(count(&mut connection, table).await, 0, "{table}");
            }
            rollback(&mut connection).await;
        }
    });
}

/// Statements without any condition see the one organization of the transaction.
#[test]
fn a_forgotten_condition_still_sees_one_organization() {
    run(async {
        let Some(database) = postgres::shared().await else { return };
        let world = two_organizations(&database).await;
        let mut connection = database.app().await;
        begin(&mut connection, Some(world.ours.organization)).await;
        for table in TENANT_TABLES {
            let owners = format!("select distinct organization_id from {table}");
            let owners: Vec<sqlx::types::Uuid> =
                query_scalar(AssertSqlSafe(owners)).fetch_all(&mut connection).await.unwrap();
            assert_eq!(owners, [world.ours.organization.uuid()], "{table}");
        }
        rollback(&mut connection).await;
        // The scope ends with the transaction.
        assert_eq!(count(&mut connection, "trips").await, 0);
    });
}

/// Whoever logs in without an organization sees where that login belongs, and no other's.
#[test]
fn a_login_sees_its_own_memberships_alone() {
    run(async {
        let Some(database) = postgres::shared().await else { return };
        let world = two_organizations(&database).await;
        let mut connection = database.app().await;
        begin(&mut connection, Some(world.ours.organization)).await;
        let identity = "select identity_id from memberships limit 1";
        let identity: sqlx::types::Uuid =
            query_scalar(identity).fetch_one(&mut connection).await.unwrap();
        rollback(&mut connection).await;
        begin(&mut connection, None).await;
        let set = format!("set local nm.identity = '{identity}'");
        raw_sql(AssertSqlSafe(set)).execute(&mut connection).await.unwrap();
        let seen: Vec<sqlx::types::Uuid> =
            query_scalar("select distinct identity_id from memberships")
                .fetch_all(&mut connection)
                .await
                .unwrap();
        assert_eq!(seen, [identity]);
        assert_eq!(count(&mut connection, "people").await, 0);
        rollback(&mut connection).await;
    });
}

/// Many organizations on few connections: what one transaction says isn't known to the next.
#[test]
fn connections_forget_whom_they_served() {
    run(async {
        let Some(database) = postgres::shared().await else { return };
        let mut options = PostgresOptions::new(database.app_url());
        options.connections_max = 4;
        options.acquire_seconds_max = 30;
        let store: Arc<dyn Store> = Arc::new(SqlStore::connect_postgres(&options).await.unwrap());
        let mut worlds = Vec::new();
        for _ in 0..10 {
            let world = support::world(store.clone()).await;
            let trip = world.trip().await;
            worlds.push((Arc::new(world), trip.id));
        }
        let tasks: Vec<_> = (0..1_000)
            .map(|n| {
                let (world, trip) = worlds[n % worlds.len()].clone();
                tokio::spawn(async move {
                    let mine = world.ours.organization;
                    let (all, page) = (TripFilter::default(), PageRequest::first());
                    let trips = world.store.trips(mine, all, page).await.unwrap().items;
                    assert_eq!(trips.iter().map(|t| t.value.id).collect::<Vec<_>>(), [trip]);
                    let theirs = world.theirs.organization;
                    let trips = world.store.trips(theirs, all, page).await.unwrap().items;
                    assert_eq!(trips, []);
                    assert_eq!(world.store.trip(theirs, trip).await.unwrap(), None);
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn another_organization_can_not_be_written() {
    run(async {
        let Some(database) = postgres::shared().await else { return };
        let world = two_organizations(&database).await;
        let mut connection = database.app().await;
        begin(&mut connection, Some(world.ours.organization)).await;
        let theirs = world.theirs.organization.uuid();
        let insert = format!(
            "insert into trips (organization_id, trip_id, version, document)
                values ('{theirs}', '{theirs}', 1, '{{}}')"
        );
        // 42501: the row violates the policy.
        assert_eq!(refused(&mut connection, insert).await, "42501");
        let membership = format!(
            "insert into memberships (identity_id, organization_id, person_id)
                values ('{theirs}', '{theirs}', '{theirs}')"
        );
        assert_eq!(refused(&mut connection, membership).await, "42501");
        let moved = format!("update trips set organization_id = '{theirs}'");
        assert_eq!(refused(&mut connection, moved).await, "42501");
        for change in [
            format!("update trips set version = 99 where organization_id = '{theirs}'"),
            format!("delete from trip_people where organization_id = '{theirs}'"),
            format!("delete from memberships where organization_id = '{theirs}'"),
        ] {
            let touched = raw_sql(AssertSqlSafe(change)).execute(&mut connection).await.unwrap();
            assert_eq!(touched.rows_affected(), 0);
        }
        rollback(&mut connection).await;
    });
}

#[test]
fn what_is_only_added_to_can_not_be_changed() {
    run(async {
        let Some(database) = postgres::shared().await else { return };
        let world = two_organizations(&database).await;
        let mut connection = database.app().await;
        begin(&mut connection, Some(world.ours.organization)).await;
        for change in [
            "update audit set subject_id = ''",
            "delete from audit",
            "truncate audit",
            "update transfers set minor = 0",
            "delete from transfers",
            "truncate transfers",
            "update outbox set document = '{}'",
            "delete from outbox",
            "update replies set document = '{}'",
            "delete from replies",
            "delete from orders",
            "drop table audit",
            "alter table audit disable row level security",
            "create table public.own (n bigint)",
            "update _sqlx_migrations set version = 1",
        ] {
            assert_eq!(refused(&mut connection, change.into()).await, "42501", "{change}");
        }
        rollback(&mut connection).await;
    });
}

/// The role that looks for work everywhere sees where and when, and nothing else.
#[test]
fn discovery_sees_no_content() {
    run(async {
        let Some(database) = postgres::shared().await else { return };
        two_organizations(&database).await;
        let mut connection = database.app().await;
        raw_sql("begin; set local role nm_worker").execute(&mut connection).await.unwrap();
        let seen: i64 = query_scalar("select count(distinct organization_id) from approvals")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert!(seen >= 2, "{seen} organizations");
        for read in [
            "select document from orders",
            "select order_id from orders",
            "select document from approvals",
            "select document from outbox",
            "select * from trips",
            "select * from people",
            "select * from identities",
            "select * from memberships",
            "select organization_id from organizations",
            "update outbox set available_at = null",
        ] {
            assert_eq!(refused(&mut connection, read.into()).await, "42501", "{read}");
        }
        rollback(&mut connection).await;
    });
}

/// What a serving transaction is allowed to take.
#[test]
fn a_statement_that_hangs_is_ended() {
    run(async {
        let Some(database) = postgres::shared().await else { return };
        let store = database.connect().await;
        let world = support::world(Arc::new(store)).await;
        let person = world.traveler().await;
        // Somebody holds the row and doesn't let go.
        let mut other = database.app().await;
        begin(&mut other, Some(world.ours.organization)).await;
        let lock = "select version from people where person_id = $1 for update";
        query(lock).bind(person.id.uuid()).execute(&mut other).await.unwrap();
        let update = nestmap_core::port::store::Write::Update(person, 1);
        let change = nestmap_core::port::store::Change::Person(update);
        let error = world.refusal([change]).await;
        let message = error.to_string();
        assert!(message.contains("lock timeout"), "{message}");
        rollback(&mut other).await;
    });
}

#[test]
fn roles_that_could_get_around_the_wall_are_refused() {
    run(async {
        let Some(database) = postgres::shared().await else { return };
        let error = SqlStore::connect(&database.superuser_url()).await.unwrap_err();
        assert!(matches!(error, OpenError::UnsafeRole { why, .. } if why.contains("superuser")));
        let error = SqlStore::connect(&database.owner_url()).await.unwrap_err();
        assert!(matches!(error, OpenError::UnsafeRole { why, .. } if why.contains("owns")));
        assert_eq!(
            error.to_string(),
            "the database role `nm_owner` is unsafe to serve with: \
                it owns the tables, or may become their owner"
        );
    });
}

/// Logins made for one test, each with something wrong about it.
#[test]
fn logins_that_inherit_too_much_are_refused() {
    run(async {
        let Some(database) = postgres::shared().await else { return };
        for (name, grants, expected) in [
            ("bypass", "bypassrls in role nm_app", "bypasses"),
            ("heir", "inherit in role nm_app, nm_worker", "inherits `nm_worker`"),
            ("owner_too", "in role nm_app, nm_owner", "owns"),
        ] {
            let login = Login::make(&database, name, grants).await;
            let error = SqlStore::connect(&login.url).await.unwrap_err();
            let OpenError::UnsafeRole { role, why } = error else { panic!("{name}: {error:?}") };
            assert_eq!(role, login.role);
            assert!(why.contains(expected), "{name}: {why}");
            login.remove(&database).await;
        }
        // A login that is a member of nm_app and nothing else serves as well as nm_app itself.
        let login = Login::make(&database, "server", "in role nm_app").await;
        let store = SqlStore::connect(&login.url).await.unwrap();
        store.ping().await.unwrap();
        let world = support::world(Arc::new(store)).await;
        world.trip().await;
        let now = nestmap_core::testing::store_suite::Fixture::now();
        world.store.organizations_with_work(now, None, 10).await.unwrap();
        drop(world);
        login.remove(&database).await;
        let login = Login::make(&database, "stranger", "nocreatedb").await;
        let error = SqlStore::connect(&login.url).await.unwrap_err();
        assert!(!matches!(error, OpenError::UnsafeRole { .. }), "{error:?}");
        login.remove(&database).await;
    });
}

/// Somebody turned the wall off by hand.
#[test]
fn an_unprotected_table_is_refused() {
    run(async {
        let Some(database) = Database::fresh().await else { return };
        SqlStore::migrate(&database.owner_url()).await.unwrap();
        SqlStore::connect(&database.app_url()).await.unwrap().close().await;
        let mut owner = database.owner().await;
        raw_sql("alter table trips no force row level security").execute(&mut owner).await.unwrap();
        let error = SqlStore::connect(&database.app_url()).await.unwrap_err();
        assert!(matches!(error, OpenError::Unprotected { table } if table == "trips"));
        drop(owner);
        database.remove().await;
    });
}

/// What is wrong with a URL is said without repeating it.
#[test]
fn a_password_never_prints() {
    run(async {
        for url in [
            "postgres://nm_app:s3cr3t@127.0.0.1:1/nestmap",
            "postgres://nm_app:s3cr3t@[not-a-host/nestmap",
            "mysql://nm_app:s3cr3t@127.0.0.1/nestmap",
            "s3cr3t",
            "",
        ] {
            let error = SqlStore::connect(url).await.unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error:?}");
            let error = SqlStore::migrate(url).await.unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error:?}");
        }
        let options = PostgresOptions::new("postgres://nm_app:s3cr3t@localhost/x");
        assert!(!format!("{options:?}").contains("s3cr3t"));
    });
}

/// A login that lives as long as a test.
struct Login {
    role: String,
    url: String,
}

impl Login {
    async fn make(database: &Database, name: &str, grants: &str) -> Self {
        let suffix: String = support::entropy().iter().map(|b| format!("{b:02x}")).collect();
        let role = format!("nm_test_{name}_{suffix}");
        let create = format!("create role {role} login password 'x' {grants}");
        let mut superuser = database.superuser().await;
        raw_sql(AssertSqlSafe(create)).execute(&mut superuser).await.unwrap();
        Self { url: database.url_as(&role, "x"), role }
    }

    async fn remove(self, database: &Database) {
        let mut superuser = database.superuser().await;
        let end = "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1";
        query(end).bind(&self.role).execute(&mut superuser).await.unwrap();
        let drop = AssertSqlSafe(format!("drop role {}", self.role));
        raw_sql(drop).execute(&mut superuser).await.unwrap();
    }
}
