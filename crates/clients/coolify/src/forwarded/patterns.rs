//! The patterns of texts; each is meant of the whole text, and of ASCII alone.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use super::{CALLS, Field, Rule};

/// An id in a path.
pub(super) const ID: &str = "[A-Za-z0-9-]{1,36}";

/// A name; Coolify's own rule would let blanks and some marks pass (4.1 to 4.3).
pub(super) const NAME: &str = "[A-Za-z0-9][A-Za-z0-9_.-]*";

/// Text for people. Not even Coolify puts it anywhere but on a page.
pub(super) const WORDS: &str = r"[^\x00]*";

/// A branch. Up to 4.1 Coolify takes anything in a PATCH and puts it into a shell on the host.
pub(super) const BRANCH: &str = "[A-Za-z0-9_][A-Za-z0-9_./-]*";

/// A commit.
pub(super) const COMMIT: &str = "HEAD|[0-9a-f]{7,64}";

/// What a repository is called before its real clone URL is set.
pub(super) const NO_REPOSITORY: &str = r"https://git\.invalid/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+\.git";

/// A clone URL with or without credentials.
pub(super) const REPOSITORY: &str =
    r"https?://([A-Za-z0-9_.~%-]+:[A-Za-z0-9_.~%-]+@)?[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9_.~%-]+)+";

/// How an application is built.
pub(super) const BUILD_PACK: &str = "nixpacks|static|dockerfile|dockercompose";

/// A path in a repository, from its root, that does not climb.
pub(super) const PATH: &str = r"(/([A-Za-z0-9_-][A-Za-z0-9_.-]*|\.[A-Za-z0-9_-][A-Za-z0-9_.-]*)?)*";

/// A command that stays between its quotes, of either sort.
pub(super) const COMMAND: &str = r"[ !#%&()*+,./0-9:;<=>?@A-Z\[\]^_a-z{|}~-]*";

/// Ports, from 1 to 65535.
pub(super) const PORTS: &str = r"(([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])(,\b|\z)){1,10}";

/// An image without its tag, with the whole of a digest or with its mark. A name without a registry
/// is none that Coolify gives what it builds.
pub(super) const IMAGE_NAME: &str = r"([a-z0-9]{1,19}([._-][a-z0-9._-]*)?|[a-z0-9][a-z0-9._:-]*(/[a-z0-9._-]+)+)(@sha256(:[0-9a-f]{64})?)?";

/// A tag, or a digest's digits.
pub(super) const IMAGE_TAG: &str = "[A-Za-z0-9_][A-Za-z0-9_.-]*";

/// An image with its tag or digest.
pub(super) const IMAGE: &str = "([a-z0-9]{1,19}([._-][a-z0-9._-]*)?|[a-z0-9][a-z0-9._:-]*(/[a-z0-9._-]+)+)([:@][A-Za-z0-9_.:@-]+)?";

/// URLs, separated by commas, or none.
pub(super) const URLS: &str = "((https?://[a-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9_.~%-]*)*)(,https?://[a-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9_.~%-]*)*)*)?";

/// A service of a compose file.
pub(super) const COMPOSE_SERVICE: &str = "[A-Za-z0-9][A-Za-z0-9_.-]*";

/// Base64.
pub(super) const BASE64: &str = "[A-Za-z0-9+/]+={0,2}";

/// A template of Coolify's.
pub(super) const TEMPLATE: &str = "[a-z0-9][a-z0-9-]*";

/// The name of a variable (C section 7.3).
pub(super) const VARIABLE: &str = "[A-Z_][A-Z0-9_]*";

/// Names by which docker, docker compose, bash or the dynamic loader of the host are steered.
pub(super) const OF_HOST: &str = "(COMPOSE_|BASH_FUNC_|BUILDKIT_|BUILDX_).*|BASH_ENV|IFS|\
     DOCKER_(HOST|CONTEXT|CONFIG|CERT_PATH|TLS|TLS_VERIFY|API_VERSION|DEFAULT_PLATFORM)|\
     LD_(AUDIT|DEBUG_OUTPUT|LIBRARY_PATH|PRELOAD|PROFILE|PROFILE_OUTPUT)";

/// A variable's value: it goes into a file that Coolify writes and quotes.
pub(super) const VALUE: &str = r"[^\x00]*";

/// A user or a database of a database server.
pub(super) const LOGIN: &str = "[A-Za-z_][A-Za-z0-9_]*";

/// A password. Coolify puts it into a compose file, and some into a URL; in a Redis's it replaces
/// `{{team.NAME}}` by a variable that is shared by the whole team (beta.473 to 4.3.11).
pub(super) const PASSWORD: &str = r"[A-Za-z0-9_!@#%^*+=\[\]:,.?/~-]+";

/// Memory, with its unit.
pub(super) const MEMORY: &str = "0|[0-9]{1,6}[mg]";

/// CPUs.
pub(super) const CPUS: &str = r"[0-9]{1,3}(\.[0-9]{1,2})?";

/// A private key in PEM or OpenSSH form.
pub(super) const PRIVATE_KEY: &str = r"-----BEGIN [A-Z ]*PRIVATE KEY-----\r?\n[A-Za-z0-9+/=\r\n]+-----END [A-Z ]*PRIVATE KEY-----\s*";

/// Whether a text matches one of the patterns.
pub(super) fn matches(pattern: &'static str, text: &str) -> bool {
    COMPILED.get(pattern).is_some_and(|compiled| compiled.is_match(text))
}

static COMPILED: LazyLock<HashMap<&'static str, Regex>> = LazyLock::new(|| {
    let fields = CALLS.iter().flat_map(|call| call.members().chain(call.query));
    let patterns = fields.flat_map(of).chain([ID]);
    patterns.map(|pattern| (pattern, compile(pattern))).collect()
});

/// The patterns of a field and of its members.
fn of(field: &'static Field) -> Vec<&'static str> {
    match &field.1 {
        Rule::Text(_, pattern) => vec![pattern],
        Rule::Except(_, pattern, bad) => vec![pattern, bad],
        Rule::List(_, members) => members.iter().copied().flatten().flat_map(of).collect(),
        Rule::Flag | Rule::Number(..) => Vec::new(),
    }
}

#[expect(clippy::expect_used, reason = "patterns are part of the list, not input")]
fn compile(pattern: &str) -> Regex {
    Regex::new(&format!(r"\A(?:{pattern})\z")).expect("a pattern of the list is one")
}
