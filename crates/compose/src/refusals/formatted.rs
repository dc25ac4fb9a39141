//! Problems whose texts name something of the file, such as a variable or a volume.

use std::ops::RangeInclusive;

use covibe_domain::names::{displayable, is_env_key};

use super::{host_reference, malformed_variable, misread_value, overridden_domain};
use crate::problem::Problem;
use crate::variables::InvalidVariable;

/// Returns the problem of services that wait for each other.
pub(crate) fn circle(names: &[&str]) -> Problem {
    let way: Vec<_> = names.iter().map(|name| displayable(name, 64)).collect();
    Problem::invalid(format!("services wait for each other, so none starts: {}", way.join(" -> ")))
        .fix("Remove one of these from depends_on or links.")
}

/// Returns the problem of a reference to a name that a top-level section does not declare.
pub(crate) fn undeclared(section: &str, name: &str) -> Problem {
    let name = displayable(name, 64);
    Problem::invalid("the name is not declared in the file")
        .fix(format!("Declare {name} under {section} at the top level."))
}

/// Returns the problem of a value of another form than the rule says.
pub(crate) fn wrong_form(rule: &'static str) -> Problem {
    Problem::invalid("the value does not have the required form").fix(rule)
}

/// Returns the problem of a key that is on no list, with the spelling that was probably meant.
pub(crate) fn unknown_key(near: Option<&str>) -> Problem {
    let problem = Problem::invalid("the key is not supported");
    match near {
        Some(near) => problem.fix(format!("Write {near}.")),
        None => problem.fix("Remove it."),
    }
}

/// Returns the problem of a value that is not one of the words.
pub(crate) fn unknown_word(words: &[&str]) -> Problem {
    Problem::invalid("the value is not supported").fix(format!("Use one of: {}.", words.join(", ")))
}

/// Returns the problem of a limit that has different values in its two places.
pub(crate) fn distinct_limits(key: &str, other: &str) -> Problem {
    Problem::invalid(format!("Docker Compose refuses a file in which {key} and {other} differ"))
        .fix(format!("Keep one of {key} and {other}."))
}

/// Returns the problem of a value that is no integer within the range.
pub(crate) fn integer_out_of_range(range: &RangeInclusive<i64>) -> Problem {
    let fix = format!("Use an integer from {} to {}.", range.start(), range.end());
    Problem::invalid("the value is not an integer in the allowed range").fix(fix)
}

/// Returns the problem of a duration outside a range, which the fix names.
pub(crate) fn duration_out_of_range(fix: &'static str) -> Problem {
    Problem::invalid("the duration is too short or too long").fix(fix)
}

/// Returns the problem of an amount of memory that is nothing, or more than the most.
pub(crate) fn memory_out_of_range(most: Option<&str>) -> Problem {
    let fix = match most {
        Some(most) => format!("Use more than 0 and at most {most}."),
        None => "Use more than 0.".to_owned(),
    };
    Problem::invalid("the memory limit is not in the allowed range").fix(fix)
}

/// Returns the problem of a size over a limit, which the fix names.
pub(crate) fn large_size(fix: &'static str) -> Problem {
    Problem::invalid("the size is too large for a shared host").fix(fix)
}

/// Returns the problem of a volume that Coolify would give the name of another one.
pub(crate) fn same_volume(other: &str) -> Problem {
    Problem::invalid("Coolify would give this volume the same name as another one")
        .fix(format!("Rename it, or use {other} for both."))
}

/// Returns the problem of a folder whose volume another service has now, at this target.
pub(crate) fn volume_of_other(volume: &str, service: &str, target: &str) -> Problem {
    let target = displayable(target, 100);
    Problem::invalid(format!(
        "its volume would be {volume}, which has the data of {service} at {target}"
    ))
    .fix(format!(
        "To mount that data here, write {volume} as the source; for an empty volume, write \
         another name."
    ))
}

/// Returns the problem of a place that would get another volume than it has. `begins` says what that one has, and
/// `confirmation` how all of the kind are confirmed together.
pub(crate) fn replaced_volume(
    target: &str,
    was: &str,
    becomes: &str,
    begins: &str,
    confirmation: &str,
) -> Problem {
    let target = displayable(target, 100);
    Problem::invalid(format!("{target} has the volume {was} with its data, and would get {becomes}, {begins}"))
        .fix(format!(
            "To keep the data there, write {was}:{target}. Otherwise {confirmation}; {was} keeps its data."
        ))
}

