//! Record sets: all records of one name and type.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::dns_name::DnsName;

/// The longest string in a TXT record, in bytes (RFC 1035).
const LONGEST_STRING: usize = 255;

/// The type of a record set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// Another name in this one's place; alone at its name.
    Cname,
    /// Mail servers.
    Mx,
    /// Name servers.
    Ns,
    /// The zone's own record.
    Soa,
    /// Texts.
    Txt,
    /// Any other type, by its name in capitals. Such sets are listed and removed, and not written.
    Other(String),
}

impl RecordKind {
    /// Reads a type's name as a provider writes it; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_name = (1..=16).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        let known = [Self::A, Self::Aaaa, Self::Cname, Self::Mx, Self::Ns, Self::Soa, Self::Txt];
        let kind = known.into_iter().find(|kind| kind.as_str() == text);
        is_name.then(|| kind.unwrap_or_else(|| Self::Other(text.to_owned())))
    }

    /// Returns the type's name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Mx => "MX",
            Self::Ns => "NS",
            Self::Soa => "SOA",
            Self::Txt => "TXT",
            Self::Other(name) => name,
        }
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// All records of one name and type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordSet {
    pub(crate) name: DnsName,
    pub(crate) kind: RecordKind,
    pub(crate) ttl: u32,
    pub(crate) data: Vec<String>,
}

impl RecordSet {
    /// Returns a set of IPv4 addresses; `ttl` is in seconds, here and below.
    pub fn a(name: DnsName, ttl: u32, addresses: &[Ipv4Addr]) -> Self {
        Self { name, kind: RecordKind::A, ttl, data: texts(addresses) }
    }

    /// Returns a set of IPv6 addresses.
    pub fn aaaa(name: DnsName, ttl: u32, addresses: &[Ipv6Addr]) -> Self {
        Self { name, kind: RecordKind::Aaaa, ttl, data: texts(addresses) }
    }

    /// Returns an alias of another name.
    pub fn cname(name: DnsName, ttl: u32, target: &DnsName) -> Self {
        Self { name, kind: RecordKind::Cname, ttl, data: vec![target.dotted()] }
    }

    /// Returns a set of mail servers with their preferences; the lowest is tried first.
    pub fn mx(name: DnsName, ttl: u32, servers: &[(u16, DnsName)]) -> Self {
        let data =
            servers.iter().map(|(preference, host)| format!("{preference} {}", host.dotted()));
        Self { name, kind: RecordKind::Mx, ttl, data: data.collect() }
    }

    /// Returns a set of texts. One above 255 bytes becomes several strings of one record.
    pub fn txt(name: DnsName, ttl: u32, texts: &[&str]) -> Self {
        Self {
            name,
            kind: RecordKind::Txt,
            ttl,
            data: texts.iter().map(|text| quote_text(text)).collect(),
        }
    }

    /// Returns the set's name.
    pub fn name(&self) -> &DnsName {
        &self.name
    }

    /// Returns its type.
    pub fn kind(&self) -> &RecordKind {
        &self.kind
    }

    /// Returns the time for which a resolver may keep it, in seconds.
    pub fn ttl(&self) -> u32 {
        self.ttl
    }

    /// Returns the records' data in the form of zone files (RFC 1035), names with their final dot.
    pub fn data(&self) -> &[String] {
        &self.data
    }

    /// Returns whether both are the same: the records have no order, and names no case.
    pub fn is_same(&self, other: &Self) -> bool {
        let (name, other_name) =
            ((&self.name, &self.kind, self.ttl), (&other.name, &other.kind, other.ttl));
        name == other_name && self.sorted() == other.sorted()
    }

    fn sorted(&self) -> Vec<String> {
        let mut data: Vec<_> = self.data.iter().map(|one| canonical(&self.kind, one)).collect();
        data.sort_unstable();
        data
    }
}

fn texts(addresses: &[impl ToString]) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}

/// Returns the data in one spelling.
fn canonical(kind: &RecordKind, data: &str) -> String {
    match kind {
        RecordKind::Aaaa => {
            data.parse::<Ipv6Addr>().map_or_else(|_| data.to_owned(), |ip| ip.to_string())
        }
        RecordKind::Txt => read_quoted_strings(data)
            .map_or_else(|| data.to_owned(), |texts| strings(texts.iter().map(Vec::as_slice))),
        _ => data.to_ascii_lowercase(),
    }
}

/// Returns a text as quoted strings of at most 255 bytes.
fn quote_text(text: &str) -> String {
    if text.is_empty() {
        strings([&[][..]])
    } else {
        strings(text.as_bytes().chunks(LONGEST_STRING))
    }
}

