//! What the tests of operations share.

pub(crate) use covibe_testkit::support::*;
