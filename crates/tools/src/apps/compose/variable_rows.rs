//! The variables of a compose app when its file changes.
//!
//! Coolify makes rows of the file's variables, and never changes or removes one (seen with 4.3.11).
//! A row with the default of the file is nobody's choice: it must not decide how the new file is
//! read, and it follows the file.

use std::time::Duration;

use covibe_compose::StoredVariables;
use covibe_coolify::{Env, Service};
use covibe_domain::{Failure, Kind, Secret};
use covibe_policy::{Owned, is_generated};
use covibe_workspace::Coolify;

/// The maximum number of rows that one call removes, each with a request of its own. The next call removes
/// others, as long as the file has not changed.
const MAX_REMOVED: usize = 40;

/// The variables of an app, and the file that they belong to.
pub(in crate::apps) struct VariableRows {
    envs: Vec<Env>,
    file: StoredVariables,
}

impl VariableRows {
    /// Reads the variables of a service.
    pub(in crate::apps) async fn read(
        coolify: &Coolify,
        service: &Owned<Service>,
    ) -> Result<Self, Failure> {
        let envs = coolify.service_envs(service).await?;
        Ok(Self {
            envs,
            file: service.compose().map(StoredVariables::from_file).unwrap_or_default(),
        })
    }

    /// Returns the variables that callers have set, with their values.
    pub(in crate::apps) fn values(&self) -> Vec<(&str, &str)> {
        let readable = self.set_by_callers().filter(|env| !env.is_shown_once);
        readable.filter_map(|env| Some((env.key.as_str(), value(env)?))).collect()
    }

    /// Returns the variables that callers have set to values that are shown once.
    pub(in crate::apps) fn secret(&self) -> Vec<&str> {
        self.set_by_callers().filter(|env| env.is_shown_once).map(|env| env.key.as_str()).collect()
    }

    /// Removes the rows that hold defaults which the new file does not have, and those of domains
    /// that it does not name. Coolify makes new ones when it parses the file again.
    ///
    /// Passwords and the like that Coolify generated stay: the data of a container may need them
    /// when the file has it again.
    ///
    /// # Errors
    ///
    /// Limited if there are more rows than one call removes: another call removes more of them.
    pub(in crate::apps) async fn follow(
        &self,
        coolify: &Coolify,
        service: &Owned<Service>,
        file: &str,
    ) -> Result<(), Failure> {
        let new = StoredVariables::from_file(file);
        let stays = |env: &&Env| {
            new.names(&env.key) && new.default_of(&env.key) == self.file.default_of(&env.key)
        };
        let is_old =
            |env: &&Env| self.is_default(env) && !stays(env) || new.has_lost_domain(&env.key);
        let old: Vec<_> = self.envs.iter().filter(is_old).collect();
        for env in old.iter().take(MAX_REMOVED) {
            match coolify.delete_service_env(service, &env.uuid).await {
                Err(failure) if failure.kind == Kind::NotFound => {}
                result => result?,
            }
        }
        if old.len() > MAX_REMOVED { Err(too_many_rows(old.len())) } else { Ok(()) }
    }

    /// Returns the variables that callers have set.
    fn set_by_callers(&self) -> impl Iterator<Item = &Env> {
        self.envs.iter().filter(|env| !is_generated(&env.key) && !self.is_default(env))
    }

    /// Returns whether a row holds the default of the file.
    fn is_default(&self, env: &Env) -> bool {
        let has_default = || value(env).unwrap_or_default() == self.file.default_of(&env.key);
        let is_of_file = !is_generated(&env.key) && self.file.names(&env.key);
        is_of_file && !env.is_shown_once && has_default()
    }
}

/// The file makes more variables obsolete than one call removes.
fn too_many_rows(count: usize) -> Failure {
    let message = format!(
        "The new file makes {count} variables obsolete. {MAX_REMOVED} of them were removed; the \
         file has not been changed yet."
    );
    Failure::new(Kind::Limited, message)
        .hint("Repeat the call until it succeeds.")
        .retry_after(Duration::from_secs(1))
}

fn value(env: &Env) -> Option<&str> {
    env.value.as_ref().map(Secret::expose)
}
