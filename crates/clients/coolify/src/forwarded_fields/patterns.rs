//! The patterns of texts. Each one is for the whole text and for ASCII only.

use std::collections::HashMap;
use std::sync::LazyLock;

use parking_lot::RwLock;
use regex::Regex;

/// An id in a path.
pub(super) const ID: &str = "[A-Za-z0-9-]{1,36}";

/// A name; Coolify's own rule also allows blanks and some marks (4.1 to 4.3).
pub(super) const NAME: &str = "[A-Za-z0-9][A-Za-z0-9_.-]*";

/// Text for people, which Coolify only shows on its pages.
pub(super) const WORDS: &str = r"[^\x00]*";

/// The Docker network of a workspace: no other is made a destination.
pub(super) const WORKSPACE_NETWORK: &str = "covibe-[a-z0-9]{24}";

/// The placeholder for a repository before its real clone URL is set.
pub(super) const NO_REPOSITORY: &str = r"https://git\.invalid/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+\.git";

/// The placeholder for a repository that is cloned over SSH.
pub(super) const NO_SSH_REPOSITORY: &str = r"git@git\.invalid:[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+\.git";

/// A clone URL with or without credentials, or one of SSH: `user@host:path`, or `user@host:port/path` as Coolify reads
/// it.
pub(super) const REPOSITORY: &str = r"https?://([A-Za-z0-9_.~%-]+:[A-Za-z0-9_.~%-]+@)?[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9_.~%-]+)+|[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9_.-]*:([0-9]{1,5}/)?[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9_.-]+\.git";

/// The mark of the commit that an application is built from.
pub(super) const WATCHED: &str = "co-vibe/(branch|commit)/[0-9a-f]{40,64}";

/// The build packs of applications.
pub(super) const BUILD_PACK: &str = "nixpacks|static|dockerfile|dockercompose";

/// An image without its tag, with the whole of a digest or with its mark. Coolify gives no image
/// that it builds a name without a registry.
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

/// A template of Coolify's; one has a capital letter (4.3.11).
pub(super) const TEMPLATE: &str = "[A-Za-z0-9][A-Za-z0-9-]*";

/// The name of a variable.
pub(super) const VARIABLE: &str = "[A-Z_][A-Z0-9_]*";

/// Names by which docker, docker compose, bash or the dynamic loader of the host are configured.
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

/// The longest name of a variable, in characters.
pub(super) const MAX_VARIABLE: usize = 255;

/// The longest name of a template, in characters.
pub(super) const MAX_TEMPLATE: usize = 63;

/// The longest clone URL, in characters.
pub(super) const MAX_CLONE_URL: usize = 2_048;

/// Returns whether a variable may have this name.
pub(crate) fn is_env_key(text: &str) -> bool {
    text.len() <= MAX_VARIABLE && matches(VARIABLE, text) && !matches(OF_HOST, text)
}

/// Returns whether a template may have this name.
pub(crate) fn is_template(text: &str) -> bool {
    text.len() <= MAX_TEMPLATE && matches(TEMPLATE, text)
}

/// Returns whether Coolify may be given this URL to clone from.
pub(crate) fn is_clone_url(text: &str) -> bool {
    text.len() <= MAX_CLONE_URL && matches(REPOSITORY, text)
}

/// Returns whether the whole of a text matches a pattern.
pub(super) fn matches(pattern: &'static str, text: &str) -> bool {
    if let Some(compiled) = COMPILED.read().get(pattern) {
        return compiled.is_match(text);
    }
    let compiled = compile(pattern);
    let is_match = compiled.is_match(text);
    COMPILED.write().insert(pattern, compiled);
    is_match
}

/// The patterns that were needed so far.
static COMPILED: LazyLock<RwLock<HashMap<&'static str, Regex>>> = LazyLock::new(RwLock::default);

#[expect(clippy::expect_used, reason = "patterns are constants, and a test compiles each")]
fn compile(pattern: &str) -> Regex {
    Regex::new(&format!(r"\A(?:{pattern})\z")).expect("a listed pattern is a regular expression")
}
