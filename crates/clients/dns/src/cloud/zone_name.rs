//! The name of a zone in its project: `vibn-`, the domain, and eight digits of its hash.

use sha2::{Digest as _, Sha256};

use crate::dns_name::DnsName;

/// The longest name of a zone, in characters.
const LONGEST: usize = 63;

/// The prefix of the names: it begins with a letter, as Cloud DNS requires.
const PREFIX: &str = "vibn-";

/// The bytes of the hash in a name.
const HASH: usize = 4;

/// Returns the name of a domain's zone: 1 to 63 of `a-z0-9-`, which begins with a letter. Two domains have
/// the same one only if the hash has too: the zone's domain is compared.
pub(super) fn for_domain(domain: &DnsName) -> String {
    let hash = Sha256::digest(domain.as_str().as_bytes());
    let hash = hex::encode(hash.get(..HASH).unwrap_or_default());
    let room = LONGEST - PREFIX.len() - 1 - hash.len();
    let slug: String = domain.as_str().replace('.', "-").chars().take(room).collect();
    format!("{PREFIX}{}-{hash}", slug.trim_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zone_names_are_valid_bounded_and_distinct_per_domain() {
        let of = |text: &str| for_domain(&DnsName::zone(text).unwrap());
        assert_eq!(of("example.ca"), "vibn-example-ca-915353e4");
        assert_ne!(of("a-b.ca"), of("a.b.ca"));
        let long = of(&format!("{0}.{0}.{0}.ca", "a1".repeat(31)));
        assert_eq!(long.len(), LONGEST);
        let cut = of(&format!("{}-{}.ca", "a".repeat(48), "b".repeat(10)));
        assert!(!cut.contains("--") && cut.len() < LONGEST, "{cut}");
    }
}
