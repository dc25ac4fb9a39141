//! Private keys.

use covibe_sandbox::coolify::{Collection, Version};
use serde_json::json;

use crate::simulator_client::{Coolify, PACE, paused_options};

/// An ed25519 key in OpenSSH form, generated for these tests.
pub(crate) const KEY: &str = "-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACAbBraqE14OkfJgljxieMmPE/wT6nFnMW6D1jeiU5/FXwAAAIivsv6lr7L+
pQAAAAtzc2gtZWQyNTUxOQAAACAbBraqE14OkfJgljxieMmPE/wT6nFnMW6D1jeiU5/FXw
AAAEDXMvYbOftmGTLFznCsMQl23Y2GTiDvaRPPAMUJs8gMpxsGtqoTXg6R8mCWPGJ4yY8T
/BPqcWcxboPWN6JTn8VfAAAAAAECAwQF
-----END OPENSSH PRIVATE KEY-----
";

/// Another ed25519 key in OpenSSH form.
pub(crate) const OTHER: &str = "-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACDm6vXYYZZUIgXaIlwyLw2pJ983fCbICkZf2pu/hHGX0wAAAIgrfDpJK3w6
SQAAAAtzc2gtZWQyNTUxOQAAACDm6vXYYZZUIgXaIlwyLw2pJ983fCbICkZf2pu/hHGX0w
AAAEAsqlhIrAgC6WIFG/glfOn9+Yi0jLChrqZX1ntWtNry++bq9dhhllQiBdoiXDIvDakn
3zd8JsgKRl/am7+EcZfTAAAAAAECAwQF
-----END OPENSSH PRIVATE KEY-----
";

#[tokio::test]
async fn a_private_key_is_stored_with_its_public_key_and_only_once() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let body = json!({ "name": "mark", "private_key": KEY, "surplus": "is ignored here" });
    let uuid = coolify.uuid("/security/keys", body.clone()).await;
    let keys = coolify.get("/security/keys").await.json();
    assert_eq!(
        (&keys[0]["uuid"], &keys[0]["public_key"]),
        (
            &json!(uuid),
            &json!(
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBsGtqoTXg6R8mCWPGJ4yY8T/BPqcWcxboPWN6JTn8Vf"
            )
        )
    );
    assert_eq!(keys[0]["fingerprint"], "C4EHQePVDcb9+DCq9xgS7Oc2e91L7aKkO7hbRB9mQbA");
    let again = coolify.post("/security/keys", body).await;
    assert_eq!(
        (again.status, again.json()),
        (422, json!({ "message": "Private key already exists." }))
    );
    let bad = coolify.post("/security/keys", json!({ "private_key": "no key" })).await;
    assert_eq!((bad.status, bad.json()), (422, json!({ "message": "Invalid private key." })));
}

#[tokio::test]
async fn a_patch_replaces_a_private_key_only_by_one_that_no_other_entry_has() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let uuid = coolify.uuid("/security/keys", json!({ "private_key": KEY })).await;
    let second = coolify.uuid("/security/keys", json!({ "private_key": OTHER })).await;
    let path = format!("/security/keys/{uuid}");
    let before = coolify.get(&path).await.json();
    let same = coolify.patch(&path, json!({ "private_key": KEY, "name": "renamed" })).await;
    assert_eq!((same.status, same.json()), (201, json!({ "uuid": uuid })));
    assert_eq!(coolify.simulator.names(Collection::PrivateKeys)[0], "renamed");
    for (body, member) in [
        (json!({ "name": "no key" }), "private_key"),
        (json!({ "private_key": KEY, "surplus": 1 }), "surplus"),
        (json!({ "private_key": "-----BEGIN OPENSSH PRIVATE KEY-----" }), "private_key"),
        (json!({ "private_key": OTHER }), "private_key"),
    ] {
        let refused = coolify.patch(&path, body).await;
        assert_eq!(refused.status, 422);
        assert!(refused.json()["errors"][member][0].is_string(), "{}", refused.text);
    }
    assert_eq!(coolify.delete(&format!("/security/keys/{second}")).await.status, 200);
    assert_eq!(coolify.patch(&path, json!({ "private_key": OTHER })).await.status, 201);
    let after = coolify.get(&path).await.json();
    assert_ne!(after["public_key"], before["public_key"]);
    assert_ne!(after["fingerprint"], before["fingerprint"]);
    assert_eq!(
        coolify.patch("/security/keys/none", json!({ "private_key": KEY })).await.status,
        404
    );
}

#[tokio::test]
async fn a_private_key_in_use_cannot_be_deleted() {
    let coolify = Coolify::with(paused_options()).await;
    let uuid = coolify.uuid("/security/keys", json!({ "private_key": KEY })).await;
    let mut body = coolify.app("site");
    body["private_key_uuid"] = json!(uuid);
    body["git_repository"] = json!("git@git.test:vibn-mark/site.git");
    let app = coolify.uuid("/applications/private-deploy-key", body).await;
    let path = format!("/security/keys/{uuid}");
    assert_eq!(coolify.delete(&path).await.status, 422);
    assert_eq!(coolify.delete(&format!("/applications/{app}")).await.status, 200);
    coolify.simulator.advance(PACE);
    assert_eq!(coolify.delete(&path).await.status, 200);
    assert_eq!(coolify.delete(&path).await.status, 404);
}

#[tokio::test]
async fn a_private_key_with_mismatched_halves_is_refused() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    // One letter of the secret half, which begins 96 bytes before the end of the padding, is changed.
    let lines: Vec<_> = KEY.lines().collect();
    let broken = KEY.replace(lines[4], &lines[4].replacen("DXMv", "DXMw", 1));
    assert_ne!(broken, KEY);
    let refused = coolify.post("/security/keys", json!({ "private_key": broken })).await;
    assert_eq!(
        (refused.status, refused.json()),
        (422, json!({ "message": "Invalid private key." }))
    );
}
