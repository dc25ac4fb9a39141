//! The origin of the resources in the workspace's project: a creation of the workspace, a request for a creation that
//! had been given up, or an operator.
//!
//! Coolify may carry out a creation long after its client stopped waiting. By then, a repeated call has created the
//! resource, and the late one is a second one of the same name. Both have the mark of the same journal entry, and the
//! journal knows which of them counts.

use std::ops::Deref;

use covibe_coolify::{Application, Client, Database, Description, Error, Mark, Service, Volumes};
use covibe_domain::entities::Provider;
use covibe_domain::{Failure, Located, ProjectUuid, Timestamp};
use covibe_store::{CreatedResource, Store, WorkspaceRecord};
use tokio::sync::OnceCell;

use crate::audit::{Auditor, Author};
use crate::clock::{millis, time_before_now};
use crate::journal::WATCHED_FOR;
use crate::platform::Platform;
use crate::scoped::resource_access_errors::long_description;

/// The records of the workspace's resources.
#[derive(Clone, Debug)]
pub(super) struct Origins {
    pub(super) store: Store,
    /// The recent creations, read once per call.
    known: OnceCell<Vec<CreatedResource>>,
    auditor: Auditor,
    pub(super) record: WorkspaceRecord,
}

impl Origins {
    /// Creates the records of a workspace without reading them.
    pub(super) fn for_workspace(platform: &Platform, record: &WorkspaceRecord) -> Self {
        let (store, auditor) = (platform.store.clone(), platform.auditor().clone());
        let record = record.clone();
        Self { store, known: OnceCell::new(), auditor, record }
    }

    /// Returns the Coolify projects of all workspaces of the tenant.
    pub(super) async fn projects_of_tenant(&self) -> Result<Vec<ProjectUuid>, Failure> {
        let mut tx = self.store.tenant_read(&self.record.tenant).await?;
        let workspaces = tx.workspaces().await?;
        tx.commit().await?;
        Ok(workspaces.into_iter().filter_map(|record| record.coolify_project_uuid).collect())
    }

    /// Returns the record of recent creations.
    pub(super) async fn recent_creations(&self) -> Result<&[CreatedResource], Failure> {
        let read = async || {
            let after = time_before_now(WATCHED_FOR);
            let mut tx = self.store.tenant_read(&self.record.tenant).await?;
            let known = tx.created_resources(&self.record.id, after).await?;
            tx.commit().await?;
            Ok::<_, Failure>(known)
        };
        self.known.get_or_try_init(read).await.map(Vec::as_slice)
    }

    /// Returns the ids among these that a creation has recorded.
    pub(super) async fn recorded_among(&self, uuids: &[String]) -> Result<Vec<String>, Failure> {
        let mut tx = self.store.tenant_read(&self.record.tenant).await?;
        let recorded = tx.recorded_resources(&self.record.id, uuids).await?;
        tx.commit().await?;
        Ok(recorded)
    }

    /// Records in the audit that this server deleted a stray.
    pub(super) async fn note_removal(&self, uuid: &str) -> Result<(), Failure> {
        let entry = Author::server(&self.record.tenant).stray_entry(&self.record, uuid, "deleted");
        self.auditor.record(entry).await
    }
}

/// A resource that carries the mark of the creation that it comes from.
pub trait Marked: Located + Sync {
    /// Returns its name.
    fn name(&self) -> &str;

    /// Returns its mark.
    fn mark(&self) -> Option<&Mark>;

    /// Returns the time when it was created, if Coolify reports it.
    fn created_at(&self) -> Option<Timestamp>;

    /// Returns whether it is of a kind that no operation creates.
    fn is_unknown_kind(&self) -> bool;
}

/// A marked resource that can be deleted.
pub(super) trait Removable: Marked {
    /// Queues its deletion, with its volumes.
    fn delete(&self, client: &Client) -> impl Future<Output = Result<(), Error>> + Send;
}

macro_rules! marked {
    ($($type:ty => $delete:ident, $is_unknown_kind:expr;)+) => {
        $(impl Marked for $type {
            fn name(&self) -> &str {
                &self.name
            }

            fn mark(&self) -> Option<&Mark> {
                self.description.mark.as_ref()
            }

            fn created_at(&self) -> Option<Timestamp> {
                self.created_at
            }

            fn is_unknown_kind(&self) -> bool {
                $is_unknown_kind(self)
            }
        }

        impl Removable for $type {
            async fn delete(&self, client: &Client) -> Result<(), Error> {
                client.$delete(&self.uuid, Volumes::Delete).await
            }
        })+
    };
}

marked!(
    Application => delete_application, |_: &Application| false;
    Database => delete_database, |_: &Database| false;
    Service => delete_service, is_unknown_template;
);

/// Returns whether a service was made from a template other than an auth provider's. Such a service is an app.
pub(super) fn is_unknown_template(service: &Service) -> bool {
    let template = service.service_type.as_deref();
    template.is_some_and(|template| Provider::from_word(template).is_none())
}

