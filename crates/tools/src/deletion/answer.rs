//! The answer of a deletion.

use covibe_coolify::Volumes;
use schemars::JsonSchema;
use serde::Serialize;

use super::leftovers_on_host::Remains;

/// The hint where the server reaches no docker host.
const NOT_LOOKED: &str = "Coolify reports it as deleted. This server could not check whether its \
                          containers and volumes are gone from the docker host. The operator can \
                          set COVIBE_DOCKER_HOST, or for another server COVIBE_DOCKER_HOST_<its \
                          uuid>.";

/// The result of a deletion.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deletion {
    /// The id of the resource.
    #[schemars(example = &"vgsco4occ8ksgsc4s8ck4kco")]
    uuid: String,
    /// True if the resource is gone.
    deleted: bool,
    /// `gone`; `deleting` while Coolify deletes it; `left` if the docker host still has what `left` names; `unseen`
    /// if the docker host did not answer.
    #[schemars(example = &"gone")]
    status: &'static str,
    /// `kept`, `deleted` or `none`; absent while unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"kept")]
    volumes: Option<&'static str>,
    /// The containers that Coolify had left on the docker host, and that this call removed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = Vec::<String>::new())]
    removed_containers: Vec<String>,
    /// The containers, volumes and networks that are still there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = Vec::<String>::new())]
    left: Vec<String>,
    /// The next step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Call apps.deploy.")]
    hint: Option<String>,
}

impl Deletion {
    /// Creates the answer from Coolify's state alone. `had_volumes` is whether the resource had volumes, if that is
    /// known; `get` is the tool that returns the resource.
    ///
    /// After Coolify has deleted a resource, its containers and volumes may still be there (4.3.11).
    pub(super) fn from_coolify(
        uuid: &str,
        gone: bool,
        volumes: Volumes,
        had_volumes: Option<bool>,
        get: &str,
    ) -> Self {
        let volumes = match (volumes, had_volumes) {
            (_, Some(false)) => Some("none"),
            (Volumes::Keep, Some(true)) => Some("kept"),
            // Nobody saw whether there were any, or whether they went.
            (Volumes::Keep, None) | (Volumes::Delete, _) => None,
        };
        let (status, hint) = if gone {
            ("gone", NOT_LOOKED.to_owned())
        } else {
            (
                "deleting",
                format!("Coolify is still deleting it: {get} returns 404 once it is gone."),
            )
        };
        Self { volumes, hint: Some(hint), ..Self::new(uuid, status) }
    }

    /// Creates the answer from the remains on the docker host after Coolify deleted the resource. `had_volumes` is
    /// whether there were volumes before, if that was seen.
    pub(super) fn from_remains(
        uuid: &str,
        volumes: Volumes,
        had_volumes: Option<bool>,
        remains: Remains,
    ) -> Self {
        let is_gone = remains.left.is_empty();
        let hint = remains.hint();
        let volumes = match (volumes, had_volumes) {
            (Volumes::Keep, _) if remains.has_volumes => Some("kept"),
            (Volumes::Delete, _) if remains.has_volumes => None,
            (Volumes::Delete, _) if remains.had_volumes => Some("deleted"),
            (Volumes::Delete, Some(true)) => Some("deleted"),
            // Nobody saw whether there were any before Coolify deleted it.
            (Volumes::Delete, None) => None,
            (Volumes::Delete, Some(false)) | (Volumes::Keep, _) => Some("none"),
        };
        Self {
            volumes,
            removed_containers: remains.removed.into_iter().collect(),
            left: remains.left.into_iter().collect(),
            hint,
            ..Self::new(uuid, if is_gone { "gone" } else { "left" })
        }
    }

    /// Creates the answer for a resource that Coolify has deleted while the docker host did not answer.
    pub(super) fn without_look(uuid: &str) -> Self {
        let hint = "Coolify has deleted the resource. The docker host did not report whether its containers \
                    are gone: repeat the same call to check again.";
        Self { hint: Some(hint.to_owned()), ..Self::new(uuid, "unseen") }
    }

    /// Returns whether nothing is left to do.
    pub(super) fn is_gone(&self) -> bool {
        self.deleted
    }

    fn new(uuid: &str, status: &'static str) -> Self {
        Self {
            uuid: uuid.to_owned(),
            deleted: status == "gone",
            status,
            volumes: None,
            removed_containers: Vec::new(),
            left: Vec::new(),
            hint: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    #[test]
    fn volumes_are_reported_as_kept_only_if_they_were_observed() {
        let told = |had_volumes| {
            Deletion::from_coolify("u", true, Volumes::Keep, had_volumes, "databases.get").volumes
        };
        assert_eq!(
            [told(Some(true)), told(Some(false)), told(None)],
            [Some("kept"), Some("none"), None]
        );
    }

    #[test]
    fn names_the_tool_to_check_while_deletion_continues() {
        let answer = |gone, volumes| {
            let deletion = Deletion::from_coolify("u", gone, volumes, None, "databases.get");
            serde_json::to_value(deletion).unwrap()
        };
        let gone = answer(true, Volumes::Keep);
        let expected = json!({
            "uuid": "u", "deleted": true, "status": "gone", "hint": NOT_LOOKED,
        });
        assert_eq!(gone, expected);
        let pending = answer(false, Volumes::Delete);
        assert_eq!((&pending["status"], pending.get("volumes")), (&json!("deleting"), None));
        assert!(pending["hint"].as_str().unwrap().contains("databases.get"));
    }

    #[test]
    fn volumes_are_reported_as_deleted_only_if_they_were_observed() {
        let told = |had_volumes| {
            let deletion =
                Deletion::from_remains("u", Volumes::Delete, had_volumes, Remains::default());
            deletion.volumes
        };
        assert_eq!(
            [told(Some(true)), told(Some(false)), told(None)],
            [Some("deleted"), Some("none"), None]
        );
    }

    #[test]
    fn a_deletion_with_remains_is_reported_as_left_and_not_deleted() {
        let left = BTreeSet::from(["u_data".to_owned()]);
        let remains = Remains { left, has_volumes: true, had_volumes: true, ..Remains::default() };
        let told = Deletion::from_remains("u", Volumes::Delete, Some(true), remains);
        let told = serde_json::to_value(told).unwrap();
        assert_eq!((&told["deleted"], &told["status"]), (&json!(false), &json!("left")));
        assert_eq!((&told["left"], told.get("volumes")), (&json!(["u_data"]), None));
    }
}
