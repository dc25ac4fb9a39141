//! The threads on which passwords are hashed and compared, each with memory of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, mpsc};
use std::thread;

use covibe_crypto::Hasher;
use parking_lot::Mutex;

/// The work of a thread, with the thread's memory.
pub(super) type Job = Box<dyn FnOnce(&mut Hasher) + Send>;

/// The threads, which begin with the first password and end with this.
#[derive(Debug)]
pub(super) struct Threads {
    number: usize,
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    /// The number of passwords that were hashed or compared.
    pub(super) done: AtomicU64,
}

impl Threads {
    /// Creates so many threads, none of which has begun.
    pub(super) fn new(number: usize) -> Self {
        Self { number, jobs: Mutex::default(), done: AtomicU64::new(0) }
    }

    /// Gives a job to a thread. Starts the threads first if necessary.
    pub(super) fn begin(&self, job: Job) -> std::io::Result<()> {
        let mut jobs = self.jobs.lock();
        let sender = match jobs.take() {
            Some(sender) => sender,
            None => start(self.number)?,
        };
        let sent = sender.send(job).map_err(|_| std::io::ErrorKind::BrokenPipe.into());
        *jobs = Some(sender);
        sent
    }
}

/// Starts threads that do jobs until their sender is dropped, each with memory of its own.
fn start(number: usize) -> std::io::Result<mpsc::Sender<Job>> {
    let (sender, jobs) = mpsc::channel::<Job>();
    let jobs = Arc::new(Mutex::new(jobs));
    for _ in 0..number {
        let jobs = Arc::clone(&jobs);
        let work = move || {
            let mut hasher = Hasher::default();
            loop {
                let next = jobs.lock().recv();
                let Ok(job) = next else { break };
                // The caller gets no answer then, and the thread goes on.
                let _panicked = catch_unwind(AssertUnwindSafe(|| job(&mut hasher)));
            }
        };
        thread::Builder::new().name("passwords".to_owned()).spawn(work)?;
    }
    Ok(sender)
}
