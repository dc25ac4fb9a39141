//! Answers without the database.

use std::time::Duration;

use covibe_store::Backend;
use covibe_testkit_http::{Location, Options, World};
use tokio_postgres::NoTls;

const PATH: &str = "/api/workspaces/mark";

/// The time limit of an answer that does not wait for the database.
const PROMPT: Duration = Duration::from_millis(500);

/// A caller is cached for a second, so that on a busy machine some attempts may come too late.
const ATTEMPTS: usize = 20;

#[tokio::test]
async fn a_repeated_description_of_a_workspace_does_not_wait_for_the_database() {
    let options = Options { backend: Backend::Postgres, ..Options::default() };
    let Some(world) = World::start(options).await else { return };
    let Location::Server(database) = world.location() else { panic!("not PostgreSQL") };
    let url = database.superuser_url.expose();
    let (mut client, connection) = tokio_postgres::connect(url, NoTls).await.expect("it");
    let driver = tokio::spawn(connection);
    let describe = || world.mark.agent.send("GET", PATH, &[], None);
    let mut answered = false;
    for _ in 0..ATTEMPTS {
        assert_eq!(describe().await.status, 200);
        let lock = client.transaction().await.expect("a transaction");
        let workspaces = "LOCK TABLE vibn_workspaces IN ACCESS EXCLUSIVE MODE";
        lock.batch_execute(workspaces).await.expect("the lock");
        let repeated = tokio::time::timeout(PROMPT, describe()).await;
        lock.rollback().await.expect("the end of the lock");
        answered = repeated.is_ok_and(|answer| answer.status == 200);
        if answered {
            break;
        }
    }
    assert!(answered, "every repeated description waited for the table of workspaces");
    drop(client);
    driver.await.expect("no panic").expect("a clean end");
    world.stop().await;
}
