//! What may be created at all (C section 7.3).

use covibe_domain::entities::Provider;
use covibe_domain::{Failure, names};

/// The auth provider of this name, or the allowlist as the hint.
pub fn provider(word: &str) -> Result<Provider, Failure> {
    Provider::from_word(word).ok_or_else(|| {
        let allowed: Vec<_> = Provider::ALL.iter().map(|each| each.as_str()).collect();
        let shown = names::shown(word, 64);
        Failure::invalid(format!("Auth provider {shown} is not on the allowlist."))
            .hint(format!("Allowed: {}", allowed.join(", ")))
    })
}

/// The repository's name out of `name` or `organisation/name`, when it is the workspace's own
/// organisation; else 403.
pub fn repository_name<'a>(written: &'a str, organisation: &str) -> Result<&'a str, Failure> {
    let (owner, name) = written.split_once('/').unwrap_or((organisation, written));
    let name = name.strip_suffix(".git").unwrap_or(name);
    if !owner.eq_ignore_ascii_case(organisation) {
        // Not repeated: it may be a clone URL with a token inside.
        let message = format!("That repository is outside the organisation {organisation}.");
        return Err(Failure::forbidden(message)
            .hint("Pass the bare name of one of the workspace's own repositories, or an image."));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > 100 || !name.chars().all(plain) || name.starts_with('.') {
        return Err(Failure::invalid("repo is not a repository's name.")
            .hint(format!("Pass its bare name, like my-site for {organisation}/my-site.")));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_come_from_the_list() {
        assert_eq!(provider("pocketbase"), Ok(Provider::Pocketbase));
        let refused = provider("zitadel").unwrap_err();
        assert!(refused.hint.unwrap().contains("pocket-id-with-postgresql"));
    }

    #[test]
    fn repositories_come_from_the_organisation() {
        assert_eq!(repository_name("my-site", "vibn-mark"), Ok("my-site"));
        assert_eq!(repository_name("vibn-mark/my-site.git", "vibn-mark"), Ok("my-site"));
        assert_eq!(repository_name("vibn-x/s", "vibn-mark").unwrap_err().kind.status(), 403);
        let url = "https://mark-bot:0123@git.vibnai.com/vibn-mark/my-site.git";
        assert!(!format!("{:?}", repository_name(url, "vibn-mark")).contains("0123"));
        for bad in ["", "a b", "../x", "a;b", ".git", "vibn-mark/", "a\nb"] {
            assert!(repository_name(bad, "vibn-mark").is_err(), "{bad:?}");
        }
    }
}
