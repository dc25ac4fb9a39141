//! A server that starts before its database.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use covibe_store::Backend;
use covibe_testkit_http::{Location, Options, Relay, World};

use crate::server_binary;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_started_before_its_database_serves_once_that_is_up() {
    let options = Options { backend: Backend::Postgres, ..Options::default() };
    let Some(world) = World::start(options).await else { return };
    let Location::Server(database) = world.location() else { panic!("it is PostgreSQL") };
    let relay = Relay::prepare();
    let mut command = Command::new(server_binary::path());
    command.env_clear().envs(world.variables()).arg("serve");
    command.env("DATABASE_URL", relay.url(&database.runtime_url).expose());
    command.current_dir(env!("CARGO_TARGET_TMPDIR")).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the server starts");
    let told = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut lines = told.lines().map_while(Result::ok);
    let first = lines.next().expect("a line");
    assert!(first.starts_with("waiting for the database"), "{first}");
    assert!(first.contains("the socket does not exist"), "{first}");
    relay.listen(&database.runtime_url);
    let serves = lines.any(|line| line.starts_with("Co-Vibe serves at "));
    child.kill().expect("its end");
    child.wait().expect("its status");
    assert!(serves);
}
