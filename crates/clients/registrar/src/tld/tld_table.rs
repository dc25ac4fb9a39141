//! The table of top-level domains (OpenSRS' TLD reference, 2026-09).

/// The additional data in the orders of a top-level domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extra {
    /// Nothing.
    None,
    /// The registrant's legal type; see [`crate::ca_fields`].
    Ca,
    /// Data that this client does not send, so that it buys no such domain.
    Unsupported,
}

/// The terms and requirements of a top-level domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tld {
    /// The shortest term, in years.
    pub min_years: u8,
    /// The longest term, in years.
    pub max_years: u8,
    /// True if WHOIS privacy can be bought.
    pub privacy: bool,
    /// True if the registrar lock does anything; elsewhere OpenSRS ignores it without an error.
    pub lockable: bool,
    /// True if the contact needs a state or province, of two letters.
    pub state_required: bool,
    /// The additional data in an order.
    pub extra: Extra,
}

impl Tld {
    /// Returns the term that is bought in place of `years`: at least the shortest one. `None` above the
    /// longest one.
    pub fn term(&self, years: u8) -> Option<u8> {
        (years <= self.max_years).then_some(years.max(self.min_years))
    }
}

const GENERIC: Tld = Tld {
    min_years: 1,
    max_years: 10,
    privacy: true,
    lockable: true,
    state_required: false,
    extra: Extra::None,
};

/// The defaults of countries' domains: OpenSRS sells privacy for few of them; for the others, a
/// request for it fails or is ignored.
const COUNTRY: Tld = Tld { privacy: false, ..GENERIC };

const UNLOCKABLE: Tld = Tld { lockable: false, ..COUNTRY };

const TABLE: [(&str, Tld); 14] = [
    ("ai", Tld { min_years: 2, ..COUNTRY }),
    ("ca", Tld { state_required: true, extra: Extra::Ca, ..COUNTRY }),
    ("io", COUNTRY),
    // They need `nexus`, `it_registrant_info` and `au_registrant_info`.
    ("us", Tld { state_required: true, extra: Extra::Unsupported, ..COUNTRY }),
    ("it", Tld { extra: Extra::Unsupported, ..UNLOCKABLE }),
    ("au", Tld { extra: Extra::Unsupported, ..COUNTRY }),
    ("de", UNLOCKABLE),
    ("uk", UNLOCKABLE),
    ("ch", UNLOCKABLE),
    ("nl", UNLOCKABLE),
    ("fr", UNLOCKABLE),
    ("be", UNLOCKABLE),
    ("at", UNLOCKABLE),
    ("com", GENERIC),
];

/// Returns the rules of a domain's top-level domain; where it is not in the table, the rules of
/// most of its kind. Only an order or a price shows whether OpenSRS sells it.
pub fn tld_of(domain: &str) -> Tld {
    let label = domain.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let known = TABLE.iter().find(|(name, _)| *name == label).map(|(_, tld)| *tld);
    known.unwrap_or(if label.len() == 2 { COUNTRY } else { GENERIC })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_raised_to_the_registrys_minimum_and_refused_above_its_maximum() {
        assert_eq!(tld_of("shop.ai").term(1), Some(2));
        assert_eq!(tld_of("shop.ai").term(10), Some(10));
        assert_eq!(tld_of("shop.COM").term(1), Some(1));
        assert_eq!(tld_of("shop.co.uk").term(11), None);
        assert_eq!(tld_of("shop.com").term(0), Some(1));
    }

    #[test]
    fn support_of_privacy_and_locks_matches_each_registry() {
        let of = |domain: &str| (tld_of(domain).privacy, tld_of(domain).lockable);
        assert_eq!(of("a.ai"), (false, true));
        assert_eq!(of("a.io"), (false, true));
        assert_eq!(of("a.co.uk"), (false, false));
        assert_eq!(of("a.de"), (false, false));
        assert_eq!(of("a.dev"), (true, true));
        assert_eq!(of("a.zz"), (false, true));
    }
}
