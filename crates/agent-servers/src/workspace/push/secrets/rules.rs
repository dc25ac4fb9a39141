//! The table of rules.

use std::sync::LazyLock;

use regex::bytes::{RegexSet, RegexSetBuilder};

/// Names of files that are secrets by themselves unless they are empty.
const NAMES: [(&str, &str); 9] = [
    (".git-credentials", "git credentials"),
    (".netrc", "a .netrc file"),
    (".pgpass", "PostgreSQL passwords"),
    ("id_dsa", "an SSH key"),
    ("id_ecdsa", "an SSH key"),
    ("id_ed25519", "an SSH key"),
    ("id_rsa", "an SSH key"),
    ("credentials.toml", "credentials of a tool"),
    ("_netrc", "a .netrc file"),
];

/// Endings of such files.
const ENDINGS: [(&str, &str); 6] = [
    (".jks", "a key store"),
    (".kdbx", "a password store"),
    (".keystore", "a key store"),
    (".p12", "a key store"),
    (".pfx", "a key store"),
    (".ppk", "a PuTTY private key"),
];

/// Forms of keys and tokens, each with the name of its rule.
const FORMS: [(&str, &str); 38] = [
    (r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----", "a private key"),
    (r"PuTTY-User-Key-File-[23]:", "a PuTTY private key"),
    (r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b", "an age key"),
    (r"(?i)\bvibn_sk_[0-9a-z_-]{16,}", "a Co-Vibe key"),
    (r"\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b", "an AWS access key"),
    (r#"(?i)aws_?secret_?access_?key["']?\s*[:=]\s*["']?[0-9a-z/+]{40}\b"#, "an AWS secret key"),
    (r"\bgh[pousr]_[0-9A-Za-z]{36,255}\b", "a GitHub token"),
    (r"\bgithub_pat_[0-9A-Za-z_]{80,255}\b", "a GitHub token"),
    (r"\bgl(?:pat|dt|rt|cbt|ptt|soat)-[0-9A-Za-z_-]{20,}", "a GitLab token"),
    (r"\bxox[abeoprs]-[0-9A-Za-z-]{10,}", "a Slack token"),
    (r"\bxapp-[0-9]-[0-9A-Za-z-]{20,}", "a Slack token"),
    (r"hooks\.slack\.com/services/T[0-9A-Z]{6,}/B[0-9A-Z]{6,}/[0-9A-Za-z]{20,}", "a Slack webhook"),
    (r"\b[sr]k_live_[0-9A-Za-z]{16,}", "a Stripe key"),
    (r"\bwhsec_[0-9A-Za-z+/]{24,}", "a Stripe webhook secret"),
    (r"\bsk-ant-[0-9a-z]{3,}-[0-9A-Za-z_-]{20,}", "an Anthropic key"),
    (
        r"\bsk-(?:proj-|svcacct-|admin-)?[0-9A-Za-z_-]{16,}T3BlbkFJ[0-9A-Za-z_-]{16,}",
        "an OpenAI key",
    ),
    (r"\bsk-(?:proj|svcacct|admin)-[0-9A-Za-z_-]{40,}", "an OpenAI key"),
    (r"\bAIza[0-9A-Za-z_-]{35}\b", "a Google key"),
    (r"\bGOCSPX-[0-9A-Za-z_-]{28}\b", "a Google client secret"),
    (r"\bya29\.[0-9A-Za-z_-]{30,}", "a Google access token"),
    (r"\bnpm_[0-9A-Za-z]{36}\b", "an npm token"),
    (r"_authToken\s*=\s*[0-9A-Za-z_-]{20,}", "a package registry token"),
    (r"\bpypi-AgE[0-9A-Za-z_-]{50,}", "a PyPI token"),
    (r"\bSG\.[0-9A-Za-z_-]{20,24}\.[0-9A-Za-z_-]{39,50}\b", "a SendGrid key"),
    (r"\bhf_[0-9A-Za-z]{34,}\b", "a Hugging Face token"),
    (r"\bdo[opr]_v1_[0-9a-f]{64}\b", "a DigitalOcean token"),
    (r"\bhv[sb]\.[0-9A-Za-z_-]{24,}", "a Vault token"),
    (r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b", "a Shopify token"),
    (r"\blin_api_[0-9A-Za-z]{40}\b", "a Linear key"),
    (r"\bntn_[0-9A-Za-z]{40,}\b", "a Notion token"),
    (r"\bdckr_pat_[0-9A-Za-z_-]{27,}", "a Docker token"),
    (r"\bdapi[0-9a-f]{32}\b", "a Databricks token"),
    (r"\bsbp_[0-9a-f]{40}\b", "a Supabase token"),
    (r"\btvly-[0-9A-Za-z_-]{24,}", "a Tavily key"),
    (r"\bglsa_[0-9A-Za-z]{32}_[0-9a-f]{8}\b", "a Grafana token"),
    (r"AccountKey=[0-9A-Za-z+/]{86}==", "an Azure key"),
    (r"\b[0-9]{8,10}:AA[0-9A-Za-z_-]{33}\b", "a Telegram bot token"),
    (r"\b[0-9]{1,6}\|[0-9A-Za-z]{40,64}\b", "a Coolify token"),
];

static SET: LazyLock<Option<RegexSet>> = LazyLock::new(|| {
    let forms = FORMS.iter().map(|(form, _)| *form);
    RegexSetBuilder::new(forms).unicode(false).size_limit(64 * 1024 * 1024).build().ok()
});

/// Returns the rule for a file's name.
pub(super) fn by_name(name: &str, content: &[u8]) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let named = NAMES.iter().find(|(known, _)| name == *known);
    let ending = || ENDINGS.iter().find(|(ending, _)| name.ends_with(ending));
    named.or_else(ending).filter(|_| !content.trim_ascii().is_empty()).map(|(_, rule)| *rule)
}

/// Returns the rule for a form in a content.
pub(super) fn by_content(content: &[u8]) -> Option<&'static str> {
    // A table that cannot be read lets nothing pass.
    let Some(set) = SET.as_ref() else { return Some("the rules cannot be read") };
    let first = set.matches(content).into_iter().next();
    first.and_then(|index| FORMS.get(index)).map(|(_, rule)| *rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts that only together have a token's form, so that this file has none.
    fn samples() -> Vec<(String, &'static str)> {
        let x = |count: usize| "x1Yb".repeat(count / 4 + 1)[..count].to_owned();
        let a = |count: usize| "0a1b".repeat(count / 4 + 1)[..count].to_owned();
        vec![
            (["-----BEGIN OPENSSH PRIV", "ATE KEY-----"].concat(), "a private key"),
            (["-----BEGIN PRIV", "ATE KEY-----"].concat(), "a private key"),
            (["-----BEGIN PGP PRIV", "ATE KEY BLOCK-----"].concat(), "a private key"),
            (["vibn_", "sk_", &a(32)].concat(), "a Co-Vibe key"),
            (["AKI", "AIOSFODNN7EXAMPLE"].concat(), "an AWS access key"),
            (["gh", "p_", &x(36)].concat(), "a GitHub token"),
            (["github", "_pat_", &x(82)].concat(), "a GitHub token"),
            (["gl", "pat-", &x(20)].concat(), "a GitLab token"),
            (["xo", "xb-123456789012-", &x(20)].concat(), "a Slack token"),
            (["sk_", "live_", &x(24)].concat(), "a Stripe key"),
            (["sk-", "ant-api03-", &x(40)].concat(), "an Anthropic key"),
            (["sk-", "proj-", &x(48)].concat(), "an OpenAI key"),
            (["AI", "za", &x(35)].concat(), "a Google key"),
            (["np", "m_", &x(36)].concat(), "an npm token"),
            (["hf", "_", &x(34)].concat(), "a Hugging Face token"),
            (["12", "|", &x(48)].concat(), "a Coolify token"),
        ]
    }

    #[test]
    fn every_kind_of_secret_is_detected_within_other_text() {
        assert!(SET.is_some());
        for (sample, rule) in samples() {
            for text in [sample.clone(), format!("key = \"{sample}\";\n"), format!("x\n{sample}\n")]
            {
                assert_eq!(by_content(text.as_bytes()), Some(rule), "{rule}");
            }
        }
    }

    #[test]
    fn ordinary_code_is_not_detected_as_a_secret() {
        for text in [
            "const token = process.env.GITHUB_TOKEN;",
            "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----",
            "ghp_short npm_config_cache sk-learn hf_hub AKIA",
            "commit 0123456789abcdef0123456789abcdef01234567",
            "a|b 12|c",
        ] {
            assert_eq!(by_content(text.as_bytes()), None, "{text}");
        }
        assert_eq!(by_content(include_bytes!("rules.rs")), None);
    }

    #[test]
    fn files_are_detected_as_secrets_by_name_unless_they_are_empty() {
        assert_eq!(by_name("id_rsa", b"x"), Some("an SSH key"));
        assert_eq!(by_name("Release.JKS", b"x"), Some("a key store"));
        assert_eq!(by_name("id_rsa", b"\n"), None);
        assert_eq!(by_name("id_rsa.pub", b"ssh-rsa AAAA"), None);
    }
}
