//! The steps that turn a compose file into the text that is sent.

use covibe_domain::{Failure, Secret};

use crate::accepted_file::{Compose, host_names};
use crate::domain_service::{self, Candidates};
use crate::operator_rules::Rules;
use crate::problem_list::Report;
use crate::repository::Repository;
use crate::rewrite::{self, Rewriter};
use crate::rewrite_changes::{Change, Changes};
use crate::stored_file::StoredFile;
use crate::variables::variable_values::Values;
use crate::volumes::{CONFIRM, Layout, Replaced, find_renamed, warnings};
use crate::yaml_tree::Tree;
use crate::{canonical_text, describe, judge, yaml};

/// The parameters of a call besides its file, and the rules of the operator. It borrows nothing, so that another thread
/// can judge by it.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The app's name, if the call gives one.
    pub app: Option<String>,
    /// The variables that are set, with their values.
    pub variables: Vec<(String, String)>,
    /// The variables that are set to values that can't be read.
    pub secret: Vec<String>,
    /// The file that the app has now, as it was sent: its profiles and host names stay.
    pub present: Option<String>,
    /// The volumes that the containers of the app mount, if another file was stored since they started: warnings about
    /// volumes refer to this layout.
    pub running: Option<Layout>,
    /// The volumes that may be taken from the places where they are mounted.
    pub confirmed: Vec<String>,
    /// The files whose text Coolify keeps beside the compose file.
    pub files: Vec<StoredFile>,
    /// The repository that the file is part of, if it is: its services may be built from it.
    pub repository: Option<Repository>,
    /// The rules of the operator.
    pub rules: Rules,
}

impl Request {
    fn values(&self) -> Values<'_> {
        let known = self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let secret = self.secret.iter().map(String::as_str);
        Values::new(&known.collect::<Vec<_>>(), &secret.collect::<Vec<_>>())
    }
}

/// Reads a compose file of at most 256 KiB, rewrites what is harmless, and judges what is sent.
///
/// # Errors
/// 422 if something is refused, or a place would get another volume than it has without being confirmed; 400 if the
/// text is not YAML. `details.path` locates the first problem; `details.problems` lists the first fifty, each with its
/// path and its fix. Values are never repeated.
pub fn compose(text: &str, request: &Request) -> Result<Compose, Failure> {
    let rules = Rules { builds: request.repository.is_some(), ..request.rules.clone() };
    let mut report = Report::with(rules.clone());
    let Some((root, readings)) = read_tree(&mut report, text) else { return Err(refusal(report)) };
    let values = request.values();
    let committed = request.repository.as_ref().and_then(|_| root.get(CONFIRM)).map(Tree::items);
    let committed = committed.unwrap_or_default().iter().filter_map(Tree::as_str);
    let confirmed: Vec<_> = request.confirmed.iter().map(String::as_str).chain(committed).collect();
    let present = request.present.as_deref().and_then(read_stored);
    let running = request.running.clone().or_else(|| present.as_ref().map(Layout::from_tree));
    let running = running.unwrap_or_default();
    let mounted = running.mounts();
    let mut rewriter = Rewriter::new(&values, present.as_ref(), &mut report);
    (rewriter.files, rewriter.running) = (&request.files, &mounted);
    rewriter.repository = request.repository.as_ref();
    let rewritten = rewrite::file(&mut rewriter, root.clone());
    let (changes, renames) = (rewriter.changes, rewriter.volumes.renamed);
    let judged = rewritten.and_then(|file| judge::file(&mut report, &file));
    let Some(mut file) = judged.filter(|_| report.count() == 0) else {
        return Err(refusal(report));
    };
    let routing = domain_service::routing(&rewrite::normalized(root.clone()), &values);
    domain_service::order_ports(&mut file, &routing);
    let limits = describe::limit(&mut file, &rules);
    let services = describe::services(&file);
    let candidates = Candidates {
        services: &services,
        file: &file,
        routing: &routing,
        app: request.app.as_deref(),
    };
    let choice = candidates.choose();
    let hints = describe::hints(&file, &services);
    let placeholders = describe::placeholders(&file, &values);
    let text = canonical_text::write(file.members());
    check_sent(&text, &file, &rules)?;
    let Changes { made, paths, mut needed } = changes;
    // One default is that of the whole file.
    let defaults = rewrite::variable_rows::defaults(&file);
    needed.empty.retain(|name| defaults.get(name).is_none_or(String::is_empty));
    let (text, hosts) = (Secret::new(text), present.as_ref().map(host_names).unwrap_or_default());
    let sent = Layout::from_tree(&file);
    let since = find_renamed(&running.shapes(), &sent.shapes());
    let stored = present.as_ref().map(Layout::from_tree).unwrap_or_default().mounts();
    let replaced = Replaced {
        running: (&mounted, &since),
        stored: (&stored, &renames),
        confirmed: &confirmed,
        is_committed: request.repository.is_some(),
    };
    replaced.check(&mut report, &sent.mounts());
    if report.count() > 0 {
        return Err(refusal(report));
    }
    Ok(Compose {
        builds: describe::builds(&file),
        services,
        choice,
        changes: made.into_iter().chain(readings).chain(limits).collect(),
        paths,
        needed,
        placeholders,
        hints,
        warnings: warnings(&mounted, &sent.mounts(), &since),
        renamed: renames,
        text,
        file,
        hosts,
    })
}

