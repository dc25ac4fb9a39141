//! The forms of secrets and of traces of machines.

/// A class of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// A secret with so many random characters that it is never there by chance, even in a program.
    Token,
    /// A text that reveals secrets or machines, and that a program may contain for its own use.
    Trace,
}

/// A form: its id, its class, and the expression.
pub(super) struct Rule(pub(super) &'static str, pub(super) Class, pub(super) &'static str);

/// Every form.
pub(super) const RULES: &[Rule] = &[
    Rule("covibe-key", Class::Token, r"vibn_sk_[A-Za-z0-9_-]{16,}"),
    Rule("covibe-token", Class::Token, r"\b(?:cv|covibe)_[A-Za-z0-9-]*[0-9][A-Za-z0-9-]{15,}"),
    Rule("github-token", Class::Token, r"gh[pousr]_[A-Za-z0-9]{36}"),
    Rule("github-fine-token", Class::Token, r"github_pat_[A-Za-z0-9_]{22,}"),
    Rule("gitlab-token", Class::Token, r"glpat-[A-Za-z0-9_-]{20}"),
    Rule("aws-key", Class::Token, r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    Rule("google-key", Class::Token, r"AIza[A-Za-z0-9_-]{35}"),
    Rule("google-access-token", Class::Token, r"ya29\.[A-Za-z0-9_-]{20,}"),
    Rule("google-storage-key", Class::Token, r"GOOG1E[A-Z0-9]{20,}"),
    Rule("api-secret", Class::Token, r"\bsk_(?:live|test)_[A-Za-z0-9]{16,}"),
    Rule("model-key", Class::Token, r"\bsk-(?:ant|proj)-[A-Za-z0-9_-]{20,}"),
    Rule("slack-token", Class::Token, r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    Rule("npm-token", Class::Token, r"\bnpm_[A-Za-z0-9]{36}"),
    Rule(
        "jwt",
        Class::Token,
        r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    ),
    Rule("coolify-token", Class::Token, r"\b[0-9]{1,6}\|[A-Za-z0-9]{40,}"),
    Rule("private-key", Class::Trace, r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    Rule("service-account", Class::Trace, r#""private_key"\s*:"#),
    Rule(
        "gitea-token",
        Class::Trace,
        r#"(?i)\b(?:token|pat|sha1)["']?\s*[:=]\s*["']?[0-9a-f]{40}\b"#,
    ),
    Rule("database-url", Class::Trace, r#"postgres(?:ql)?://[^:\s/"]+:[^@\s"]+@"#),
    Rule(
        "url-credentials",
        Class::Trace,
        r#"\b(?:https?|ssh|redis|mysql)://[^\s/:@"'<>]+:[^\s/@"'<>]+@"#,
    ),
    Rule(
        "private-address",
        Class::Trace,
        r"\b(?:10\.[0-9]{1,3}|192\.168|172\.(?:1[6-9]|2[0-9]|3[01]))\.[0-9]{1,3}\.[0-9]{1,3}\b",
    ),
    Rule("home-folder", Class::Trace, r"/(?:home|Users)/[A-Za-z0-9_.-]+/"),
    Rule("stack-trace", Class::Trace, r"panicked at|\bsrc/[a-z_/]+\.rs:[0-9]+"),
];
