//! Services and their containers.

use serde_json::{Value, json};

use crate::coolify::model::{Container, Stack};
use crate::coolify::outcomes::Condition;

/// Adds a service's `applications` and `databases`, with their numeric ids.
///
/// `condition` is that of the service's applications, none while it is not started. The databases
/// run on whatever happens to the applications.
pub(crate) fn add_containers(
    body: &mut Value,
    stack: &Stack,
    condition: Option<Condition>,
    service_status: &str,
) {
    let status = |one: &Container| match (condition, one.is_in_file, one.is_database) {
        (_, false, _) => "exited",
        (Some(_), _, true) => Condition::Healthy.text(),
        (Some(condition), _, false) => condition.text(),
        (None, _, _) => service_status,
    };
    let list = |databases| -> Value {
        let containers = stack.containers.iter().filter(|one| one.is_database == databases);
        containers.map(|one| container(one, status(one))).collect()
    };
    body["applications"] = list(false);
    body["databases"] = list(true);
}

pub(super) fn container(one: &Container, status: &str) -> Value {
    let fqdn = (!one.urls.is_empty()).then(|| one.urls.join(","));
    let mut body = json!({
        "id": one.id, "uuid": one.uuid, "name": one.name, "human_name": null,
        "description": null, "image": one.image, "status": status,
    });
    if !one.is_database {
        body["fqdn"] = json!(fqdn);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn application(image: &str, urls: &[&str], is_in_file: bool) -> Container {
        Container {
            id: 1,
            uuid: "u".to_owned(),
            name: "n".to_owned(),
            image: image.to_owned(),
            is_database: false,
            urls: urls.iter().map(|url| (*url).to_owned()).collect(),
            is_in_file,
        }
    }

    #[test]
    fn a_container_that_left_the_file_is_listed_as_exited() {
        let old = application("y", &["https://old.test"], false);
        let stack =
            Stack { containers: vec![application("x:2", &[], true), old], variables: vec![] };
        let mut body = json!({});
        add_containers(&mut body, &stack, Some(Condition::Healthy), "running:healthy");
        let list = &body["applications"];
        assert_eq!(
            (&list[0]["image"], &list[0]["status"]),
            (&json!("x:2"), &json!("running:healthy"))
        );
        assert_eq!(
            (&list[1]["fqdn"], &list[1]["status"]),
            (&json!("https://old.test"), &json!("exited"))
        );
    }
}
