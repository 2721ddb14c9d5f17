//! The suite that every store passes, on each database.

use std::sync::Arc;

use nestmap_core::testing::store_suite::World;
use nestmap_store::SqlStore;

use crate::support::{self, postgres};

mod sqlite_in_memory {
    nestmap_core::store_suite!(run = crate::support::run, open = crate::suite::in_memory);
}

mod sqlite_in_a_file {
    nestmap_core::store_suite!(run = crate::support::run, open = crate::suite::in_a_file);
}

mod on_postgres {
    nestmap_core::store_suite!(run = crate::support::run, open = crate::suite::on_postgres);

    #[test]
    fn cases_that_need_postgres_are_counted() {
        crate::support::postgres::count_left_out(CASES);
    }
}

async fn in_memory() -> Option<World> {
    Some(support::world(Arc::new(SqlStore::in_memory().await.unwrap())).await)
}

async fn in_a_file() -> Option<World> {
    let folder = support::Folder::new();
    let store = SqlStore::open_sqlite(folder.path().join("suite.db")).await.unwrap();
    Some(support::world(Arc::new(store)).await.keeping(folder))
}

async fn on_postgres() -> Option<World> {
    let database = postgres::shared().await?;
    Some(support::world(Arc::new(database.connect().await)).await)
}
