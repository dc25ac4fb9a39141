//! Helpers that the tests of the surfaces share.

pub(crate) mod raw_requests;

use covibe_sandbox::coolify::Version;
pub(crate) use covibe_testkit_http::support::*;
use covibe_testkit_http::{Options, World};

/// A world on a release of Coolify.
pub(crate) async fn on(version: Version) -> World {
    World::start(Options::on_release(version)).await.expect("SQLite is built in")
}
