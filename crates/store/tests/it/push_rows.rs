//! Rows of pushes.

use std::time::Duration;

use covibe_domain::{AppUuid, Timestamp};
use covibe_store::{CloneKey, FollowedBranch, PushStatus, SeenPush};

use crate::ids::{at, workspace};

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
