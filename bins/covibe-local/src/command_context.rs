//! The folder, the server and the runtime, which commands have in common.

use std::future::Future;
use std::path::PathBuf;

use covibe_companion::credentials::Credentials;
use covibe_companion::settings::Settings;
use covibe_companion::{CompanionHome, Exit, Origin, Problem};

/// The variable with the origin of the server.
const BASE_URL: &str = "COVIBE_BASE_URL";

/// The surroundings of a command.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) home: CompanionHome,
    /// The server that the command line or the environment names.
    named: Option<Origin>,
}

impl Context {
    /// Judges the origin that is named before anything is read.
    pub(crate) fn new(flag: Option<&str>) -> Result<Self, Problem> {
        let variable = std::env::var(BASE_URL).ok().filter(|text| !text.is_empty());
        let text = flag.map(str::to_owned).or(variable);
        let named = text.map(|text| Origin::judge(&text)).transpose()?.map(|judged| judged.origin);
        Ok(Self { home: CompanionHome::find()?, named })
    }

    /// Returns the server that is named, if one is.
    pub(crate) fn named_server(&self) -> Option<&Origin> {
        self.named.as_ref()
    }

    /// Returns the server: the one that is named, the default, or the only one.
    pub(crate) fn server(&self) -> Result<Origin, Problem> {
        if let Some(named) = &self.named {
            return Ok(named.clone());
        }
        if let Some(default) = Settings::load(&self.home)?.default_server() {
            return Ok(default);
        }
        match Credentials::load(&self.home)?.servers().as_slice() {
            [] => {
                Err(Problem::new(Exit::NoCredentials, "This machine is not set up for a server.")
                    .hint("Run `covibe-local setup --base-url https://covibe.example.com`."))
            }
            [only] => Ok(only.clone()),
            several => {
                let names: Vec<_> = several.iter().map(Origin::as_str).collect();
                Err(Problem::usage(format!("There are several servers: {}.", names.join(", ")))
                    .hint(format!("Add --base-url {}", several[0])))
            }
        }
    }
}

/// Returns the folder in which the command runs.
pub(crate) fn folder() -> Option<PathBuf> {
    std::env::current_dir().ok()
}

/// Runs asynchronous work on this thread.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Problem::failure(format!("No thread can be started: {error}.")))?;
    let outcome = runtime.block_on(work);
    // A read of the standard input that nobody is waiting for must not hold the program up.
    runtime.shutdown_background();
    outcome
}

/// Likewise, until a person interrupts it.
pub(crate) fn block_on_interruptible<T>(
    work: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    block_on(async {
        tokio::select! {
            outcome = work => outcome,
            _ = tokio::signal::ctrl_c() => Err(Problem::new(Exit::Interrupted, "Interrupted.")),
        }
    })
}
