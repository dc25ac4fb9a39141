//! The page where people sign in, as far as a program sees it.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use reqwest::Client;
use reqwest::redirect::{Attempt, Policy};
use url::Url;

use super::report::{Outcome, passed_with};

/// The timeout of the page, with all redirects to it.
const PATIENCE: Duration = Duration::from_secs(30);

/// The maximum number of redirects by WorkOS.
const REDIRECTS: usize = 10;

/// The number of bytes of a page that are read.
const LONGEST: usize = 256 * 1024;

/// The host of the pages on which WorkOS reports to people that an application is wrong. They have status 200, and
/// only their paths name the error: seen in 2026.
const ERRORS: &str = "error.workos.com";

/// A part of the path, and of the page, of an unknown address.
const UNKNOWN: &str = "redirect-uri-invalid";

/// Opens the address at which a sign-in starts, as a browser does that was never there.
pub(crate) async fn open(start: Url, callback: &Url) -> Result<Outcome> {
    let api = start.host_str().unwrap_or_default().to_owned();
    let mut answer =
        client(callback)?.get(start).send().await.map_err(reqwest::Error::without_url)?;
    let (status, url) = (answer.status(), answer.url().clone());
    let host = url.host_str().unwrap_or_default();
    let mut page = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        page.extend_from_slice(&part);
        if page.len() > LONGEST {
            break;
        }
    }
    if url.path().contains(UNKNOWN) || String::from_utf8_lossy(&page).contains(UNKNOWN) {
        bail!("WorkOS does not know {callback}: add it to Redirects in its dashboard");
    }
    ensure!(host != ERRORS, "WorkOS shows its error page {}", url.path());
    if status.is_success() || status.is_redirection() {
        return Ok(passed_with(format!("at {host}, and returns to {callback}")));
    }
    // The address was accepted; a guard of the pages may refuse a program.
    ensure!(host != api, "{host} answers {status}");
    Ok(Outcome::Skipped(format!("{host} answers {status} to a program")))
}

/// Returns a client that follows redirects, but not to the address where sign-ins come back.
fn client(callback: &Url) -> Result<Client> {
    let callback = callback.clone();
    let policy = Policy::custom(move |attempt: Attempt<'_>| {
        let is_back = attempt.url().origin() == callback.origin();
        let are_many = attempt.previous().len() > REDIRECTS;
        match (is_back, are_many) {
            (true, _) => attempt.stop(),
            (_, true) => attempt.error("too many redirects"),
            _ => attempt.follow(),
        }
    });
    Ok(Client::builder().redirect(policy).timeout(PATIENCE).build()?)
}
