//! Endpoints that stall. The report names each, its phase, and the seconds.

use covibe_readiness_checks::check::Status;
use covibe_readiness_checks::{Gate, Report};

use crate::stand_in_origin::{HASTY, Handshakes, Links, Origin};

async fn report_of_stalled(flip: impl FnOnce(&mut Origin)) -> Report {
    let mut origin = Origin::sound();
    origin.time = HASTY;
    flip(&mut origin);
    origin.examine(Gate::Preflight).await
}

/// Checks that a check is inconclusive and names the endpoint.
fn assert_named(report: &Report, id: &str, text: &str) {
    assert_eq!(report.exit_code(false), 3, "{id}");
    let checked = report.checked.iter().find(|each| each.check.id == id).expect("it is there");
    assert_eq!(checked.status, Status::Error, "{id}: {}", checked.note);
    assert!(checked.note.starts_with(text), "{id}: {}", checked.note);
}

#[tokio::test]
async fn a_stalled_dns_resolver_is_named_in_the_finding() {
    let report = report_of_stalled(|origin| origin.links = Links::NameStalls).await;
    assert_named(&report, "reach.dns", "DNS covibe.acme.dev stalled in dns: nothing after 2 s");
}

#[tokio::test]
async fn stalled_connections_are_named_with_the_number_of_attempts() {
    let report = report_of_stalled(|origin| {
        (origin.links, origin.addresses) = (Links::Stall, vec!["93.184.215.14"]);
    })
    .await;
    let text = "CONNECT 93.184.215.14:443 stalled in connect: nothing after 2 s (3 attempts)";
    assert_named(&report, "reach.addresses", text);
}

#[tokio::test]
async fn a_stalled_tls_handshake_is_named_in_the_finding() {
    let report = report_of_stalled(|origin| origin.handshakes = Handshakes::Stall).await;
    assert_named(&report, "tls.chain", "TLS covibe.acme.dev stalled in tls: nothing after 2 s");
}

#[tokio::test]
async fn stalled_response_headers_are_named_with_their_endpoint() {
    let (sign_in, device) = tokio::join!(
        report_of_stalled(|origin| origin.no_headers = Some("/auth/sign-in")),
        report_of_stalled(|origin| origin.no_headers = Some("/api/setup/device")),
    );
    let text = "GET /auth/sign-in stalled in headers: nothing after 2 s";
    assert_named(&sign_in, "sign-in.redirect", text);
    let text = "POST /api/setup/device stalled in headers: nothing after 2 s";
    assert_named(&device, "device.start", text);
}

#[tokio::test]
async fn stalled_response_bodies_are_named_with_their_endpoint() {
    let (health, package) = tokio::join!(
        report_of_stalled(|origin| origin.no_end = Some("/api/health")),
        report_of_stalled(|origin| origin.no_end = Some("/downloads/co-vibe.tgz")),
    );
    let text = "GET /api/health stalled in body: nothing after 2 s";
    assert_named(&health, "health.answer", text);
    let text = "GET /downloads/co-vibe.tgz stalled in body: nothing after 2 s";
    assert_named(&package, "package.answer", text);
}

#[tokio::test]
async fn an_origin_that_hangs_everywhere_ends_the_run_early() {
    let report = report_of_stalled(|origin| origin.no_headers = Some("*")).await;
    assert_named(&report, "health.answer", "GET /api/health stalled in headers");
    assert_named(&report, "package.answer", "GET /downloads/co-vibe.tgz stalled in headers");
    let routes =
        report.checked.iter().find(|each| each.check.id == "closed.routes").expect("it is there");
    assert!(routes.is_unseen && routes.note.contains("the server did not answer in time"));
}
