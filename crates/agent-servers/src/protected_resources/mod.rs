//! The guard: it keeps these tools from changing the repositories and apps that Co-Vibe, Coolify and Gitea run on.
//!
//! A context's method that changes something takes an [`Unprotected`], and only a [`Guard`] makes one, of what was
//! resolved (the uuid's app, the repository after redirects) instead of what was typed. So a tool that forgets the guard
//! does not compile.

mod patterns;

use std::ops::Deref;

use covibe_domain::Failure;
use covibe_gitea::Resolved;

use crate::environment_settings::Variables;

use self::patterns::Patterns;

/// Repositories that are protected unless `COVIBE_PROTECTED_REPOS` says otherwise: `owner/name`.
const DEFAULT_REPOS: &str =
    "*/co-vibe*,*/covibe*,*/vibn*,*/coolify*,*/gitea*,*/forgejo*,coollabsio/*";

/// Apps that are protected unless `COVIBE_PROTECTED_APPS` says otherwise: name, uuid or host.
const DEFAULT_APPS: &str = "*co-vibe*,*covibe*,*vibn*,*coolify*,*gitea*,*forgejo*";

/// Something that can be protected.
pub trait Protectable {
    /// The kind, which selects the patterns.
    const KIND: ProtectedKind;

    /// Returns the name that a person knows it by; `matched` is the one of its names that is protected.
    fn label(&self, matched: &str) -> String;

    /// Returns every name that a pattern may match, such as an app's name, uuid and hosts.
    fn names(&self) -> Vec<String>;
}

/// The kinds of what can be protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtectedKind {
    /// An app on Coolify.
    App,
    /// A repository on Gitea.
    Repository,
}

/// A repository by its name, and by the names that redirected to it: a pattern continues to protect a repository
/// after a renaming, as long as it is requested by the old name.
impl Protectable for Resolved {
    const KIND: ProtectedKind = ProtectedKind::Repository;

    fn label(&self, matched: &str) -> String {
        let name = &self.repo.full_name;
        if matched == name { name.clone() } else { format!("{name} (formerly {matched})") }
    }

    fn names(&self) -> Vec<String> {
        [&self.repo.full_name].into_iter().chain(&self.former).cloned().collect()
    }
}

/// Something that was resolved and is not protected. Only [`Guard::permit`] makes one.
#[derive(Clone, Debug)]
pub struct Unprotected<T>(T);

impl<T> Deref for Unprotected<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// The patterns of what is protected.
#[derive(Clone, Debug)]
pub struct Guard {
    repositories: Patterns,
    apps: Patterns,
}

impl Guard {
    /// Reads `COVIBE_PROTECTED_REPOS` and `COVIBE_PROTECTED_APPS`: globs separated by commas, which replace the defaults. The
    /// word `none` protects nothing, with a warning.
    pub fn read(variables: &mut Variables<'_>) -> Self {
        Self {
            repositories: Patterns::read(variables, "COVIBE_PROTECTED_REPOS", DEFAULT_REPOS),
            apps: Patterns::read(variables, "COVIBE_PROTECTED_APPS", DEFAULT_APPS),
        }
    }

    /// Returns the value that changes need.
    ///
    /// # Errors
    ///
    /// It is protected.
    pub fn permit<T: Protectable>(&self, target: T) -> Result<Unprotected<T>, Failure> {
        let (patterns, noun) = match T::KIND {
            ProtectedKind::App => (&self.apps, "app"),
            ProtectedKind::Repository => (&self.repositories, "repository"),
        };
        if let Some(matched) = target.names().iter().find(|name| patterns.matches(name)) {
            let label = target.label(matched);
            let message = format!("The {noun} {label} is protected. Ask a person.");
            return Err(Failure::forbidden(message)
                .hint("Nothing was changed. You may read it; ask a person to change it."));
        }
        Ok(Unprotected(target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct App(&'static [&'static str]);

    impl Protectable for App {
        const KIND: ProtectedKind = ProtectedKind::App;

        fn label(&self, _: &str) -> String {
            self.0[0].to_owned()
        }

        fn names(&self) -> Vec<String> {
            self.0.iter().map(|name| (*name).to_owned()).collect()
        }
    }

    fn guard(apps: Option<&str>) -> (Guard, Result<Vec<String>, Vec<String>>) {
        let lookup =
            |name: &str| apps.filter(|_| name == "COVIBE_PROTECTED_APPS").map(str::to_owned);
        let mut variables = Variables::new(&lookup);
        let guard = Guard::read(&mut variables);
        (guard, variables.finish())
    }

    #[test]
    fn an_app_is_protected_if_any_of_its_names_matches() {
        let (guard, _) = guard(None);
        for names in [&["Co-Vibe"][..], &["shop", "uuid1", "GITEA.example"], &["x-coolify-proxy"]] {
            let failure = guard.permit(App(names)).unwrap_err();
            assert_eq!(
                failure.message,
                format!("The app {} is protected. Ask a person.", names[0])
            );
        }
        assert_eq!(guard.permit(App(&["shop", "abc", "shop.example"])).unwrap().0.0[0], "shop");
    }

    #[test]
    fn configured_patterns_replace_the_default_ones() {
        let (guard, read) = guard(Some("prod-*, billing"));
        assert_eq!(read, Ok(Vec::new()));
        assert!(guard.permit(App(&["PROD-shop"])).is_err());
        assert!(guard.permit(App(&["billing"])).is_err());
        assert!(guard.permit(App(&["gitea"])).is_ok());
    }

    #[test]
    fn the_pattern_none_protects_nothing_and_gives_a_warning() {
        let (guard, read) = guard(Some("none"));
        assert!(guard.permit(App(&["coolify"])).is_ok());
        assert!(read.unwrap()[0].starts_with("COVIBE_PROTECTED_APPS is `none`"));
    }

    #[test]
    fn a_malformed_pattern_is_a_configuration_problem() {
        let (_, read) = guard(Some("a[b"));
        assert!(read.unwrap_err()[0].starts_with("COVIBE_PROTECTED_APPS"));
    }
}
