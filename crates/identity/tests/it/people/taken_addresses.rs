//! Addresses that somebody elsewhere has: an admin who creates or invites people learns of few of them.

use super::*;

on_both!(
    an_address_counts_once_however_often_it_is_tried,
    an_admin_learns_of_at_most_20_addresses_that_they_have_an_account,
    new_people_and_existing_members_do_not_count_as_learned_addresses,
    an_admin_who_opens_invitations_learns_of_at_most_20_addresses_that_they_have_an_account,
);

async fn create(fixture: &Fixture, of: &Company, name: &str) -> Result<(), Failure> {
    let email = email(name).parse().unwrap();
    let by = of.principal();
    let created = fixture.identity.create_member(&by, &email, name, Role::Member, None).await;
    created.map(|_| ())
}

/// Creates a company with 20 members besides its admin, who are `b0` to `b19`.
async fn company_of_21(fixture: &Fixture) -> Company {
    let beta = Company::new(fixture, "b").await;
    for number in 0..20 {
        create(fixture, &beta, &format!("b{number}")).await.unwrap();
    }
    beta
}

async fn an_address_counts_once_however_often_it_is_tried(fixture: Fixture) {
    let (acme, _) = (Company::new(&fixture, "a").await, company_of_21(&fixture).await);
    for _ in 0..21 {
        assert_eq!(create(&fixture, &acme, "b0").await.unwrap_err().kind, Kind::Conflict);
        let taken = invite_and_accept(&fixture, &acme, "b1").await.unwrap_err();
        assert_eq!(taken.kind, Kind::Conflict);
    }
    create(&fixture, &acme, "new").await.unwrap();
}

async fn an_admin_learns_of_at_most_20_addresses_that_they_have_an_account(fixture: Fixture) {
    let (acme, beta) = (Company::new(&fixture, "a").await, company_of_21(&fixture).await);
    for number in 0..20 {
        let taken = create(&fixture, &acme, &format!("b{number}")).await.unwrap_err();
        assert_eq!(taken.kind, Kind::Conflict);
    }
    for name in ["b", "b0", "nobody"] {
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

/// Invites somebody, and accepts the invitation with a new password.
async fn invite_and_accept(fixture: &Fixture, by: &Company, name: &str) -> Result<(), Failure> {
    let invited = fixture.identity.invite(&by.principal(), invitation_of(name, Role::Member)).await;
    let (token, from) = (invited?.token, BrowserOrigin::default());
    let joined =
        fixture.identity.accept_as_newcomer(token.expose(), name, chosen_password(), from).await;
    joined.map(|_| ())
}

async fn an_admin_who_opens_invitations_learns_of_at_most_20_addresses_that_they_have_an_account(
    fixture: Fixture,
) {
    let (acme, _) = (Company::new(&fixture, "a").await, company_of_21(&fixture).await);
    invite_and_accept(&fixture, &acme, "new").await.unwrap();
    for number in 0..20 {
        let taken = invite_and_accept(&fixture, &acme, &format!("b{number}")).await.unwrap_err();
        assert_eq!(taken.kind, Kind::Conflict);
    }
    for name in ["b", "b0", "nobody"] {
        let refused = invite_and_accept(&fixture, &acme, name).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Limited, "{name}: known and unknown ones are refused alike");
    }
}
