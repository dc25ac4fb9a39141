//! Values that are refused before anything is sent.

use covibe_domain::{Failure, Secret, Timestamp};
use covibe_registrar::{Ca, Error, Money, Purchase, Registration};

use crate::simulated_opensrs::{World, hosts, registration};

fn changed_registration(domain: &str, change: impl FnOnce(&mut Registration)) -> Registration {
    let mut registration = registration(domain);
    change(&mut registration);
    registration
}

#[tokio::test]
async fn an_invalid_registration_is_refused_by_field_without_a_request() {
    let world = World::new().await;
    let ca = |category: &str, legal_type: &str| {
        Some(Ca { cpr_category: category.to_owned(), legal_type: legal_type.to_owned() })
    };
    let cases: [(Registration, &[&str]); 16] = [
        (changed_registration("not a domain", |_| ()), &["domain"]),
        (changed_registration("bücher.com", |_| ()), &["domain"]),
        (changed_registration("a.us", |_| ()), &["domain"]),
        (changed_registration("a.ai", |_| ()), &["period"]),
        (changed_registration("a.com", |one| one.years = 0), &["period"]),
        (changed_registration("a.com", |one| one.years = 11), &["period"]),
        (changed_registration("a.io", |one| one.privacy = true), &["whoisPrivacy"]),
        (
            changed_registration("a.com", |one| one.premium_price = Some(Money::usd(0))),
            &["maxPrice"],
        ),
        (
            changed_registration("a.com", |one| one.credentials.username = "a-b".to_owned()),
            &["username"],
        ),
        (
            changed_registration("a.com", |one| one.credentials.password = Secret::new("short")),
            &["password"],
        ),
        (
            changed_registration("a.com", |one| one.nameservers = hosts(&["ns1.ns.test"])),
            &["nameservers"],
        ),
        (changed_registration("a.ca", |_| ()), &["ca.cprCategory", "ca.legalType"]),
        (changed_registration("a.ca", |one| one.ca = ca("CCO", "CCT")), &["ca.legalType"]),
        (changed_registration("a.ca", |one| one.ca = ca("ZZZ", "CCO")), &["ca.cprCategory"]),
        (
            changed_registration("a.com", |one| one.contact.first_name = "a\u{0}b".to_owned()),
            &["contact.firstName"],
        ),
        (
            changed_registration("a.com", |one| {
                one.contact.phone.clear();
                one.years = 0;
            }),
            &["period", "contact.phone"],
        ),
    ];
    for (registration, fields) in cases {
        let error = world.client.register(&registration).await.unwrap_err();
        let Error::Unfit(complaints) = &error else { panic!("{registration:?}: {error}") };
        let named: Vec<_> = complaints.iter().map(|one| one.field).collect();
        assert_eq!(named, fields, "{registration:?}");
        let failure = Failure::from(error);
        assert_eq!(failure.kind.status(), 400);
        let told = failure.details["fields"].as_object().expect("an object");
        assert!(fields.iter().all(|field| told.contains_key(*field)), "{told:?}");
        let are_texts = |problems: &serde_json::Value| {
            problems
                .as_array()
                .is_some_and(|all| !all.is_empty() && all.iter().all(serde_json::Value::is_string))
        };
        assert!(told.values().all(are_texts), "each has a list of what is wrong: {told:?}");
    }
    assert!(world.sent_commands().is_empty());
}

#[tokio::test]
async fn invalid_names_and_ids_in_other_commands_are_refused_without_a_request() {
    let world = World::new().await;
    let client = &world.client;
    let is_unfit = |outcome: Option<Error>| matches!(outcome, Some(Error::Unfit(_)));
    assert!(is_unfit(client.lookup("a..com", true).await.err()));
    assert!(is_unfit(client.price("com", 1, Purchase::New).await.err()));
    assert!(is_unfit(client.details("a.com\n").await.err()));
    assert!(is_unfit(client.belongs("").await.err()));
    assert!(is_unfit(client.revoke("-a.com").await.err()));
    assert!(is_unfit(client.order("1; 2").await.err()));
    assert!(is_unfit(client.cancel("").await.err()));
    assert!(is_unfit(client.orders_of("a", Timestamp::now(), 1).await.err()));
    assert!(is_unfit(client.suggest("a\u{1}", &["com"]).await.err()));
    assert!(world.sent_commands().is_empty());
}
