//! Removes the hosts of a domain from an app.

use covibe_coolify::{ApplicationPatch, ServicePatch};
use covibe_domain::{DomainName, Failure};
use covibe_workspace::{AnyApp, Coolify};

use super::present_domains::attached_urls;
use crate::apps::app_urls::Address;

/// Returns the hosts of an app that are at or below a domain, each once.
pub(crate) fn hosts_below(app: &AnyApp, domain: &DomainName) -> Vec<String> {
    let hosts = attached_urls(app).into_iter().map(|each| each.address.host);
    let mut hosts: Vec<_> = hosts.filter(|host| is_host_of(host, domain)).collect();
    hosts.sort_unstable();
    hosts.dedup();
    hosts
}

/// Removes the URLs of an app whose hosts are at or below a domain. The others stay.
pub(crate) async fn remove_hosts_below(
    coolify: &Coolify,
    app: &AnyApp,
    domain: &DomainName,
) -> Result<(), Failure> {
    match app {
        AnyApp::Application(app) if app.is_compose() => {
            // Coolify replaces the whole map.
            let services = coolify.application(&app.uuid).await?.compose_domains().into_iter();
            let map: Vec<_> =
                services.map(|(name, urls)| (name, kept_urls(urls, domain))).collect();
            coolify.set_compose_domains(app, &map).await
        }
        AnyApp::Application(app) => {
            let domains = Some(kept_urls(app.urls(), domain));
            let patch = ApplicationPatch { domains, ..ApplicationPatch::default() };
            coolify.update_application(app, &patch).await
        }
        AnyApp::Service(service) => {
            let changed = service.applications.iter().filter_map(|each| {
                let (all, kept) = (each.urls(), kept_urls(each.urls(), domain));
                (all != kept).then(|| (each.name.clone(), kept.join(",")))
            });
            let patch = ServicePatch { urls: Some(changed.collect()), ..ServicePatch::default() };
            coolify.update_service(service, &patch).await
        }
    }
}

/// Returns the URLs whose hosts are neither a domain nor below it.
fn kept_urls(mut urls: Vec<String>, domain: &DomainName) -> Vec<String> {
    urls.retain(|url| Address::parse(url).is_none_or(|it| !is_host_of(&it.host, domain)));
    urls
}

fn is_host_of(host: &str, domain: &DomainName) -> bool {
    domain.contains(host.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_urls_at_and_below_the_domain_are_removed() {
        let domain = DomainName::from_written("shop.com").unwrap();
        let urls = [
            "https://shop.com",
            "https://www.Shop.com:3000/v1",
            "http://a.b.shop.com.",
            "https://myshop.com",
            "https://shop.mark.vibnai.com:8080",
            "odd",
        ];
        let kept = kept_urls(urls.map(str::to_owned).to_vec(), &domain);
        assert_eq!(kept, ["https://myshop.com", "https://shop.mark.vibnai.com:8080", "odd"]);
    }
}
