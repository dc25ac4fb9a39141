//! Failures that concern environment variables.

use covibe_coolify::{Alteration, Env, EnvForm, alterations, exact_form};
use covibe_domain::Failure;
use covibe_operation::{nearest, quotable_name};
use serde_json::{Map, json};

/// A name that is not valid in a shell.
pub(super) fn invalid_name(key: &str) -> Failure {
    Failure::invalid(format!("Environment variable name {} is not valid.", quotable_name(key)))
        .hint("Use capital letters, digits and _, starting with a letter or _, like DATABASE_URL.")
}

/// The first of these failures, of a variable each, with all of them in `details.fields`.
pub(super) fn all_of(failures: Vec<(&str, Failure)>) -> Option<Failure> {
    let count = failures.len();
    let mut fields = Map::new();
    for (key, failure) in &failures {
        let own = failure.details.get("fields").and_then(|fields| fields.get(*key));
        let told = own.cloned().unwrap_or_else(|| json!([failure.message]));
        fields.entry(quotable_name(key)).or_insert(told);
    }
    let (_, first) = failures.into_iter().next()?;
    if count == 1 {
        return Some(first);
    }
    let hint = first.hint.clone().unwrap_or_default();
    let others = format!("{hint} {count} variables are refused: see details.fields.");
    Some(first.hint(others.trim_start()).detail("fields", fields))
}

/// A value with line breaks, although the call denies them.
pub(super) fn multiline_value(key: &str) -> Failure {
    Failure::invalid(format!("The value of {key} has several lines."))
        .hint("Pass `isMultiline: true`.")
}

/// A value that no form delivers unchanged. `nearest` is the form that a call may choose nevertheless.
pub(super) fn undeliverable_value(key: &str, value: &str, nearest: Option<EnvForm>) -> Failure {
    let why = describe_alterations(&alterations(value, nearest.unwrap_or(EnvForm::Quoted)));
    let anyway = match nearest {
        Some(EnvForm::Quoted) => " To set it anyway, pass `isLiteral: true`.",
        Some(EnvForm::Plain) => {
            " To set it anyway, pass `isLiteral: false` and `isMultiline: false`."
        }
        None => "",
    };
    Failure::rejected(format!("The value of {key} would not reach the app unchanged."))
        .hint(format!(
            "On its way through Coolify and Docker Compose it {why}. Change the value, or encode it \
             in base64 and decode it in the app.{anyway}"
        ))
        .detail("fields", json!({ key: ["would not reach the app unchanged"] }))
}

/// Describes alterations, as the end of a sentence whose subject is the value.
pub(super) fn describe_alterations(alterations: &[Alteration]) -> String {
    let texts: Vec<_> = alterations.iter().map(|each| each.describe()).collect();
    texts.join(", and ")
}

/// A variable that is to be public and shown once.
pub(super) fn secret_and_public(key: &str) -> Failure {
    Failure::invalid(format!("{key} can't be public and shown once."))
        .hint("Pass `isPublic` for values that any reader may see, `isShownOnce` for secrets.")
}

/// The same variable twice in one call.
pub(super) fn repeated_variable(key: &str) -> Failure {
    Failure::invalid(format!("The variable {key} is set twice.")).hint("Pass each variable once.")
}

/// A preview variable for a compose app.
pub(super) fn preview_variable(key: &str) -> Failure {
    let message = format!("{key} cannot be a preview variable: a compose app has no previews.");
    Failure::invalid(message).hint("Leave `isPreview` out.")
}

/// A variable by whose value Coolify would route the app.
pub(super) fn routing_variable(key: &str) -> Failure {
    let message = format!("The value of {key} would change how Coolify routes the app.");
    Failure::rejected(message).hint(
        "Send the app's compose file again with apps.update: each image is then written with its \
         registry, and the variable no longer affects routes.",
    )
}

/// A value with a `$` for a variable whose value Coolify writes into the app's file without escaping.
pub(super) fn bare_dollar(key: &str) -> Failure {
    Failure::rejected(format!(
        "The value of {key} contains a $, and the app would not start with it."
    ))
    .hint(format!(
        "The compose file uses {key} where Coolify writes its value without escaping $. Pass a \
             value of letters and digits, or write {key}: ${{{key}}} in the file."
    ))
    .detail("fields", json!({ key: ["contains a $"] }))
}

/// A value that refers to a variable which is not the app's.
pub(super) fn host_variable(key: &str, value: &str, name: &str) -> Failure {
    let name = quotable_name(name);
    let keep = match exact_form(value) {
        Some(_) => "leave `isLiteral` and `isMultiline` out to keep the $ as it is",
        None => "encode the value in base64 and decode it in the app to keep the $ as it is",
    };
    let message = format!("The value of {key} refers to {name}, but the app has no such variable.");
    Failure::rejected(message)
        .hint(format!(
            "Docker Compose would read {name} from the host. Set a variable with another name and \
             refer to that one, or {keep}."
        ))
        .detail("fields", json!({ key: ["refers to a variable that is not the app's"] }))
}

/// A value whose variables are nested too deep in defaults of each other.
pub(super) fn nested_variables(key: &str) -> Failure {
    let message =
        format!("The value of {key} nests defaults of variables more than 8 levels deep.");
    Failure::rejected(message)
        .hint("Write the inner defaults out, or leave `isLiteral` out to keep the $ as it is.")
        .detail("fields", json!({ key: ["nests defaults of variables too deeply"] }))
}

/// Neither one variable nor several, or both.
pub(super) fn missing_variables() -> Failure {
    Failure::invalid("The call must have either `key` and `value`, or `envs`.")
        .hint(r#"Pass parameters such as {"uuid":"…","key":"DATABASE_URL","value":"…"}."#)
}

/// A variable that the app does not have.
pub(super) fn unknown_variable(key: &str, envs: &[Env]) -> Failure {
    let failure = Failure::not_found(format!("The app has no variable {}.", quotable_name(key)));
    match nearest(key, envs.iter().map(|env| env.key.as_str())) {
        Some(near) => {
            failure.hint(format!("Did you mean {near}? apps.envs.list returns all names."))
        }
        None => {
            failure.hint("apps.envs.list returns the names; the variable may already be deleted.")
        }
    }
}

/// A deletion that failed between a variable and its preview copy.
pub(super) fn partial_deletion(failure: Failure) -> Failure {
    failure.in_doubt().hint("The variable or its preview copy still exists: repeat the call.")
}

/// A deleted variable that exists again.
pub(super) fn restored_variable(key: &str) -> Failure {
    Failure::conflict(format!("The variable {} exists again.", quotable_name(key)))
        .hint("Another call may have set it in the meantime: check with apps.envs.list.")
        .in_doubt()
}

/// A refusal of several variables after some were written.
pub(super) fn partial_write(failure: Failure, written: Vec<String>, lost: Vec<String>) -> Failure {
    let hint = match lost.first() {
        Some(first) => format!(
            "Correct {first}, then repeat the call; the variables in \
            details.written stay written."
        ),
        None => "List the variables with apps.envs.list.".to_owned(),
    };
    failure.detail("written", written).detail("notWritten", lost).hint(hint)
}

/// Variables that differ from what was written.
pub(super) fn lost_variables(lost: &[String]) -> Failure {
    let message = format!("Some variables differ from what was written: {}.", lost.join(", "));
    Failure::conflict(message)
        .hint(
            "Another call may have changed them: check with apps.envs.list, then repeat the call.",
        )
        .detail("notWritten", lost)
        .in_doubt()
}
