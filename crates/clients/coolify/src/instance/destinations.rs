//! The destinations (Docker networks) of a server.

use covibe_domain::ServerUuid;
use covibe_upstream::{Error, Trouble, optional};
use serde::Deserialize;

use crate::client::Client;
use crate::wire::{Listing, trouble};

#[derive(Deserialize)]
struct Destination {
    uuid: String,
}

impl Client {
    /// Returns what keeps resources from being created on a server for want of a destination. `None`
    /// also before 4.2, where Coolify does not tell the destinations.
    pub async fn destination_trouble(&self, server: &ServerUuid) -> Result<Option<Trouble>, Error> {
        let request = self.common().get("/servers/{uuid}/destinations").segment(server.as_str());
        let told = optional(request.json::<Listing<Destination>>().await)?;
        let configured = self.shared.destination.as_deref();
        Ok(told.and_then(|list| trouble_of(&list.0, configured)))
    }
}

fn trouble_of(destinations: &[Destination], configured: Option<&str>) -> Option<Trouble> {
    let is_known = |uuid: &str| destinations.iter().any(|one| one.uuid == uuid);
    match (destinations.len(), configured) {
        (0, _) => Some(trouble::NO_DESTINATION),
        (_, Some(uuid)) if !is_known(uuid) => Some(trouble::UNKNOWN_DESTINATION),
        (2.., None) => Some(trouble::SEVERAL_DESTINATIONS),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_destination_is_taken_and_several_must_be_decided() {
        let all = ["a", "b"].map(|uuid| Destination { uuid: uuid.to_owned() });
        assert_eq!(trouble_of(&[], None), Some(trouble::NO_DESTINATION));
        assert_eq!(trouble_of(&all[..1], None), None);
        assert_eq!(trouble_of(&all[..1], Some("b")), Some(trouble::UNKNOWN_DESTINATION));
        assert_eq!(trouble_of(&all, Some("b")), None);
        assert_eq!(trouble_of(&all, None), Some(trouble::SEVERAL_DESTINATIONS));
    }
}