/// Returns the canonical text of a file that is stored already; `None` if it would not be sent
/// today.
pub fn sent_form(text: &str, rules: &Rules) -> Option<String> {
    let mut report = Report::with(rules.clone());
    let root = read_stored(text)?;
    let file = judge::file(&mut report, &root)?;
    (report.count() == 0).then(|| canonical_text::write(file.members()))
}

/// Judges a file that is stored already, before it starts. Parts that rewriting would make harmless are accepted, so
/// that a file that an operator changed still starts. Parts that would reach beyond the workspace are refused, and so
/// is each key that leaves the container's confinement, even if rewriting would drop it. Returns `None` if the file
/// can't be read.
pub fn check_stored(text: &str, request: &Request) -> Option<Result<(), Failure>> {
    let root = read_stored(text)?;
    let mut report = Report::with(request.rules.clone());
    let values = request.values();
    let mut rewriter = Rewriter::new(&values, Some(&root), &mut report);
    let rewritten = rewrite::file(&mut rewriter, root.clone());
    if let Some(file) = rewritten {
        judge::file(&mut report, &file);
        report.keep_escapes();
    }
    judge::confinement(&mut report, &root);
    judge::stored_log_drivers(&mut report, &root);
    Some(report.failure().map_or(Ok(()), Err))
}

/// Reads a file that is stored already, and may be larger than one of a caller.
pub(crate) fn read_stored(text: &str) -> Option<Tree> {
    yaml::read_stored(text).ok().map(|root| Tree::from(&*root))
}

/// Reads the text into a tree, and returns the values that Docker Compose reads otherwise as changes. Reports a
/// problem.
fn read_tree(report: &mut Report, text: &str) -> Option<(Tree, Vec<Change>)> {
    match yaml::read(text) {
        Ok(root) => Some((Tree::from(&*root), describe::readings(&root))),
        Err((location, problem)) => {
            report.is_unreadable = true;
            report.add(&location, problem);
            None
        }
    }
}

fn refusal(report: Report) -> Failure {
    report.failure().unwrap_or_else(|| Failure::invalid("`composeRaw` is not a compose file."))
}

/// Judges the text that is sent once more, as others will read it.
fn check_sent(text: &str, file: &Tree, rules: &Rules) -> Result<(), Failure> {
    if text.len() > yaml::LONGEST {
        return Err(Failure::invalid(
            "`composeRaw` exceeds 256 KiB once its aliases are written out.",
        ));
    }
    let again = sent_form(text, rules);
    if again.as_deref() == Some(&canonical_text::write(file.members())) {
        return Ok(());
    }
    let message = "`composeRaw` can't be written in a form that all parsers read the same way.";
    Err(Failure::new(covibe_domain::Kind::Rejected, message)
        .hint("Simplify the file: use plain values, and no numbers in unusual notations."))
}
