//! The sign-in: it leads to AuthKit and comes back to this origin alone.

use covibe_domain::internet::is_loopback_host;
use url::Url;

use crate::check::{Finding, Verdict};
use crate::check_inputs::{Probe, SIGN_IN};
use crate::client::{HttpAnswer, Request};

/// The hosts of AuthKit: the API, and the pages of an environment.
const AUTHKIT: [&str; 2] = ["api.workos.com", ".authkit.app"];

/// The shortest state and challenge that cannot be guessed, in characters.
const LEAST: usize = 22;

/// The sign-in leads to AuthKit.
pub(crate) async fn redirect(probe: &Probe) -> Verdict {
    let [answer, _] = probe.sign_ins().await?;
    let host = location(&answer)?.host_str().unwrap_or_default().to_owned();
    Ok(format!("{} to {host}", answer.status)).and_then(|text| {
        let url = location(&answer)?;
        let is_own = url.is_special() && is_loopback_host(&host);
        let is_rehearsed = probe.target.is_rehearsal() && is_own;
        let is_authkit = url.scheme() == "https" && is_authkit(&host);
        if is_authkit || is_rehearsed {
            return Ok(text);
        }
        let expected = format!("a redirect to https://{}", AUTHKIT[0]);
        Err(Finding::fail(&answer.endpoint, expected, format!("{}://{host}", url.scheme())))
    })
}

/// The sign-in comes back to this origin.
pub(crate) async fn callback(probe: &Probe) -> Verdict {
    let [answer, _] = probe.sign_ins().await?;
    let (expected, got) = (probe.target.callback(), parameter(&answer, "redirect_uri")?);
    if got == expected {
        return Ok(expected);
    }
    Err(Finding::fail(&answer.endpoint, format!("redirect_uri {expected}"), got).fix(format!(
        "Set NEXT_PUBLIC_WORKOS_REDIRECT_URI={expected}, and add the same URI to the redirect URIs \
         in WorkOS' dashboard."
    )))
}

/// Each sign-in has a state of its own.
pub(crate) async fn state(probe: &Probe) -> Verdict {
    let [one, other] = probe.sign_ins().await?;
    differing(&one, &other, "state")
}

/// Each sign-in has a challenge of its own (PKCE).
pub(crate) async fn pkce(probe: &Probe) -> Verdict {
    let [one, other] = probe.sign_ins().await?;
    let method = parameter(&one, "code_challenge_method")?;
    if method != "S256" {
        return Err(Finding::fail(&one.endpoint, "code_challenge_method S256", method));
    }
    differing(&one, &other, "code_challenge")
}

/// The cookie of a sign-in is for this host, TLS and no script.
pub(crate) async fn cookie(probe: &Probe) -> Verdict {
    let [answer, _] = probe.sign_ins().await?;
    let cookies = answer.all("set-cookie");
    if cookies.is_empty() {
        return Err(Finding::fail(&answer.endpoint, "a cookie that belongs to the state", "none"));
    }
    for cookie in cookies {
        if let Some(fault) = cookie_fault(cookie, probe.target.is_tls()) {
            let name = cookie.split('=').next().unwrap_or_default();
            return Err(Finding::fail(
                &answer.endpoint,
                fault,
                format!("the cookie {name} without"),
            ));
        }
    }
    Ok("protected".to_owned())
}

/// A callback that nobody started signs nobody in.
pub(crate) async fn forged_callback(probe: &Probe) -> Verdict {
    let path = format!("/callback?state={0}&code={0}", probe.random);
    let answer = probe.client.send(Request::get(path)).await?;
    let signs_in = answer.all("set-cookie").iter().any(|cookie| {
        let pair = cookie.split(';').next().unwrap_or_default();
        pair.split_once('=').is_some_and(|(_, value)| !value.is_empty())
    });
    if (400..500).contains(&answer.status) && !signs_in {
        return Ok(answer.status.to_string());
    }
    Err(Finding::answer(&answer, "4xx and no session"))
}

/// Nobody is signed out by a link.
pub(crate) async fn sign_out(probe: &Probe) -> Verdict {
    let answer = probe.client.send(Request::get("/auth/sign-out")).await?;
    if matches!(answer.status, 404 | 405) {
        return Ok(answer.status.to_string());
    }
    Err(Finding::answer(&answer, "405: signing out takes a POST"))
}

/// Returns the attribute that a cookie lacks.
pub(super) fn cookie_fault(cookie: &str, is_tls: bool) -> Option<&'static str> {
    let mut parts = cookie.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let attributes: Vec<_> = parts.map(str::to_ascii_lowercase).collect();
    let has = |attribute: &str| attributes.iter().any(|each| each == attribute);
    let rules = [
        (!is_tls || has("secure"), "Secure"),
        (has("httponly"), "HttpOnly"),
        (has("samesite=lax") || has("samesite=strict"), "SameSite=Lax"),
        (has("path=/"), "Path=/"),
        (!attributes.iter().any(|each| each.starts_with("domain")), "no Domain"),
        (!is_tls || name.starts_with("__Host-"), "a name that begins with __Host-"),
    ];
    rules.into_iter().find(|(holds, _)| !holds).map(|(_, rule)| rule)
}

fn is_authkit(host: &str) -> bool {
    AUTHKIT.iter().any(|known| host == *known || (known.starts_with('.') && host.ends_with(known)))
}

fn location(answer: &HttpAnswer) -> Result<Url, Finding> {
    let expected = "a redirect (302, 303 or 307) to AuthKit";
    let location = answer.header("location").and_then(|text| Url::parse(text).ok());
    match location {
        Some(url) if matches!(answer.status, 302 | 303 | 307) => Ok(url),
        _ => Err(Finding::answer(answer, expected)
            .fix("Set COVIBE_AUTH_MODE=workos and the WorkOS variables, and restart the server.")),
    }
}

fn parameter(answer: &HttpAnswer, name: &str) -> Result<String, Finding> {
    let url = location(answer)?;
    let value =
        url.query_pairs().find(|(each, _)| each == name).map(|(_, value)| value.into_owned());
    value.ok_or_else(|| Finding::fail(&answer.endpoint, format!("{SIGN_IN} with {name}"), "none"))
}

fn differing(one: &HttpAnswer, other: &HttpAnswer, name: &str) -> Verdict {
    let (first, second) = (parameter(one, name)?, parameter(other, name)?);
    if first.len() < LEAST {
        let expected = format!("{name} of at least {LEAST} characters");
        return Err(Finding::fail(&one.endpoint, expected, format!("{} characters", first.len())));
    }
    if first == second {
        return Err(Finding::fail(
            &one.endpoint,
            format!("another {name} each time"),
            "the same twice",
        ));
    }
    Ok("new each time".to_owned())
}
