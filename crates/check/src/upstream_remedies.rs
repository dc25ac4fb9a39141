//! The setting or the command that mends the refusal of an upstream.

use covibe_upstream::{Cause, Error};

use crate::check_outcome::{Check, failed_check};

/// A check that an upstream did not let be completed, with what mends that.
pub(crate) fn refused_check(name: &'static str, error: &Error) -> Check {
    failed_check(name, with_mend(error))
}

/// Returns an error with what mends it.
pub(crate) fn with_mend(error: &Error) -> String {
    match mend(error) {
        Some(mend) => format!("{error}: {mend}"),
        None => error.to_string(),
    }
}

fn mend(error: &Error) -> Option<String> {
    let of = error.upstream;
    let (address, token) = match of {
        "Coolify" => ("COOLIFY_API_URL", "COOLIFY_API_TOKEN"),
        "Gitea" => ("GITEA_API_URL", "GITEA_API_TOKEN"),
        _ => return None,
    };
    Some(match &error.cause {
        // They name it themselves.
        Cause::Operator(_) => return None,
        Cause::Unauthorized => format!("create another token in {of}, and set it in {token}"),
        Cause::Limited { .. } => {
            format!("wait a minute, then check again; if it happens often, {}", limit_mend(of))
        }
        Cause::Unreachable | Cause::Dropped | Cause::TimedOut => {
            format!("start {of}, or set the address by which this machine reaches it in {address}")
        }
        Cause::Failed { .. } | Cause::QueueFull | Cause::Crowded { .. } => {
            format!("look at {of}'s log, and restart it")
        }
        Cause::Barred { .. } | Cause::Refused(_) | Cause::Conflict(_) => format!(
            "look at {of}'s log for the setting that refuses it, and give the token in {token} the rights that docs/hosting.md names"
        ),
        _ => format!(
            "set {address} to the address of {of} itself: something else answers there, such as a proxy or a sign-in page"
        ),
    })
}

/// Returns what mends an upstream that often refuses calls by a rate limit. Gitea has none (1.25), so that what stands in
/// front of it refused.
fn limit_mend(of: &str) -> &'static str {
    match of {
        "Gitea" => {
            "exempt this server's address from the rate limit of the proxy in front of Gitea (`limit_req` of nginx, \
             `rateLimit` of Traefik), or set GITEA_API_URL to an address behind that proxy"
        }
        _ => "raise API_RATE_LIMIT in Coolify's .env, or set COOLIFY_MAX_CALLS_PER_MINUTE below it",
    }
}

/// Returns what mends an address that can't be connected to, by the name of its check.
pub(crate) fn address_mend(name: &str) -> &'static str {
    match name.split('.').next().unwrap_or_default() {
        "coolify" => "start Coolify, or set COOLIFY_API_URL",
        "gitea" => "start Gitea, or set GITEA_API_URL",
        "registrar" => {
            "set OPENSRS_API_URL and OPENSRS_ENVIRONMENT, or let this machine out through the firewall"
        }
        "workos" => "set WORKOS_API_URL, or let this machine out through the firewall",
        _ => "set its address",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use covibe_upstream::Effect;

    use super::*;

    #[test]
    fn the_remedy_of_a_rate_limit_depends_on_the_upstream() {
        let limited = |upstream| {
            let cause = Cause::Limited { retry_after: Duration::ZERO, ours: false };
            let (method, path, effect) = ("GET", "/version", Effect::None);
            with_mend(&Error { upstream, method, path, cause, effect })
        };
        let gitea = limited("Gitea");
        assert!(gitea.contains("proxy in front of Gitea") && !gitea.contains("COOLIFY"), "{gitea}");
        assert!(limited("Coolify").contains("COOLIFY_MAX_CALLS_PER_MINUTE"));
    }

    #[test]
    fn every_error_cause_gets_a_remedy() {
        let limited = Cause::Limited { retry_after: Duration::ZERO, ours: false };
        for cause in [
            Cause::Unauthorized,
            limited,
            Cause::Malformed,
            Cause::TimedOut,
            Cause::Elsewhere,
            Cause::NotFound,
            Cause::Failed { status: 500 },
        ] {
            for upstream in ["Coolify", "Gitea"] {
                let (method, path, cause) = ("GET", "/version", cause.clone());
                let told =
                    with_mend(&Error { upstream, method, path, cause, effect: Effect::None });
                let mend = told.rsplit(": ").next().unwrap_or_default();
                assert!(mend.contains(' ') && mend.len() > 20, "{told}");
            }
        }
    }
}
