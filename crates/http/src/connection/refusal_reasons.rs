//! The requests that are refused before anybody looks at their key, and why.

use covibe_domain::counters::Count;

/// Why a request is refused before anybody looks at its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The server has too many connections.
    Connections,
    /// The address has too many requests in progress.
    Address,
    /// The address makes too many requests without a valid key.
    Keyless,
    /// The person who is signed in makes too many requests.
    Person,
    /// The request is for another host, or from a page of another origin.
    Foreign,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 5] =
        [Self::Connections, Self::Address, Self::Keyless, Self::Person, Self::Foreign];

    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Address => "address",
            Self::Keyless => "keyless",
            Self::Person => "person",
            Self::Foreign => "foreign",
        }
    }
}

/// The requests that were refused, by reason.
#[derive(Debug, Default)]
pub(super) struct RefusedCounts([Count; Reason::ALL.len()]);

impl RefusedCounts {
    pub(super) fn add(&self, reason: Reason) {
        if let Some(count) = self.count_of(reason) {
            count.add_one();
        }
    }

    pub(super) fn count_of(&self, reason: Reason) -> Option<&Count> {
        let place = Reason::ALL.iter().position(|each| *each == reason)?;
        self.0.get(place)
    }
}
