//! Web searches by one of four providers: titles, addresses and snippets of pages, none of which is fetched.
//!
//! | provider | needs | documented at |
//! |---|---|---|
//! | [`Provider::Brave`] | a key | <https://api-dashboard.search.brave.com/app/documentation/web-search/get-started> |
//! | [`Provider::Tavily`] | a key | <https://docs.tavily.com/documentation/api-reference/endpoint/search> |
//! | [`Provider::Serper`] | a key | <https://serper.dev/playground> |
//! | [`Provider::Searxng`] | an address | <https://docs.searxng.org/dev/search_api.html> |
//!
//! A key is sent in a header and never in an address. Whatever an answer holds, a [`Hit`] has only an `http` or `https`
//! address and texts of one line, without tags and control characters, each within its limit.

mod brave;
mod client;
mod provider;
mod searxng;
mod serper;
mod tavily;
mod text;

pub use client::{Client, Config, Hit, MAX_HITS, MAX_QUERY};
pub use covibe_upstream::{Cause, ConfigError, Error};
pub use provider::Provider;
