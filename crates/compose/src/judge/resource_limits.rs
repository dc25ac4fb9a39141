//! Limits that a service may have in two places: as a key of its own, and below `deploy.resources`.
//!
//! Where the section below `deploy.resources` is there, Docker Compose refuses a key that differs from what
//! the section says, and a limit that the section lacks differs too (compose-go 2.0.0 to 2.16.2,
//! `loader/validate.go`).

use super::checks::sizes::bytes;
use crate::file_location::Location;
use crate::problem_list::Report;
use crate::refusals;
use crate::yaml_tree::Tree;

/// A limit with both of its places.
pub(crate) struct Limit {
    /// The key of the service.
    pub(crate) key: &'static str,
    /// The section of `deploy.resources`.
    section: &'static str,
    /// The member of that section.
    member: &'static str,
}

/// The memory of a container.
pub(crate) const MEMORY: Limit = Limit { key: "mem_limit", section: "limits", member: "memory" };

/// The processes of a container.
pub(crate) const PROCESSES: Limit = Limit { key: "pids_limit", section: "limits", member: "pids" };

/// Every limit that has two places.
pub(crate) const ALL: [Limit; 4] = [
    MEMORY,
    PROCESSES,
    Limit { key: "cpus", section: "limits", member: "cpus" },
    Limit { key: "mem_reservation", section: "reservations", member: "memory" },
];

impl Limit {
    /// Returns the path of its member below the service.
    pub(crate) fn path(&self) -> String {
        format!("deploy.resources.{}.{}", self.section, self.member)
    }

    /// Returns the section of a service, with whatever limits.
    pub(crate) fn section<'a>(&self, service: &'a Tree) -> Option<&'a Tree> {
        let section = service.get("deploy")?.get("resources")?.get(self.section)?;
        Some(section).filter(|section| matches!(section, Tree::Map(_)))
    }

    /// Returns what a service's section says.
    pub(crate) fn in_section<'a>(&self, service: &'a Tree) -> Option<&'a Tree> {
        self.section(service)?.get(self.member).filter(|value| !value.is_null())
    }

    /// Returns what a service's own key says.
    pub(crate) fn in_service<'a>(&self, service: &'a Tree) -> Option<&'a Tree> {
        service.get(self.key).filter(|value| !value.is_null())
    }

    /// Writes the limit where the service has its others.
    pub(crate) fn set(&self, service: &mut Tree, value: Tree) {
        let resources = service.get_mut("deploy").and_then(|deploy| deploy.get_mut("resources"));
        match resources.and_then(|resources| resources.get_mut(self.section)) {
            Some(section @ Tree::Map(_)) => section.set(self.member, value),
            _ => service.set(self.key, value),
        }
    }

    /// Returns whether Docker Compose takes both places of a service together.
    pub(crate) fn is_consistent(&self, service: &Tree) -> bool {
        let Some(own) = self.in_service(service) else { return true };
        match self.in_section(service) {
            Some(other) => is_same(own, other),
            None => self.section(service).is_none(),
        }
    }
}

/// Reports every limit whose places differ.
pub(super) fn check(report: &mut Report, file: &Tree) {
    let at = Location::file().key("services");
    for (name, service) in file.get("services").map(Tree::members).unwrap_or_default() {
        for limit in ALL.iter().filter(|limit| !limit.is_consistent(service)) {
            let problem = refusals::distinct_limits(limit.key, &limit.path());
            report.add(&at.key(name).key(limit.key), problem);
        }
    }
}

/// Returns whether two values are the same amount, however they are written.
fn is_same(one: &Tree, other: &Tree) -> bool {
    let (one, other) = (amount(one), amount(other));
    one.is_some() && one == other
}

/// A number of bytes, of processes or of processors.
#[derive(PartialEq)]
enum Amount {
    Whole(u64),
    Fraction(String),
}

fn amount(value: &Tree) -> Option<Amount> {
    if let Tree::Int(number) = value {
        return u64::try_from(*number).ok().map(Amount::Whole);
    }
    let text = value.as_str()?;
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    let is_plain = text.ends_with(|c: char| c.is_ascii_digit());
    let whole = bytes(text).filter(|_| !is_plain || !text.contains('.'));
    Some(whole.map_or_else(|| Amount::Fraction(text.to_owned()), Amount::Whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_the_same_amount_in_another_notation_are_equal() {
        for (one, other, is) in [
            ("512m", "536870912", true),
            ("1G", "1024mb", true),
            ("0.50", "0.5", true),
            ("1", "1.0", true),
            ("0.5", "0.6", false),
            ("1.5g", "1536m", true),
            ("512m", "512", false),
        ] {
            assert_eq!(is_same(&Tree::text(one), &Tree::text(other)), is, "{one} {other}");
        }
        assert!(is_same(&Tree::Int(100), &Tree::text("100")));
    }
}
