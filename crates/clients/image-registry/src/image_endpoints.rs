//! Addresses at which an image is asked for, and those that its registry may send us to.

use std::collections::BTreeMap;

use covibe_domain::image::ImageReference;
use covibe_domain::internet::is_public_name;
use url::{Host, Url};

use crate::digest::Digest;

/// Docker Hub in references, and its API (Docker Hub, 2026).
const HUB: [&str; 2] = ["docker.io", "index.docker.io"];
const HUB_API: &str = "registry-1.docker.io";

/// An image at the address of its registry's API.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ImageAddress {
    base: Url,
    repository: String,
    /// A tag or a digest.
    reference: String,
    /// True if the operator named the address: it may be one inside, and without TLS.
    is_endpoint: bool,
}

/// The kind of an address that may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// An address that somebody else named, which must lead into the internet.
    Public,
    /// One that the operator named.
    Endpoint,
}

impl ImageAddress {
    /// Returns the place of an image; `None` where its registry is not one that may be asked.
    pub(crate) fn new(image: &ImageReference, endpoints: &BTreeMap<String, Url>) -> Option<Self> {
        let canonical = image.canonical();
        let (registry, repository) = canonical.name().split_once('/')?;
        let registry = normal(registry);
        let endpoint = endpoints.get(&registry).cloned();
        let is_endpoint = endpoint.is_some();
        let base = match endpoint {
            Some(base) => base,
            None if image.has_public_registry() => public_base(&registry)?,
            None => return None,
        };
        let place = Self {
            base,
            repository: repository.to_owned(),
            reference: version(image),
            is_endpoint,
        };
        place.reach(&place.base).is_some().then_some(place)
    }

    /// Returns the registry's address and the repository, which one token is for.
    pub(crate) fn scope(&self) -> (Url, String) {
        (self.base.clone(), self.repository.clone())
    }

    pub(crate) fn repository(&self) -> &str {
        &self.repository
    }

    /// Returns the digest by which the image is asked for, if it is not a tag.
    pub(crate) fn digest(&self) -> Option<Digest> {
        Digest::parse(&self.reference)
    }

    /// Returns the address of the image's manifest or index.
    pub(crate) fn manifest(&self) -> Url {
        self.url("manifests", &self.reference)
    }

    /// Returns the address of a manifest that an index lists.
    pub(crate) fn listed_manifest(&self, digest: &Digest) -> Url {
        self.url("manifests", digest.as_str())
    }

    pub(crate) fn blob(&self, digest: &Digest) -> Url {
        self.url("blobs", digest.as_str())
    }

    /// The grammar of references leaves no character that a path would have to encode.
    fn url(&self, kind: &str, last: &str) -> Url {
        let mut url = self.base.clone();
        let base = self.base.path().trim_end_matches('/');
        url.set_path(&format!("{base}/v2/{}/{kind}/{last}", self.repository));
        url
    }

    /// Returns the kind of an address that the registry named, if it may be asked: a public one with TLS at port 443, or
    /// one of the same origin as the operator's endpoint. Never one with a user or password.
    ///
    /// The addresses of a public name are checked when it is resolved. HTTP clients do not resolve addresses that are
    /// written in numbers, so these are refused here.
    pub(crate) fn reach(&self, url: &Url) -> Option<Reach> {
        if !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        if self.is_endpoint && url.origin() == self.base.origin() {
            return Some(Reach::Endpoint);
        }
        let is_public = matches!(url.host(), Some(Host::Domain(host)) if is_public_name(host));
        let has_port = url.port_or_known_default() == Some(443);
        (url.scheme() == "https" && is_public && has_port).then_some(Reach::Public)
    }
}

/// Returns the form of a registry's name in which endpoints are looked up.
pub(crate) fn normal(registry: &str) -> String {
    let registry = registry.to_ascii_lowercase();
    let bare = registry.strip_suffix(":443").unwrap_or(&registry);
    if HUB.contains(&bare) { HUB[0].to_owned() } else { bare.to_owned() }
}

fn public_base(registry: &str) -> Option<Url> {
    let host = if registry == HUB[0] { HUB_API } else { registry };
    Url::parse(&format!("https://{host}")).ok()
}

