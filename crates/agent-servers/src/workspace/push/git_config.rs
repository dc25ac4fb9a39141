//! The configuration of a repository: it is read as data, and never takes effect.

use covibe_domain::Failure;

/// The settings that say how files become objects; they are taken over.
const KEPT: [&str; 6] = [
    "core.autocrlf",
    "core.eol",
    "core.filemode",
    "core.ignorecase",
    "core.precomposeunicode",
    "core.symlinks",
];

/// The values that they can have.
const VALUES: [&str; 11] =
    ["true", "false", "yes", "no", "on", "off", "input", "lf", "crlf", "native", ""];

/// The entries of a configuration, without those of included files.
#[derive(Debug, Default)]
pub(super) struct RepositoryConfig(Vec<(String, String)>);

impl RepositoryConfig {
    /// Reads what `git config --list --null` answers.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let entries = text.split('\0').filter(|entry| !entry.is_empty());
        let pair = |entry: &str| {
            let (name, value) = entry.split_once('\n').unwrap_or((entry, "true"));
            (name.to_owned(), value.to_owned())
        };
        Self(entries.map(pair).collect())
    }

    /// Adds those of a further file, which win.
    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the settings that say how files become objects.
    pub(super) fn conversion_settings(&self) -> Vec<String> {
        let value = |name: &&'static str| Some((*name, self.values(name).last()?));
        let known = KEPT.iter().filter_map(value);
        let known =
            known.filter(|(_, value)| VALUES.iter().any(|it| value.eq_ignore_ascii_case(it)));
        known.map(|(name, value)| format!("{name}={value}")).collect()
    }

    /// Returns the format of object names, such as `sha256`.
    pub(super) fn object_format(&self) -> &str {
        self.values("extensions.objectformat").last().unwrap_or("sha1")
    }

    /// Returns the address of `origin`. Configuration that would make git push elsewhere is refused.
    pub(super) fn origin(&self) -> Result<&str, Failure> {
        if let Some((name, _)) = self.0.iter().find(|(name, _)| redirects(name)) {
            return Err(Failure::forbidden(format!("The repository's configuration has `{}`, which can change where git pushes to.", crate::workspace::bounded_texts::escape_to_one_line(name)))
                .hint("Nothing was changed. Remove it with `git config --local --unset-all`, through execute_command."));
        }
        let addresses: Vec<_> = self.values("remote.origin.url").collect();
        match addresses.as_slice() {
            [address] => Ok(address),
            [] => Err(Failure::conflict("The repository has no remote `origin`.")
                .hint("Nothing was changed. Add it with `git remote add origin <address>`, through execute_command.")),
            _ => Err(Failure::conflict("The remote `origin` has several addresses.")
                .hint("Nothing was changed. Keep only one of them.")),
        }
    }
}

/// Returns whether a setting can change the address that git pushes to. Git writes section and key in lower case.
fn redirects(name: &str) -> bool {
    let section = name.split('.').next().unwrap_or_default();
    let key = name.rsplit('.').next().unwrap_or_default();
    matches!(section, "include" | "includeif")
        || (section == "url" && matches!(key, "insteadof" | "pushinsteadof"))
        || matches!(name, "remote.origin.pushurl" | "remote.origin.vcs" | "remote.origin.proxy")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> RepositoryConfig {
        RepositoryConfig::parse(text.replace(';', "\0").as_bytes())
    }

    #[test]
    fn git_settings_that_redirect_the_origin_are_refused() {
        let origin = "remote.origin.url\nhttps://git.test/a/b.git;";
        assert_eq!(parse(origin).origin().unwrap(), "https://git.test/a/b.git");
        for more in [
            "url.https://evil.test/.insteadof\nhttps://git.test/",
            "url.x.pushinsteadof\ny",
            "include.path\n../evil",
            "includeif.gitdir:/.path\n../evil",
            "remote.origin.pushurl\nhttps://evil.test/a/b",
            "remote.origin.url\nhttps://evil.test/a/b",
        ] {
            assert!(parse(&format!("{origin}{more};")).origin().is_err(), "{more}");
        }
        assert!(parse("core.bare\nfalse;").origin().is_err());
    }

    #[test]
    fn only_harmless_git_settings_are_adopted() {
        let config =
            parse("core.filemode\nfalse;core.autocrlf\nx y;core.symlinks;core.pager\nevil;");
        assert_eq!(config.conversion_settings(), ["core.filemode=false", "core.symlinks=true"]);
        assert_eq!(config.object_format(), "sha1");
    }
}
