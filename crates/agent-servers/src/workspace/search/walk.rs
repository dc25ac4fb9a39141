//! The walk.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use cap_std::fs::{Dir, DirEntry, OpenOptions, OpenOptionsExt as _};
use covibe_domain::Failure;
use rustix::fs::OFlags;

use super::early_stop::StopConditions;
use super::ignore_files::Rules;
use super::work_queue::Jobs;
use crate::workspace::files::{Inside, Root, failure, is_git};

/// The maximum number of threads.
const MAX_THREADS: usize = 8;

/// The number of files that a thread takes at once, of a folder with more.
const BATCH: usize = 128;

/// The choice to leave out the entries that ignore files exclude.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::workspace) enum Ignoring {
    On,
    Off,
}

/// The kind of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::workspace) enum Kind {
    File,
    Folder,
    Link,
    Special,
}

/// An entry that was found.
pub(in crate::workspace) struct Finding<'a> {
    /// The folder that has it.
    pub(in crate::workspace) folder: &'a Dir,
    /// Its name there.
    pub(in crate::workspace) name: OsString,
    /// Its path below the root.
    pub(in crate::workspace) path: PathBuf,
    pub(in crate::workspace) kind: Kind,
}

/// A walk to take.
#[derive(Clone, Debug)]
pub(in crate::workspace) struct Walk {
    pub(in crate::workspace) root: Root,
    pub(in crate::workspace) start: Inside,
    /// The levels of folders.
    pub(in crate::workspace) depth: usize,
    pub(in crate::workspace) ignoring: Ignoring,
}

/// A folder, with its path below the root and the rules for its entries.
struct Folder {
    dir: Dir,
    path: PathBuf,
    rules: Option<Arc<Rules>>,
    depth: usize,
}

enum Job {
    /// A folder of this name in another one.
    Folder(Arc<Folder>, OsString),
    /// Entries of a folder that are no folders.
    Entries(Arc<Folder>, Vec<(OsString, Kind)>),
    Start(Folder),
}

impl Walk {
    /// Visits every entry below the start, on several threads, each with a state of its own; returns the states.
    pub(in crate::workspace) fn run<S: Send>(
        &self,
        stop: &StopConditions,
        state: impl Fn() -> S + Sync,
        visit: impl Fn(&mut S, &Finding<'_>) + Sync,
    ) -> Result<Vec<S>, Failure> {
        let jobs = Jobs::new(Job::Start(self.first()?));
        let threads = thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
        let work = || {
            let mut state = state();
            jobs.work(|job| self.act(job, &jobs, stop, &mut |found| visit(&mut state, found)));
            state
        };
        Ok(thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let mut states = vec![work()];
            states.extend(others.into_iter().filter_map(|thread| thread.join().ok()));
            states
        }))
    }

    /// Opens the start, with the rules of the folders above it.
    fn first(&self) -> Result<Folder, Failure> {
        let mut rules = None;
        if self.ignoring == Ignoring::On {
            let names: Vec<_> = self.start.as_path().iter().collect();
            for above in 0..names.len() {
                let path: PathBuf = names[..above].iter().collect();
                let dir = self.root.handle().open_dir(Path::new(".").join(&path));
                let dir = dir.map_err(|error| failure(&error, &self.start))?;
                rules = Rules::read_from_folder(&dir, &path, rules.as_ref());
            }
        }
        let dir = self.root.folder(&self.start)?;
        Ok(self.entered(dir, self.start.as_path().to_path_buf(), rules.as_ref(), 1))
    }

    fn entered(&self, dir: Dir, path: PathBuf, above: Option<&Arc<Rules>>, depth: usize) -> Folder {
        let rules = match self.ignoring {
            Ignoring::On => Rules::read_from_folder(&dir, &path, above),
            Ignoring::Off => None,
        };
        Folder { dir, path, rules, depth }
    }

    fn act(
        &self,
        job: Job,
        jobs: &Jobs<Job>,
        stop: &StopConditions,
        visit: &mut dyn FnMut(&Finding<'_>),
    ) {
        if stop.is_due() {
            return;
        }
        match job {
            Job::Start(folder) => self.list(folder, jobs, stop, visit),
            Job::Folder(parent, name) => {
                // It is gone, or something else by now.
                let Ok(dir) = open_folder(&parent.dir, &name) else { return };
                let path = parent.path.join(&name);
                let folder = self.entered(dir, path, parent.rules.as_ref(), parent.depth + 1);
                self.list(folder, jobs, stop, visit);
            }
            Job::Entries(folder, entries) => visit_all(&folder, entries, stop, visit),
        }
    }

    /// Visits the entries of a folder, and adds what others can do.
    fn list(
        &self,
        folder: Folder,
        jobs: &Jobs<Job>,
        stop: &StopConditions,
        visit: &mut dyn FnMut(&Finding<'_>),
    ) {
        let Ok(entries) = folder.dir.entries() else { return };
        let folder = Arc::new(folder);
        let (mut own, mut added) = (Vec::new(), Vec::new());
        for entry in entries.flatten() {
            let (name, kind) = (entry.file_name(), kind(&entry));
            if is_git(&name) || stop.is_due() || is_excluded(&folder, &name, kind) {
                continue;
            }
            if kind == Kind::Folder && folder.depth < self.depth {
                added.push(Job::Folder(Arc::clone(&folder), name.clone()));
            }
            own.push((name, kind));
        }
        let rest = own.split_off(own.len().min(BATCH));
        for batch in rest.chunks(BATCH) {
            added.push(Job::Entries(Arc::clone(&folder), batch.to_vec()));
        }
        jobs.add(added);
        visit_all(&folder, own, stop, visit);
    }
}

fn is_excluded(folder: &Folder, name: &OsString, kind: Kind) -> bool {
    let rules = folder.rules.as_ref();
    rules.is_some_and(|rules| rules.exclude(&folder.path.join(name), kind == Kind::Folder))
}

fn visit_all(
    folder: &Folder,
    entries: Vec<(OsString, Kind)>,
    stop: &StopConditions,
    visit: &mut dyn FnMut(&Finding<'_>),
) {
    for (name, kind) in entries {
        if stop.is_due() {
            return;
        }
        let path = folder.path.join(&name);
        visit(&Finding { folder: &folder.dir, name, path, kind });
    }
}

fn kind(entry: &DirEntry) -> Kind {
    match entry.file_type() {
        Ok(it) if it.is_file() => Kind::File,
        Ok(it) if it.is_dir() => Kind::Folder,
        Ok(it) if it.is_symlink() => Kind::Link,
        _ => Kind::Special,
    }
}

/// Opens a folder by its name, unless it is a link.
fn open_folder(parent: &Dir, name: &OsString) -> io::Result<Dir> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW;
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(flags.bits().cast_signed());
    Ok(Dir::from_std_file(parent.open_with(name, &options)?.into_std()))
}
