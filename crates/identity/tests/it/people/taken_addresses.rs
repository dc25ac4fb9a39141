//! Addresses that somebody elsewhere has: an admin who creates people learns of few of them.

use super::*;

on_both!(
    an_admin_learns_of_at_most_20_addresses_that_they_have_an_account,
    new_people_and_existing_members_do_not_count_as_learned_addresses
);

async fn create(fixture: &Fixture, of: &Company, name: &str) -> Result<(), Failure> {
    let email = email(name).parse().unwrap();
    let by = of.principal();
    let created = fixture.identity.create_member(&by, &email, name, Role::Member, None).await;
    created.map(|_| ())
}

async fn an_admin_learns_of_at_most_20_addresses_that_they_have_an_account(fixture: Fixture) {
    let (acme, beta) = (Company::new(&fixture, "a").await, Company::new(&fixture, "b").await);
    for _ in 0..20 {
        assert_eq!(create(&fixture, &acme, "b").await.unwrap_err().kind, Kind::Conflict);
    }
    for name in ["b", "nobody"] {
        let refused = create(&fixture, &acme, name).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Limited, "{name}: known and unknown ones are refused alike");
    }
    create(&fixture, &beta, "nobody").await.unwrap();
}

async fn new_people_and_existing_members_do_not_count_as_learned_addresses(fixture: Fixture) {
    let (acme, _) = (Company::new(&fixture, "a").await, Company::new(&fixture, "b").await);
    for number in 0..21 {
        create(&fixture, &acme, &format!("new{number}")).await.unwrap();
    }
    for _ in 0..21 {
        let own = create(&fixture, &acme, "new1").await.unwrap_err();
        assert_eq!(own.message, "Somebody with this email address is already a member.");
    }
    assert_eq!(create(&fixture, &acme, "b").await.unwrap_err().kind, Kind::Conflict);
}
