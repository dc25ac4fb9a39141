//! `cargo xtask compose-corpus FOLDER`: the compose files of a folder, judged as `apps.create` judges them.
//!
//! Files that are refused are mended once as their problems say, and judged again. Where Go is, Docker Compose's own
//! loader compares its reading of what is sent with that of the file.

mod apply_suggested_fixes;
mod corpus_files;
mod file_kinds;
mod judging_programs;
mod kind_table;
mod reading_equality;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Result, ensure};

use self::corpus_files::File;
use self::file_kinds::Kind;
use self::judging_programs::{Judge, JudgedFile, Loader, Verdict};
use self::kind_table::Table;

/// The folder to judge.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder with the files, which may have subfolders
    folder: PathBuf,
    /// Print each file that is refused or read otherwise, with the reason
    #[arg(long)]
    list: bool,
}

/// Judges the files, and prints a table.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let files = corpus_files::read_files(&arguments.folder)?;
    ensure!(!files.is_empty(), "there is no compose file in {}", arguments.folder.display());
    let judge = Judge::build()?;
    let loader = Loader::build();
    let judged = attempts(&judge, files)?;
    let readings = loader.as_ref().ok().map(|loader| loader.read_all(&judged)).transpose()?;
    let mut table = Table::default();
    for (name, one) in &judged {
        let kind =
            file_kinds::kind_of(one, readings.as_ref().map(|readings| (name.as_str(), readings)));
        let reading =
            readings.as_ref().and_then(|readings| reading_equality::reading(name, one, readings));
        if arguments.list
            && (kind.is_refused() || reading.as_ref().is_some_and(|it| !it.is_equal()))
        {
            println!("{name}: {}", list_line(&kind, one, reading.as_ref()));
        }
        table.add(kind, reading.as_ref());
    }
    println!("{table}");
    if let Err(why) = loader {
        println!("Nothing is compared with Docker Compose's reading: {why:#}");
    }
    Ok(())
}

fn list_line(kind: &Kind, one: &JudgedFile, reading: Option<&reading_equality::Reading>) -> String {
    let reasons = match &one.verdict {
        Verdict::Refused { problems, .. } => {
            let texts = problems.iter().map(|it| format!("{}: {}", it.path, it.text));
            texts.collect::<Vec<_>>().join("; ")
        }
        Verdict::Accepted { .. } => reading.map(ToString::to_string).unwrap_or_default(),
    };
    format!("{kind}. {reasons}")
}

/// Judges each file, and those that are refused once more as their problems say.
fn attempts(judge: &Judge, files: BTreeMap<String, File>) -> Result<BTreeMap<String, JudgedFile>> {
    let mut first = judge.judge(&files)?;
    let mut mended = BTreeMap::new();
    for (name, file) in &files {
        if let Some(Verdict::Refused { problems, form }) = first.get(name) {
            mended.extend(
                apply_suggested_fixes::mend(file, problems, form).map(|file| (name.clone(), file)),
            );
        }
    }
    let mut second = judge.judge(&mended)?;
    let judged = files.into_iter().filter_map(|(name, file)| {
        let verdict = first.remove(&name)?;
        let (file, is_mended, verdict) = match (mended.remove(&name), second.remove(&name)) {
            (Some(file), Some(verdict)) => (file, true, verdict),
            _ => (file, false, verdict),
        };
        Some((name, JudgedFile { file, is_mended, verdict }))
    });
    Ok(judged.collect())
}
