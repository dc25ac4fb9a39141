//! Variables whose values keys that only read may see, because a full key said so.

use std::collections::HashSet;

use covibe_coolify::Env;
use covibe_domain::entities::KeyAccess;
use covibe_domain::{AppUuid, Failure, Secret};
use covibe_policy::looks_secret;
use covibe_workspace::Workspace;

use super::errors::secret_and_public;
use super::variable_input::EnvInput;

/// The variables of an app that are secret, and those that are public.
pub(super) struct Visibility<'a> {
    access: KeyAccess,
    secret: HashSet<&'a str>,
    public: HashSet<String>,
}

impl<'a> Visibility<'a> {
    /// Returns which of the variables are public for a caller: those that had their mark before they were read and have it
    /// after that, so that a value of before the mark is not taken for a public one.
    pub(super) async fn read(
        cx: &Workspace,
        app: &AppUuid,
        before: HashSet<String>,
        envs: &'a [Env],
    ) -> Result<Self, Failure> {
        let secret = envs.iter().filter(|env| env.is_shown_once).map(|env| env.key.as_str());
        let mut public = public_names(cx, app).await?;
        public.retain(|name| before.contains(name));
        Ok(Self { access: cx.access(), secret: secret.collect(), public })
    }

    /// Returns whether a variable is public. A secret never is, and neither is its copy.
    pub(super) fn is_public(&self, env: &Env) -> bool {
        self.public.contains(&env.key) && !self.secret.contains(env.key.as_str())
    }

    /// Returns whether the caller may see the value. That of a shown-once variable is left out even if Coolify
    /// returns it, and so is that of its copy, which has the same value and may lack the flag. A key that only reads
    /// sees those that are public, and not what looks like a secret all the same.
    pub(super) fn is_shown(&self, env: &Env) -> bool {
        match self.access {
            KeyAccess::Full => !self.secret.contains(env.key.as_str()),
            KeyAccess::Read => {
                let value = env.value.as_ref().map(Secret::expose).unwrap_or_default();
                self.is_public(env) && !looks_secret(&env.key, value)
            }
        }
    }
}

/// Returns the names of the public variables of an app.
pub(super) async fn public_names(
    cx: &Workspace,
    app: &AppUuid,
) -> Result<HashSet<String>, Failure> {
    Ok(cx.public_variables(app).await?.into_iter().collect())
}

/// Refuses a variable that is to be public and never shown.
pub(super) fn check_public(envs: &[EnvInput]) -> Result<(), Failure> {
    match envs.iter().find(|env| env.is_public == Some(true) && env.is_secret()) {
        Some(env) => Err(secret_and_public(&env.key)),
        None => Ok(()),
    }
}

/// Forgets the marks of variables that are no longer to be public, before they get other values.
pub(super) async fn withdraw(
    cx: &Workspace,
    app: &AppUuid,
    envs: &[EnvInput],
) -> Result<(), Failure> {
    let ends_mark = |env: &&EnvInput| env.is_public == Some(false) || env.is_secret();
    let names: Vec<_> = envs.iter().filter(ends_mark).map(|env| env.key.as_str()).collect();
    cx.withdraw_variables(app, &names).await
}

/// Marks the variables that are to be public, once they have their values.
pub(super) async fn publish(
    cx: &Workspace,
    app: &AppUuid,
    envs: &[EnvInput],
) -> Result<(), Failure> {
    cx.publish_variables(app, &published(envs)).await
}

fn published(envs: &[EnvInput]) -> Vec<&str> {
    envs.iter().filter(|env| env.is_public == Some(true)).map(|env| env.key.as_str()).collect()
}

/// Returns which public variables read-only keys do not see all the same.
pub(super) fn hidden_warning(envs: &[EnvInput]) -> Option<String> {
    let is_hidden =
        |env: &&EnvInput| env.is_public == Some(true) && looks_secret(&env.key, &env.value);
    let names: Vec<_> = envs.iter().filter(is_hidden).map(|env| env.key.as_str()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "Read-only keys still can't read {}: the name or the value looks like a secret.",
            names.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(key: &str, value: &str, is_public: Option<bool>) -> EnvInput {
        EnvInput { is_public, ..EnvInput::exact(key.to_owned(), value.to_owned(), false) }
    }

    #[test]
    fn rejects_a_variable_marked_both_secret_and_public() {
        let secret = EnvInput::exact("A".to_owned(), "x".to_owned(), true);
        let both = EnvInput { is_public: Some(true), ..secret.clone() };
        assert_eq!(check_public(&[both]).unwrap_err().kind.status(), 400);
        assert!(check_public(&[secret, env("B", "x", Some(true))]).is_ok());
    }

    #[test]
    fn warns_of_public_variables_with_secret_looking_names() {
        let envs = [
            env("LOG_LEVEL", "info", Some(true)),
            env("API_KEY", "x", Some(true)),
            env("DB_PASSWORD", "x", None),
        ];
        assert_eq!(published(&envs), ["LOG_LEVEL", "API_KEY"]);
        let warning = hidden_warning(&envs).unwrap();
        assert!(warning.contains("API_KEY") && !warning.contains("DB_PASSWORD"), "{warning}");
        assert_eq!(hidden_warning(&envs[..1]), None);
    }
}
