//! The paths in a package: each leads to one place below `package/`, on every system.

/// The longest path, in bytes.
const MOST_BYTES: usize = 255;

/// The maximum number of folders on the way to a file.
const MOST_DEPTH: usize = 16;

/// Names that Windows has for devices.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Names that nobody means to publish.
const PRIVATE: [&str; 6] = [".env", ".npmrc", ".git", ".netrc", ".ssh", "id_rsa"];

/// Checks a path. Returns it as text, without `package/`.
///
/// # Errors
///
/// The rule that it breaks, without the path itself where that is not plain.
pub(super) fn check(path: &[u8]) -> Result<&str, String> {
    let text = str::from_utf8(path).map_err(|_| "a path is not UTF-8".to_owned())?;
    let text = text.strip_suffix('/').unwrap_or(text);
    if text.chars().any(char::is_control) {
        return Err("a path contains control characters".to_owned());
    }
    let parts: Vec<_> = text.split('/').collect();
    let rules: [(bool, &str); 6] = [
        (text.len() > MOST_BYTES || parts.len() > MOST_DEPTH, "is too long"),
        (text.starts_with('/'), "is absolute"),
        (parts.contains(&".."), "points out of the package"),
        (parts.iter().any(|part| matches!(*part, "" | ".")), "has an empty part"),
        (text.contains(['\\', ':']), "contains a backslash or a colon"),
        (parts.iter().any(|part| is_device(part)), "is a device on Windows"),
    ];
    if let Some((_, rule)) = rules.iter().find(|(is_broken, _)| *is_broken) {
        return Err(format!("{} {rule}", text.chars().take(80).collect::<String>()));
    }
    match parts.as_slice() {
        ["package"] => Ok(""),
        ["package", ..] => Ok(text.strip_prefix("package/").unwrap_or_default()),
        _ => Err(format!("{text} is not below package/")),
    }
}

/// Returns whether a file is one that nobody means to publish.
pub(super) fn is_private(path: &str) -> bool {
    let is_map = path.rsplit_once('.').is_some_and(|(_, ending)| ending == "map");
    let is_named =
        |part: &str| PRIVATE.iter().any(|name| part == *name || part.starts_with(".env."));
    is_map || path.split('/').any(is_named)
}

fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let is_port =
        numbered.is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_digit()));
    is_port || DEVICES.contains(&&*stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_paths_are_normalized_and_unsafe_ones_refused() {
        assert_eq!(check(b"package/bin/covibe-local.js").unwrap(), "bin/covibe-local.js");
        assert_eq!(check(b"package/").unwrap(), "");
        for (path, rule) in [
            (&b"/etc/passwd"[..], "absolute"),
            (b"package/../x", "out of"),
            (b"../package/x", "out of"),
            (b"package/./x", "empty part"),
            (b"package//x", "empty part"),
            (b"other/x", "not below"),
            (b"package/a\\b", "backslash"),
            (b"C:/package/x", "colon"),
            (b"package/nul.txt", "device"),
            (b"package/COM1", "device"),
            (b"package/a\x01b", "control"),
            (b"package/\xff", "UTF-8"),
            ("package/".repeat(17).as_bytes(), "too long"),
            (format!("package/{}", "a".repeat(250)).as_bytes(), "too long"),
        ] {
            let fault = check(path).unwrap_err();
            assert!(fault.contains(rule), "{fault}");
        }
    }

    #[test]
    fn private_files_are_recognised() {
        for path in [".env", ".env.local", "lib/.npmrc", ".git/HEAD", "lib/run.js.map"] {
            assert!(is_private(path), "{path}");
        }
        assert!(!is_private("lib/environment.js") && !is_private("README.md"));
    }
}
