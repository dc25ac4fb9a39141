//! Everything that the simulator answers, on each release, against Coolify's own description.

mod exceptions;
mod invalid_requests;
mod refusals;
mod subresources;
mod valid_requests;

use std::collections::BTreeSet;

use covibe_sandbox::Answered;
use covibe_sandbox::coolify::{Options, Version, routes};

use self::exceptions::{Exception, all};
use crate::contracts::{Complaint, Contract};
use crate::simulator_client::{Coolify, real_time_options};

/// One with room for many calls.
async fn coolify(version: Version) -> Coolify {
    Coolify::with(Options { version, budget_per_minute: None, ..real_time_options() }).await
}

/// The path of an answer below `/api/v1`.
fn path(answer: &Answered) -> &str {
    answer.path.strip_prefix("/api/v1").unwrap()
}

fn complaints(contract: &Contract, answers: &[Answered]) -> BTreeSet<Complaint> {
    let of = |answer: &Answered| {
        let Some(template) = contract.template(path(answer)) else {
            let place = format!("{} {} {}", answer.method, path(answer), answer.status);
            return vec![Complaint { place, what: "is a path that is not described".to_owned() }];
        };
        let body = answer.body.as_ref().map(|(media, value)| (*media, value));
        contract.complaints(&answer.method, template, answer.status, body)
    };
    answers.iter().flat_map(of).collect()
}

/// The routes that nothing was got from.
fn untried_routes(version: Version, answers: &[Answered]) -> Vec<String> {
    let is_of = |template: &str, path: &str| {
        let (names, parts) = (template.split('/'), path.split('/'));
        names.clone().count() == parts.clone().count()
            && names.zip(parts).all(|(name, part)| name.starts_with('{') || name == part)
    };
    // Its cancellations take effect and answer 500.
    let is_broken = |path: &str| version == Version::V4_1 && path.ends_with("/cancel");
    let got = |method: &str, template: &str| {
        answers.iter().any(|answer| {
            let is_good = answer.status < 300 || (is_broken(template) && answer.status == 500);
            is_good && answer.method == method && is_of(template, path(answer))
        })
    };
    let routes = routes(version).into_iter().filter(|(method, path)| !got(method, path));
    routes.map(|(method, path)| format!("{method} {path}")).collect()
}

#[tokio::test]
async fn every_answer_matches_coolifys_published_description() {
    let contract = Contract::for_vendor("coolify");
    let mut wrong = Vec::new();
    for version in Version::ALL {
        let mut answers = valid_requests::answers(version).await;
        assert_eq!(untried_routes(version, &answers), Vec::<String>::new(), "{version:?}");
        answers.extend(invalid_requests::answers(version).await);
        answers.extend(refusals::answers(version).await);
        let found = complaints(&contract, &answers);
        wrong.extend(unmet_exceptions(version, &found));
        let unknown = found.iter().filter(|one| !all().any(|known| known.covers(version, one)));
        wrong.extend(unknown.map(|one| format!("{version:?}: {one}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The exceptions of a release that nothing needs now.
fn unmet_exceptions(version: Version, found: &BTreeSet<Complaint>) -> Vec<String> {
    let of_it = all().filter(|one| one.versions.contains(&version));
    let places = of_it.flat_map(|one| one.places.iter().map(move |place| (one, place)));
    let unmet = places
        .filter(|(one, place)| !found.iter().any(|found| one.covers_at(place, version, found)));
    let told = |(one, place): (&Exception, &&str)| {
        let Exception { what, reason, .. } = one;
        format!("{version:?}: no longer needed: {place}: {what} ({reason})")
    };
    unmet.map(told).collect()
}
