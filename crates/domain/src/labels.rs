//! Labels of containers on which something on the host acts.

/// What acts on a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The proxy Traefik: `traefik.…`.
    Traefik,
    /// The proxy Caddy, by caddy-docker-proxy: `caddy`, `caddy_0`, `caddy.…`.
    Caddy,
    /// Coolify: `coolify.…`.
    Coolify,
}

/// What the keys begin with.
const PREFIXES: [(&str, Reader); 3] =
    [("traefik.", Reader::Traefik), ("caddy", Reader::Caddy), ("coolify.", Reader::Coolify)];

impl Reader {
    /// Returns what acts on the label with this key. The case does not count, as for the proxies (Traefik 3).
    pub fn of(key: &str) -> Option<Self> {
        let mut prefixes = PREFIXES.iter();
        prefixes.find(|(prefix, _)| begins_with(key, prefix)).map(|(_, reader)| *reader)
    }
}

/// Whether a text begins with a prefix of ASCII in lower case. Letters that only have such a lower case, like
/// the sign of Kelvin, count as it.
fn begins_with(text: &str, prefix: &str) -> bool {
    let mut letters = text.chars().filter_map(|c| c.to_lowercase().next());
    prefix.chars().all(|expected| letters.next() == Some(expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readers_labels_are_known_in_any_case() {
        for (key, reader) in [
            ("traefik.enable", Reader::Traefik),
            ("Traefik.HTTP.routers.x.rule", Reader::Traefik),
            ("traefi\u{212a}.enable", Reader::Traefik),
            ("caddy", Reader::Caddy),
            ("CADDY_0.reverse_proxy", Reader::Caddy),
            ("caddy-x", Reader::Caddy),
            ("coolify.serviceId", Reader::Coolify),
            ("COOLIFY.proxy", Reader::Coolify),
        ] {
            assert_eq!(Reader::of(key), Some(reader), "{key}");
        }
        for key in
            ["", "traefik", "traefi", "my.traefik.enable", " caddy", "cad", "coolify", "org.caddy"]
        {
            assert_eq!(Reader::of(key), None, "{key}");
        }
    }
}
