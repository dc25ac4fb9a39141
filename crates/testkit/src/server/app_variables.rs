//! The variables of an app as Coolify has them.

use std::collections::BTreeMap;

use covibe_domain::boxed;
use serde_json::Value;

use super::world::World;

impl World {
    /// Returns the records of an app's variables; its family is `applications` or `services`.
    #[boxed]
    pub async fn variables_held(&self, family: &str, app: &str) -> Vec<Value> {
        self.operator().coolify_list(&format!("/{family}/{app}/envs")).await
    }

    /// Returns the variables that the running app gets. Coolify reports no values that are shown once: they are taken
    /// from the last write that it accepted.
    ///
    /// # Panics
    /// If a value is neither reported nor written.
    #[boxed]
    pub async fn app_variables(&self, family: &str, app: &str) -> BTreeMap<String, String> {
        let held = self.variables_held(family, app).await;
        let live = held.iter().filter(|env| env["is_preview"] != true);
        let of = |env: &Value| {
            let key = env["key"].as_str().expect("a name").to_owned();
            let told = env["value"].as_str().map(str::to_owned);
            let value = told.unwrap_or_else(|| self.last_written_value(app, &key));
            (key, value)
        };
        live.map(of).collect()
    }

    fn last_written_value(&self, app: &str, key: &str) -> String {
        let requests = self.coolify.requests();
        let path = format!("/{app}/envs");
        let accepted = requests.iter().rev().filter(|it| {
            it.method != "GET"
                && it.path.contains(&path)
                && it.status.is_some_and(|status| status < 300)
        });
        let bodies = accepted.filter_map(|it| it.body.clone());
        let mut envs = bodies.flat_map(|body| match body["data"].as_array() {
            Some(several) => several.clone(),
            None => vec![body],
        });
        let found = envs.find(|env| env["key"] == key && env["is_preview"] != true);
        found.expect("a write")["value"].as_str().expect("a text").to_owned()
    }
}
