//! The target that a domain is attached to.

use std::net::IpAddr;

use covibe_domain::internet::is_public_address;
use covibe_domain::{AppUuid, DomainName, Failure, names};
use covibe_workspace::{Destination, Workspace};
use serde_json::json;

use super::domain_names::{LONGEST, domain};

/// The target that a domain is attached to.
#[derive(Debug)]
pub(super) enum AttachTarget {
    /// An app of the workspace.
    App(AppUuid),
    /// An address in the internet.
    Address(IpAddr),
    /// Another host.
    Alias(DomainName),
}

impl AttachTarget {
    /// Reads the target that a call names.
    ///
    /// # Errors
    ///
    /// Invalid without a target, with several, or with one that can't be read; rejected for an address that is not
    /// public.
    pub(super) fn read(
        app: Option<AppUuid>,
        ip: Option<&str>,
        cname: Option<&str>,
    ) -> Result<Self, Failure> {
        match (app, ip, cname) {
            (Some(app), None, None) => Ok(Self::App(app)),
            (None, Some(ip), None) => parse_address(ip).map(Self::Address),
            (None, None, Some(cname)) => domain(cname).map(Self::Alias),
            _ => Err(Failure::invalid("The call must name exactly one target.")
                .hint("Pass exactly one of `appUuid`, `ip` and `cname`.")),
        }
    }

    /// Checks that the hosts can lead there.
    ///
    /// # Errors
    ///
    /// Rejected for the domain itself as another name, and for a name that points to itself.
    pub(super) fn check(&self, domain: &DomainName, hosts: &[DomainName]) -> Result<(), Failure> {
        let Self::Alias(target) = self else { return Ok(()) };
        if hosts.contains(domain) {
            let others: Vec<_> = hosts.iter().filter(|host| *host != domain).collect();
            let alternative = if others.is_empty() { "[\"www\"]" } else { "without \"@\"" };
            return Err(Failure::rejected(format!(
                "{domain} itself can't have a CNAME: it has its own records."
            ))
            .hint(format!(
                "Pass `subdomains` {alternative} for the CNAME, and use `ip` or `appUuid` for {domain}."
            ))
            .detail("fields", json!({ "cname": ["is for subdomains only"] })));
        }
        if hosts.contains(target) {
            return Err(Failure::rejected(format!("{target} would point to itself."))
                .hint("Pass another host as `cname`.")
                .detail("fields", json!({ "cname": ["points to itself"] })));
        }
        Ok(())
    }

    /// Checks that another host is one in the internet, and not one of this installation outside the workspace.
    ///
    /// # Errors
    ///
    /// Rejected otherwise.
    pub(super) fn check_host(&self, cx: &Workspace) -> Result<(), Failure> {
        let Self::Alias(target) = self else { return Ok(()) };
        let checked = cx.domains().check_target(target, &cx.namespace());
        checked
            .map_err(|refused| refused.detail("fields", json!({ "cname": ["can't be a target"] })))
    }

    /// Returns the contents of the DNS records.
    ///
    /// # Errors
    ///
    /// Not found or forbidden for an app that is not the workspace's; unready if the operator has not configured the
    /// addresses of apps.
    pub(super) async fn destination(&self, cx: &Workspace) -> Result<Destination, Failure> {
        match self {
            Self::Address(ip) => Ok(Destination::Addresses(vec![*ip])),
            Self::Alias(name) => Ok(Destination::Alias(name.clone())),
            Self::App(uuid) => {
                cx.coolify().await?.app(uuid).await?;
                let ingress = cx.settings().ingress.clone();
                if ingress.is_empty() {
                    return Err(no_ingress());
                }
                Ok(Destination::Addresses(ingress))
            }
        }
    }

    /// Returns the app.
    pub(super) fn app(&self) -> Option<&AppUuid> {
        match self {
            Self::App(uuid) => Some(uuid),
            _ => None,
        }
    }

    /// Returns its description in the domain's events.
    pub(super) fn event_text(&self) -> String {
        match self {
            Self::App(uuid) => format!("to the app {uuid}"),
            Self::Address(ip) => format!("to {ip}"),
            Self::Alias(name) => format!("to {name}"),
        }
    }
}

fn parse_address(text: &str) -> Result<IpAddr, Failure> {
    let ip: IpAddr = text.trim().parse().map_err(|_| {
        Failure::invalid(format!("{} is not an IP address.", names::displayable(text, LONGEST)))
            .hint("Pass an IPv4 or IPv6 address, such as 203.0.113.7, or a host as `cname`.")
    })?;
    if is_public_address(ip) {
        return Ok(ip);
    }
    Err(Failure::rejected(format!("{ip} is not a public address."))
        .hint("Pass a public address: visitors of this one would reach their own network.")
        .detail("fields", json!({ "ip": ["is not public"] })))
}

/// The operator has not configured the addresses at which apps are reached.
fn no_ingress() -> Failure {
    Failure::unready("This server does not know the addresses of apps.")
        .permanent()
        .hint("Tell the operator to set COVIBE_INGRESS_ADDRESSES, or pass `ip`.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> DomainName {
        DomainName::from_written(text).unwrap()
    }

    #[test]
    fn accepts_exactly_one_target_and_rejects_invalid_ones() {
        let app = || Some("zg4cwgc44ogc08804000gggo".parse().unwrap());
        assert!(matches!(AttachTarget::read(app(), None, None), Ok(AttachTarget::App(_))));
        assert!(matches!(
            AttachTarget::read(None, Some(" 8.8.8.8 "), None),
            Ok(AttachTarget::Address(_))
        ));
        assert!(matches!(
            AttachTarget::read(None, None, Some("Shops.Net.")),
            Ok(AttachTarget::Alias(_))
        ));
        for (app, ip, cname, status) in [
            (None, None, None, 400),
            (app(), Some("8.8.8.8"), None, 400),
            (None, Some("8.8.8.8"), Some("shops.net"), 400),
            (None, Some("8.8.8"), None, 400),
            (None, Some("10.0.0.1"), None, 422),
            (None, None, Some("8.8.8.8"), 400),
            (None, None, Some("https://shops.net"), 400),
        ] {
            let failure = AttachTarget::read(app, ip, cname).unwrap_err();
            assert_eq!(failure.kind.status(), status, "{ip:?} {cname:?}");
        }
    }

    #[test]
    fn an_alias_of_the_domain_itself_is_refused_with_the_alternative() {
        let (domain, target) = (name("shop.ca"), AttachTarget::Alias(name("shops.net")));
        let refused = target.check(&domain, &[domain.clone(), name("www.shop.ca")]).unwrap_err();
        assert_eq!(refused.kind.status(), 422);
        let hint = refused.hint.unwrap();
        assert!(hint.contains("subdomains") && hint.contains("appUuid"), "{hint}");
        assert!(target.check(&domain, &[name("www.shop.ca")]).is_ok());
        let itself = AttachTarget::Alias(name("www.shop.ca"));
        assert!(itself.check(&domain, &[name("www.shop.ca")]).is_err());
        let address = AttachTarget::Address(IpAddr::from([8, 8, 8, 8]));
        assert!(address.check(&domain, std::slice::from_ref(&domain)).is_ok());
    }
}
