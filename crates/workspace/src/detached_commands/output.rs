//! The output of a command so far, and as it is sealed.

use std::sync::Arc;

use covibe_crypto::SecretBox;
use covibe_docker_host::{OutputBuffer, Stream};
use covibe_domain::{CommandId, Failure, Secret, WorkspaceId};
use parking_lot::Mutex;

use super::errors::{unopenable_output, unsealable_output};

/// The output of a command as text: bytes that are not UTF-8 are `\u{fffd}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandOutput {
    /// The beginning of its standard output.
    pub stdout: String,
    /// The beginning of its standard error.
    pub stderr: String,
    /// The number of bytes of both that were left out.
    pub omitted: u64,
}

/// Keeps the beginning of the output of a running command. A copy keeps the same.
#[derive(Clone, Debug)]
pub struct OutputSink(Arc<Mutex<Printed>>);

/// The output so far.
#[derive(Debug)]
struct Printed {
    kept: OutputBuffer,
    /// True if there is output since it was taken last.
    is_new: bool,
}

impl CommandOutput {
    /// Creates it from the bytes of both streams and the number of bytes that were left out.
    pub fn from_bytes(stdout: Vec<u8>, stderr: Vec<u8>, omitted: u64) -> Self {
        Self { stdout: to_text(stdout), stderr: to_text(stderr), omitted }
    }

    /// Returns its beginning, of at most so many bytes of both streams together.
    #[must_use]
    pub fn shortened(self, max_bytes: usize) -> Self {
        let mut kept = OutputBuffer::new(max_bytes);
        kept.push(Stream::Stdout, self.stdout.as_bytes());
        kept.push(Stream::Stderr, self.stderr.as_bytes());
        let OutputBuffer { stdout, stderr, omitted, .. } = kept;
        Self::from_bytes(stdout, stderr, self.omitted.saturating_add(omitted))
    }

    /// Returns whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.stdout.is_empty() && self.stderr.is_empty()
    }

    /// Seals it as the output of a command; `None` if there is none.
    pub(crate) fn seal(
        &self,
        secrets: &SecretBox,
        workspace: &WorkspaceId,
        id: &CommandId,
    ) -> Result<Option<String>, Failure> {
        if self.is_empty() {
            return Ok(None);
        }
        let sealed =
            secrets.seal(&output_purpose(id), workspace.as_str(), &Secret::new(self.to_line()));
        sealed.map(Some).map_err(|error| {
            tracing::error!(%error, "the output of a command could not be encrypted");
            unsealable_output()
        })
    }

    /// Opens the output of a command.
    pub(crate) fn open(
        secrets: &SecretBox,
        workspace: &WorkspaceId,
        id: &CommandId,
        sealed: &str,
    ) -> Result<Self, Failure> {
        let opened = secrets.open(&output_purpose(id), workspace.as_str(), sealed);
        let opened = opened.map_err(|error| {
            let key = SecretBox::sealed_by(sealed).unwrap_or("unknown");
            tracing::error!(%error, key, %workspace, "the output of a command could not be decrypted");
            unopenable_output()
        })?;
        Self::from_line(opened.expose()).ok_or_else(unopenable_output)
    }

    /// Returns its parts as one text: the two numbers before both streams tell them apart.
    fn to_line(&self) -> String {
        let Self { stdout, stderr, omitted } = self;
        format!("{omitted} {} {stdout}{stderr}", stdout.len())
    }

    fn from_line(line: &str) -> Option<Self> {
        let mut parts = line.splitn(3, ' ');
        let omitted = parts.next()?.parse().ok()?;
        let length = parts.next()?.parse().ok()?;
        let (stdout, stderr) = parts.next()?.split_at_checked(length)?;
        Some(Self { stdout: stdout.to_owned(), stderr: stderr.to_owned(), omitted })
    }
}

/// Returns the purpose that the output of a command is sealed for.
pub(crate) fn output_purpose(id: &CommandId) -> String {
    format!("command_output:{id}")
}

