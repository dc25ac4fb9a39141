//! Helpers that the tests of operations share.

use covibe_sandbox::coolify::Version;
pub(crate) use covibe_testkit::support::*;
use covibe_testkit::{Options, World};

/// A world behind HTTP on a release of Coolify, for tests that call by every surface.
pub(crate) async fn served_on(version: Version) -> World {
    served(Options::on_release(version)).await
}

/// A world behind HTTP, for tests that call by every surface.
pub(crate) async fn served(options: Options) -> World {
    covibe_testkit_http::World::start(options).await.expect("SQLite is built in").into_inner()
}
