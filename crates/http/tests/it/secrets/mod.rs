//! A broad journey, and every secret of it looked for in everything that the server wrote meanwhile:
//! answers, logs at their most talkative, the audit and the rest of the database, `Debug`.

mod answers;
mod captured_logs;
mod database_bytes;
mod debug_output;
mod journey;

use std::time::Duration;

use covibe_domain::entities::Role;
use covibe_store::Backend;
use covibe_testkit_http::{Options, Person, Secrets, World};

use captured_logs::Log;
use journey::Journey;

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_answers_logs_debug_output_or_the_database_on_sqlite() {
    sweep(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_answers_logs_debug_output_or_the_database_on_postgres() {
    sweep(Backend::Postgres).await;
}

/// In the database as it is, so that it must be found there.
const CONTROL: &str = "a-text-that-is-no-secret-d41d8";

async fn sweep(backend: Backend) {
    let log = Log::start();
    let (attempt, deadline) = (Duration::from_millis(500), Duration::from_secs(4));
    let options = Options { backend, attempt, ..Options::default() }.with_deadline(deadline);
    let Some(world) = World::start(options).await else { return };
    let mut journey = Journey::begin(&world);
    journey.take().await;
    let Journey { told, mut secrets, .. } = journey;
    let mut person = Person::member(&world, &world.mark, "ada", Role::Admin).await;
    let csrf = person.csrf(&world).await;
    assert!(person.get("/console").await.text.contains(&csrf), "pages contain it");
    secrets.add("a session", person.token());
    secrets.add("what the pages of a session contain", &csrf);
    let process = world.process().await;
    let shown = debug_output::debug_output(&world, &process, &mut secrets).await;
    tracing::trace!(control = CONTROL, "planted");
    world.dispatcher.flush().await;
    process.dispatcher.flush().await;
    let written = database_bytes::read_database(world.location()).await;
    let logged = log.lines();
    is_found(&told.0, &logged, &written);
    let search = secrets.search();
    for (what, text) in &told.0 {
        search.assert_clean(what, text.as_bytes());
    }
    // Sealed, it may be there, in its one column.
    search.assert_clean_but("a sealed token", "the database", &written);
    search.assert_clean("the log", &logged);
    search.assert_clean("Debug", shown.as_bytes());
    world.stop().await;
}

/// The search sees what it looks at: what is there on purpose is found.
fn is_found(told: &[(String, String)], logged: &[u8], written: &[u8]) {
    let mut control = Secrets::default();
    control.add("the control", CONTROL);
    let search = control.search();
    let in_answers =
        told.iter().filter(|(_, text)| !search.find_secrets(text.as_bytes()).is_empty());
    assert_ne!(in_answers.count(), 0, "answers");
    assert_ne!(search.find_secrets(logged).len(), 0, "the log");
    assert_ne!(search.find_secrets(written).len(), 0, "the database");
    assert!(logged.len() > 100_000, "the log has {} bytes", logged.len());
}
