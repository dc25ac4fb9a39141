//! Hosts that Coolify makes up for containers whose variables ask for one, and what they become.
//!
//! Whenever a service is changed, and once more at each start, Coolify reads its file again
//! (`Service::parse`, beta.473 to 4.3). A container without an address that declares a
//! `SERVICE_URL_*` or `SERVICE_FQDN_*` gets one then, and so does one that refers to its own for the
//! first time, even in place of what it had; below the server's domain, not the workspace's.

use covibe_compose::{Compose, compose};
use covibe_coolify::{Service, ServiceApplication, ServicePatch};
use covibe_domain::{Failure, Kind};
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace, with_hosts_claimed};

use super::address::Address;
use super::create::hosts::Taken;

/// How often other hosts are tried for those that turn out to be taken.
const TRIES: usize = 4;

/// A container, and the address that it is to have.
type To = (String, Address);

/// A container that got a host of the workspace's in place of one that Coolify made up.
pub(super) struct Given {
    service: String,
    host: String,
}

impl Given {
    /// A word on it for the agent.
    pub(super) fn hint(&self) -> String {
        let Self { service, host } = self;
        format!(
            "{service}: its SERVICE_FQDN_* or SERVICE_URL_* asks for a domain, and got {host}; \
             apps.domains.set changes it."
        )
    }
}

/// Whether Coolify has made a host up: its first label ends with the service's id (`generateUrl`,
/// beta.473 to 4.3).
pub(super) fn is_made_up(host: &str, service: &str) -> bool {
    let label = host.split('.').next().unwrap_or_default();
    label.strip_suffix(service).is_some_and(|rest| rest.ends_with('-'))
}

/// Has Coolify read the file now as it would at the start, and replaces what it makes up.
pub(super) async fn before_start(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
) -> Result<(), Failure> {
    if !asks(service) {
        return replace(cx, coolify, service, service).await.map(drop);
    }
    touch(coolify, service).await?;
    let now = coolify.service(&service.uuid).await?;
    replace(cx, coolify, service, &now).await.map(drop)
}

/// Replaces each host outside the namespace that Coolify has made up: by what the container had
/// `before`, or by one of the workspace's.
pub(super) async fn replace(
    cx: &Workspace,
    coolify: &Coolify,
    before: &Service,
    now: &Owned<Service>,
) -> Result<Vec<Given>, Failure> {
    let namespace = cx.namespace();
    let is_stray = |url: &Address| {
        is_made_up(&url.host, now.uuid.as_str()) && namespace.host(&url.host, &now.name).is_err()
    };
    let (mut back, mut wanted) = (Vec::new(), Vec::new());
    let file = now.compose().and_then(|file| compose(file).ok());
    for part in &now.applications {
        let present = addresses(part);
        let Some(stray) = present.iter().find(|url| is_stray(url)) else { continue };
        let had = before.applications.iter().find(|it| it.name == part.name).map(addresses);
        let had: Vec<_> = had.into_iter().flatten().filter(|url| !is_stray(url)).collect();
        if had.is_empty() {
            let host = namespace.host_for(&format!("{}-{}", now.name, part.name));
            let port = stray.port.or_else(|| exposed(file.as_ref(), &part.name));
            wanted.push((part.name.clone(), Address::of("https", host, port)));
        } else {
            let urls: Vec<_> = had.iter().map(Address::to_string).collect();
            back.push((part.name.clone(), urls.join(",")));
        }
    }
    if back.is_empty() && wanted.is_empty() {
        return Ok(Vec::new());
    }
    let given = give(cx, now, back, wanted).await?;
    // The variables tell the addresses as they were before the change, until the next one.
    touch(coolify, now).await.map_err(Failure::in_doubt)?;
    Ok(given)
}

/// Writes these addresses, with other hosts for those that are taken.
async fn give(
    cx: &Workspace,
    service: &Owned<Service>,
    back: Vec<(String, String)>,
    mut wanted: Vec<To>,
) -> Result<Vec<Given>, Failure> {
    for _ in 0..TRIES {
        let hosts: Vec<_> = wanted.iter().map(|(_, to)| to.host.clone()).collect();
        let Some(better) =
            with_hosts_claimed(cx, &hosts, try_give(cx, service, &back, &wanted)).await?
        else {
            let given = |(service, to): To| Given { service, host: to.host };
            return Ok(wanted.into_iter().map(given).collect());
        };
        wanted = better;
    }
    Err(Failure::conflict("The hosts that the app's containers ask for are taken.")
        .hint("Give each of them one with apps.domains.set."))
}

/// Writes them if they are free; else others to try.
async fn try_give(
    cx: &Workspace,
    service: &Owned<Service>,
    back: &[(String, String)],
    wanted: &[To],
) -> Result<Option<Vec<To>>, Failure> {
    let coolify = cx.coolify().await?.refreshed();
    let mut taken = Taken::nothing();
    if !wanted.is_empty() {
        taken = Taken::look(&coolify, Some(service.uuid.as_str())).await?;
        service.domains().into_iter().for_each(|own| drop(taken.take(own)));
    }
    let mut free = || -> Vec<To> {
        let other = |(name, to): &To| {
            let mut to = to.clone();
            to.host = taken.take(to.host);
            (name.clone(), to)
        };
        wanted.iter().map(other).collect()
    };
    let better = free();
    if better != wanted {
        return Ok(Some(better));
    }
    let to = wanted.iter().map(|(name, to)| (name.clone(), to.to_string()));
    let urls = Some(back.iter().cloned().chain(to).collect());
    let patch = ServicePatch { urls, ..ServicePatch::default() };
    match coolify.update_service(service, &patch).await {
        // Of somebody else in Coolify's team, whom we don't see.
        Err(failure) if failure.kind == Kind::Conflict && !wanted.is_empty() => Ok(Some(free())),
        done => done.map(|()| None),
    }
}

/// A change that changes nothing, at which Coolify reads the file all the same.
async fn touch(coolify: &Coolify, service: &Owned<Service>) -> Result<(), Failure> {
    let connect_to_docker_network = Some(service.connect_to_docker_network);
    let patch = ServicePatch { connect_to_docker_network, ..ServicePatch::default() };
    coolify.update_service(service, &patch).await
}

/// Whether a file may make Coolify make a host up; one that it does not show may.
fn asks(service: &Service) -> bool {
    let asks = |file: &str| file.contains("SERVICE_URL_") || file.contains("SERVICE_FQDN_");
    service.compose().is_none_or(asks)
}

fn addresses(part: &ServiceApplication) -> Vec<Address> {
    part.urls().iter().filter_map(|url| Address::read(url)).collect()
}

fn exposed(file: Option<&Compose>, service: &str) -> Option<u16> {
    let found = file?.services.iter().find(|each| each.name == service);
    found.and_then(|service| service.ports.first().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_coolify_makes_up_has_the_services_id_in_it() {
        let uuid = "zg4cwgc44ogc08804000gggo";
        for (host, is) in [
            ("web-zg4cwgc44ogc08804000gggo.10.0.0.1.sslip.io", true),
            ("my-web-zg4cwgc44ogc08804000gggo.vibnai.com", true),
            ("shop.example.com", false),
            ("zg4cwgc44ogc08804000gggo.vibnai.com", false),
            ("web-zg4cwgc44ogc08804000gggp.vibnai.com", false),
            ("x.web-zg4cwgc44ogc08804000gggo", false),
        ] {
            assert_eq!(is_made_up(host, uuid), is, "{host}");
        }
    }
}
