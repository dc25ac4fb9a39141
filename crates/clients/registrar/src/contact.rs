//! The contact of a domain, and our own check of it, because a registry refuses only after it was asked.

use std::fmt;

use crate::country::is_country;
use crate::error::Complaint;
use crate::tld::{CaFields, Tld};
use crate::xml::{Ops, is_xml_char};

/// The owner of a domain, who is its other contacts too.
///
/// Its `Debug` is empty, because it is personal data.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// The organisation, which is then the legal owner (ICANN's registration data policy, 2025-08).
    pub org_name: Option<String>,
    /// The address, of one to three lines.
    pub address: Vec<String>,
    /// The city.
    pub city: String,
    /// The state or province.
    pub state: Option<String>,
    /// The country by ISO 3166: two capital letters.
    pub country: String,
    /// The postal code.
    pub postal_code: String,
    /// The phone number as `+1.4165550123`.
    pub phone: String,
    /// The email address.
    pub email: String,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contact(…)")
    }
}

/// The provinces and territories of Canada.
const PROVINCES: [&str; 13] =
    ["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"];

impl Contact {
    /// Returns the complaints about this contact for a domain with this ending; empty if it fits.
    pub fn complaints(&self, tld: Tld, ca: Option<&CaFields>) -> Vec<Complaint> {
        let is_person = !ca.is_some_and(|ca| ca.is_person) || self.is_person();
        let lines = &self.address;
        let state = self.state.as_deref();
        let checks = [
            ("contact.firstName", is_line(&self.first_name, 64), LINE),
            ("contact.lastName", is_line(&self.last_name, 64), LINE),
            ("contact.orgName", self.org_name.as_deref().is_none_or(|org| is_line(org, 64)), LINE),
            (
                "contact.firstName",
                is_person,
                "must name a person and no organisation for CCT and RES",
            ),
            (
                "contact.address1",
                is_address(lines),
                "must be one to three lines of 1 to 64 characters",
            ),
            ("contact.city", is_line(&self.city, 64), LINE),
            ("contact.state", state.is_none_or(|state| is_line(state, 32)), LINE),
            (
                "contact.state",
                self.has_state(tld),
                "must be the two capital letters of a state or province",
            ),
            (
                "contact.country",
                is_country(&self.country),
                "must be a country code of two capital letters (ISO 3166)",
            ),
            (
                "contact.postalCode",
                self.has_postal_code(),
                "must be in the country's format, such as K1A 0B1 or 90210",
            ),
            ("contact.phone", is_phone(&self.phone), "must have the form +1.4165550123"),
            ("contact.email", is_email(&self.email), "must be an email address in ASCII"),
        ];
        let failed = checks.into_iter().filter(|(_, fits, _)| !fits);
        failed.map(|(field, _, wants)| Complaint { field, wants }).collect()
    }

    fn is_person(&self) -> bool {
        let is_name = |name: &str| !name.contains(|c: char| c.is_ascii_digit());
        self.org_name.is_none() && is_name(&self.first_name) && is_name(&self.last_name)
    }

    fn has_state(&self, tld: Tld) -> bool {
        match (self.country.as_str(), self.state.as_deref()) {
            ("CA", Some(state)) => PROVINCES.contains(&state),
            ("US", Some(state)) => {
                state.len() == 2 && state.bytes().all(|b| b.is_ascii_uppercase())
            }
            ("CA" | "US", None) => false,
            (_, state) => state.is_some() || !tld.state_required,
        }
    }

    fn has_postal_code(&self) -> bool {
        let code = self.postal_code.as_str();
        match self.country.as_str() {
            "CA" => is_canadian_code(code),
            "US" => is_american_code(code),
            _ => is_line(code, 32),
        }
    }

    /// Returns the four contacts of an order.
    pub(crate) fn set(&self) -> Ops {
        let one = self.ops();
        Ops::from_members(["owner", "admin", "billing", "tech"].map(|role| (role, one.clone())))
    }

    fn ops(&self) -> Ops {
        let line = |at: usize| self.address.get(at).cloned().unwrap_or_default();
        Ops::from_members([
            ("first_name", self.first_name.clone().into()),
            ("last_name", self.last_name.clone().into()),
            ("org_name", self.org_name.clone().unwrap_or_default().into()),
            ("address1", line(0).into()),
            ("address2", line(1).into()),
            ("address3", line(2).into()),
            ("city", self.city.clone().into()),
            ("state", self.state.clone().unwrap_or_default().into()),
            ("country", self.country.clone().into()),
            ("postal_code", self.postal_code.clone().into()),
            ("phone", self.phone.clone().into()),
            ("email", self.email.clone().into()),
        ])
    }
}

const LINE: &str = "must be one line of text, not too long";

/// Returns whether a text is one line of at most that many characters, and not blank.
fn is_line(text: &str, most: usize) -> bool {
    let fits = |c: char| is_xml_char(c) && !c.is_control();
    !text.trim().is_empty() && text.chars().count() <= most && text.chars().all(fits)
}

