//! Passwords that are replaced while they are compared, and the shares in which they are compared.

use covibe_crypto::SecretBox;
use covibe_domain::entities::Role;
use covibe_domain::{TenantId, Timestamp};
use covibe_store::{Membership, Store, Tenant, UserCredentials};

use super::*;
use crate::people::accounts::{Origin, new_user};

const OLD: &str = "the hash of a password that somebody else knows";
const NEW: &str = "the hash of the password of whoever has the address";

/// Somebody whose password's hash is [`NEW`].
async fn somebody(folder: &std::path::Path) -> (std::sync::Arc<Identity>, User) {
    let store = Store::sqlite(&folder.join("covibe.sqlite")).await.unwrap();
    let email = "bob@example.com".parse().unwrap();
    let user = new_user(&email, "Bob", Origin::Proved);
    let password = Some(Secret::new(NEW));
    let by = UserCredentials { email: email_digest(&email), provider: None, password };
    let mut tx = store.person(&user.id).await.unwrap();
    tx.insert_user(&user, &by).await.unwrap();
    tx.commit().await.unwrap();
    let keys = SecretBox::from_password(&Secret::new("k".repeat(32))).unwrap();
    (Identity::new(store, crate::MINTED_A_DAY, &keys), user)
}

async fn hash_of(identity: &Identity, user: &User) -> Secret {
    identity.find_by_email(&user.email).await.unwrap().and_then(|(_, hash)| hash).unwrap()
}

#[tokio::test]
async fn a_password_that_was_replaced_while_it_was_compared_writes_nothing() {
    let folder = tempfile::TempDir::new().unwrap();
    let (identity, user) = somebody(folder.path()).await;
    let from = BrowserOrigin::default();
    let own = identity.start_session(&user.id, from.clone(), None).await.unwrap();
    let of = identity.session(own.expose(), false).await.unwrap().unwrap();
    let old = Secret::new(OLD);

    let started = identity.start_without_links(&user.id, &old, from.clone()).await;
    assert!(started.unwrap().is_none(), "no session");
    assert_eq!(identity.sessions(&user.id).await.unwrap().len(), 1);
    let changed = identity.replace_password(&of, &old, &Secret::new("another")).await;
    assert_eq!(changed.unwrap_err(), wrong_present());
    let typed = Secret::new("tremor-basil-gondola");
    let renewed = identity.renew_hash(&user, typed, old, None).await;
    assert!(renewed.unwrap().is_none(), "no hash");
    assert_eq!(hash_of(&identity, &user).await, Secret::new(NEW));
}

#[tokio::test]
async fn a_password_that_is_still_current_starts_a_session_and_renews_the_hash() {
    let folder = tempfile::TempDir::new().unwrap();
    let (identity, user) = somebody(folder.path()).await;
    let (from, new) = (BrowserOrigin::default(), Secret::new(NEW));
    let own = identity.start_without_links(&user.id, &new, from.clone()).await;
    let of = identity.session(own.unwrap().unwrap().expose(), false).await.unwrap().unwrap();
    let typed = Secret::new("tremor-basil-gondola");
    let renewed = identity.renew_hash(&user, typed, new, None).await.unwrap().unwrap();
    assert_eq!(hash_of(&identity, &user).await, renewed);
    let other = Secret::new("another");
    identity.replace_password(&of, &renewed, &other).await.unwrap();
    assert_eq!(hash_of(&identity, &user).await, other);
}

/// A browser in an office, which the person knows with this cookie.
fn office(known: Option<&Secret>) -> BrowserOrigin {
    let address = Some("192.0.2.7".parse().unwrap());
    BrowserOrigin { address, known: known.cloned(), ..BrowserOrigin::default() }
}

const TYPED: &str = "tremor-basil-gondola";

/// Somebody whose password is [`TYPED`].
async fn somebody_with_a_password(
    folder: &std::path::Path,
) -> (std::sync::Arc<Identity>, User, Secret) {
    let (identity, user) = somebody(folder).await;
    let password = Password::new(&Secret::new(TYPED)).unwrap();
    let hash = identity.hash_password(password, None).await.unwrap();
    let mut tx = identity.store.person(&user.id).await.unwrap();
    tx.set_password(&hash).await.unwrap();
    tx.commit().await.unwrap();
    (identity, user, hash)
}

/// Signs somebody in at the office; the cookie by which their browser is known then.
async fn signs_in(
    identity: &Identity,
    user: &User,
    known: Option<&Secret>,
) -> Result<Option<Secret>, Kind> {
    let signed_in = identity.sign_in(user.email.as_str(), Secret::new(TYPED), office(known)).await;
    signed_in.map(|own| own.browser).map_err(|refused| refused.failure.kind)
}

