//! The pages for people and clients that have no session: the first page, documents, and OAuth's paths.

mod document;
pub(crate) mod home;
pub(crate) mod oauth;

pub(crate) use document::Document;
