//! References to other variables in the values of a compose app's variables.
//!
//! Coolify starts a compose app in a shell on the host, and Docker Compose prefers the variables of
//! that shell to those of the app (seen with Coolify 4.3.11).

use covibe_compose::{StoredVariables, belongs_to_shell, referenced_variables};
use covibe_coolify::Env;
use covibe_domain::Failure;
use covibe_domain::interpreted_variables::configures_compose;

use super::errors::{bare_dollar, host_variable};
use super::value_escaping::Form;
use super::variable_input::EnvInput;

/// Checks that no value refers to a variable other than those of the app's `file`, those that are
/// `present` and those of the call, and that no value with a `$` stands where Coolify does not
/// escape it.
///
/// # Errors
/// 422 for the first such value.
pub(in crate::apps) fn check_references(
    file: &StoredVariables,
    present: &[Env],
    envs: &[EnvInput],
) -> Result<(), Failure> {
    let is_own = |name: &str| {
        let is_known = || {
            file.names(name)
                || present.iter().any(|env| env.key == name)
                || envs.iter().any(|env| env.key == name)
        };
        !belongs_to_shell(name) && !configures_compose(name) && is_known()
    };
    for env in envs.iter().filter(|env| env.value.contains('$')) {
        if file.writes_bare(&env.key) {
            return Err(bare_dollar(&env.key));
        }
        let old = present.iter().find(|old| old.key == env.key);
        let mut names = referenced_variables(&env.value).into_iter();
        if !Form::choose_form(env, old)?.is_quoted()
            && let Some(name) = names.find(|name| !is_own(name))
        {
            return Err(host_variable(&env.key, &env.value, name));
        }
    }
    Ok(())
}
