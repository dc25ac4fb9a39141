//! Labels of containers that configure software on the host.

/// The software that a label configures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelReader {
    /// The proxy Traefik: `traefik.…`.
    Traefik,
    /// The proxy Caddy, by caddy-docker-proxy: `caddy`, `caddy_0`, `caddy.…`.
    Caddy,
    /// Coolify: `coolify.…`.
    Coolify,
}

/// The prefixes of their keys.
const PREFIXES: [(&str, LabelReader); 3] = [
    ("traefik.", LabelReader::Traefik),
    ("caddy", LabelReader::Caddy),
    ("coolify.", LabelReader::Coolify),
];

impl LabelReader {
    /// Returns the software that the label with this key configures. Case is ignored, as the proxies do (Traefik 3).
    pub fn for_label(key: &str) -> Option<Self> {
        let mut prefixes = PREFIXES.iter();
        prefixes.find(|(prefix, _)| begins_with(key, prefix)).map(|(_, reader)| *reader)
    }
}

/// Returns whether a text begins with a prefix of lower-case ASCII letters. Characters such as the Kelvin sign, whose
/// lower case is ASCII, match too.
fn begins_with(text: &str, prefix: &str) -> bool {
    let mut letters = text.chars().filter_map(|c| c.to_lowercase().next());
    prefix.chars().all(|expected| letters.next() == Some(expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_proxies_and_coolify_are_recognized_in_any_case() {
        for (key, reader) in [
            ("traefik.enable", LabelReader::Traefik),
            ("Traefik.HTTP.routers.x.rule", LabelReader::Traefik),
            ("traefi\u{212a}.enable", LabelReader::Traefik),
            ("caddy", LabelReader::Caddy),
            ("CADDY_0.reverse_proxy", LabelReader::Caddy),
            ("caddy-x", LabelReader::Caddy),
            ("coolify.serviceId", LabelReader::Coolify),
            ("COOLIFY.proxy", LabelReader::Coolify),
        ] {
            assert_eq!(LabelReader::for_label(key), Some(reader), "{key}");
        }
        for key in
            ["", "traefik", "traefi", "my.traefik.enable", " caddy", "cad", "coolify", "org.caddy"]
        {
            assert_eq!(LabelReader::for_label(key), None, "{key}");
        }
    }
}
