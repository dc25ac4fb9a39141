//! The configuration of DNS: the providers of zones, the domain of workspaces, and the addresses of apps.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use covibe_dns::{DnsName, UpdateConfig};
use covibe_domain::Secret;
use covibe_upstream::KeyFile;
use url::Url;

use super::Reader;

/// The largest key file, in bytes.
const KEY_FILE: u64 = 64 * 1024;

/// The timeout of connecting to a server of dynamic updates, and again of the exchange.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The maximum number of addresses at which apps are reached.
const MOST_ADDRESSES: usize = 8;

/// The variables of a server of dynamic updates.
const UPDATES: [&str; 4] = [
    "COVIBE_DNS_UPDATE_SERVER",
    "COVIBE_DNS_UPDATE_KEY_NAME",
    "COVIBE_DNS_UPDATE_KEY",
    "COVIBE_DNS_NAMESERVERS",
];

/// A Google Cloud project.
#[derive(Clone, Debug)]
pub struct CloudDns {
    /// Its id.
    pub project: String,
    /// The key of the service account; `None` for that of the machine.
    pub key_file: Option<KeyFile>,
    /// The address instead of Google's own.
    pub url: Option<Url>,
}

/// The providers of DNS.
#[derive(Clone, Debug, Default)]
pub struct Dns {
    /// The Google Cloud project that serves zones.
    pub cloud: Option<CloudDns>,
    /// The server that takes dynamic updates (RFC 2136).
    pub update: Option<UpdateConfig>,
    /// The addresses at which apps are reached.
    pub ingress: Vec<IpAddr>,
}

impl Reader<'_> {
    /// Reads the providers of DNS, and the addresses of apps.
    pub(crate) fn dns(&mut self) -> Dns {
        Dns { cloud: self.cloud_dns(), update: self.update_server(), ingress: self.ingress() }
    }

    /// Reads the domain below which apps get their hosts.
    pub(crate) fn base_domain(&mut self) -> String {
        let Some(domain) = self.text("COVIBE_WORKSPACE_DOMAIN") else {
            return "vibnai.com".to_owned();
        };
        let domain = domain.to_ascii_lowercase();
        let valid = domain.contains('.')
            && domain.split('.').all(|label| covibe_domain::names::label(label) == label);
        if !valid {
            let expected = "a domain like vibnai.com";
            self.mistakes.push(format!("COVIBE_WORKSPACE_DOMAIN: expected {expected}"));
        }
        domain
    }

    /// Ignores the project of the key file: the account may belong to another one.
    fn cloud_dns(&mut self) -> Option<CloudDns> {
        let project = self.google_project("COVIBE_CLOUD_DNS_PROJECT");
        let url = self.loopback_or_https("COVIBE_CLOUD_DNS_API_URL");
        if project.is_none() && url.is_some() {
            let because = "COVIBE_CLOUD_DNS_API_URL is set";
            return self.require(None, "COVIBE_CLOUD_DNS_PROJECT", because);
        }
        // Other programs of the machine use the variable too.
        let project = project?;
        Some(CloudDns { project, key_file: self.key_file(), url })
    }

    /// Reads the key file of the service account for all of Google's APIs.
    pub(crate) fn key_file(&mut self) -> Option<KeyFile> {
        const NAME: &str = "GOOGLE_APPLICATION_CREDENTIALS";
        let path = self.text(NAME)?;
        let read = std::fs::metadata(&path)
            .ok()
            .filter(|file| file.is_file() && file.len() <= KEY_FILE)
            .and_then(|_| std::fs::read_to_string(&path).ok());
        let Some(text) = read else {
            self.mistake_once(format!("{NAME}: expected a file that can be read"));
            return None;
        };
        let parsed = KeyFile::parse(&Secret::new(text));
        parsed.map_err(|error| self.mistake_once(format!("{NAME}: {error}"))).ok()
    }

    /// Reports a mistake once: two settings may need the same file.
    fn mistake_once(&mut self, mistake: String) {
        if !self.mistakes.contains(&mistake) {
            self.mistakes.push(mistake);
        }
    }

    /// Reads the id of a Google Cloud project.
    pub(crate) fn google_project(&mut self, variable: &str) -> Option<String> {
        let project = self.text(variable)?;
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-:.".contains(&b);
        if !(6..=63).contains(&project.len()) || !project.bytes().all(is_plain) {
            let expected = "the id of a Google Cloud project";
            self.mistakes.push(format!("{variable}: expected {expected}"));
        }
        Some(project)
    }

    fn update_server(&mut self) -> Option<UpdateConfig> {
        let because = UPDATES.into_iter().find(|name| self.text(name).is_some())?;
        let because = format!("{because} is set");
        let [server, key_name, key, nameservers] = UPDATES;
        let at: Option<SocketAddr> = self.parse(server, "an address and port, like 192.0.2.1:53");
        let at = if self.text(server).is_none() { self.require(at, server, &because) } else { at };
        let name = self.text(key_name);
        let name = self.require(name, key_name, &because);
        let name = name.and_then(|name| self.name(key_name, &name));
        let secret = self.secret(key);
        let secret = self.require(secret, key, &because);
        let names = self.nameservers(nameservers);
        let update = UpdateConfig {
            server: at?,
            key_name: name?,
            key_secret: secret?,
            nameservers: names?,
            timeout: TIMEOUT,
        };
        if let Err(error) = covibe_dns::UpdateServer::new(update.clone()) {
            self.mistakes.push(format!("{key}: {error}"));
        }
        Some(update)
    }

    /// Reads the name servers. A registry accepts no fewer than two.
    fn nameservers(&mut self, variable: &str) -> Option<Vec<DnsName>> {
        let written = self.list(variable);
        let names: Vec<_> = written.iter().filter_map(|name| DnsName::zone(name).ok()).collect();
        if names.len() == written.len() && (2..=13).contains(&names.len()) {
            return Some(names);
        }
        self.mistakes.push(format!(
            "{variable}: expected 2 to 13 names, like ns1.example.net,ns2.example.net"
        ));
        None
    }

    fn name(&mut self, variable: &str, text: &str) -> Option<DnsName> {
        let name = DnsName::parse(text).ok();
        if name.is_none() {
            self.mistakes.push(format!("{variable}: expected the name of a TSIG key"));
        }
        name
    }

    fn ingress(&mut self) -> Vec<IpAddr> {
        const NAME: &str = "COVIBE_INGRESS_ADDRESSES";
        let written = self.list(NAME);
        let addresses: Vec<IpAddr> = written.iter().filter_map(|text| text.parse().ok()).collect();
        let is_usable =
            |ip: &IpAddr| !ip.is_unspecified() && !ip.is_loopback() && !ip.is_multicast();
        let are_fine = addresses.len() == written.len()
            && addresses.iter().all(is_usable)
            && addresses.len() <= MOST_ADDRESSES;
        if !are_fine {
            let expected = "up to 8 IP addresses, like 203.0.113.7,2001:db8::7";
            self.mistakes.push(format!("{NAME}: expected {expected}"));
        }
        addresses
    }
}
