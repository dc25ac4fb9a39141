//! Networks.

use std::collections::BTreeMap;

use covibe_domain::Timestamp;

use crate::core::random;

/// A network.
pub(crate) struct Network {
    /// 64 hexadecimal digits.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) created: Timestamp,
    pub(crate) driver: &'static str,
    pub(crate) is_attachable: bool,
    pub(crate) is_internal: bool,
    pub(crate) labels: BTreeMap<String, String>,
    /// The second number of its addresses: `10.N.0.0/16`.
    pub(crate) number: usize,
}

impl Network {
    /// Creates a bridge.
    pub(crate) fn new(name: &str, created: Timestamp, number: usize) -> Self {
        Self {
            id: random::hex(64),
            name: name.to_owned(),
            created,
            driver: "bridge",
            is_attachable: true,
            is_internal: false,
            labels: BTreeMap::new(),
            number,
        }
    }

    /// Returns the address of the container at that place of the engine's list.
    pub(crate) fn address(&self, place: usize) -> String {
        let place = place + 2;
        format!("10.{}.{}.{}", self.number % 256, place / 256 % 256, place % 256)
    }
}
