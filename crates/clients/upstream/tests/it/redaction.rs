//! Errors and logs never contain values or secrets.

use covibe_domain::Failure;
use serde_json::json;

use crate::scripted_server::{Act, Server};

const SECRETS: [&str; 6] = ["hunter2", "s3gment", "qu3ry", "b0dy", "answ3r", "127.0.0.1"];

#[tokio::test]
async fn errors_contain_the_path_template_and_no_values() {
    for trouble in [
        Act::Answer(500, "", r#"{"message":"answ3r"}"#),
        Act::Answer(422, "", r#"{"message":"answ3r"}"#),
        Act::Answer(200, "", "answ3r"),
        Act::Drop,
    ] {
        let server = Server::start([trouble]).await;
        let request = server
            .transport()
            .post("/applications/{uuid}/envs")
            .segment("s3gment")
            .query("q", "qu3ry");
        let error = request.body(json!({ "value": "b0dy" })).execute().await.unwrap_err();
        let failure = Failure::from(error.clone());
        let shown = format!("{error} {error:?} {failure} {failure:?} {}", failure.coded_body());
        assert!(shown.contains("/applications/{uuid}/envs"), "{shown}");
        for secret in SECRETS {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}

#[tokio::test]
async fn a_request_has_the_required_headers_and_debug_output_hides_the_token() {
    let server = Server::start([]).await;
    let transport = server.transport();
    assert!(!format!("{transport:?}").contains("hunter2"));
    transport.post("/a").body(json!({})).execute().await.unwrap();
    let head = server.requests()[0].head.to_ascii_lowercase();
    for line in [
        "authorization: bearer 1|hunter2",
        "accept: application/json",
        "content-type: application/json",
    ] {
        assert!(head.lines().any(|other| other == line), "{line} not in {head}");
    }
    assert!(
        !head.contains("accept-encoding"),
        "a compressed body would not be bounded by its length"
    );
}
