//! Endings, prices, and what names must be.

use super::options::Settings;

/// An ending: its price for a year in cents, its shortest term, whether it has privacy and locks.
#[derive(Clone, Copy)]
pub(super) struct Ending {
    pub(super) price: i64,
    pub(super) min_years: u8,
    pub(super) has_privacy: bool,
    pub(super) has_lock: bool,
}

const fn ending(price: i64, min_years: u8, has_privacy: bool, has_lock: bool) -> Ending {
    Ending { price, min_years, has_privacy, has_lock }
}

/// Prices are those of 2026-09.
const ENDINGS: [(&str, Ending); 12] = [
    ("com", ending(1_450, 1, true, true)),
    ("net", ending(1_650, 1, true, true)),
    ("org", ending(1_550, 1, true, true)),
    ("dev", ending(1_700, 1, true, true)),
    ("app", ending(2_100, 1, true, true)),
    ("studio", ending(4_200, 1, true, true)),
    ("ca", ending(1_300, 1, false, true)),
    ("ai", ending(11_100, 2, false, true)),
    ("io", ending(6_000, 1, false, true)),
    ("co.uk", ending(900, 1, false, false)),
    ("de", ending(1_000, 1, false, false)),
    ("nl", ending(1_000, 1, false, false)),
];

/// The legal types of `.ca`.
pub(super) const LEGAL_TYPES: &str =
    "CCO CCT RES GOV EDU ASS HOP PRT TDM TRD PLT LAM TRS ABO INB LGR OMK MAJ";

/// Returns the ending of a domain that is sold: one label before it.
pub(super) fn ending_of(settings: &Settings, domain: &str) -> Option<Ending> {
    let (label, tld) = domain.split_once('.')?;
    let is_name =
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let is_sold = !(settings.is_horizon && tld == "ai");
    let known = ENDINGS.iter().find(|(name, _)| *name == tld).map(|(_, ending)| *ending);
    known.filter(|_| is_name && is_sold)
}

/// Returns the price of a premium domain for a year, in cents.
pub(super) fn premium(settings: &Settings, domain: &str) -> Option<i64> {
    settings.premium.iter().find(|(name, _)| name == domain).map(|(_, price)| *price)
}

/// Returns whether the registries know all these nameservers; they know no name with a dot at its end.
pub(super) fn are_known(settings: &Settings, hosts: &[String]) -> bool {
    let is_known = |host: &String| {
        let host = host.to_ascii_lowercase();
        settings.known_nameservers.iter().any(|known| host.ends_with(&format!(".{known}")))
    };
    hosts.iter().all(is_known)
}

/// Writes cents as dollars.
pub(super) fn dollars(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.unsigned_abs() / 100, cents.unsigned_abs() % 100)
}