/// Returns the strings of a TXT record, quoted.
pub(crate) fn strings<'a>(strings: impl IntoIterator<Item = &'a [u8]>) -> String {
    let quote = |string: &[u8]| {
        let escaped: String = string.iter().map(|byte| escape(*byte)).collect();
        format!("\"{escaped}\"")
    };
    strings.into_iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// Reads the strings of a TXT record that [`strings`] wrote; `None` for another form.
pub(crate) fn read_quoted_strings(data: &str) -> Option<Vec<Vec<u8>>> {
    let (mut strings, mut current, mut bytes) = (Vec::new(), None::<Vec<u8>>, data.bytes());
    while let Some(byte) = bytes.next() {
        match (byte, &mut current) {
            (b'"', None) => current = Some(Vec::new()),
            (b'"', Some(_)) => strings.extend(current.take()),
            (b' ', None) => {}
            (_, None) => return None,
            (b'\\', Some(string)) => string.push(read_escape(&mut bytes)?),
            (_, Some(string)) => string.push(byte),
        }
    }
    current.is_none().then_some(strings)
}

fn read_escape(bytes: &mut impl Iterator<Item = u8>) -> Option<u8> {
    let first = bytes.next()?;
    if !first.is_ascii_digit() {
        return Some(first);
    }
    let digits = [first, bytes.next()?, bytes.next()?];
    str::from_utf8(&digits).ok()?.parse().ok()
}

fn escape(byte: u8) -> String {
    match byte {
        b'"' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\{byte:03}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> DnsName {
        DnsName::parse("example.ca").unwrap()
    }

    #[test]
    fn record_sets_are_the_same_in_any_order_case_and_spelling_of_their_data() {
        let [one, two] = [[192, 0, 2, 1], [192, 0, 2, 2]].map(Ipv4Addr::from);
        let set = RecordSet::a(name(), 300, &[one, two]);
        assert!(set.is_same(&RecordSet::a(name(), 300, &[two, one])));
        assert!(!set.is_same(&RecordSet::a(name(), 60, &[two, one])));
        assert!(!set.is_same(&RecordSet::a(name(), 300, &[one])));
        let alias = RecordSet::cname(name(), 300, &name());
        let other = RecordSet { data: vec!["Example.CA.".to_owned()], ..alias.clone() };
        assert!(alias.is_same(&other));
        let long = RecordSet::aaaa(name(), 300, &["2001:db8::1".parse().unwrap()]);
        let data = vec!["2001:0DB8:0:0:0:0:0:1".to_owned()];
        assert!(long.is_same(&RecordSet { data, ..long.clone() }));
        let text = RecordSet::txt(name(), 300, &["a"]);
        assert!(!text.is_same(&RecordSet::txt(name(), 300, &["A"])));
        let escaped = RecordSet { data: vec![r#""\097""#.to_owned()], ..text.clone() };
        assert!(text.is_same(&escaped));
    }

    #[test]
    fn txt_values_are_quoted_and_split_into_strings_of_255_bytes() {
        let of = |text: &str| RecordSet::txt(name(), 1, &[text]).data.remove(0);
        assert_eq!(of("v=spf1 -all"), "\"v=spf1 -all\"");
        assert_eq!(of("say \"a\\b\""), r#""say \"a\\b\"""#);
        assert_eq!(of(""), "\"\"");
        assert_eq!(of("é\n"), r#""\195\169\010""#);
        let long = of(&"x".repeat(300));
        assert_eq!(long, format!("\"{}\" \"{}\"", "x".repeat(255), "x".repeat(45)));
    }

    proptest::proptest! {
        #[test]
        fn quoted_texts_are_read_back_unchanged(text in ".{0,600}") {
            let read = read_quoted_strings(&quote_text(&text)).unwrap();
            proptest::prop_assert!(read.iter().all(|string| string.len() <= LONGEST_STRING));
            proptest::prop_assert_eq!(read.concat(), text.into_bytes());
        }
    }

    #[test]
    fn record_types_are_parsed_from_their_names() {
        assert_eq!(RecordKind::parse("AAAA"), Some(RecordKind::Aaaa));
        assert_eq!(RecordKind::parse("HTTPS"), Some(RecordKind::Other("HTTPS".to_owned())));
        assert_eq!(
            (RecordKind::parse("a"), RecordKind::parse(""), RecordKind::parse("A B")),
            (None, None, None)
        );
    }
}
