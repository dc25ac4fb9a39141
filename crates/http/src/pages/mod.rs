//! The pages for people and clients that have no session: the first page, documents, and OAuth's paths.

mod cacheable_document;
pub(crate) mod oauth_discovery;
pub(crate) mod root_page;

pub(crate) use cacheable_document::Document;
