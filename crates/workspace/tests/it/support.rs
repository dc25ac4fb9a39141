//! What the tests of workspaces share.

pub(crate) use covibe_testkit::support::*;
