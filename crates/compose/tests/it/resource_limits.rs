//! Limits that a service may have in two places: what is sent never has one that Docker Compose refuses.

use covibe_compose::{Compose, Request, Rules};
use covibe_domain::Failure;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::canonical_text_reader;

/// A limit: the key of the service, the section and the member of `deploy.resources`, and two values.
type Limit = (&'static str, &'static str, &'static str, [&'static str; 2]);

const LIMITS: [Limit; 4] = [
    ("mem_limit", "limits", "memory", ["512m", "1g"]),
    ("pids_limit", "limits", "pids", ["100", "200"]),
    ("cpus", "limits", "cpus", ["0.5", "1"]),
    ("mem_reservation", "reservations", "memory", ["64m", "128m"]),
];

/// The values of a limit in a file: that of the key, and that of the section.
type Pair = (Option<usize>, Option<usize>);

fn file(pairs: &[Pair; 4], has_sections: bool) -> String {
    let mut service = Map::from_iter([("image".to_owned(), json!("nginx"))]);
    let mut sections =
        if has_sections { json!({ "limits": {}, "reservations": {} }) } else { json!({}) };
    for ((key, section, member, values), (own, other)) in LIMITS.iter().zip(pairs) {
        if let Some(own) = own {
            service.insert((*key).to_owned(), json!(values[*own]));
        }
        if let Some(other) = other {
            sections[*section][*member] = json!(values[*other]);
        }
    }
    if sections.as_object().is_some_and(|sections| !sections.is_empty()) {
        service.insert("deploy".to_owned(), json!({ "resources": sections }));
    }
    json!({ "services": { "web": service } }).to_string()
}

fn accept(file: &str, has_defaults: bool) -> Result<Compose, Failure> {
    let mut rules = Rules::default();
    if has_defaults {
        (rules.memory, rules.processes) = (Some("4g".to_owned()), Some(4096));
    }
    covibe_compose::compose(file, &Request { rules, ..Request::default() })
}

/// The values of a limit in what is sent.
fn values(service: &Value, (key, section, member, _): &Limit) -> [Value; 2] {
    [service[*key].clone(), service["deploy"]["resources"][*section][*member].clone()]
}

/// The rule of Docker Compose (compose-go 2.16.2, `checkConsistency`).
fn is_refused(service: &Value, limit: &Limit) -> bool {
    let [own, other] = values(service, limit);
    let section = &service["deploy"]["resources"][limit.1];
    !own.is_null() && !section.is_null() && own != other
}

fn pair() -> impl Strategy<Value = Pair> {
    (prop::option::of(0_usize..2), prop::option::of(0_usize..2))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn each_limit_is_sent_where_docker_compose_accepts_it(
        pairs in [pair(), pair(), pair(), pair()],
        has_sections in any::<bool>(),
        has_defaults in any::<bool>(),
    ) {
        let file = file(&pairs, has_sections);
        let differs = |(own, other): &Pair| own.is_some() && other.is_some() && own != other;
        let accepted = match accept(&file, has_defaults) {
            Ok(accepted) => accepted,
            Err(failure) => {
                prop_assert!(pairs.iter().any(differs), "{file}: {failure:?}");
                prop_assert!(failure.message.contains("differ"), "{failure:?}");
                prop_assert!(failure.hint.is_some_and(|hint| hint.starts_with("Keep one of")));
                return Ok(());
            }
        };
        prop_assert!(!pairs.iter().any(differs), "{file}");
        let tree = canonical_text_reader::read(accepted.text()).unwrap();
        let service = &tree["services"]["web"];
        for (limit, (own, other)) in LIMITS.iter().zip(&pairs) {
            prop_assert!(!is_refused(service, limit), "{}: {service}", limit.0);
            let default = match limit.0 {
                "mem_limit" if has_defaults => json!("4g"),
                "pids_limit" if has_defaults => json!(4096),
                _ => Value::Null,
            };
            let written = |value: &str| {
                if limit.0 == "pids_limit" { json!(value.parse::<i64>().unwrap()) } else { json!(value) }
            };
            let wanted = own.or(*other).map_or(default, |at| written(limit.3[at]));
            let [own, other] = values(service, limit);
            prop_assert_eq!(if own.is_null() { other } else { own }, wanted, "{}", limit.0);
        }
    }
}

#[test]
fn a_limit_that_is_moved_to_deploy_is_reported_as_a_change() {
    let file = "services: {web: {image: nginx, mem_limit: 512m, deploy: {resources: {limits: {cpus: '1'}}}}}";
    let accepted = accept(file, true).unwrap();
    let told: Vec<_> = accepted.changes.iter().map(|it| (&*it.path, &*it.change)).collect();
    let moved = ("services.web.mem_limit", "became deploy.resources.limits.memory");
    assert_eq!(told, [moved, ("services.*.pids_limit", "became 4096 for web")]);
}

#[test]
fn the_operators_limits_are_reported_with_the_services_that_get_them() {
    let file = "services: {web: {image: nginx}, db: {image: 'postgres:17', mem_limit: 1g}, \
                job: {image: nginx, deploy: {resources: {limits: {pids: 9}}}}}";
    let changes = |has_defaults| accept(file, has_defaults).unwrap().changes;
    let told: Vec<_> = changes(true).into_iter().map(|it| (it.path, it.change)).collect();
    let of = |key: &str, change: &str| (format!("services.*.{key}"), change.to_owned());
    let memory = of("mem_limit", "became 4g for web, job");
    assert_eq!(told, [memory, of("pids_limit", "became 4096 for web, db")]);
    assert_eq!(changes(false), []);
    let again = accept(accept(file, true).unwrap().text(), true).unwrap();
    let is_limit = |path: &str| path.starts_with("services.*");
    assert!(again.changes.iter().all(|it| !is_limit(&it.path)), "{again:?}");
}

#[test]
fn a_limit_alongside_those_of_deploy_is_moved_to_them() {
    let stored = "services: {web: {image: nginx, pids_limit: 4096, \
                  deploy: {resources: {limits: {memory: 512m}}}}}";
    let accepted = accept(stored, true).unwrap();
    let tree = canonical_text_reader::read(accepted.text()).unwrap();
    let limits = &tree["services"]["web"]["deploy"]["resources"]["limits"];
    assert_eq!(*limits, json!({ "memory": "512m", "pids": 4096 }));
    assert_eq!(tree["services"]["web"]["pids_limit"], Value::Null);
}
