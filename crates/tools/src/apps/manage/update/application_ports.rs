//! Changing the ports of an application, so that the proxy follows.

use covibe_coolify::{Application, ApplicationPatch, BuildPack as Present};
use covibe_domain::Failure;
use covibe_domain::entities::BuildPack;
use covibe_domain::shell::Ports;
use covibe_policy::Owned;
use covibe_workspace::Coolify;

use crate::apps::app_urls::Address;
use crate::apps::constants::STATIC_PORT;
use crate::patch_outcome::PatchOutcome;

/// Adds the application's domains to a patch of its ports: without them, the proxy's labels keep the
/// old port (seen with Coolify 4.3.11).
///
/// The ports of a static site are ignored unless they are the one that its web server listens on.
pub(super) fn complete(patch: &mut ApplicationPatch, app: &Application, fates: &mut PatchOutcome) {
    let Some(ports) = &patch.ports_exposes else { return };
    let was_static = app.build_pack == Some(Present::Static);
    let is_static = patch.build_pack.map_or(was_static, |pack| pack == BuildPack::Static);
    if is_static && ports.numbers().next() != Some(STATIC_PORT) {
        fates.add_ignored("ports", format!("a static site always listens on port {STATIC_PORT}"));
        patch.ports_exposes = None;
        return;
    }
    let urls = app.urls();
    if !app.is_compose() && !urls.is_empty() {
        patch.domains = Some(urls);
        *patch = without_present_domains(std::mem::take(patch), app);
    }
}

/// Sends a patch to Coolify, without the domains that the application has.
pub(in crate::apps) async fn send(
    coolify: &Coolify,
    app: &Owned<Application>,
    patch: &ApplicationPatch,
) -> Result<(), Failure> {
    coolify.update_application(app, &without_present_domains(patch.clone(), app)).await
}

/// Returns a patch without its domains if the application has them: Coolify reads all domains of its team for them
/// (4.3.11). With other ports or another build pack, they stay in it, so that the proxy follows.
fn without_present_domains(patch: ApplicationPatch, app: &Application) -> ApplicationPatch {
    let ports = patch.ports_exposes.as_ref().map(Ports::as_str);
    let has_ports = ports.is_none_or(|ports| app.ports_exposes.as_deref() == Some(ports));
    let has_pack = patch.build_pack.is_none_or(|pack| app.build_pack == Some(pack.into()));
    let has_domains = patch.domains.as_ref().is_some_and(|domains| *domains == app.urls());
    let is_same = has_domains && has_ports && has_pack && is_known_to_follow(app);
    ApplicationPatch { domains: patch.domains.filter(|_| !is_same), ..patch }
}

/// Returns whether the proxy sends requests to the first port, for the domains without a port of
/// their own. Labels that are not known are taken to be right.
pub(in crate::apps) fn is_followed(app: &Application) -> bool {
    let Some(routed) = app.routed_ports().filter(|ports| !ports.is_empty()) else { return true };
    let first = app.ports_exposes.as_deref().and_then(|ports| ports.split(',').next());
    let Some(first) = first.and_then(|port| port.trim().parse::<u16>().ok()) else { return true };
    let urls = app.urls();
    let mut addresses = urls.iter().filter_map(|url| Address::parse(url));
    addresses.all(|address| address.port.is_some()) || routed.contains(&first)
}

/// Returns whether the proxy is known to send requests to the first port, as far as the application has domains of its own.
/// Labels that are not known, as in lists, may be wrong.
pub(in crate::apps) fn is_known_to_follow(app: &Application) -> bool {
    let has_labels = app.routed_ports().is_some_and(|ports| !ports.is_empty());
    app.urls().is_empty() || has_labels && is_followed(app)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn application(ports: &str, fqdn: &str, routed: u16) -> Application {
        let label = format!("traefik.http.services.http-0-u.loadbalancer.server.port={routed}");
        let app = json!({ "uuid": "zg4cwgc44ogc08804000gggo", "ports_exposes": ports, "fqdn": fqdn,
                          "custom_labels": label });
        serde_json::from_value(app).unwrap()
    }

    #[test]
    fn an_outdated_port_in_the_proxy_labels_is_detected() {
        assert!(is_followed(&application("8080,9090", "https://a.test", 8080)));
        assert!(!is_followed(&application("8080", "https://a.test", 3000)));
        assert!(is_followed(&application("8080", "https://a.test:3000", 3000)));
    }

    #[test]
    fn domains_are_sent_again_unless_the_labels_show_the_current_port() {
        let sends = |app: &Application| {
            let patch =
                ApplicationPatch { domains: Some(app.urls()), ..ApplicationPatch::default() };
            without_present_domains(patch, app).domains.is_some()
        };
        assert!(!sends(&application("8080", "https://a.test", 8080)));
        assert!(sends(&application("8080", "https://a.test", 3000)));
        let listed = json!({ "uuid": "zg4cwgc44ogc08804000gggo", "ports_exposes": "8080",
                             "fqdn": "https://a.test" });
        assert!(sends(&serde_json::from_value(listed).unwrap()));
    }
}
