//! Problems of what rewriting can't make harmless.

use super::refusals;
use crate::problem::Problem;

refusals! {
    invalid malformed_port: "the port is not of the form [[address:]host:]container[/protocol]",
        "Write the container's port, like \"3000\".";
    invalid long_port_range: "the range has more than 20 ports", "List the ports that matter under expose.";
    invalid malformed_variable: "a $ does not start a variable", "Write $$ for a literal $.";
    forbidden host_variable: "the value refers to a variable that configures the host", "Use a variable of another name.";
    invalid folder_with_content: "the folder may have files that the app needs, and here it would be empty",
        "If the app writes them, mount a named volume, like data:/data. If it reads them, put each \
         file into `configs` with `content`.";
    invalid committed_folder: "the folder has files that a compose file can't hold: more than 50, more than 128 KiB, or no text",
        "Build an image that has them: name a Dockerfile with COPY as the service's build.";
    invalid scaled_to_none: "no service remains: each is scaled to 0",
        "Leave out scale and deploy.replicas.";
    invalid read_only_with_files: "Docker Compose can't write configs and secrets into a read-only container",
        "Remove read_only.";
    invalid dollar_in_row: "the file uses this variable where Coolify writes its value without escaping $",
        "Use a value of letters and digits.";
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
    let path = covibe_domain::names::displayable(path, 200);
    Problem::invalid(format!(
        "{path} is a symbolic link in the repository, and no link is followed"
    ))
    .fix("Commit a copy of the files in its place, or name the folder or file that it leads to.")
}

/// Returns the problem of a variable without a value for which the file demands one with this message.
pub(crate) fn demanded_variable(name: &str, message: &str) -> Problem {
    let missing = missing_variable(name);
    let message = covibe_domain::names::displayable(message, 200);
    if message.is_empty() {
        return missing;
    }
    let text = format!("{}: {message}", missing.text);
    Problem { text: text.into(), ..missing }
}

/// Returns the problem of a variable that has neither a value nor a default.
pub(crate) fn missing_variable(name: &str) -> Problem {
    let shown = covibe_domain::names::displayable(name, 64);
    let fix = if covibe_domain::names::is_env_key(name) {
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
    let name = covibe_domain::names::displayable(name, 64);
    Problem::invalid(format!(
        "the value of {name} would be written into the file, and it is shown once"
    ))
    .fix(format!("Write the value out, or set {name} again with isShownOnce: false."))
}

/// Returns the problem of docker's socket; a proxy is not needed at all.
pub(crate) fn docker_socket(is_proxy: bool) -> Problem {
    Problem::forbidden("access to the host's Docker is not allowed").fix(if is_proxy {
        "Remove this service: domains are routed already."
    } else {
        "Remove the mount, and the service if it can't run without it."
    })
}

/// Returns the problem of a file that an app keeps data in, mounted at `target`.
pub(crate) fn data_file(target: &str) -> Problem {
    let folder = target.rsplit_once('/').map_or("", |(folder, _)| folder);
    let folder = if folder.is_empty() { "/data" } else { folder };
    let folder = covibe_domain::names::displayable(folder, 100);
    Problem::invalid("a single file of the host can't be mounted, and the app writes this one").fix(format!(
        "Mount a named volume at its folder, like data:{folder}, so that the data survives; if the image has \
         programs there, let the app write to a folder of its own."
    ))
}

/// Returns the problem of a log that is mounted as a file.
pub(crate) fn log_file() -> Problem {
    Problem::invalid("a single file of the host can't be mounted")
        .fix("Leave it out: apps.logs shows what the app prints, and apps.exec reads a log in the container.")
}

/// Returns the problem of a file that is no text.
pub(crate) fn binary_file() -> Problem {
    Problem::invalid("the file is beside the compose file, and not in it")
        .fix("Build an image with it: pass `repo` with a Dockerfile. A binary file can't be passed in a compose file.")
}

/// Returns the problem of a single file of text that is mounted at `target`, in a container that is read-only or not.
pub(crate) fn single_file(target: &str, is_read_only: bool) -> Problem {
    let problem = Problem::invalid("the file is beside the compose file, and not in it");
    let target = covibe_domain::names::displayable(target, 100);
    let name: String = target
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let name = name.trim_matches('-').to_owned();
    let also = if is_read_only {
        " Remove read_only, too: no config reaches such a container."
    } else {
        ""
    };
    problem.fix(format!(
        "Remove the mount, add configs: [{{source: {name}, target: {target}}}] to the service, and at \
         top level configs: {{{name}: {{content: \"the file's text\"}}}}.{also}"
    ))
}
