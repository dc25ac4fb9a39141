//! The origins of volumes, and the names that follow from them.
//!
//! A name must not depend on the other mounts of the file or on their order: a new version of a file would
//! give a service the data of another one.

use crate::variables::interpolation_parts::{Part, parts};

/// The origin of a volume without a name of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// A source, as it is written.
    Source(String),
    /// The place where it is mounted: the volume has no source.
    Place {
        /// The service.
        service: String,
        /// The path in the container.
        target: String,
    },
}

/// The longest readable part of a name, in characters.
const LONGEST: usize = 50;

impl Origin {
    /// Returns the origin of a volume that is made of a source. `./a`, `./a/` and `a/` are the same folder.
    pub(crate) fn source(written: &str) -> Self {
        let start = if is_plain_relative(written) { "./" } else { "" };
        Self::Source(format!("{start}{}", written.trim_end_matches('/')))
    }

    /// Returns the name that no other origin leads to.
    pub(crate) fn exact(&self) -> String {
        let (readable, whole) = match self {
            Self::Source(source) => (slug(&without_operands(source)), source.clone()),
            Self::Place { service, target } => {
                (slug(&format!("{service} {target}")), format!("{service}:{target}"))
            }
        };
        format!("{}-{:08x}", readable.trim_end_matches('-'), hash(&whole))
    }

    /// Returns the readable name of an origin that can be read from it: `data` of `./data`, and
    /// `web-var-lib` of `/var/lib` in `web`.
    pub(crate) fn plain_name(&self) -> Option<String> {
        let (name, part) = match self {
            Self::Source(source) => {
                let folder = source.strip_prefix("./")?;
                (folder.to_owned(), folder.to_owned())
            }
            Self::Place { service, target } => {
                let path = target.strip_prefix('/').filter(|path| !path.contains('-'))?;
                let part = path.replace('/', "-");
                let is_word = service.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
                (is_word.then(|| format!("{service}-{part}"))?, part)
            }
        };
        (slug(&part) == part && slug(&name) == name && name.len() < LONGEST).then_some(name)
    }

    /// Returns whether a volume has its name from this origin.
    pub(crate) fn may_be(&self, volume: &str) -> bool {
        volume == self.exact() || self.plain_name().as_deref() == Some(volume)
    }
}

/// Returns whether a source is a path without a mark at its start, such as `conf/a`.
pub(crate) fn is_plain_relative(source: &str) -> bool {
    source.contains('/')
        && source.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !source.contains('\\')
}

/// Returns a name for a volume made of a text: lower case, with `-` for all but letters and digits.
pub(crate) fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let slug = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
    let slug: String = slug.chars().take(LONGEST).collect();
    // A name of one letter is a drive of Windows to some parsers, and one of digits a number.
    let is_short = slug.len() < 2 || slug.bytes().all(|b| b.is_ascii_digit());
    if is_short { format!("volume-{slug}") } else { slug }
}

/// Returns a source with the names of its variables alone.
fn without_operands(source: &str) -> String {
    let text = |part| match part {
        Part::Text(text) => text,
        Part::Variable(variable) => variable.name,
        Part::Dollar | Part::Stray => "",
    };
    parts(source).into_iter().map(text).collect::<Vec<_>>().join(" ")
}

/// Returns the FNV-1a hash of a text, folded to 32 bits. It is the same in every release.
fn hash(text: &str) -> u32 {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
    u32::try_from((hash >> 32) ^ (hash & u64::from(u32::MAX))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(service: &str, target: &str) -> Origin {
        Origin::Place { service: service.to_owned(), target: target.to_owned() }
    }

    #[test]
    fn a_volume_has_a_plain_name_only_if_its_origin_can_be_read_from_it() {
        let plain = |written: &str| Origin::source(written).plain_name();
        for (written, name) in [("./data", "data"), ("./a-b/", "a-b"), ("vw-data/", "vw-data")] {
            assert_eq!(plain(written).as_deref(), Some(name), "{written}");
        }
        let long = format!("./{}", "x".repeat(60));
        for written in
            ["./a_b", "./a/b", "../a", "~/a", "/srv/a", "${A}", "./A", "./x", "./12", &long]
        {
            assert_eq!(plain(written), None, "{written}");
        }
        assert_eq!(place("web", "/var/lib").plain_name().as_deref(), Some("web-var-lib"));
        for (service, target) in
            [("a-b", "/cd"), ("web", "/var-lib"), ("Web", "/a"), ("web", "/a/")]
        {
            assert_eq!(place(service, target).plain_name(), None, "{service} {target}");
        }
    }

    #[test]
    fn similar_sources_get_different_exact_volume_names() {
        let long = "x".repeat(60);
        let names: Vec<_> =
            ["./a_b", "./a-b", "./a.b", "./a/b", "a-b-", "${A}/b", "${A:-x}/b", "${A:-y}/b"]
                .into_iter()
                .map(str::to_owned)
                .chain([format!("./{long}1"), format!("./{long}2")])
                .map(|written| Origin::source(&written).exact())
                .collect();
        for (at, name) in names.iter().enumerate() {
            assert!(!names[..at].contains(name), "{names:?}");
            assert!(name.len() <= 63, "{name}");
        }
        assert_eq!(Origin::source("${D:-/mnt/v}/app").exact(), "d-app-dd3896c6");
        assert_ne!(place("a-b", "/cd").exact(), place("a", "/b-cd").exact());
    }
}
