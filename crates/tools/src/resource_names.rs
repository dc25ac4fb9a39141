//! Names that agents choose, and texts that Coolify passes to a shell.

use std::str::FromStr;

use covibe_domain::Failure;
use covibe_domain::image::{ImageReference, InvalidImage};
use covibe_domain::shell::{
    Branch, BuildCommand, CommitSha, HealthPath, MountPath, Ports, RepoPath, VolumeName,
};
pub(crate) use covibe_policy::check_label;
use covibe_workspace::Workspace;
use serde::{Deserialize, Deserializer};
use serde_json::json;

/// The pattern for the names of apps, databases and auth providers. No leading or trailing spaces:
/// Coolify trims them, and the name would not be found again.
pub(crate) const NAME: &str = r"^[A-Za-z0-9][\w.-]{0,62}$";

/// [`NAME`] in words.
pub(crate) const NAME_RULE: &str =
    "1 to 63 letters, digits and _ . -, beginning with a letter or digit, like my-shop";

/// The pattern of a path in a repository as callers write it, with or without the leading slash, for
/// the OpenAPI document; [`rooted`] adds the slash.
pub(crate) const ROOTED: &str = r"\.|\.?(?:/(?:\.?[A-Za-z0-9_-][A-Za-z0-9_.-]*)?)+|\.?[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:/(?:\.?[A-Za-z0-9_-][A-Za-z0-9_.-]*)?)*";

/// The pattern of a repository as callers write it, for the OpenAPI document.
pub(crate) const REPOSITORY: &str = r"(?:[^/\u0000]+/)?[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}";

/// The pattern of a text that [`check_label`] accepts, for the OpenAPI document. It does not exclude the
/// format characters above U+FFFF, which no notation of patterns has that all clients know.
pub(crate) const VISIBLE: &str = r"^[^\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]*$";

/// Returns a pattern that only whole texts match, for the OpenAPI document.
pub(crate) fn whole(pattern: &str) -> String {
    format!("^(?:{pattern})$")
}

/// A text from a caller that Coolify passes to a shell.
pub(crate) trait ShellText: FromStr {
    /// Returns the failure for a text that is not allowed. It is clearer than a pattern. `param` is
    /// the parameter's name.
    fn failure(param: &str, text: &str) -> Failure;
}

/// Parses a text that Coolify passes to a shell.
pub(crate) fn shell_text<T: ShellText>(param: &str, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| T::failure(param, text))
}

/// Reads a path in a repository, which may be written without the leading slash: `apps/web`,
/// `./Dockerfile`.
pub(crate) fn rooted<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let written = Option::<String>::deserialize(from)?;
    Ok(written.map(|path| match path.strip_prefix('.').unwrap_or(&path) {
        "" if path.is_empty() => path,
        rest if rest.starts_with('/') => rest.to_owned(),
        "" => "/".to_owned(),
        _ => format!("/{path}"),
    }))
}

fn not_allowed(param: &str) -> Failure {
    Failure::invalid(format!("`{param}` is not allowed."))
}

impl ShellText for Branch {
    fn failure(param: &str, text: &str) -> Failure {
        if CommitSha::is_whole(text) {
            // Also a branch of such a name could be built instead of the commit that was judged.
            return Failure::rejected(format!("`{param}` is a commit, not a branch."))
                .hint("Pass the branch; to stay on a commit, set `commit` with apps.update.")
                .detail("fields", json!({ "branch": ["is a commit"] }));
        }
        not_allowed(param).hint("Use only letters, digits and _ . / -.")
    }
}

impl ShellText for CommitSha {
    fn failure(param: &str, _: &str) -> Failure {
        not_allowed(param).hint("Pass HEAD, or 7 to 64 lowercase hexadecimal digits.")
    }
}

impl ShellText for BuildCommand {
    fn failure(param: &str, _: &str) -> Failure {
        Failure::rejected(format!("`{param}` has characters that cannot be passed on.")).hint(
            "Commit the command as a script, in a file or in package.json, and pass its name, such \
             as `sh build.sh` or `npm run build`. A command can have at most 1000 characters: \
             printable ASCII without quotes, backticks, $ and backslashes.",
        )
    }
}

impl ShellText for RepoPath {
    fn failure(param: &str, _: &str) -> Failure {
        not_allowed(param).hint(
            "Pass a path from the repository's root, like /apps/web, without ..; use only letters, \
             digits and _ . -.",
        )
    }
}