fn is_address(lines: &[String]) -> bool {
    (1..=3).contains(&lines.len()) && lines.iter().all(|line| is_line(line, 64))
}

fn is_canadian_code(code: &str) -> bool {
    let compact: Vec<u8> = code.bytes().filter(|byte| *byte != b' ').collect();
    compact.len() == 6
        && compact.iter().enumerate().all(|(at, byte)| match at % 2 {
            0 => byte.is_ascii_uppercase(),
            _ => byte.is_ascii_digit(),
        })
}

fn is_american_code(code: &str) -> bool {
    let digits =
        |part: &str, count| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    match code.split_once('-') {
        Some((first, second)) => digits(first, 5) && digits(second, 4),
        None => digits(code, 5),
    }
}

fn is_phone(text: &str) -> bool {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix('+').and_then(|rest| rest.split_once('.')).is_some_and(|(country, number)| {
        digits(country)
            && digits(number)
            && (1..=3).contains(&country.len())
            && (4..=14).contains(&number.len())
            && country.len() + number.len() <= 15
    })
}

fn is_email(text: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !part.contains('@');
    let parts = text.split_once('@');
    text.len() <= 254
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"(),;:\\".contains(&byte))
        && parts.is_some_and(|(user, host)| {
            is_part(user)
                && is_part(host)
                && host.contains('.')
                && !host.split('.').any(str::is_empty)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tld::{Ca, ca_fields, tld_of};

    fn valid_contact() -> Contact {
        Contact {
            first_name: "Zoë".to_owned(),
            last_name: "O'Neil & Sons".to_owned(),
            address: vec!["1 Main St".to_owned()],
            city: "Ottawa".to_owned(),
            state: Some("ON".to_owned()),
            country: "CA".to_owned(),
            postal_code: "K1A 0B1".to_owned(),
            phone: "+1.6135550123".to_owned(),
            email: "zoe@example.com".to_owned(),
            ..Contact::default()
        }
    }

    fn fields(change: impl FnOnce(&mut Contact), domain: &str) -> Vec<&'static str> {
        let mut contact = valid_contact();
        change(&mut contact);
        let ca = Ca { cpr_category: "CCT".to_owned(), legal_type: "CCT".to_owned() };
        let ca = (domain == "a.ca").then(|| ca_fields(Some(&ca)).unwrap());
        let complaints = contact.complaints(tld_of(domain), ca.as_ref());
        complaints.iter().map(|one| one.field).collect()
    }

    #[test]
    fn a_valid_contact_is_accepted_and_hidden_from_debug_output() {
        assert!(fields(|_| (), "a.com").is_empty());
        assert!(fields(|_| (), "a.ca").is_empty());
        let german = |contact: &mut Contact| {
            (contact.country, contact.state) = ("DE".to_owned(), None);
            contact.postal_code = "10115".to_owned();
        };
        assert!(fields(german, "a.com").is_empty());
        assert_eq!(fields(german, "a.ca"), ["contact.state"]);
        assert_eq!(format!("{:?}", valid_contact()), "Contact(…)");
    }

    #[test]
    fn each_invalid_field_of_a_contact_is_named() {
        assert_eq!(fields(|one| one.first_name = " ".to_owned(), "a.com"), ["contact.firstName"]);
        assert_eq!(fields(|one| one.last_name = "a\nb".to_owned(), "a.com"), ["contact.lastName"]);
        assert_eq!(fields(|one| one.last_name = "a".repeat(65), "a.com"), ["contact.lastName"]);
        assert_eq!(fields(|one| one.address.clear(), "a.com"), ["contact.address1"]);
        assert_eq!(fields(|one| one.city.clear(), "a.com"), ["contact.city"]);
        assert_eq!(fields(|one| one.state = None, "a.com"), ["contact.state"]);
        assert_eq!(
            fields(|one| one.state = Some("Ontario".to_owned()), "a.com"),
            ["contact.state"]
        );
        assert_eq!(
            fields(|one| one.postal_code = "90210".to_owned(), "a.com"),
            ["contact.postalCode"]
        );
        assert_eq!(
            fields(|one| one.org_name = Some("Inc".to_owned()), "a.ca"),
            ["contact.firstName"]
        );
        for phone in ["6135550123", "+16135550123", "+1.", "+1.613555012345678", "+1.613-555"] {
            assert_eq!(fields(|one| one.phone = phone.to_owned(), "a.com"), ["contact.phone"]);
        }
        for email in ["a", "a@b", "@b.c", "a@b@c.d", "a b@c.d", "a@b..c", "é@b.c", "a@.c"] {
            assert_eq!(fields(|one| one.email = email.to_owned(), "a.com"), ["contact.email"]);
        }
        for country in ["Canada", "ca", ""] {
            let found = fields(|one| one.country = country.to_owned(), "a.com");
            assert_eq!(found, ["contact.country"], "{country}");
        }
    }
}
