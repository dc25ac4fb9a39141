//! The destinations (Docker networks) of a server.

use std::sync::Arc;

use covibe_domain::{DestinationUuid, ServerUuid, boxed};
use covibe_upstream::{Error, Transport, Trouble, ignore_not_found, optional};
use serde_json::json;

use super::undecided_error;
use crate::answer_reading::{Created, Listing, errors_for_operator};
use crate::client::Client;
use crate::records::Destination;

const LIST: &str = "/servers/{uuid}/destinations";

const ONE: &str = "/destinations/{uuid}";

impl Client {
    /// Returns the destinations of a server; 4.2 and later.
    #[boxed]
    pub async fn destinations(&self, server: &ServerUuid) -> Result<Vec<Destination>, Error> {
        let request = self.transport.get(LIST).segment(server.as_str());
        Ok(request.json::<Listing<_>>().await?.0)
    }

    /// Returns a destination; `None` when it does not exist. 4.3 and later.
    #[boxed]
    pub async fn destination(&self, uuid: &DestinationUuid) -> Result<Option<Destination>, Error> {
        told_destination(&self.transport, uuid).await
    }

    /// Creates a destination on a Docker network of the server that exists; 4.3 and later. A network that has
    /// one already is a conflict.
    ///
    /// Coolify does not create the network: it asks for one that only a swarm has, answers 201 all the same,
    /// and fails each deployment to it (4.3.11). It connects its proxy to the network.
    #[boxed]
    pub async fn create_destination(
        &self,
        server: &ServerUuid,
        name: &str,
        network: &str,
    ) -> Result<DestinationUuid, Error> {
        let _changing = self.shared.destinations.changing();
        let request = self.transport.post(LIST).segment(server.as_str());
        let body = json!({ "name": name, "network": network });
        Ok(request.body(body).json::<Created<_>>().await?.uuid)
    }

    /// Deletes a destination and its network; succeeds when it does not exist. One that resources use is a
    /// conflict.
    #[boxed]
    pub async fn delete_destination(&self, uuid: &DestinationUuid) -> Result<(), Error> {
        let _changing = self.shared.destinations.changing();
        let _changing_own = self.shared.own_destinations.changing(uuid);
        let request = self.transport.delete(ONE).segment(uuid.as_str());
        ignore_not_found(request.repeatable().execute().await)
    }

    /// Returns the reason why resources of workspaces without a destination of their own can't be
    /// created on a server. `None` if they can, and before 4.2, where Coolify does not return the
    /// destinations.
    #[boxed]
    pub async fn destination_trouble(&self, server: &ServerUuid) -> Result<Option<Trouble>, Error> {
        let told = self.read_destinations(server).await?;
        let configured = self.shared.destination.as_deref();
        Ok(told.and_then(|list| trouble_of(&list, configured)))
    }

