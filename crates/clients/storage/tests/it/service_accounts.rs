//! Service accounts: made once, marked, found once they are known, and left alone where they are not ours.

use std::time::Duration;

use covibe_sandbox::google::{Collection, StorageSettings};
use covibe_storage::{Cause, Conflict, Owner};

use crate::simulated_google_cloud::{World, assert_unsettled};

#[tokio::test]
async fn a_service_account_is_created_once_found_and_deleted_repeatably() {
    let world = World::new().await;
    assert_eq!(world.client.account(&world.owner).await.unwrap(), None);
    let made = world.account().await;
    let again = world.client.create_account(&world.owner).await.unwrap_err();
    assert_eq!(again.cause, Cause::Conflict(Conflict::Exists));
    assert_eq!(world.client.account(&world.owner).await.unwrap(), Some(made.clone()));
    assert_eq!(world.names(Collection::Accounts), [made.email]);
    world.client.delete_account(&world.owner).await.unwrap();
    world.client.delete_account(&world.owner).await.unwrap();
    assert_eq!(world.cloud.count(Collection::Accounts), 0);
}

#[tokio::test]
async fn service_accounts_of_all_pages_are_counted() {
    let world =
        World::with_storage(StorageSettings { accounts: 250, ..StorageSettings::default() }).await;
    for number in 0..205 {
        let owner = Owner::new(format!("ws_{number}")).unwrap();
        world.client.create_account(&owner).await.unwrap();
    }
    assert_eq!(world.client.count_accounts().await.unwrap(), 205);
}

#[tokio::test]
async fn an_account_without_our_mark_is_neither_found_nor_deleted() {
    let world = World::new().await;
    let email = world.account().await.email;
    let id = email.split('@').next().unwrap();
    world.client.delete_account(&world.owner).await.unwrap();
    let url = format!("{}/v1/projects/covibe-sandbox/serviceAccounts", world.cloud.url);
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let body = format!(r#"{{"accountId":"{id}","serviceAccount":{{"description":"byhand"}}}}"#);
    let request = http.post(url).bearer_auth(world.cloud.token.expose()).body(body);
    assert_eq!(request.send().await.unwrap().status(), 200);
    let found = world.client.account(&world.owner).await.unwrap_err();
    let deleted = world.client.delete_account(&world.owner).await.unwrap_err();
    let taken = Cause::Conflict(Conflict::Exists);
    assert_eq!((found.cause, deleted.cause), (taken.clone(), taken));
    assert_eq!(world.cloud.count(Collection::Accounts), 1);
}

#[tokio::test]
async fn calls_for_a_new_account_are_unsettled_until_it_has_propagated() {
    let lag = Duration::from_mins(2);
    let world = World::with_storage(StorageSettings { lag, ..StorageSettings::default() }).await;
    let account = world.account().await;
    let bucket = world.bucket().await;
    // At first it is forbidden, then missing.
    assert_unsettled(world.client.account(&world.owner).await);
    world.cloud.advance(lag * 3 / 4);
    assert_eq!(world.client.account(&world.owner).await.unwrap(), None);
    assert_unsettled(world.client.grant(&bucket, &account).await);
    assert_unsettled(world.client.create_key(&account).await);
    world.cloud.advance(lag);
    assert_eq!(world.client.account(&world.owner).await.unwrap(), Some(account.clone()));
    world.client.grant(&bucket, &account).await.unwrap();
    world.client.create_key(&account).await.unwrap();
}
