//! The contents of a project, and how the tenancy of what is in it is checked.

use std::collections::HashMap;

use covibe_domain::entities::Flavor;
use covibe_domain::{Located, Location};
use covibe_upstream::Identified;
use serde::Deserialize;

use super::application::Application;
use super::database::Database;
use super::service::Service;
use crate::answer_reading::{self, Listing};

/// The contents of a project, in no order.
///
/// Databases of the kinds in [`Contents::UNLISTED`] are missing: Coolify lists them for the whole team
/// only (4.0.0-beta.461 to 4.3.11).
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// The applications, without their compose files.
    pub applications: Vec<Application>,
    /// The services, with their containers.
    pub services: Vec<Service>,
    /// The databases.
    pub databases: Vec<Database>,
    /// The environments that it was read from.
    environments: Vec<String>,
}

impl Contents {
    /// The kinds of databases that are missing in an environment's answer.
    pub const UNLISTED: [Flavor; 3] = [Flavor::Keydb, Flavor::Dragonfly, Flavor::Clickhouse];

    /// Returns empty contents for environments that have not been read.
    pub(crate) fn empty_for(environments: &[String]) -> Self {
        Self { environments: environments.to_vec(), ..Self::default() }
    }

    /// Returns whether it was read from these environments.
    pub(crate) fn was_read_from(&self, environments: &[String]) -> bool {
        self.environments == environments
    }

    /// Shares with earlier contents the compose files that are the same, and what was read of them: lists of a
    /// workspace would otherwise read its files anew every two seconds.
    pub(crate) fn share_files(&mut self, earlier: Option<&Self>) {
        let earlier = earlier.iter().flat_map(|it| &it.services);
        let earlier: HashMap<_, _> = earlier.map(|each| (&each.uuid, each)).collect();
        for service in &mut self.services {
            if let Some(earlier) = earlier.get(&service.uuid) {
                service.share_file(earlier);
            }
        }
    }

    pub(crate) fn add(&mut self, environment: EnvironmentContents) {
        let applications = environment.applications.0.into_iter();
        self.applications.extend(applications.map(Application::without_file));
        let services = environment.services.0.into_iter();
        self.services.extend(services.map(Service::without_generated));
        let databases = [
            (Flavor::Postgresql, environment.postgresqls),
            (Flavor::Redis, environment.redis),
            (Flavor::Mongodb, environment.mongodbs),
            (Flavor::Mysql, environment.mysqls),
            (Flavor::Mariadb, environment.mariadbs),
        ];
        for (flavor, listed) in databases {
            let flavor = Some(flavor);
            self.databases.extend(listed.0.into_iter().map(|each| Database { flavor, ..each }));
        }
    }
}

/// An environment as Coolify answers it.
#[derive(Deserialize)]
pub(crate) struct EnvironmentContents {
    #[serde(default, deserialize_with = "answer_reading::text")]
    uuid: Option<String>,
    #[serde(default, deserialize_with = "answer_reading::text")]
    name: Option<String>,
    applications: Listing<Application>,
    services: Listing<Service>,
    postgresqls: Listing<Database>,
    redis: Listing<Database>,
    mongodbs: Listing<Database>,
    mysqls: Listing<Database>,
    mariadbs: Listing<Database>,
}

/// Of a project's environment, which the request names by its uuid or its name.
impl Identified for EnvironmentContents {
    fn is_about(&self, segments: &[String]) -> bool {
        let mut own = self.uuid.iter().chain(&self.name).peekable();
        own.peek().is_none() || own.any(|key| segments.last() == Some(key))
    }
}

/// Each of them carries the numeric id of its environment, and nothing else about its owner (beta.473 to
/// 4.3).
macro_rules! located {
    ($($type:ty => $noun:literal),+) => {
        $(impl Located for $type {
            const NOUN: &'static str = $noun;

            fn id(&self) -> &str {
                self.uuid.as_str()
            }

            fn location(&self) -> Location<'_> {
                Location::Environment(self.environment_id)
            }
        })+
    };
}

located!(Application => "Application", Database => "Database", Service => "Service");
