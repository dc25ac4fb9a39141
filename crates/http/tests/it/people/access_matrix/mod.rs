//! Every route by everybody: without a session, with one of a company, of another or of several, with one that was
//! removed or demoted, or is invited; computed from the registry and from the paths of the console, on both databases.

mod console;
mod rest;
mod visitors;

use covibe_store::Backend;
use covibe_testkit_http::{Options, World};

/// Returns a world on a database; `None` where there is none.
async fn world(backend: Backend) -> Option<World> {
    World::start(Options { backend, ..Options::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_person_calls_only_permitted_operations_on_sqlite() {
    let world = world(Backend::Sqlite).await.expect("SQLite is built in");
    rest::call_everything(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_person_calls_only_permitted_operations_on_postgres() {
    let Some(world) = world(Backend::Postgres).await else { return };
    rest::call_everything(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_person_opens_only_permitted_console_pages_on_sqlite() {
    let world = world(Backend::Sqlite).await.expect("SQLite is built in");
    console::open_everything(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_person_opens_only_permitted_console_pages_on_postgres() {
    let Some(world) = world(Backend::Postgres).await else { return };
    console::open_everything(&world).await;
}
