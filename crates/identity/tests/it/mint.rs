//! A key mints none that opens more than itself.

use covibe_domain::Kind;
use covibe_domain::entities::KeyScope;
use covibe_identity::KeyRequest;

use crate::fixture::*;

on_both!(a_key_mints_none_that_is_wider, the_scope_is_listed);

fn wanting(scope: KeyScope) -> KeyRequest {
    KeyRequest { scope, ..KeyRequest::default() }
}

async fn a_key_mints_none_that_is_wider(fixture: Fixture) {
    let narrow = fixture.key(KeyScope::Workspace, None).await;
    let narrow = fixture.call(&narrow.token).await.unwrap().principal;
    let refused = fixture.identity.mint(&narrow, wanting(KeyScope::Tenant)).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Forbidden);
    assert!(refused.hint.unwrap().contains("scope is tenant"));
    fixture.identity.mint(&narrow, KeyRequest::default()).await.unwrap();

    let wide = fixture.key(KeyScope::Tenant, None).await;
    let wide = fixture.call(&wide.token).await.unwrap().principal;
    for scope in [KeyScope::Tenant, KeyScope::Workspace] {
        let minted = fixture.identity.mint(&wide, wanting(scope)).await.unwrap();
        assert_eq!(minted.key.scope, scope);
        assert_eq!(fixture.call(&minted.token).await.unwrap().principal.scope, scope);
    }
}

async fn the_scope_is_listed(fixture: Fixture) {
    let minted = fixture.key(KeyScope::Tenant, None).await;
    let caller = fixture.call(&minted.token).await.unwrap();
    let listed = fixture.identity.keys(&caller.principal).await.unwrap();
    assert_eq!(listed, [minted.key]);
}
