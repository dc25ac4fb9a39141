//! The hosts by which the metrics are requested: a page of another site must not read them through a visitor's browser.

use std::net::IpAddr;

/// The names with a dot by which the metrics may be requested, besides addresses and names without one.
#[derive(Clone, Debug, Default)]
pub struct Hosts(Vec<String>);

impl Hosts {
    /// Creates the list of these names, in any case.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().map(|name| name.to_ascii_lowercase()).collect())
    }

    /// Returns whether a request with this head may be answered. An attacker who can make a browser take a name of
    /// theirs for this address can do so only with a name that has a dot, and a browser names the page that asks.
    pub(crate) fn admit(&self, head: &str) -> bool {
        let mut headers = head.lines().skip(1).take_while(|line| !line.is_empty());
        let mut hosts = 0;
        headers.all(|line| match line.split_once(':') {
            Some((name, _)) if name.eq_ignore_ascii_case("origin") => false,
            Some((name, host)) if name.eq_ignore_ascii_case("host") => {
                hosts += 1;
                hosts == 1 && self.is_known(host.trim())
            }
            _ => true,
        })
    }

    fn is_known(&self, authority: &str) -> bool {
        let host = without_port(authority).to_ascii_lowercase();
        !host.contains('.') && is_name(&host)
            || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
            || self.0.contains(&host)
    }
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_admitted(headers: &str) -> bool {
        let hosts = Hosts::new(["Metrics.Example.com".to_owned()]);
        hosts.admit(&format!("GET /metrics HTTP/1.1\r\n{headers}\r\nX: y\r\n\r\n"))
    }

    #[test]
    fn known_hosts_are_admitted() {
        for host in [
            "127.0.0.1:9187",
            "10.0.0.5",
            "[::1]:9187",
            "[fd00::7]",
            "localhost:9187",
            "covibe_server:9187",
            "metrics.example.com:9187",
            "METRICS.example.com",
        ] {
            assert!(is_admitted(&format!("Host: {host}")), "{host}");
        }
        assert!(is_admitted("Accept: text/plain"), "HTTP/1.0 has no host");
    }

    #[test]
    fn other_hosts_and_pages_of_other_sites_are_refused() {
        for headers in [
            "Host: evil.example:9187",
            "Host: metrics.example.com.evil.example",
            "host: 127.0.0.1.evil.example",
            "Host: ",
            "Host: localhost\r\nHost: evil.example",
            "Host: localhost\r\nHost: localhost",
            "Host: localhost\r\nOrigin: http://localhost",
            "ORIGIN: null",
        ] {
            assert!(!is_admitted(headers), "{headers}");
        }
    }
}
