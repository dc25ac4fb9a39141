//! Ids, times and rows that the tests write: of pushes, domains and object storage.

use std::time::Duration;

use covibe_domain::entities::{DomainEventKind, RegistrationState, StorageProvider};
use covibe_domain::{AppUuid, DomainName, Money, TenantId, Timestamp, WorkspaceId};
use covibe_store::{
    CloneKey, Debit, DomainEvent, FollowedBranch, NewRegistration, NewStorage, PushStatus,
    SeenPush, Settlement, StorageInjection,
};

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(crate) fn tenant(name: &str) -> TenantId {
    format!("ten_{name}").parse().unwrap()
}

pub(crate) fn workspace(name: &str) -> WorkspaceId {
    format!("ws_{name}").parse().unwrap()
}

pub(crate) fn app(of: &str) -> AppUuid {
    format!("app4cwgc44ogc0880400{of}").parse().unwrap()
}

pub(crate) fn seen_push(commit: &str, millis: i64) -> SeenPush {
    SeenPush {
        commit: commit.repeat(40),
        message: Some("Greet in colour".to_owned()),
        at: at(millis),
        deployment: None,
        skipped: None,
    }
}

pub(crate) fn followed_branch(of: &str) -> FollowedBranch {
    FollowedBranch {
        workspace: workspace(of),
        app: app(of),
        repository: 7,
        branch: "main".to_owned(),
        auto_deploy: true,
        watch_paths: vec!["apps/web".to_owned(), "packages".to_owned()],
        seen: Some(seen_push("a", 30)),
        claim: None,
        deployed: Some("a".repeat(40)),
        remade: false,
        warnings: Vec::new(),
        lease_until: Timestamp::from_millis(0),
        lease_left: Duration::ZERO,
    }
}

pub(crate) fn push_status(of: &str) -> PushStatus {
    PushStatus {
        deployment: format!("dep4cwgc44ogc0880400{of}").parse().unwrap(),
        app: app(of),
        repository: 7,
        commit: "a".repeat(40),
        context: "co-vibe / shop".to_owned(),
        link: Some("https://shop.example.com".to_owned()),
        since: at(40),
    }
}

pub(crate) fn clone_key(of: &str) -> CloneKey {
    CloneKey {
        id: format!("key-of-{of}"),
        creation: Some(format!("crt_{of}_shop")),
        app: Some(app(of)),
        private_key: Some(format!("key4cwgc44ogc0880400{of}").parse().unwrap()),
        public_key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBlJw8".to_owned(),
        repository: 7,
        left_repository: Some(5),
        made_at: at(20),
    }
}

pub(crate) fn domain_name(text: &str) -> DomainName {
    DomainName::from_written(text).unwrap()
}

pub(crate) fn registration(of: &str, domain: &str, attempt: &str) -> NewRegistration {
    NewRegistration {
        workspace: workspace(of),
        name: domain_name(domain),
        registrar: "opensrs".to_owned(),
        attempt: attempt.to_owned(),
        years: 2,
        price: Money::usd(2_900),
        is_private: true,
    }
}

pub(crate) const fn not_bought() -> Settlement {
    Settlement { state: RegistrationState::Failed, order: None }
}

pub(crate) fn domain_event(of: &str, domain: &str, number: i64) -> DomainEvent {
    DomainEvent {
        id: format!("evt_{of}_{number}"),
        workspace: workspace(of),
        domain: domain_name(domain),
        kind: DomainEventKind::RegisterAttempt,
        at: at(number / 2),
        detail: (number % 2 == 0).then(|| "x".to_owned()),
    }
}

pub(crate) fn debit(of: &str, order: &str) -> Debit {
    Debit {
        id: format!("led_{order}_{of}"),
        workspace: workspace(of),
        source: "opensrs".to_owned(),
        reference: order.to_owned(),
        amount: Money::usd(2_900),
        subject: "a.test".to_owned(),
        at: at(order.parse().unwrap_or_default()),
    }
}

pub(crate) fn new_storage(of: &str) -> NewStorage {
    NewStorage {
        provider: StorageProvider::Gcs,
        bucket: format!("vibn-ws-{of}-1"),
        location: "NORTHAMERICA-NORTHEAST1".to_owned(),
        endpoint: "https://storage.googleapis.com".to_owned(),
        region: "auto".to_owned(),
    }
}

pub(crate) fn injection(of: &str) -> StorageInjection {
    StorageInjection {
        resource: format!("uuid-of-{of}-shop"),
        prefix: "STORAGE_".to_owned(),
        access_key_id: "GOOG1E1".to_owned(),
        injected_at: at(80),
    }
}
