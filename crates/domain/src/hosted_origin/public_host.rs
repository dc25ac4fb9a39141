//! The names of hosts that customers can reach, and that stay where they are.

use super::origin_refusal::Refusal;

/// The top-level domains that no resolver of the internet knows, or that are kept for use inside a network and on a
/// machine (IANA's registry of special-use domain names, and those that ICANN gives to nobody).
pub const RESERVED_TLDS: [&str; 17] = [
    "alt",
    "arpa",
    "corp",
    "example",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "mail",
    "onion",
    "private",
    "test",
    "workgroup",
];

/// The domains that documentation may use (RFC 2606).
const OF_DOCUMENTATION: [&str; 3] = ["example.com", "example.net", "example.org"];

/// Domains whose names lead to an address that is written in them, or to this machine.
const ADDRESS_NAMES: [&str; 8] = [
    "lacolhost.com",
    "localtest.me",
    "lvh.me",
    "nip.io",
    "sslip.io",
    "traefik.me",
    "vcap.me",
    "xip.io",
];

const TUNNELS: &str = include_str!("tunnels.txt");

/// Checks a host, which is ASCII.
pub(super) fn check(host: &str) -> Result<(), Refusal> {
    if is_address(host) {
        return Err(Refusal::new("The origin's host is an IP address.")
            .hint("Use a host name: certificates and sign-in require one."));
    }
    check_form(host)?;
    if is_below(host, &["localhost"]) {
        return Err(Refusal::new("The origin is this machine (localhost).")
            .hint("Use the name that customers reach."));
    }
    if !host.contains('.') {
        return Err(Refusal::new("The origin's host has a single label.")
            .hint("Use the whole name, like covibe.your-company.com."));
    }
    let reserved =
        matching_ending(host, &RESERVED_TLDS).or_else(|| matching_ending(host, &OF_DOCUMENTATION));
    if let Some(ending) = reserved {
        return Err(Refusal::new(format!(
            "The origin's host ends with {ending}, which is private or reserved."
        ))
        .hint("Use a name that public DNS knows."));
    }
    if let Some(ending) = matching_ending(host, &ADDRESS_NAMES) {
        return Err(Refusal::new(format!(
            "The origin's host is below {ending}, whose names point to whatever address is \
             written in them."
        ))
        .hint("Coolify proposes such names. Set a domain of your own there, and use that."));
    }
    if let Some(tunnel) = tunnels().find(|tunnel| is_below(host, &[tunnel])) {
        return Err(Refusal::new(format!(
            "The origin's host is below {tunnel}, which is a tunnel to a machine that is not hosted."
        ))
        .hint("Use the permanent name of the hosted server."));
    }
    Ok(())
}

/// Returns the domains of tunnels, as the data file has them.
pub fn tunnels() -> impl Iterator<Item = &'static str> {
    TUNNELS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Returns whether a parser would take the host for an IP address: in brackets, or with a last label that is a number in any
/// spelling.
fn is_address(host: &str) -> bool {
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let lower = last.to_ascii_lowercase();
    let is_hex = lower
        .strip_prefix("0x")
        .is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    let is_decimal = !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit());
    host.starts_with('[') || host.contains(':') || is_hex || is_decimal
}

fn check_form(host: &str) -> Result<(), Refusal> {
    if host.ends_with('.') {
        return Err(Refusal::new("The origin's host ends with a dot.").hint("Remove the dot."));
    }
    let is_valid = host.len() <= 253 && host.split('.').all(is_label);
    if !is_valid {
        return Err(Refusal::new("The origin's host is not a valid name.").hint(
            "A label must have 1 to 63 letters, digits and hyphens, and must not begin or end with a hyphen.",
        ));
    }
    let (_, decoded) = idna::domain_to_unicode(host);
    decoded.map_err(|_| {
        Refusal::new("The origin's host has a label that begins with xn-- and decodes to nothing.")
            .hint("Copy the name from the configuration of its DNS zone.")
    })
}

fn is_label(label: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(is_plain)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn matching_ending<'a>(host: &str, endings: &[&'a str]) -> Option<&'a str> {
    endings.iter().copied().find(|ending| is_below(host, &[ending]))
}

/// Returns whether a host is one of these domains, or below one.
fn is_below(host: &str, domains: &[&str]) -> bool {
    domains.iter().any(|domain| {
        host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}