    /// Returns the uuid of a workspace's own destination, if it existed within the last minute. On
    /// a server with only one destination, Coolify uses that one whatever a creation names
    /// (4.3.11): a new resource would join a network of others.
    pub(crate) async fn own_destination<'a>(
        &self,
        uuid: &'a DestinationUuid,
    ) -> Result<&'a DestinationUuid, Error> {
        let known = &self.shared.own_destinations;
        let look = async || {
            let look = async { Ok(told_destination(&self.common(), uuid).await?.is_some()) };
            known.get(uuid, look).await
        };
        if look().await? {
            return Ok(uuid);
        }
        // Another process may just have created it.
        known.forget(uuid);
        if look().await? {
            Ok(uuid)
        } else {
            Err(undecided_error(ONE, errors_for_operator::LOST_DESTINATION))
        }
    }

    /// Returns the uuid of the destination that workspaces share: the configured one, or the only
    /// one that is not a workspace's own. `None` before 4.2, where Coolify does not return them,
    /// and decides or refuses itself.
    ///
    /// # Errors
    ///
    /// There is none, or several and none is configured: Coolify could choose a workspace's own.
    pub(crate) async fn shared_destination(
        &self,
        server: &ServerUuid,
    ) -> Result<Option<String>, Error> {
        let kept = self.choose_shared(self.kept_destinations(server).await?);
        if kept.is_ok() {
            return kept;
        }
        // The operator may just have decided it.
        self.shared.destinations.forget();
        self.choose_shared(self.kept_destinations(server).await?)
    }

    fn choose_shared(&self, known: Option<Arc<[Destination]>>) -> Result<Option<String>, Error> {
        let configured = self.shared.destination.clone();
        let Some(known) = known else { return Ok(configured) };
        match trouble_of(&known, configured.as_deref()) {
            Some(trouble) => Err(undecided_error(LIST, trouble)),
            None => Ok(configured.or_else(|| only_shared(&known).map(|one| one.to_string()))),
        }
    }

    async fn kept_destinations(
        &self,
        server: &ServerUuid,
    ) -> Result<Option<Arc<[Destination]>>, Error> {
        let look = async { Ok(self.read_destinations(server).await?.map(Arc::from)) };
        self.shared.destinations.get(look).await
    }

    async fn read_destinations(
        &self,
        server: &ServerUuid,
    ) -> Result<Option<Vec<Destination>>, Error> {
        let request = self.common().get(LIST).segment(server.as_str());
        let told = optional(request.json::<Listing<_>>().await)?;
        Ok(told.map(|list| list.0))
    }
}

async fn told_destination(
    transport: &Transport,
    uuid: &DestinationUuid,
) -> Result<Option<Destination>, Error> {
    optional(transport.get(ONE).segment(uuid.as_str()).json_asked().await)
}

fn only_shared(known: &[Destination]) -> Option<DestinationUuid> {
    let mut shared = known.iter().filter(|one| one.is_shared());
    let first = shared.next()?;
    shared.next().is_none().then(|| first.uuid.clone())
}

fn trouble_of(destinations: &[Destination], configured: Option<&str>) -> Option<Trouble> {
    let shared = destinations.iter().filter(|one| one.is_shared()).count();
    let found = |uuid: &str| destinations.iter().find(|one| one.uuid.as_str() == uuid);
    match (shared, configured.map(found)) {
        (0, None) => Some(errors_for_operator::NO_DESTINATION),
        (2.., None) => Some(errors_for_operator::SEVERAL_DESTINATIONS),
        (_, Some(None)) => Some(errors_for_operator::UNKNOWN_DESTINATION),
        (_, Some(Some(one))) if !one.is_shared() => Some(errors_for_operator::OWN_DESTINATION),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destination(uuid: &str, network: &str) -> Destination {
        Destination { uuid: uuid.parse().unwrap(), network: network.to_owned() }
    }

    #[test]
    fn the_only_destination_is_used_and_several_need_a_choice() {
        let all = ["coolify1", "coolify2"].map(|uuid| destination(uuid, uuid));
        assert_eq!(trouble_of(&[], None), Some(errors_for_operator::NO_DESTINATION));
        assert_eq!(trouble_of(&all[..1], None), None);
        assert_eq!(
            trouble_of(&all[..1], Some("coolify2")),
            Some(errors_for_operator::UNKNOWN_DESTINATION)
        );
        assert_eq!(trouble_of(&all, Some("coolify2")), None);
        assert_eq!(trouble_of(&all, None), Some(errors_for_operator::SEVERAL_DESTINATIONS));
        assert_eq!(only_shared(&all), None);
        assert_eq!(only_shared(&[]), None);
    }

    #[test]
    fn a_workspaces_own_destination_does_not_count_as_a_shared_one() {
        let own = destination("destination1", "covibe-abcdefghijkl012345678901");
        let all = [own, destination("coolify1", "coolify")];
        assert_eq!(trouble_of(&all, None), None);
        assert_eq!(only_shared(&all), Some("coolify1".parse().unwrap()));
        assert_eq!(
            trouble_of(&all, Some("destination1")),
            Some(errors_for_operator::OWN_DESTINATION)
        );
        assert_eq!(trouble_of(&all[..1], None), Some(errors_for_operator::NO_DESTINATION));
        assert_eq!(only_shared(&all[..1]), None);
    }
}
