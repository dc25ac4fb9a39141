//! Containers.

use std::collections::BTreeMap;
use std::time::Instant;

use covibe_domain::Timestamp;

use super::super::arranged_containers::Arrangement;
use super::super::programs::{self, Program};
use crate::coolify::host_containers::Key;
use crate::coolify::{Condition, Ending, Limits};
use crate::core::random;

/// One run of a container's program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProgramRun {
    pub(crate) from: Timestamp,
    /// The end of the run, if it has ended: the time, the exit code, and true if it was asked to
    /// end.
    pub(crate) to: Option<(Timestamp, i64, bool)>,
}

/// A mount of a volume.
#[derive(Clone, Debug)]
pub(crate) struct Mount {
    pub(crate) volume: String,
    pub(crate) target: String,
}

/// The state of a container, in docker's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Running,
    Paused,
    Restarting,
    Exited,
    /// It was never started.
    Created,
}

impl Phase {
    /// Returns docker's word.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Restarting => "restarting",
            Self::Exited => "exited",
            Self::Created => "created",
        }
    }
}

/// A container.
pub(crate) struct Container {
    /// 64 hexadecimal digits.
    pub(crate) id: String,
    pub(crate) name: String,
    /// The resource's container that it is, and the moment since which; `None` if Coolify did not
    /// start it.
    pub(crate) of: Option<(Key, Instant)>,
    /// The name of its resource.
    pub(crate) resource_name: String,
    pub(crate) created: Timestamp,
    pub(crate) image: String,
    /// The labels with which it was created.
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) mounts: Vec<Mount>,
    pub(crate) networks: Vec<String>,
    pub(crate) condition: Condition,
    pub(crate) has_check: bool,
    pub(crate) limits: Limits,
    pub(crate) runs_once: bool,
    /// The end of its program, if it ends at once.
    pub(crate) ending: Option<Ending>,
    /// True if it was stopped by hand.
    pub(crate) is_stopped: bool,
    pub(crate) restarts: u64,
    /// The runs of its program, oldest first. Those of a crash loop begin at [`Self::loop_from`].
    pub(crate) lives: Vec<ProgramRun>,
    pub(crate) loop_from: usize,
    /// The beginning of the crash loop.
    pub(crate) looping: Option<(Instant, Timestamp)>,
    pub(crate) arranged: Arrangement,
}

impl Container {
    /// Creates a container of that name, which has not run.
    pub(crate) fn new(name: &str, image: &str, created: Timestamp) -> Self {
        Self {
            id: random::hex(64),
            name: name.to_owned(),
            of: None,
            resource_name: String::new(),
            created,
            image: image.to_owned(),
            labels: BTreeMap::new(),
            environment: Vec::new(),
            mounts: Vec::new(),
            networks: Vec::new(),
            condition: Condition::Running,
            has_check: false,
            limits: Limits::default(),
            runs_once: false,
            ending: None,
            is_stopped: false,
            restarts: 0,
            lives: Vec::new(),
            loop_from: 0,
            looping: None,
            arranged: Arrangement::default(),
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.condition {
            _ if self.is_stopped => Phase::Exited,
            Condition::Restarting => Phase::Restarting,
            Condition::Exited if self.lives.is_empty() => Phase::Created,
            Condition::Exited => Phase::Exited,
            _ if self.arranged.paused => Phase::Paused,
            _ => Phase::Running,
        }
    }

    pub(crate) fn program(&self) -> &'static Program {
        programs::for_image(&self.image)
    }

    /// Returns the exit code of its program if it ends by itself.
    pub(crate) fn crash_code(&self) -> i64 {
        let default = match (self.arranged.out_of_memory, &self.ending) {
            (true, _) => 137,
            (false, Some(ending)) => ending.code,
            (false, None) if self.runs_once => 0,
            (false, None) => 1,
        };
        self.arranged.exit_code.unwrap_or(default)
    }

    /// Returns the last end of its program (time, exit code, and true if it was asked to end);
    /// `None` if it has never ended.
    pub(crate) fn last_end(&self) -> Option<(Timestamp, i64, bool)> {
        self.lives.iter().rev().find_map(|life| life.to)
    }

    /// Returns the last exit code, which is 0 while the program runs.
    pub(crate) fn exit_code(&self) -> i64 {
        match self.phase() {
            Phase::Running | Phase::Paused => 0,
            _ => self.last_end().map_or(0, |(_, code, _)| code),
        }
    }

    /// Ends its program on request.
    pub(crate) fn close(&mut self, now: Timestamp) {
        let code = self.program().stop_code;
        if let Some(life) = self.lives.last_mut().filter(|life| life.to.is_none()) {
            life.to = Some((now, code, true));
        }
    }

    /// Starts its program, unless it runs.
    pub(crate) fn open(&mut self, now: Timestamp) {
        if self.lives.last().is_none_or(|life| life.to.is_some()) {
            self.lives.push(ProgramRun { from: now, to: None });
        }
    }

    /// Returns its labels with those of its image.
    pub(crate) fn all_labels(&self) -> BTreeMap<String, String> {
        let mut labels = self.arranged.image_labels.clone();
        labels.extend(self.labels.clone());
        labels
    }

    /// Returns the id of its image, which depends on the image's name and labels.
    pub(crate) fn image_id(&self) -> String {
        use sha2::Digest as _;
        let mut digest = sha2::Sha256::new_with_prefix(&self.image);
        for (name, value) in &self.arranged.image_labels {
            digest.update(format!("\n{name}={value}"));
        }
        format!("sha256:{}", hex::encode(digest.finalize()))
    }

    /// Returns its environment, including the variables that docker and its image add.
    pub(crate) fn full_environment(&self) -> Vec<(String, String)> {
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let own = self.environment.iter().cloned();
        own.chain([("PATH".to_owned(), path.to_owned())]).collect()
    }
}
