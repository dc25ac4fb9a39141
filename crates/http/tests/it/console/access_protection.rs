//! The protection of the console: the people who are let in, the headers of pages, and the forms
//! that count.

use covibe_testkit_http::http_client;
use reqwest::header::{COOKIE, HeaderMap, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use super::Site;

fn client() -> Client {
    http_client::client().redirect(Policy::none()).build().expect("a client")
}

impl Site {
    async fn admin_session(&self) -> String {
        let user = self.admin(&self.world.mark, "mia@northwind.example").await;
        self.session(&user).await
    }

    async fn get(&self, path: &str, session: &str) -> Response {
        let request =
            client().get(self.url(path)).header(COOKIE, format!("covibe_session={session}"));
        request.send().await.expect("an answer")
    }

    async fn post(
        &self,
        path: &str,
        session: &str,
        body: String,
        headers: &[(&str, &str)],
    ) -> Response {
        let request =
            client().post(self.url(path)).header(COOKIE, format!("covibe_session={session}"));
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(body).send().await.expect("an answer")
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn console_pages_redirect_signed_out_visitors_to_the_sign_in() {
    let Some(site) = Site::open().await else { return };
    for path in ["/console", "/console/settings/keys", "/console/live/apps/abcdefg"] {
        let answer = site.get(path, "not-a-session").await;
        assert_eq!(answer.status(), 303, "{path}");
        let to = header(answer.headers(), LOCATION.as_str()).to_owned();
        assert!(to.starts_with("/auth/sign-in?returnTo=%2Fconsole"), "{to}");
    }
    let log = site.get("/console/live/deployments/abcdefg/log", "not-a-session").await;
    assert_eq!(log.status(), 401, "a stream has no page to lead to");
}

#[tokio::test(flavor = "multi_thread")]
async fn console_pages_forbid_framing_caching_and_inline_scripts() {
    let Some(site) = Site::open().await else { return };
    let session = site.admin_session().await;
    let paths = [
        "/console",
        "/console/code",
        "/console/live",
        "/console/activity",
        "/console/audit",
        "/console/settings/keys",
        "/console/settings/agents",
        "/console/live/apps/abcdefg",
    ];
    for path in paths {
        let answer = site.get(path, &session).await;
        let headers = answer.headers();
        let policy = header(headers, "content-security-policy");
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(header(headers, name), value, "{path}: {name}");
        }
        let text = answer.text().await.unwrap();
        for inline in ["<script>", " style=\"", " onclick=", "javascript:"] {
            assert!(!text.contains(inline), "{path}: {inline}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn assets_with_digests_in_their_names_are_cached_forever() {
    let Some(site) = Site::open().await else { return };
    for asset in [&*covibe_console::assets::STYLE, &*covibe_console::assets::SCRIPT] {
        let answer = client().get(site.url(&asset.path())).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(
            header(answer.headers(), "cache-control"),
            "public, max-age=31536000, immutable"
        );
        assert_eq!(header(answer.headers(), "content-type"), asset.media_type);
    }
    let old = client().get(site.url("/assets/console.0000000000000000.css")).send().await.unwrap();
    assert_eq!(old.status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_form_without_the_sessions_csrf_token_is_refused() {
    let Some(site) = Site::open().await else { return };
    let user = site.admin(&site.world.mark, "mia@northwind.example").await;
    let (own, other) = (site.session(&user).await, site.person(&user).await);
    let csrf = site.world.identity.session(&own, false).await.unwrap().unwrap().csrf;
    let form = |csrf: &str| format!("csrf={csrf}&name=laptop&agent=codex&access=full&days=90");
    let path = "/console/settings/keys/mint";
    let refused = [
        (form(""), vec![]),
        ("name=laptop&agent=codex&access=full&days=90".to_owned(), vec![]),
        // Of another session of the same person.
        (form(&other.csrf), vec![]),
        (form(&csrf), vec![("sec-fetch-site", "cross-site")]),
        (form(&csrf), vec![("sec-fetch-site", "same-site")]),
        (form(&csrf), vec![("origin", "https://evil.example")]),
    ];
    for (body, headers) in refused {
        let answer = site.post(path, &own, body.clone(), &headers).await;
        assert_eq!(answer.status(), 403, "{body} {headers:?}");
    }
    let answer = site.post(path, &own, form(&csrf), &[("sec-fetch-site", "same-origin")]).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().contains("vibn_sk_"));
    let get = site.get(path, &own).await;
    assert_eq!(
        (get.status().as_u16(), header(get.headers(), "location")),
        (303, "/console/settings/keys")
    );
}
