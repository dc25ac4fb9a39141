//! The sign-in and its cookie.

use covibe_readiness_checks::Gate;

use crate::fault_switch::{Switch, examine_each};
use crate::stand_in_origin::{Origin, Reply};

const SIGN_IN: &str = "GET /auth/sign-in";

fn header_switch(
    name: &'static str,
    fails: &'static [&'static str],
    header: &'static str,
    (from, to): (&'static str, &'static str),
) -> Switch {
    Switch::new(name, fails, SIGN_IN, |origin: &mut Origin| {
        origin.on("GET", "/auth/sign-in", move |reply| {
            let value = reply
                .headers
                .iter()
                .find(|(each, _)| each == header)
                .expect("it is there")
                .1
                .clone();
            assert!(value.contains(from), "{value}");
            reply.set(header, &value.replace(from, to));
        });
    })
}

fn location(
    name: &'static str,
    fails: &'static [&'static str],
    change: (&'static str, &'static str),
) -> Switch {
    header_switch(name, fails, "location", change)
}

fn cookie(name: &'static str, change: (&'static str, &'static str)) -> Switch {
    header_switch(name, &["sign-in.cookie"], "set-cookie", change)
}

#[tokio::test]
async fn a_sign_in_redirect_to_a_wrong_address_fails_the_preflight() {
    let workos = "https://api.workos.com";
    let callback = "https%3A%2F%2Fcovibe.acme.dev%2Fcallback";
    examine_each(
        Gate::Preflight,
        vec![
            location("to another host", &["sign-in.redirect"], (workos, "https://evil.example")),
            location(
                "to a similar host",
                &["sign-in.redirect"],
                (workos, "https://api.workos.com.evil.dev"),
            ),
            location("without TLS", &["sign-in.redirect"], (workos, "http://api.workos.com")),
            location(
                "back to another origin",
                &["sign-in.callback"],
                (callback, "https%3A%2F%2Fold.acme.dev%2Fcallback"),
            ),
            location(
                "back to a slash more",
                &["sign-in.callback"],
                ("%2Fcallback", "%2Fcallback%2F"),
            ),
            location("back to plain HTTP", &["sign-in.callback"], ("https%3A", "http%3A")),
            location("no state", &["sign-in.state"], ("&state=", "&stat=")),
            location("no challenge", &["sign-in.pkce"], ("&code_challenge=", "&challenge=")),
            location("a plain challenge", &["sign-in.pkce"], ("S256", "plain")),
            Switch::new(
                "the same state twice",
                &["sign-in.state", "sign-in.pkce"],
                SIGN_IN,
                |origin| {
                    origin.on("GET", "/auth/sign-in", |reply| {
                        let parameters = "redirect_uri=https%3A%2F%2Fcovibe.acme.dev%2Fcallback\
                        &state=0123456789abcdef0123456789abcdef&code_challenge_method=S256\
                        &code_challenge=0123456789abcdef0123456789abcdef";
                        let to = format!(
                            "https://api.workos.com/user_management/authorize?{parameters}"
                        );
                        reply.set("location", &to);
                    });
                },
            ),
            Switch::new(
                "a page of its own",
                &[
                    "sign-in.redirect",
                    "sign-in.callback",
                    "sign-in.state",
                    "sign-in.pkce",
                    "sign-in.cookie",
                ],
                SIGN_IN,
                |origin| {
                    origin.on("GET", "/auth/sign-in", |reply| {
                        *reply = Reply::new(200).body("text/html", b"<form>Password</form>");
                    });
                },
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_unprotected_sign_in_cookie_fails_the_preflight() {
    examine_each(
        Gate::Preflight,
        vec![
            cookie("sent without TLS", ("; Secure", "")),
            cookie("readable by scripts", ("; HttpOnly", "")),
            cookie("sent from other sites", ("SameSite=Lax", "SameSite=None")),
            cookie("for other hosts", ("Path=/", "Path=/; Domain=acme.dev")),
            cookie("of a name that others can set", ("__Host-", "")),
            Switch::new("no cookie", &["sign-in.cookie"], SIGN_IN, |origin| {
                origin.on("GET", "/auth/sign-in", |reply| reply.remove("set-cookie"));
            }),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_forged_callback_or_sign_out_link_that_works_fails_the_canary() {
    let session = "__Host-covibe_session=a; Path=/; HttpOnly; SameSite=Lax; Secure";
    examine_each(
        Gate::Canary,
        vec![
            Switch::new(
                "a forged callback signs in",
                &["sign-in.forged"],
                "GET /callback",
                |origin| {
                    origin.on("GET", "/callback", move |reply| {
                        *reply = Reply::new(303)
                            .with("location", "/console")
                            .with("set-cookie", session);
                    });
                },
            ),
            Switch::new(
                "a forged callback breaks",
                &["sign-in.forged"],
                "GET /callback",
                |origin| {
                    origin.on("GET", "/callback", |reply| reply.status = 500);
                },
            ),
            Switch::new(
                "a link signs out",
                &["sign-in.sign-out"],
                "GET /auth/sign-out",
                |origin| {
                    origin.on("GET", "/auth/sign-out", |reply| {
                        *reply = Reply::new(303).with("location", "/");
                    });
                },
            ),
        ],
    )
    .await;
}
