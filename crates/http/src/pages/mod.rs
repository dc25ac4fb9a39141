//! What people and their clients find where they look first: the first page, and OAuth's paths.

pub(crate) mod home;
pub(crate) mod oauth;