#[tokio::test]
async fn a_known_browser_uses_the_persons_share_of_password_checks() {
    let folder = tempfile::TempDir::new().unwrap();
    let (identity, user, _) = somebody_with_a_password(folder.path()).await;
    let signs_in = async |known| signs_in(&identity, &user, known).await;
    let known = signs_in(None).await.unwrap();

    let of_network = identity.passwords.fill(&sharer_of(&office(None)).unwrap());
    assert_eq!(signs_in(None).await.unwrap_err(), Kind::Limited);
    assert!(signs_in(known.as_ref()).await.is_ok());
    drop(of_network);
    let of_person = identity.passwords.fill(&Sharer::Person(user.id.clone(), Vec::new()));
    assert_eq!(signs_in(known.as_ref()).await.unwrap_err(), Kind::Limited);
    assert!(signs_in(None).await.is_ok());
    drop(of_person);
}

/// Makes somebody a member of a company.
async fn joins(identity: &Identity, user: &User, company: &str) {
    let (tenant, now): (TenantId, _) = (company.parse().unwrap(), Timestamp::now());
    let row = Tenant { id: tenant.clone(), name: company.to_owned(), created_at: now };
    let (user, role) = (user.id.clone(), Role::Member);
    let mut tx = identity.store.tenant_and_person(&tenant, &user).await.unwrap();
    tx.insert_tenant(&row).await.unwrap();
    let membership = Membership { user, tenant, role, created_at: now, made_by: None };
    tx.insert_membership(&membership).await.unwrap();
    tx.commit().await.unwrap();
}

/// Otherwise an admin with many accounts would keep the people of other companies out.
#[tokio::test]
async fn the_accounts_of_a_company_leave_password_checks_to_those_of_another_one() {
    let folder = tempfile::TempDir::new().unwrap();
    let (identity, user, _) = somebody_with_a_password(folder.path()).await;
    joins(&identity, &user, "ten_acme").await;
    let known = signs_in(&identity, &user, None).await.unwrap();
    let fill = |company: &str| -> Vec<_> {
        let person = |number: u32| format!("usr_{number:04}").parse().unwrap();
        let of = |number: u32| Sharer::Person(person(number), vec![company.parse().unwrap()]);
        (0..20).flat_map(|number| identity.passwords.fill(&of(number))).collect()
    };
    let of_another = fill("ten_beta");
    assert!(signs_in(&identity, &user, known.as_ref()).await.is_ok());
    let own = fill("ten_acme");
    assert_eq!(signs_in(&identity, &user, known.as_ref()).await.unwrap_err(), Kind::Limited);
    drop((of_another, own));
    assert!(signs_in(&identity, &user, known.as_ref()).await.is_ok());
}

/// Otherwise one person whose password is right would take the time of all who sign in.
#[tokio::test]
async fn checks_of_a_persons_own_password_are_limited() {
    let folder = tempfile::TempDir::new().unwrap();
    let (identity, user, hash) = somebody_with_a_password(folder.path()).await;
    let own = identity.start_without_links(&user.id, &hash, office(None)).await.unwrap().unwrap();
    let of = identity.session(own.expose(), false).await.unwrap().unwrap();
    let change = async || {
        let new = Password::new(&Secret::new(TYPED)).unwrap();
        let changed = identity.change_password(&of, Secret::new(TYPED), new).await;
        changed.map_err(|refused| refused.kind)
    };
    assert_eq!(change().await, Ok(()));
    let known = signs_in(&identity, &user, None).await.unwrap();
    while identity.attempts.make(Attempt::OwnPassword(&user.id)).await.is_ok() {}
    assert_eq!(change().await, Err(Kind::Limited));
    assert_eq!(signs_in(&identity, &user, known.as_ref()).await.unwrap_err(), Kind::Limited);
    assert!(signs_in(&identity, &user, None).await.is_ok(), "nobody else is limited by that");
}

#[tokio::test]
async fn a_changed_password_ends_all_other_sessions() {
    let folder = tempfile::TempDir::new().unwrap();
    let (identity, user, hash) = somebody_with_a_password(folder.path()).await;
    let start = async || {
        let started = identity.start_without_links(&user.id, &hash, office(None)).await;
        started.unwrap().unwrap()
    };
    let (own, other) = (start().await, start().await);
    let session = async |token: &Secret| identity.session(token.expose(), false).await.unwrap();
    let of = session(&own).await.unwrap();
    let new = Password::new(&Secret::new("gondola-basil-tremor")).unwrap();
    identity.change_password(&of, Secret::new(TYPED), new).await.unwrap();
    assert!(session(&own).await.is_some() && session(&other).await.is_none());
}
