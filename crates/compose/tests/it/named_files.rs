//! The files of a repository that a compose file names, as they are found before it is judged.

use std::time::Duration;

use covibe_compose::{
    CommittedFile, Compose, NamedFiles, Repository, Request, compose, named_files,
};
use covibe_domain::Failure;

use crate::processor_time::measure;

/// The maximum processor time to find the files.
const MAX: Duration = Duration::from_secs(1);

fn find(text: &str, files: &[&str]) -> NamedFiles {
    let repository = Repository::new("/", "/docker-compose.yml");
    let (named, took) = measure(|| named_files(text, repository, files, &[]));
    assert!(took < MAX, "{took:?} {text:.80}");
    named.unwrap()
}

/// Judges a compose file of a repository with these files, whose texts are their paths.
fn judge(text: &str, files: &[&str]) -> Result<Compose, Failure> {
    let NamedFiles { mut repository, to_read } = find(text, files);
    for position in to_read {
        repository.add(files[position], CommittedFile::Text(files[position].to_owned()));
    }
    compose(text, &Request { repository: Some(repository), ..Request::default() })
}

#[test]
fn aliases_beyond_the_size_limit_are_not_written_out() {
    let mount = |n: usize| format!("./{n}:/{n}, ");
    let mounts: String = (0..1_000).map(mount).collect();
    let service = |n: usize| format!("  s{n}: {{image: nginx, volumes: *v}}\n");
    let services: String = (0..490).map(service).collect();
    let text = format!("x-v: &v [{mounts}]\nservices:\n{services}");
    assert!(find(&text, &["1"]).to_read.is_empty());
    let refused = judge(&text, &["1"]).unwrap_err();
    assert!(format!("{refused:?}").contains("20,000 values"), "{refused:?}");
}

#[test]
fn as_many_aliases_as_a_file_may_have_are_compared_quickly() {
    let names: Vec<_> = (0..20_000).map(|n| format!("d/{n:05}")).collect();
    let files: Vec<_> = names.iter().map(String::as_str).collect();
    let mount = |n: usize| format!("./d/{n:05}:/{n}, ");
    let mounts: String = (0..380).map(mount).collect();
    let service = |n: usize| format!("  s{n}: {{build: ., volumes: *v}}\n");
    let services: String = (0..50).map(service).collect();
    let text = format!("x-v: &v [{mounts}]\nservices:\n{services}");
    assert_eq!(find(&text, &files).to_read, (0..380).collect::<Vec<_>>());
}

#[test]
fn folders_within_each_other_are_searched_quickly() {
    let folder = |depth: usize| "d/".repeat(depth);
    let names: Vec<_> = (0..3_900).map(|n| format!("{}f{n:04}", folder(480))).collect();
    let files: Vec<_> = names.iter().map(String::as_str).collect();
    let mount = |depth: usize| format!("    - ./{}:/t{depth}\n", folder(depth));
    let mounts: String = (1..=480).map(mount).collect();
    for context in ["build: .", "image: nginx"] {
        let text = format!("services:\n  a:\n    {context}\n    volumes:\n{mounts}");
        assert!(find(&text, &files).to_read.is_empty());
        assert!(find(&text, &files[..50]).to_read.len() <= 50);
    }
}

#[test]
fn a_mounted_folder_becomes_configs_only_if_it_has_at_most_50_files() {
    let names: Vec<_> = (0..51).map(|n| format!("conf/{n:02}")).collect();
    let files: Vec<_> = names.iter().map(String::as_str).collect();
    let text = "services: {web: {image: 'nginx:1', volumes: ['./conf:/etc/conf:ro']}}";
    let judged = judge(text, &files[1..]).unwrap();
    assert!(judged.text().contains("/etc/conf/50"), "{}", judged.text());
    let refused = judge(text, &files).unwrap_err();
    assert!(refused.hint.unwrap().contains("Dockerfile with COPY"));
}

#[test]
fn a_mounted_folder_with_any_number_of_files_is_dropped_if_the_image_contains_it() {
    let names: Vec<_> = (0..51).map(|n| format!("web/{n:02}")).collect();
    let files: Vec<_> = names.iter().map(String::as_str).collect();
    let text = "services: {web: {build: ./web, volumes: ['./web:/app', './web/data:/data']}}";
    for files in [&files[..1], &files[..]] {
        let judged = judge(text, files).unwrap();
        let sent = judged.text().replace('"', "");
        assert!(!sent.contains(":/app") && sent.contains(":/data"), "{sent}");
    }
}