/// Returns the problem of a value with a variable that is not acceptable.
pub(crate) fn invalid_variable(error: InvalidVariable) -> Problem {
    match error {
        InvalidVariable::Malformed => malformed_variable(),
        InvalidVariable::OfHost => host_reference(),
        InvalidVariable::OfDomains => overridden_domain(),
        InvalidVariable::Misread => misread_value(),
    }
}

/// Returns the problem of a file whose services all have profiles that are not chosen.
pub(crate) fn no_profile(profiles: &[String]) -> Problem {
    Problem::invalid("no service remains: each has a profile that is not chosen").fix(format!(
        "Choose some of {} with COMPOSE_PROFILES in the envs of apps.create, or remove profiles.",
        profiles.join(", ")
    ))
}

/// Returns the problem of a file or folder of the repository that is reached through this symbolic link.
pub(crate) fn committed_link(path: &str) -> Problem {
    let path = displayable(path, 200);
    Problem::invalid(format!(
        "{path} is a symbolic link in the repository, and links are not followed"
    ))
    .fix("Commit a copy of the files in its place, or name the folder or file that it points to.")
}

/// Returns the problem of a variable without a value for which the file demands one with this message.
pub(crate) fn demanded_variable(name: &str, message: &str) -> Problem {
    let missing = missing_variable(name);
    let message = displayable(message, 200);
    if message.is_empty() {
        return missing;
    }
    let text = format!("{}: {message}", missing.text);
    Problem { text: text.into(), ..missing }
}

/// Returns the problem of a variable that has neither a value nor a default.
pub(crate) fn missing_variable(name: &str) -> Problem {
    let shown = displayable(name, 64);
    let fix = if is_env_key(name) {
        format!("Set {shown} in envs.")
    } else {
        // `envs` takes no such name.
        let capitals = shown.to_ascii_uppercase();
        format!("Write its value out, or call it {capitals} here, and set {capitals} in envs.")
    };
    Problem::invalid(format!("the variable {shown} is required and has no value")).fix(fix)
}

/// Returns the problem of a variable whose value is needed in the file and is shown only once.
pub(crate) fn secret_variable(name: &str) -> Problem {
    let name = displayable(name, 64);
    Problem::invalid(format!(
        "the value of {name} would be written into the file, but is set to be shown once"
    ))
    .fix(format!("Write the value out, or set {name} again with `isShownOnce: false`."))
}

/// Returns the problem of docker's socket; a proxy is not needed at all.
pub(crate) fn docker_socket(is_proxy: bool) -> Problem {
    Problem::forbidden("access to the host's Docker is not allowed").fix(if is_proxy {
        "Remove this service: domains are routed without it."
    } else {
        "Remove the mount, and the service if it can't run without it."
    })
}

/// Returns the problem of a file that an app keeps data in, mounted at `target`.
pub(crate) fn data_file(target: &str) -> Problem {
    let folder = target.rsplit_once('/').map_or("", |(folder, _)| folder);
    let folder = if folder.is_empty() { "/data" } else { folder };
    let folder = displayable(folder, 100);
    let problem =
        Problem::invalid("a single host file can't be mounted, and the app writes to this one");
    problem.fix(format!(
        "Mount a named volume at its folder, like data:{folder}, so that the data survives; if the \
         image has programs there, let the app write to a folder of its own."
    ))
}

/// Returns the problem of a single file of text that is mounted at `target`, in a container that is read-only or not.
pub(crate) fn single_file(target: &str, is_read_only: bool) -> Problem {
    let problem = Problem::invalid("the file is next to the compose file, not in it");
    let target = displayable(target, 100);
    let name: String = target
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let name = name.trim_matches('-').to_owned();
    let also = if is_read_only {
        " Remove read_only, too: configs can't be written into a read-only container."
    } else {
        ""
    };
    problem.fix(format!(
        "Remove the mount, add configs: [{{source: {name}, target: {target}}}] to the service, and at \
         top level configs: {{{name}: {{content: \"the file's text\"}}}}.{also}"
    ))
}
