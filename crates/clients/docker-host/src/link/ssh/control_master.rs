//! One SSH connection, which OpenSSH's `ssh` holds and shares between sessions.

use std::ffi::OsString;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use openssh::{Child, Session, Stdio as Remote};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::api_program::ApiProgram;
use super::openssh_messages;
use super::stream_with_kept_value::GuardedStream;
use super::target::Target;
use crate::engine_http::{Call, Connection, Io, Query};
use crate::error::Trouble;

/// The maximum number of bytes that are read of `ssh`'s log.
const LOG: u64 = 64 << 10;

/// The options that do not depend on the host: no file of the account's configuration counts,
/// nothing but the key signs in, only the given host key is accepted, and nothing is forwarded. A
/// connection that does not answer for 15 seconds ends, and one that nobody uses for two minutes
/// (or whose server was killed).
const OPTIONS: [&str; 19] = [
    "BatchMode=yes",
    "CheckHostIP=no",
    "ClearAllForwardings=yes",
    "ControlMaster=yes",
    "ControlPersist=120",
    "EscapeChar=none",
    "ForwardAgent=no",
    "ForwardX11=no",
    "GlobalKnownHostsFile=/dev/null",
    "LogLevel=INFO",
    "PermitLocalCommand=no",
    "PreferredAuthentications=publickey",
    "RequestTTY=no",
    "ServerAliveCountMax=3",
    "ServerAliveInterval=5",
    "StrictHostKeyChecking=yes",
    "UpdateHostKeys=no",
    "UserKnownHostsFile=known_hosts",
    "VerifyHostKeyDNS=no",
];

/// A connection. Dropping it ends it once its sessions have ended.
pub(crate) struct Master {
    session: Option<Arc<Session>>,
    way: OnceCell<ApiProgram>,
}

/// The reason why there is no session.
pub(super) enum Refused {
    /// The connection has ended.
    Ended,
    /// The connection does not answer.
    Frozen,
    /// The host grants no further session now.
    Busy,
    /// The host grants sessions, but the program in them fails.
    Fails(Trouble),
}

impl Master {
    /// Connects and signs in.
    pub(super) async fn connect(target: &Target) -> Result<Self, Trouble> {
        let folder = folder(&target.known_hosts).map_err(|_| Trouble::HostKeyUnknown)?;
        let mut ssh = Command::new("ssh");
        ssh.args(arguments(target)).current_dir(folder.path()).kill_on_drop(true);
        ssh.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut ssh = ssh.spawn().map_err(|_| Trouble::NoSsh)?;
        // `ssh` goes into the background once it is signed in.
        let ended = timeout(target.connect_timeout, ssh.wait()).await;
        match ended {
            Ok(Ok(status)) if status.success() => Ok(Self::in_folder(folder)),
            Ok(_) => Err(openssh_messages::trouble(&read(&folder.path().join("log")))),
            Err(_) => Err(Trouble::Frozen),
        }
    }

    fn in_folder(folder: TempDir) -> Self {
        Self { session: Some(Arc::new(Session::new_native_mux(folder))), way: OnceCell::new() }
    }

    /// Returns whether the connection still exists, as far as this machine knows.
    pub(crate) async fn is_alive(&self) -> bool {
        match &self.session {
            Some(session) => session.check().await.is_ok(),
            None => false,
        }
    }

    /// Returns the program that speaks the engine's API, asking once.
    pub(super) async fn way(&self) -> Result<&ApiProgram, Refused> {
        self.way.get_or_try_init(|| self.ask()).await
    }

    async fn ask(&self) -> Result<ApiProgram, Refused> {
        if let Some(body) = self.answer(ApiProgram::ASK, "/covibe/gate").await? {
            return Ok(ApiProgram::from_answer(&body));
        }
        let engine = self.answer(ApiProgram::Dial.command(), "/_ping").await?;
        engine.map(|_| ApiProgram::Dial).ok_or(Refused::Fails(Trouble::NoEngine))
    }

