//! Causes of a failed deployment that its log names: a health check that cannot pass, because the image lacks the
//! program for it, and a server that Coolify does not use.

/// The beginning of the line in which Coolify reports the answer of a health check (4.3.11).
const ANSWER: &str = "Healthcheck logs:";

/// The programs that Coolify tries one after the other.
const PROGRAMS: [&str; 2] = ["curl", "wget"];

/// Returns whether a deployment failed because the image has no program that can make its health
/// check. The line with the answer may be followed by further ones.
pub(crate) fn lacks_checker(lines: &[String]) -> bool {
    let Some(first) = lines.iter().position(|line| line.contains(ANSWER)) else { return false };
    let answers = lines.get(first..).unwrap_or_default();
    let is_missing = |program: &str| answers.iter().any(|line| says_missing(line, program));
    PROGRAMS.into_iter().all(is_missing) || answers.iter().any(|line| lacks_shell(line))
}

/// The line in which Coolify reports that its server is not reachable or not usable, before anything was begun
/// (4.3.11).
const LOST_SERVER: &str = "Server is not functional.";

/// Returns whether a deployment failed because Coolify does not use its server.
pub(crate) fn lacks_server(lines: &[String]) -> bool {
    lines.iter().any(|line| line.trim() == LOST_SERVER)
}

/// Returns whether a shell says that it has no such program: `sh: curl: not found` of Busybox, `/bin/sh: 1: curl: not
/// found` of Dash, `bash: curl: command not found`.
fn says_missing(line: &str, program: &str) -> bool {
    let not_found = [format!("{program}: not found"), format!("{program}: command not found")];
    not_found.iter().any(|text| line.contains(text.as_str()))
}

/// Returns whether Docker says that there is no shell to run the programs with.
fn lacks_shell(line: &str) -> bool {
    line.contains("exec: \"/bin/sh\"") && line.contains("no such file")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacks_checker_in(lines: &[&str]) -> bool {
        let lines: Vec<_> = lines.iter().map(ToString::to_string).collect();
        lacks_checker(&lines)
    }

    #[test]
    fn a_nonfunctional_server_is_recognized_only_by_the_whole_line() {
        let lacks =
            |line: &str| lacks_server(&["Starting deployment.".to_owned(), line.to_owned()]);
        assert!(lacks("Server is not functional."));
        assert!(!lacks("#5 ERROR: Server is not functional. Try again"));
    }

    #[test]
    fn a_health_checker_is_missing_if_curl_and_wget_or_the_shell_are() {
        let busybox = "Healthcheck logs: /bin/sh: curl: not found";
        assert!(lacks_checker_in(&[
            "step 1",
            busybox,
            "/bin/sh: wget: not found | Return code: 1"
        ]));
        let dash = "Healthcheck logs: /bin/sh: 1: curl: not found /bin/sh: 1: wget: not found";
        assert!(lacks_checker_in(&[dash]));
        assert!(lacks_checker_in(&[
            "Healthcheck logs: bash: curl: command not found",
            "wget: not found"
        ]));
        assert!(lacks_checker_in(&[
            "Healthcheck logs: OCI runtime exec failed: exec: \"/bin/sh\": stat /bin/sh: no such \
             file or directory: unknown"
        ]));
        assert!(!lacks_checker_in(&[busybox, "wget: server returned error: HTTP/1.1 500"]));
        assert!(
            !lacks_checker_in(&["/bin/sh: curl: not found", "/bin/sh: wget: not found"]),
            "in a build"
        );
        assert!(!lacks_checker_in(&[]));
    }
}
