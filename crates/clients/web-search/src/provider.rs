//! The providers, and the calls that differ between them.

use std::str::FromStr;

use covibe_domain::Secret;
use covibe_upstream::{Cause, Classify, Request, Transport};
use serde_json::Value;

use crate::search_result::RawHit;
use crate::{brave, searxng, serper, tavily};

/// A provider of web searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Brave Search.
    Brave,
    /// Tavily.
    Tavily,
    /// Serper, which searches Google.
    Serper,
    /// An instance of SearXNG.
    Searxng,
}

/// The error for a text that does not name a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownProvider;

impl FromStr for Provider {
    type Err = UnknownProvider;

    fn from_str(text: &str) -> Result<Self, UnknownProvider> {
        let named = |each: &&Self| each.as_str().eq_ignore_ascii_case(text);
        Self::ALL.iter().find(named).copied().ok_or(UnknownProvider)
    }
}

impl Provider {
    /// All providers.
    pub const ALL: [Self; 4] = [Self::Brave, Self::Tavily, Self::Serper, Self::Searxng];

    /// Returns the word by which settings name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Brave => "brave",
            Self::Tavily => "tavily",
            Self::Serper => "serper",
            Self::Searxng => "searxng",
        }
    }

    /// Returns the name that people know it by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brave => "Brave Search",
            Self::Tavily => "Tavily",
            Self::Serper => "Serper",
            Self::Searxng => "SearXNG",
        }
    }

    /// Returns whether it needs a key. One that needs none needs an address.
    pub const fn needs_key(self) -> bool {
        !matches!(self, Self::Searxng)
    }

    /// Returns the address of the vendor's API, if there is one for all of its customers.
    pub(crate) const fn address(self) -> Option<&'static str> {
        match self {
            Self::Brave => Some(brave::ADDRESS),
            Self::Tavily => Some(tavily::ADDRESS),
            Self::Serper => Some(serper::ADDRESS),
            Self::Searxng => None,
        }
    }

    pub(crate) fn request(
        self,
        transport: &Transport,
        key: &Secret,
        query: &str,
        count: usize,
    ) -> Request {
        match self {
            Self::Brave => brave::request(transport, key, query, count),
            Self::Tavily => tavily::request(transport, key, query, count),
            Self::Serper => serper::request(transport, key, query, count),
            Self::Searxng => searxng::request(transport, query),
        }
    }

    /// Returns the results of an answer; empty where it has another form than the vendor documents.
    pub(crate) fn raw_hits(self, answer: &Value) -> Option<Vec<RawHit<'_>>> {
        match self {
            Self::Brave => brave::raw_hits(answer),
            Self::Tavily => tavily::raw_hits(answer),
            Self::Serper => serper::raw_hits(answer),
            Self::Searxng => searxng::raw_hits(answer),
        }
    }

    /// Returns the reader of the vendor's errors.
    pub(crate) fn classify(self) -> Classify {
        match self {
            Self::Brave => brave::classify,
            Self::Tavily => tavily::classify,
            Self::Serper => serper::classify,
            Self::Searxng => searxng::classify,
        }
    }

    /// Returns the cause of an error whose body the transport leaves to this crate.
    pub(crate) fn cause(self, status: u16, body: &Value) -> Option<Cause> {
        self.classify()(status, body)
    }
}
