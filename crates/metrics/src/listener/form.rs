//! The forms in which the metrics are served: OpenMetrics for clients that ask for it, as Prometheus does, and the
//! older text form for all others, such as `curl` and `promtool check metrics`.

use std::collections::HashSet;

/// A form of the metrics.
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

    #[test]
    fn counters_are_described_by_the_name_of_their_samples() {
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
