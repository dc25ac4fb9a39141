//! SSH keys of the team.

use covibe_domain::Timestamp;

/// An SSH key of the team.
pub(crate) struct PrivateKey {
    pub(crate) id: i64,
    pub(crate) uuid: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) secret: String,
    pub(crate) public: String,
    pub(crate) fingerprint: String,
    pub(crate) created: Timestamp,
}