/// Returns the digest or tag by which Docker pulls an image.
fn version(image: &ImageReference) -> String {
    let tag = || image.tag().unwrap_or(ImageReference::DEFAULT_TAG).to_owned();
    Digest::from_reference(image).map_or_else(tag, |digest| digest.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(image: &str, endpoints: &[(&str, &str)]) -> Option<ImageAddress> {
        let parsed = |(name, url): &(&str, &str)| (normal(name), url.parse().unwrap());
        ImageAddress::new(&image.parse().unwrap(), &endpoints.iter().map(parsed).collect())
    }

    #[test]
    fn image_names_are_mapped_to_the_manifest_urls_of_their_registries() {
        let digest = format!("sha256:{}", "0".repeat(64));
        let pinned = format!("ghcr.io/o/r:2@{digest}");
        let hub = "https://registry-1.docker.io/v2/library/nginx/manifests";
        for (image, expected) in [
            ("nginx", format!("{hub}/latest")),
            ("docker.io/nginx:1", format!("{hub}/1")),
            ("index.docker.io/library/nginx:1", format!("{hub}/1")),
            ("a/b", "https://registry-1.docker.io/v2/a/b/manifests/latest".to_owned()),
            ("ghcr.io/o/r:v1.2", "https://ghcr.io/v2/o/r/manifests/v1.2".to_owned()),
            ("quay.io:443/o/r", "https://quay.io/v2/o/r/manifests/latest".to_owned()),
            (&pinned, format!("https://ghcr.io/v2/o/r/manifests/{digest}")),
        ] {
            assert_eq!(place(image, &[]).unwrap().manifest().as_str(), expected, "{image}");
        }
    }

    #[test]
    fn a_registry_on_an_internal_address_is_used_only_as_a_configured_endpoint() {
        for image in [
            "localhost/a",
            "localhost:5000/a",
            "127.0.0.1/a",
            "169.254.169.254/latest/meta-data",
            "0x7f.1/a",
            "2130706433:443/a",
            "db.internal/a",
            "ghcr.io:80/a",
            "ghcr.io:5000/a",
        ] {
            assert_eq!(place(image, &[]), None, "{image}");
        }
        let endpoints = [
            ("localhost:5000", "http://10.0.0.9:5000/sub/"),
            ("index.docker.io", "http://hub.test:81"),
        ];
        let own = place("localhost:5000/a", &endpoints).unwrap();
        assert_eq!(own.manifest().as_str(), "http://10.0.0.9:5000/sub/v2/a/manifests/latest");
        let hub = place("nginx", &endpoints).unwrap();
        assert_eq!(hub.manifest().as_str(), "http://hub.test:81/v2/library/nginx/manifests/latest");
    }

    #[test]
    fn redirects_of_a_registry_lead_only_to_public_addresses_or_its_endpoint() {
        let public = place("ghcr.io/o/r", &[]).unwrap();
        let own = place("r.test/a", &[("r.test", "http://10.0.0.9:5000")]).unwrap();
        let reach = |place: &ImageAddress, url: &str| place.reach(&url.parse().unwrap());
        for url in ["https://auth.docker.io/token", "https://cdn.example:443/x?y=z"] {
            assert_eq!(reach(&public, url), Some(Reach::Public), "{url}");
            assert_eq!(reach(&own, url), Some(Reach::Public), "{url}");
        }
        assert_eq!(reach(&own, "http://10.0.0.9:5000/token"), Some(Reach::Endpoint));
        for url in [
            "http://10.0.0.9:5000/token",
            "http://169.254.169.254/",
            "https://169.254.169.254/",
            "https://2852039166/",
            "https://[::1]/",
            "https://[::ffff:a9fe:a9fe]/",
            "http://localhost",
            "https://localhost/",
            "https://127.1/",
            "https://metadata.google.internal/",
            "https://user:pass@ghcr.io/",
            "https://user@ghcr.io/",
            "https://ghcr.io:8443/",
            "http://ghcr.io/",
            "file:///etc/passwd",
            "ftp://ghcr.io/",
            "data:text/plain,x",
        ] {
            assert_eq!(reach(&public, url), None, "{url}");
        }
        assert_eq!(reach(&own, "http://user@10.0.0.9:5000/token"), None);
        assert_eq!(reach(&own, "http://10.0.0.9:5001/token"), None);
    }
}
