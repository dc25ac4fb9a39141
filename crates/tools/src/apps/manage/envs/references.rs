//! References to other variables in the values of a compose app's variables.
//!
//! Coolify starts a compose app in a shell on the host, and Docker Compose prefers the variables of
//! that shell to those of the app (seen with Coolify 4.3.11).

use std::collections::HashSet;

use covibe_compose::{
    StoredVariables, belongs_to_shell, has_deeply_nested_variables, referenced_variables,
};
use covibe_coolify::Env;
use covibe_domain::Failure;
use covibe_domain::interpreted_variables::configures_compose;

use super::errors::{bare_dollar, host_variable, nested_variables};
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
    let present_keys = present.iter().map(|env| env.key.as_str());
    let known: HashSet<_> = present_keys.chain(envs.iter().map(|env| env.key.as_str())).collect();
    let is_own = |name: &str| {
        let is_known = || file.names(name) || known.contains(name);
        !belongs_to_shell(name) && !configures_compose(name) && is_known()
    };
    for env in envs.iter().filter(|env| env.value.contains('$')) {
        if file.writes_bare(&env.key) {
            return Err(bare_dollar(&env.key));
        }
        let old = present.iter().find(|old| old.key == env.key);
        if Form::choose_form(env, old)?.is_quoted() {
            continue;
        }
        if has_deeply_nested_variables(&env.value) {
            return Err(nested_variables(&env.key));
        }
        if let Some(name) = referenced_variables(&env.value).into_iter().find(|name| !is_own(name))
        {
            return Err(host_variable(&env.key, &env.value, name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_that_are_nested_deeply_are_refused_with_little_stack() {
        let nested = |levels: usize| "${A-".repeat(levels) + &"}".repeat(levels);
        let check = move || {
            [9, 10, 13_100].map(|levels| {
                let env = json!({ "key": "A", "value": nested(levels), "isLiteral": false });
                let env: EnvInput = serde_json::from_value(env).unwrap();
                let checked = check_references(&StoredVariables::default(), &[], &[env]);
                checked.map_err(|failure| failure.kind.status())
            })
        };
        let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(check).unwrap();
        assert_eq!(thread.join().unwrap(), [Ok(()), Err(422), Err(422)]);
    }
}