fn to_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

impl OutputSink {
    /// Creates one that keeps so many bytes of both streams together.
    pub fn new(max_bytes: usize) -> Self {
        let kept = OutputBuffer::new(max_bytes);
        Self(Arc::new(Mutex::new(Printed { kept, is_new: false })))
    }

    /// Takes the next part of the output.
    pub fn push(&self, stream: Stream, bytes: &[u8]) {
        let mut printed = self.0.lock();
        printed.kept.push(stream, bytes);
        printed.is_new = true;
    }

    /// Forgets the output, because the command is started again in another way.
    pub fn clear(&self) {
        let mut printed = self.0.lock();
        printed.kept.clear();
        printed.is_new = true;
    }

    /// Returns the output so far.
    pub fn read(&self) -> CommandOutput {
        let printed = self.0.lock();
        let OutputBuffer { stdout, stderr, omitted, .. } = &printed.kept;
        CommandOutput::from_bytes(stdout.clone(), stderr.clone(), *omitted)
    }

    /// Returns the output so far if there is more than when this was called last.
    pub(crate) fn take_new(&self) -> Option<CommandOutput> {
        let is_new = std::mem::take(&mut self.0.lock().is_new);
        is_new.then(|| self.read())
    }

    /// Lets the output count as new, because it could not be recorded.
    pub(crate) fn mark_new(&self) {
        self.0.lock().is_new = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_both_streams_is_kept() {
        let sink = OutputSink::new(5);
        assert_eq!(sink.take_new(), None);
        sink.push(Stream::Stdout, b"abc");
        sink.push(Stream::Stderr, b"def");
        let output =
            CommandOutput { stdout: "abc".to_owned(), stderr: "de".to_owned(), omitted: 1 };
        assert_eq!((sink.take_new(), sink.take_new()), (Some(output.clone()), None));
        sink.mark_new();
        assert_eq!(sink.take_new(), Some(output));
        sink.clear();
        assert_eq!(sink.take_new(), Some(CommandOutput::default()));
    }

    #[test]
    fn a_shortened_output_counts_the_bytes_that_it_leaves_out() {
        let output = CommandOutput::from_bytes(b"abcdef".to_vec(), b"oops".to_vec(), 7);
        assert_eq!(output.clone().shortened(10), output);
        let expected = CommandOutput::from_bytes(b"ab".to_vec(), b"oo".to_vec(), 13);
        assert_eq!(output.shortened(4), expected);
    }

    #[test]
    fn a_flood_on_one_stream_leaves_room_for_the_other() {
        let sink = OutputSink::new(10);
        sink.push(Stream::Stdout, &[b'o'; 20]);
        sink.push(Stream::Stderr, b"failed: no disk");
        let output = sink.read();
        assert_eq!((&*output.stdout, &*output.stderr, output.omitted), ("ooooo", "faile", 25));
    }

    #[test]
    fn an_output_is_opened_for_its_own_command_alone() {
        let secrets = SecretBox::from_config(&SecretBox::fresh_config()).unwrap();
        let (own, other) = ("ws_mark".parse().unwrap(), "ws_justine".parse().unwrap());
        let (id, later) = ("cmd_first".parse().unwrap(), "cmd_later".parse().unwrap());
        let output = CommandOutput::from_bytes(b"3 1 \xffx\n".to_vec(), "é".into(), 7);
        assert_eq!(output.stdout, "3 1 \u{fffd}x\n");
        let sealed = output.seal(&secrets, &own, &id).unwrap().unwrap();
        assert!(!sealed.contains('x') || !sealed.contains("3 1"), "{sealed}");
        assert_eq!(CommandOutput::open(&secrets, &own, &id, &sealed).unwrap(), output);
        for (workspace, id) in [(&other, &id), (&own, &later)] {
            assert!(CommandOutput::open(&secrets, workspace, id, &sealed).is_err());
        }
        assert_eq!(CommandOutput::default().seal(&secrets, &own, &id).unwrap(), None);
    }
}