/// Returns the description to write for this text, with the mark that the resource has.
///
/// # Errors
///
/// Rejected if the text is too long to have the mark behind it.
pub(super) fn marked_description(
    present: &Description,
    text: Option<&String>,
) -> Result<Option<String>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let new = Description { text: Some(text.clone()), mark: present.mark.clone() };
    match new.most_characters() {
        most if text.chars().count() > most => Err(long_description(most)),
        _ => Ok(new.for_update()),
    }
}

/// Returns whether a resource comes from a creation that ended with another resource, which is listed beside it.
///
/// A copy that an operator makes in Coolify has the mark of the original too. A copy within an environment has a name
/// of its own, and the copy of an environment keeps the names. If the original is gone, a copy may be all that remains
/// of it.
pub(super) fn is_stray<T: Marked>(
    it: &T,
    listed: &[impl Deref<Target = T>],
    known: &[CreatedResource],
    now: Timestamp,
) -> bool {
    let Some(mark) = it.mark() else { return false };
    let is_beside = |uuid: &str| {
        listed.iter().any(|other| other.id() == uuid && other.location() == it.location())
    };
    known.iter().any(|created| {
        created.mark == mark.as_str()
            && created.name == it.name()
            && created.uuid != it.id()
            && is_watched(created.created_at, now)
            && is_beside(&created.uuid)
    })
}

/// Returns whether an operator may have created a resource by hand: it has no mark. If Coolify does not report the time
/// of its creation, it counts as the workspace's, unless it is of a kind that no operation creates.
pub(super) fn may_be_hand_made<T: Marked>(it: &T) -> bool {
    it.mark().is_none() && (it.is_unknown_kind() || it.created_at().is_some())
}

/// Returns whether strays of a creation that finished at this time are still expected.
fn is_watched(finished: Timestamp, now: Timestamp) -> bool {
    now.as_millis() - finished.as_millis() < millis(WATCHED_FOR)
}

#[cfg(test)]
mod tests {
    use covibe_store::CreatedResource;
    use serde_json::json;

    use super::*;

    const UUID: &str = "zg4cwgc44ogc08804000gggo";
    const MARK: &str = "crt_000102030405060708090a0b";

    fn database(uuid: &str, name: &str, description: &str) -> Database {
        let value = json!({ "uuid": uuid, "name": name, "description": description });
        serde_json::from_value(value).unwrap()
    }

    fn stray_at(it: &Database, millis: i64) -> bool {
        let created_at = Timestamp::from_millis(1_000);
        let (mark, name, uuid) = (MARK.to_owned(), "shop".to_owned(), UUID.to_owned());
        let known = [CreatedResource { mark, name, uuid, created_at }];
        let counted = database(UUID, "shop", &format!("Co-Vibe {MARK}"));
        let now = Timestamp::from_millis(millis);
        assert!(!is_stray(it, &[it], &known, now), "alone, it may be all that is left");
        is_stray(it, &[&counted, it], &known, now)
    }

    #[test]
    fn a_resource_with_mark_and_name_of_a_recent_creation_is_a_stray() {
        let (other, marked) = (UUID.replace('z', "y"), format!("Co-Vibe {MARK}"));
        assert!(stray_at(&database(&other, "shop", &marked), 2_000));
        assert!(stray_at(&database(&other, "shop", &format!("Orders ({marked})")), 2_000));
        assert!(!stray_at(&database(UUID, "shop", &marked), 2_000), "the one that counts");
        assert!(!stray_at(&database(&other, "shop-copy", &marked), 2_000), "a copy");
        assert!(!stray_at(&database(&other, "shop", "Orders"), 2_000), "without a mark");
        assert!(!stray_at(&database(&other, "shop", &marked.replace('b', "c")), 2_000));
        let late = 1_000 + millis(WATCHED_FOR);
        assert!(!stray_at(&database(&other, "shop", &marked), late), "too late");
    }

    fn hand_made(created: &str, description: &str) -> bool {
        let value = json!({ "uuid": UUID, "name": "x", "created_at": created,
            "description": description });
        let it: Database = serde_json::from_value(value).unwrap();
        may_be_hand_made(&it)
    }

    #[test]
    fn only_an_unmarked_resource_of_known_age_counts_as_hand_made() {
        let created = "2026-01-01T00:30:00Z";
        assert!(hand_made(created, "Orders"));
        assert!(!hand_made(created, &format!("Orders (Co-Vibe {MARK})")), "marked");
        assert!(!hand_made("soon", "Orders"), "of no known age");
    }

    #[test]
    fn an_unmarked_template_counts_as_hand_made_unless_of_an_auth_provider() {
        let may_be = |template: Option<&str>, description: &str| {
            let value =
                json!({ "uuid": UUID, "service_type": template, "description": description });
            let service: Service = serde_json::from_value(value).unwrap();
            may_be_hand_made(&service)
        };
        let (marked, plain) = (format!("Co-Vibe {MARK}"), "Statistics");
        assert!(may_be(Some("plausible"), plain));
        assert!(!may_be(Some("plausible"), &marked));
        assert!(!may_be(Some("pocketbase"), plain));
        assert!(!may_be(None, plain));
    }
}