impl ShellText for VolumeName {
    fn failure(param: &str, _: &str) -> Failure {
        not_allowed(param)
            .hint("Use 1 to 63 letters, digits and _ . -, starting with a letter or digit.")
    }
}

impl ShellText for MountPath {
    fn failure(param: &str, _: &str) -> Failure {
        not_allowed(param).hint(
            "Pass the path of a folder in the container, like /data; use only letters, digits and \
             _ . -.",
        )
    }
}

impl ShellText for HealthPath {
    fn failure(param: &str, _: &str) -> Failure {
        not_allowed(param).hint(
            "Pass a path that answers 200 when the app works, such as / or /health; use only \
             letters, digits and _ . / ~ -.",
        )
    }
}

impl ShellText for Ports {
    fn failure(param: &str, text: &str) -> Failure {
        let bad = text.split(',').find(|port| port.parse::<Self>().is_err()).unwrap_or(text);
        Failure::invalid(format!("`{param}`: {bad} is not a valid port."))
            .hint("Pass ports from 1 to 65535; the first one gets the domain.")
    }
}

/// Keeps a parameter out of the record of a creation, because it says nothing of what is created.
pub(crate) const fn is_unrecorded<T>(_: &T) -> bool {
    true
}

/// Parses an image reference. `param` is the parameter's name in backticks.
pub(crate) fn image(param: &str, examples: &str, text: &str) -> Result<ImageReference, Failure> {
    text.parse().map_err(|why| match why {
        InvalidImage::Malformed => Failure::invalid(format!("{param} is not an image reference."))
            .hint(format!("Pass one like {examples} or name@sha256:<64 hex digits>.")),
        InvalidImage::Local => {
            Failure::invalid(format!("{param} may refer to an image of another app on the host."))
                .hint(format!(
                    "Pass an image from a registry, like {examples} or ghcr.io/owner/name:1.2."
                ))
        }
    })
}

/// Refuses an image of a registry that docker on the shared host must not be sent to, unless the
/// operator lists the registry. `param` is the parameter's name in backticks.
pub(crate) fn check_registry(
    cx: &Workspace,
    param: &str,
    image: &ImageReference,
) -> Result<(), Failure> {
    let canonical = image.canonical();
    let registry = canonical.name().split('/').next().unwrap_or_default();
    let listed = &cx.settings().compose.registries;
    if image.has_public_registry() || listed.iter().any(|each| each == registry) {
        return Ok(());
    }
    Err(Failure::rejected(format!("{param} is not from a public registry.")).hint(
        "Push the image to a registry with a public name on the usual port. The operator can allow \
         another one with COVIBE_IMAGE_REGISTRIES.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_repository_paths_from_the_root() {
        for (written, path) in [
            ("apps/web", "/apps/web"),
            ("/apps/web", "/apps/web"),
            ("./Dockerfile", "/Dockerfile"),
            (".", "/"),
            (".docker/Dockerfile", "/.docker/Dockerfile"),
            ("../up", "/../up"),
            ("", ""),
        ] {
            assert_eq!(rooted(json!(written)).unwrap().as_deref(), Some(path), "{written}");
        }
        assert_eq!(rooted(json!(null)).unwrap(), None);
    }

    #[test]
    fn a_port_list_is_refused_with_its_first_invalid_port() {
        for good in ["1", "80,65535"] {
            assert!(shell_text::<Ports>("ports", good).is_ok(), "{good}");
        }
        for (bad, named) in
            [("0", "0"), ("080", "080"), ("99999", "99999"), ("80,0", "0"), ("80,", ""), ("", "")]
        {
            let refused = shell_text::<Ports>("patch.ports", bad).unwrap_err();
            let expected = format!("`patch.ports`: {named} is not a valid port.");
            assert_eq!(refused.message, expected, "{bad}");
        }
    }

    #[test]
    fn rejections_carry_a_hint_at_allowed_values() {
        let branch = shell_text::<Branch>("patch.branch", "$(id)").unwrap_err();
        assert_eq!(branch.message, "`patch.branch` is not allowed.");
        let path = shell_text::<RepoPath>("baseDirectory", "/..").unwrap_err();
        assert!(path.hint.unwrap().starts_with("Pass a path from the repository's root"));
        let command = shell_text::<BuildCommand>("patch.buildCommand", "`id`").unwrap_err();
        assert_eq!(command.kind.status(), 422);
        assert!(command.hint.unwrap().starts_with("Commit the command as a script"));
    }
}