    /// Returns a program's answer; `None` if it ends without one, for example because it is
    /// missing.
    async fn answer(&self, command: &[&str], path: &str) -> Result<Option<Vec<u8>>, Refused> {
        let connection = Connection::from_stream(self.session(command).await?).await;
        let connection = connection.map_err(|_| Refused::Ended)?;
        let call = Call::get(path, &Query::default()).without_version().at_most(4096);
        let Ok(open) = connection.open(&call, "").await else { return Ok(None) };
        match open.read_whole(call.limit).await {
            Ok((answer, _)) if answer.status == 502 => Err(Refused::Fails(Trouble::NoEngine)),
            Ok((answer, _)) => Ok(Some(answer.body)),
            Err(_) => Ok(None),
        }
    }

    /// Starts a program on the host; the stream is its standard input and output.
    pub(super) async fn session(&self, command: &[&str]) -> Result<Io, Refused> {
        let (mut child, session) = self.start(command).await?;
        let (input, output) = (child.stdin().take(), child.stdout().take());
        let (Some(input), Some(output)) = (input, output) else { return Err(Refused::Ended) };
        Ok(Box::new(GuardedStream { io: tokio::io::join(output, input), _keep: (child, session) }))
    }

    /// Runs a program on the host to its end. Returns whether it succeeded.
    pub(super) async fn run(&self, command: &[&str]) -> Result<bool, Refused> {
        let (mut child, _session) = self.start(command).await?;
        drop(child.stdin().take());
        child.wait().await.map(|status| status.success()).map_err(|_| Refused::Ended)
    }

    async fn start(
        &self,
        command: &[&str],
    ) -> Result<(Child<Arc<Session>>, Arc<Session>), Refused> {
        let session = self.session.as_ref().ok_or(Refused::Ended)?;
        let [program, arguments @ ..] = command else { return Err(Refused::Ended) };
        let mut remote = Arc::clone(session).arc_command(*program);
        remote.args(arguments);
        remote.stdin(Remote::piped()).stdout(Remote::piped()).stderr(Remote::null());
        match remote.spawn().await {
            Ok(child) => Ok((child, Arc::clone(session))),
            Err(_) if session.check().await.is_ok() => Err(Refused::Busy),
            Err(_) => Err(Refused::Ended),
        }
    }
}

impl Drop for Master {
    /// Ending the connection talks to `ssh`, which blocks.
    fn drop(&mut self) {
        let session = self.session.take();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn_blocking(move || drop(session));
        }
    }
}

/// Makes the private folder of a connection: the host keys, the control socket and the log.
fn folder(known_hosts: &Path) -> std::io::Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("cv").tempdir()?;
    std::fs::copy(known_hosts, folder.path().join("known_hosts"))?;
    Ok(folder)
}

fn arguments(target: &Target) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    let fixed = ["-F", "/dev/null", "-M", "-N", "-f", "-S", "master", "-E", "log"];
    arguments.extend(fixed.map(OsString::from));
    let connect = format!("ConnectTimeout={}", target.connect_timeout.as_secs());
    for option in OPTIONS.into_iter().chain([connect.as_str()]) {
        arguments.extend(["-o".into(), option.into()]);
    }
    if let Some(key) = &target.key_file {
        let only = ["-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-i"];
        arguments.extend(only.map(OsString::from));
        arguments.push(key_argument(key));
    }
    let port = target.port.to_string();
    let place = ["-p", &port, "-l", &target.user, "--", &target.host];
    arguments.extend(place.map(OsString::from));
    arguments
}

/// `ssh` runs in another folder, and expands `%` in the path of a key.
fn key_argument(key: &Path) -> OsString {
    let absolute = std::path::absolute(key).unwrap_or_else(|_| key.to_owned());
    absolute.to_str().map_or_else(|| absolute.clone().into(), |path| path.replace('%', "%%").into())
}

fn read(log: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(file) = std::fs::File::open(log) {
        // The part that could be read is enough.
        let _ = file.take(LOG).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
