//! Kinds of files, by what becomes of them.

use std::fmt;

use super::judging_programs::{JudgedFile, Problem, Readings, Verdict};

/// A kind of files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Accepted,
    AcceptedAfterMend,
    /// Refused for a reason of this class.
    Refused(&'static str),
    /// Refused for a form, although Docker Compose takes the file: to be looked at.
    Doubtful,
}

impl Kind {
    /// Returns whether the file was refused, also after a mend.
    pub(super) const fn is_refused(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Doubtful)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str("accepted"),
            Self::AcceptedAfterMend => f.write_str("accepted after one suggested mend"),
            Self::Refused(class) => write!(f, "refused: {class}"),
            Self::Doubtful => f.write_str("refused for a form that Docker Compose takes"),
        }
    }
}

/// Classes of reasons, each with texts of its problems; the first class counts that one of the problems is of.
const CLASSES: [(&str, &[&str]); 7] = [
    (
        "not valid YAML",
        &["not valid YAML", "control character", "document", "tag is not supported", "merge key"],
    ),
    ("builds code", &["no source code to build", "has no image"]),
    (
        "reaches the host",
        &[
            "full access",
            "namespace",
            "host's Docker",
            "path of the host",
            "file of the host",
            "devices",
            "runtime",
            "adding capabilities",
            "kernel parameters",
            "confinement",
            "own networks",
            "another app",
            "names for hosts",
            "names are resolved",
            "groups",
            "cgroup",
            "lifecycle hooks",
            "of the host",
            "on the host",
            "memory runs out",
            "storage",
            "mounting the volumes",
            "driver",
            "sending logs away",
        ],
    ),
    (
        "is a part of several files",
        &["including other files", "extended service", "no services", "not declared"],
    ),
    (
        "needs files beside it",
        &["next to the compose file", "files that the app needs", "single file of the host"],
    ),
    ("needs a value", &["is required and has no value", "profile that is not chosen"]),
    (
        "exceeds a limit",
        &[
            "more than 50 services",
            "longer than 256 KiB",
            "exceeds",
            "more than 9 minutes",
            "more than 20 ports",
        ],
    ),
];

/// Returns the kind of a file.
pub(super) fn kind_of(one: &JudgedFile, readings: Option<(&str, &Readings)>) -> Kind {
    let Verdict::Refused { problems, .. } = &one.verdict else {
        return if one.is_mended { Kind::AcceptedAfterMend } else { Kind::Accepted };
    };
    let class = CLASSES.iter().find(|(_, texts)| {
        let is_of = |it: &Problem| texts.iter().any(|text| it.text.contains(text));
        problems.iter().any(is_of)
    });
    if let Some((class, _)) = class {
        return Kind::Refused(class);
    }
    let given = readings.and_then(|(name, readings)| readings.given.get(name));
    match given {
        Some(given) if given.error.is_some() => Kind::Refused("Docker Compose refuses it, too"),
        _ => Kind::Doubtful,
    }
}
