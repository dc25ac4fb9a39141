//! Texts of callers that Coolify puts into a shell, as types that only hold harmless ones.
//!
//! Coolify quotes some of these texts, in some releases, in some of its calls. So none of them may
//! hold a character that ends a quotation, expands, or separates commands where it must not.

mod text;

#[cfg(test)]
mod tests;

pub use text::InvalidShellText;
use text::shell_text;

shell_text!(
    /// An install, build or start command.
    ///
    /// Nixpacks receives it between double quotes, in a shell of Coolify's helper container, which
    /// holds Docker's socket (4.0.0-beta.473 to 4.3.11); older releases put it between single quotes
    /// in a shell on the host. So it has no character that ends or expands within either: no quotes,
    /// `` ` ``, `$`, `\` or line breaks.
    BuildCommand,
    1000,
    r"[ !#%&()*+,./0-9:;<=>?@A-Z\[\]^_a-z{|}~-]*",
    "at most 1000 printable ASCII characters without quotes, backticks, $ and backslashes",
    |text| text.bytes().all(|b| matches!(b, b' '..=b'~') && !b"\"'`$\\".contains(&b))
);

shell_text!(
    /// An absolute path within a repository: a directory to build or publish, or the location of a
    /// Dockerfile or compose file.
    ///
    /// Its root is the repository's. No segment is `.` or starts with `..`, so that it does not leave
    /// the repository for what is next to it on the host.
    RepoPath,
    200,
    r"(?:/(?:\.?[A-Za-z0-9_-][A-Za-z0-9_.-]*)?)+",
    "a path from the repository's root, such as /apps/web, of letters, digits and _ . -, without ..",
    |text| {
        text.starts_with('/')
            && text.bytes().all(is_path_byte)
            && text.split('/').all(|segment| segment != "." && !segment.starts_with(".."))
    }
);

shell_text!(
    /// A Git branch. Up to 4.1 Coolify accepts any text for it in a change, and puts it into a shell
    /// on the host.
    ///
    /// It does not look like the hash of a commit: `git clone -b` creates a local branch, and
    /// `git checkout` prefers a branch to a commit of the same name (git 2.39). So a branch could be
    /// built instead of the commit that was judged.
    Branch,
    200,
    "[A-Za-z0-9_][A-Za-z0-9_./-]*",
    "letters, digits and _ . / -, starting with a letter, digit or _; not a whole commit hash",
    |text| {
        text.bytes().next().is_some_and(is_word_byte)
            && text.bytes().all(is_path_byte)
            && !CommitSha::is_whole(text)
    }
);

shell_text!(
    /// The commit that an app deploys: 7 to 64 lower-case hexadecimal digits, or `HEAD`, which follows
    /// the branch.
    CommitSha,
    64,
    "HEAD|[0-9a-f]{7,64}",
    "HEAD, or 7 to 64 lower-case hexadecimal digits",
    |text| text == CommitSha::HEAD || text.len() >= 7 && text.bytes().all(is_hex_byte)
);

impl CommitSha {
    /// The text that follows the branch.
    pub const HEAD: &str = "HEAD";

    /// Returns whether a text looks like the whole hash of a commit, by SHA-1 or SHA-256, in either case.
    pub fn is_whole(text: &str) -> bool {
        matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
    }

    /// Returns the value that follows the branch.
    pub fn head() -> Self {
        Self(Self::HEAD.to_owned())
    }

    /// Returns whether it follows the branch.
    pub fn is_head(&self) -> bool {
        self.0 == Self::HEAD
    }
}

shell_text!(
    /// The ports that a container listens on: 1 to 10 numbers from 1 to 65535, separated by commas.
    /// The first one gets the domain.
    Ports,
    59,
    concat!(
        "(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])",
        "(?:,(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))",
        "{0,9}"
    ),
    "1 to 10 ports from 1 to 65535, separated by commas",
    |text| text.split(',').count() <= 10 && text.split(',').all(|port| port_number(port).is_some())
);

impl Ports {
    /// Returns the ports in their order.
    pub fn numbers(&self) -> impl Iterator<Item = u16> {
        self.0.split(',').filter_map(port_number)
    }
}

shell_text!(
    /// The name of a repository, without its owner; a part of the clone URL.
    RepositoryName,
    100,
    "[A-Za-z0-9_-][A-Za-z0-9_.-]*",
    "letters, digits and - _ ., not starting with a dot",
    |text| {
        !text.is_empty()
            && !text.starts_with('.')
            && text.bytes().all(|b| b != b'/' && is_path_byte(b))
    }
);

shell_text!(
    /// The name of a volume of an app. Coolify adds the app's id in front of it, and puts it into
    /// compose files and shells on the host.
    VolumeName,
    63,
    "[A-Za-z0-9][A-Za-z0-9_.-]{0,62}",
    "1 to 63 letters, digits and _ . -, starting with a letter or digit",
    |text| {
        text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
            && text.bytes().all(|b| b != b'/' && is_path_byte(b))
    }
);

shell_text!(
    /// The path where a container mounts a volume. It is absolute and not the root, and no segment is
    /// `.` or starts with `..`.
    MountPath,
    200,
    r"(?:/\.?[A-Za-z0-9_-][A-Za-z0-9_.-]*)+",
    "an absolute path below the root, such as /data, of letters, digits and _ . -, without ..",
    |text| {
        text.strip_prefix('/').is_some_and(|rest| {
            rest.bytes().all(is_path_byte)
                && rest.split('/').all(|segment| {
                    !segment.is_empty() && segment != "." && !segment.starts_with("..")
                })
        })
    }
);

shell_text!(
    /// The path that a health check requests. Coolify puts it into a shell in the container.
    HealthPath,
    200,
    "/[A-Za-z0-9_./~-]*",
    "a path such as /health, of letters, digits and _ . / ~ -",
    |text| text.starts_with('/') && text.bytes().all(|b| b == b'~' || is_path_byte(b))
);

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_path_byte(byte: u8) -> bool {
    is_word_byte(byte) || b"./-".contains(&byte)
}

fn is_hex_byte(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

fn port_number(text: &str) -> Option<u16> {
    let is_canonical = !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    if is_canonical { text.parse().ok() } else { None }
}
