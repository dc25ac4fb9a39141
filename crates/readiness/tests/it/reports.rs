//! Reports, as people and programs read them.

use covibe_readiness_checks::report::{SCHEMA, json, junit, lines};
use covibe_readiness_checks::{Gate, Report};
use serde_json::json as value;

use crate::stand_in_origin::{Links, Origin};

async fn sick() -> Report {
    let mut origin = Origin::sound();
    origin.on("GET", "/api/health", |reply| {
        reply.change(|body| body["auth_mode"] = value!("<local> & \"open\""));
    });
    origin.examine(Gate::Canary).await
}

#[tokio::test]
async fn a_failed_check_is_printed_with_expectation_observation_and_fix() {
    let text = lines(&sick().await);
    let at = text.find("FAIL health.auth-mode People sign in with WorkOS (").unwrap();
    let below: Vec<_> = text[at..].lines().skip(1).take(4).map(str::trim_start).collect();
    let begins = ["expected: auth_mode workos", "got:", "endpoint: GET /api/health", "fix:"];
    for (line, begin) in below.iter().zip(begins) {
        assert!(line.starts_with(begin), "{line}");
    }
    assert!(text.ends_with("FAIL canary-hosted: 1 failed, 0 inconclusive\n"), "{text}");
    assert!(text.contains("SKIP key.call") && text.contains("COVIBE_CANARY_TOKEN is not set"));
}

#[tokio::test]
async fn the_json_report_matches_its_schema() {
    let schema = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut unresolved = Origin::sound();
    unresolved.links = Links::NoName;
    for report in [sick().await, unresolved.examine(Gate::Preflight).await] {
        let document = json(&report);
        let errors: Vec<_> = validator.iter_errors(&document).map(|it| it.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(document["passed"], false);
        assert_eq!(document["checks"].as_array().unwrap().len(), report.checked.len());
    }
    let mut document = json(&sick().await);
    assert_eq!(document["summary"]["fail"], 1);
    document["checks"][0]["status"] = value!("perhaps");
    assert!(!validator.is_valid(&document));
}

#[tokio::test]
async fn the_junit_report_has_a_suite_for_each_group() {
    let xml = junit(&sick().await);
    let mut reader = quick_xml::Reader::from_str(&xml);
    let (mut suites, mut cases, mut failures, mut depth) = (0, 0, 0, 0);
    loop {
        use quick_xml::events::Event;
        match reader.read_event().unwrap() {
            Event::Start(tag) => {
                depth += 1;
                match tag.name().as_ref() {
                    "testsuite" => suites += 1,
                    "testcase" => cases += 1,
                    "failure" => failures += 1,
                    _ => {}
                }
            }
            Event::Empty(tag) if tag.name().as_ref() == "testcase" => cases += 1,
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!((depth, failures), (0, 1));
    assert!(suites >= 10 && cases > 50, "{suites} {cases}");
    assert!(xml.contains("&lt;local&gt; &amp; "), "{xml}");
}
