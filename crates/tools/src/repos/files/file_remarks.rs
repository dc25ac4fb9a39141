//! Remarks on files that are taken, but hardly do what they are for.

use super::SHEBANG;

/// The suffixes of files that show which variables there are.
const SAMPLES: [&str; 5] = ["example", "sample", "template", "dist", "defaults"];

/// Returns what is to be told of these files, by their paths and contents.
pub(crate) fn remarks<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) -> Vec<String> {
    let (mut scripts, mut secrets) = (Vec::new(), Vec::new());
    for (path, bytes) in files {
        if has_windows_shebang(bytes) {
            scripts.push(path);
        } else if is_env_file(path) && has_values(bytes) {
            secrets.push(path);
        }
    }
    let scripts = (!scripts.is_empty()).then(|| {
        format!(
            "The first line (#!) ends with CR LF, so Linux can't start it: {}. Write it with LF.",
            scripts.join(", ")
        )
    });
    let secrets = (!secrets.is_empty()).then(|| {
        format!(
            "Values are committed in {}, and anyone with access to the repository can read them: set them with \
             apps.envs.upsert, and delete the file.",
            secrets.join(", ")
        )
    });
    scripts.into_iter().chain(secrets).collect()
}

/// Returns whether the line with the interpreter ends as on Windows: Linux takes the CR for a part of the
/// interpreter's name.
fn has_windows_shebang(bytes: &[u8]) -> bool {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    first.starts_with(SHEBANG) && first.ends_with(b"\r")
}

fn is_env_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    match name.strip_prefix(".env") {
        Some("") => true,
        Some(kind) => kind.strip_prefix('.').is_some_and(|kind| {
            kind.split('.').all(|part| !SAMPLES.contains(&part.to_ascii_lowercase().as_str()))
        }),
        None => false,
    }
}

/// Returns whether a line sets a variable to a value that is not empty.
fn has_values(bytes: &[u8]) -> bool {
    String::from_utf8_lossy(bytes).lines().map(str::trim).any(|line| {
        let value = line.split_once('=').map(|(_, value)| value.trim().trim_matches(['"', '\'']));
        !line.starts_with('#') && value.is_some_and(|value| !value.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count_remarks(path: &str, text: &str) -> usize {
        remarks([(path, text.as_bytes())].into_iter()).len()
    }

    #[test]
    fn scripts_with_windows_line_endings_are_reported() {
        assert_eq!(count_remarks("run.sh", "#!/bin/sh\r\nexit\r\n"), 1);
        assert_eq!(count_remarks("run.sh", "#!/bin/sh\nexit\n"), 0);
        assert_eq!(count_remarks("page.html", "<p>\r\n"), 0);
        assert_eq!(count_remarks("#!", ""), 0);
    }

    #[test]
    fn committed_env_files_with_values_are_reported() {
        for path in [".env", "api/.env", ".env.production", ".env.local"] {
            assert_eq!(count_remarks(path, "# keys\nKEY=value\n"), 1, "{path}");
        }
        for path in [".env.example", ".env.production.sample", ".envrc", "env", "x.env.ts"] {
            assert_eq!(count_remarks(path, "KEY=value"), 0, "{path}");
        }
        assert_eq!(count_remarks(".env", "# KEY=value\nKEY=\nOTHER=\"\"\n\n"), 0);
    }

    #[test]
    fn files_with_the_same_problem_are_reported_together() {
        let files = [("a/.env", b"A=b".as_slice()), (".env", b"A=b"), ("x", b"#!x\r\n")];
        let told = remarks(files.into_iter());
        assert!(told.len() == 2 && told[1].contains("a/.env, .env"), "{told:?}");
    }
}
