//! The part of the journey that has to do with object storage.

use serde_json::{Value, json};

use super::Journey;
use crate::support::CallStyle;

impl Journey<'_> {
    /// The workspace's bucket, whose secret is in the app's variables and nowhere else.
    pub(super) async fn storage(&mut self, app: &Value) {
        self.call("storage.provision", json!({}), &[]).await;
        for via in [CallStyle::Rest, CallStyle::Tool, CallStyle::JsonRpc, CallStyle::Modern] {
            self.call_by(via, "storage.inject_env", json!({ "uuid": app }), &[]).await;
            self.call_by(via, "storage.describe", json!({}), &[]).await;
        }
        self.add_injected_secret(app);
        self.call("storage.provision", json!({ "rotate": true }), &[]).await;
        self.add_injected_secret(app);
        let listed = self.agent.compact("apps.envs.list", &json!({ "uuid": app })).await;
        let listed = listed.expect("variables");
        assert!(listed.to_string().contains("STORAGE_SECRET_ACCESS_KEY"));
        let search = self.secrets.search();
        search.assert_clean_but("a variable", "the variables", listed.to_string().as_bytes());
    }

    /// The secret that the app got.
    fn add_injected_secret(&mut self, app: &Value) {
        let path = format!("/{}/envs", app.as_str().expect("a text"));
        let requests = self.world.coolify.requests();
        let writes = requests.iter().filter(|it| it.method != "GET" && it.path.contains(&path));
        let envs = writes.filter_map(|it| it.body.as_ref()?["data"].as_array()).flatten();
        let mut secrets = envs.filter(|env| env["key"] == "STORAGE_SECRET_ACCESS_KEY");
        let secret = secrets.next_back().expect("a secret")["value"].as_str().expect("a text");
        assert_eq!(secret.len(), 40, "{secret}");
        self.secrets.add("a secret of S3", secret);
    }
}
