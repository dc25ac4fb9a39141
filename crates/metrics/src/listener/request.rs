//! The head of a request for the metrics: the host by which it came, and the form that it asks for.

use std::collections::HashSet;
use std::net::IpAddr;

/// The names with a dot by which the metrics may be requested, besides addresses and names without one: a page of
/// another site must not read them through a visitor's browser.
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

/// A form of the metrics: OpenMetrics for clients that ask for it, as Prometheus does, and the older text form for all
/// others, such as `curl` and `promtool check metrics`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Prometheus' text form, version 0.0.4.
    Text,
}

impl Form {
    /// Returns the form that a request with this head asks for.
    pub(crate) fn from_request(head: &str) -> Self {
        let mut headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let takes = headers.any(|(name, value)| {
            name.eq_ignore_ascii_case("accept")
                && value.to_ascii_lowercase().contains("application/openmetrics-text")
        });
        if takes { Self::OpenMetrics } else { Self::Text }
    }

    /// Returns the media type.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
        }
    }

    /// Returns a page of OpenMetrics in this form.
    pub(crate) fn write_page(self, page: String) -> String {
        match self {
            Self::OpenMetrics => page,
            Self::Text => as_text(&page),
        }
    }
}

/// Rewrites a page of OpenMetrics. There, a counter is described by its name without the suffix `_total`.
fn as_text(page: &str) -> String {
    let counters: HashSet<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"))
        .collect();
    let mut text = String::with_capacity(page.len());
    for line in page.lines().filter(|line| *line != "# EOF") {
        match described(line).filter(|(_, name, _)| counters.contains(name)) {
            Some((word, name, rest)) => text.extend(["# ", word, " ", name, "_total ", rest]),
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

/// Returns the parts of a line such as `# HELP name text`.
fn described(line: &str) -> Option<(&str, &str, &str)> {
    let (word, rest) = line.strip_prefix("# ")?.split_once(' ')?;
    let (name, rest) = rest.split_once(' ')?;
    Some((word, name, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_admitted(headers: &str) -> bool {
        let hosts = Hosts::new(["Metrics.Example.com".to_owned()]);
        hosts.admit(&format!("GET /metrics HTTP/1.1\r\n{headers}\r\nX: y\r\n\r\n"))
    }

    #[test]
    fn requests_for_known_hosts_are_admitted() {
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
    fn requests_for_other_hosts_or_with_an_origin_are_refused() {
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

    #[test]
    fn counters_in_text_form_are_described_by_the_name_of_their_samples() {
        let page = "# HELP calls Calls.\n# TYPE calls counter\ncalls_total{tool=\"a\"} 3\n\
                    # HELP callers Callers.\n# TYPE callers gauge\ncallers 2\n# EOF\n";
        let text = "# HELP calls_total Calls.\n# TYPE calls_total counter\ncalls_total{tool=\"a\"} 3\n\
                    # HELP callers Callers.\n# TYPE callers gauge\ncallers 2\n";
        assert_eq!(as_text(page), text);
    }

    #[test]
    fn only_clients_that_ask_for_openmetrics_get_it() {
        let asked =
            |headers: &str| Form::from_request(&format!("GET /metrics HTTP/1.1\r\n{headers}\r\n"));
        assert_eq!(asked("Host: x\r\n"), Form::Text);
        assert_eq!(asked("Accept: */*\r\n"), Form::Text);
        let of_prometheus = "accept: application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1";
        assert_eq!(asked(of_prometheus), Form::OpenMetrics);
    }
}
