//! What people and their clients find where they look first: the first page, documents, and OAuth's paths.

mod document;
pub(crate) mod home;
pub(crate) mod oauth;

pub(crate) use document::Document;
