//! Headers of answers, and what was seen in all of them.

use crate::check::{Finding, Verdict};
use crate::check_inputs::{HEALTH, MCP, Probe, SIGN_IN};
use crate::client::{HttpAnswer, Request, Sighting};

use super::sign_in::cookie_fault;
use super::{judge_all, send_all};

/// The seconds for which browsers have to keep to https.
const LEAST_HSTS: u64 = 15_552_000;

/// A host that is not ours.
const FORGED: &str = "evil.example";

/// Browsers do not guess content types.
pub(crate) async fn nosniff(probe: &Probe) -> Verdict {
    let paths = [HEALTH, MCP, SIGN_IN, "/", "/api/no-such-path"];
    let answers = send_all(probe, paths.map(Request::get).to_vec()).await;
    let is_right = |answer: &HttpAnswer| answer.header("x-content-type-options") == Some("nosniff");
    judge_all(answers, "x-content-type-options: nosniff", is_right).map(|()| "nosniff".to_owned())
}

/// Browsers keep to https.
pub(crate) async fn hsts(probe: &Probe) -> Verdict {
    let answer = probe.health().await?;
    if !probe.target.is_tls() {
        return Err(Finding::skip(&answer.endpoint, "a local rehearsal may have no TLS"));
    }
    let value = answer.header("strict-transport-security").unwrap_or("none");
    let age = value.split(';').find_map(|part| part.trim().strip_prefix("max-age="));
    let age = age.and_then(|age| age.trim_matches('"').parse::<u64>().ok()).unwrap_or_default();
    if age >= LEAST_HSTS {
        return Ok(value.to_owned());
    }
    let expected = format!("strict-transport-security: max-age={LEAST_HSTS} or more");
    Err(Finding::fail(&answer.endpoint, expected, value))
}

/// Pages run no scripts of others.
pub(crate) async fn policy(probe: &Probe) -> Verdict {
    let request = Request::get("/").header("accept", "text/html");
    let answer = probe.client.send(request).await?;
    let policy = answer.header("content-security-policy").unwrap_or("none");
    if policy.contains("default-src 'none'") || policy.contains("default-src 'self'") {
        return Ok("restricted".to_owned());
    }
    Err(Finding::fail(&answer.endpoint, "content-security-policy with default-src 'none'", policy))
}

/// A forged host changes no address that the server writes.
pub(crate) async fn forged_host(probe: &Probe) -> Verdict {
    let requests = vec![
        Request::get(SIGN_IN).header("host", FORGED),
        Request::get(SIGN_IN).header("x-forwarded-host", FORGED),
        Request::get(SIGN_IN).header("forwarded", format!("host={FORGED};proto=https")),
        Request::get("/").header("host", FORGED),
        Request::get("/").header("x-forwarded-host", FORGED),
    ];
    let is_right = |answer: &HttpAnswer| {
        let location = answer.header("location").unwrap_or_default();
        let body = String::from_utf8_lossy(&answer.body);
        !location.contains(FORGED) && (answer.status >= 400 || !body.contains(FORGED))
    };
    let answers = send_all(probe, requests).await;
    judge_all(answers, "no address with a forged host", is_right).map(|()| "ignored".to_owned())
}

/// A forged host is refused.
pub(crate) async fn other_hosts(probe: &Probe) -> Verdict {
    let answer = probe.client.send(Request::get(MCP).header("host", FORGED)).await?;
    if answer.status >= 300 {
        return Ok(answer.status.to_string());
    }
    Err(Finding::answer(&answer, "a refusal of another host")
        .fix("Set COVIBE_HOSTED_URL, and have the proxy pass Host on as it is."))
}

/// Answers do not name the software's versions.
pub(crate) async fn software(probe: &Probe) -> Verdict {
    let answer = probe.health().await?;
    for name in ["server", "x-powered-by", "via"] {
        let value = answer.header(name).unwrap_or_default();
        // `via` begins with the version of HTTP, as in `1.1 google` (RFC 9110, section 7.6.3).
        let value = if name == "via" { without_protocols(value) } else { value.to_owned() };
        if value.contains(|each: char| each.is_ascii_digit()) {
            let expected = format!("no version in {name}");
            return Err(Finding::warn(&answer.endpoint, expected, value));
        }
    }
    Ok("no versions".to_owned())
}

fn without_protocols(via: &str) -> String {
    let hops = via.split(',').map(|hop| hop.trim().split_once(' ').map_or("", |(_, by)| by));
    hops.collect::<Vec<_>>().join(", ")
}

/// Every cookie is protected, and only the sign-in sets any.
pub(crate) fn cookies(probe: &Probe) -> Verdict {
    let mut seen = probe.client.log().cookies();
    // Its cookie has a check of its own.
    seen.retain(|cookie| cookie.endpoint != format!("GET {SIGN_IN}"));
    for Sighting { endpoint, text } in &seen {
        let name = text.split(';').next().unwrap_or_default();
        let is_of_sign_in = endpoint.contains(" /auth/") || endpoint.ends_with(" /callback");
        if !is_of_sign_in {
            return Err(Finding::fail(endpoint, "no cookie outside the sign-in", name));
        }
        if let Some(fault) = cookie_fault(text, probe.target.is_tls()) {
            return Err(Finding::fail(endpoint, fault, format!("the cookie {name} without")));
        }
    }
    Ok(format!("{} were set", seen.len()))
}

/// No answer contains a secret or reveals a machine.
pub(crate) fn leaks(probe: &Probe) -> Verdict {
    none_of(&probe.client.log().leaks(), "no secret and no trace of a machine")
}

/// No answer repeats the key of a request.
pub(crate) fn echoes(probe: &Probe) -> Verdict {
    none_of(&probe.client.log().echoes(), "no key of a request in an answer")
}

fn none_of(sightings: &[Sighting], expected: &str) -> Verdict {
    let Some(first) = sightings.first() else { return Ok("none".to_owned()) };
    let mut all: Vec<_> =
        sightings.iter().map(|seen| format!("{}: {}", seen.endpoint, seen.text)).collect();
    all.dedup();
    all.truncate(5);
    Err(Finding::fail(&first.endpoint, expected, all.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_protocol_versions_are_removed_from_software_headers() {
        assert_eq!(without_protocols("1.1 google, HTTP/2 caddy 2.8"), "google, caddy 2.8");
        assert_eq!(without_protocols(""), "");
    }
}
