//! Public async functions of the lower crates return boxed futures.
//!
//! The body of an async function is compiled in every crate that awaits it, with all that it awaits. Before these were
//! boxed, a tenth of what was compiled for `covibe-http` was its own code.

use syn::visit::{self, Visit};
use syn::{Attribute, FnArg, GenericParam, ImplItemFn, ItemFn, Signature, Type, Visibility};

use super::checked_files::{File, Finding, Workspace};

/// The folders of the crates whose functions many others await.
const LOWER: [&str; 5] = [
    "crates/clients/",
    "crates/dispatch/src/",
    "crates/identity/src/",
    "crates/store/src/",
    "crates/workspace/src/",
];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let is_lower = |file: &&File| {
        file.is(".rs")
            && file.path.contains("/src/")
            && LOWER.iter().any(|folder| file.path.starts_with(folder))
    };
    workspace.files.iter().filter(is_lower).flat_map(find_unboxed).collect()
}

fn find_unboxed(file: &File) -> Vec<Finding> {
    // The compiler reports what can't be parsed.
    let Ok(parsed) = file.parsed() else { return Vec::new() };
    let mut lines = Lines::default();
    lines.visit_file(parsed);
    let message =
        "put #[boxed] (of covibe-domain) on a public async function, so that it is compiled once";
    lines.0.into_iter().map(|line| Finding::new(&file.path, line, message)).collect()
}

/// The lines of public async functions that are compiled, without need, in each crate that awaits them.
#[derive(Default)]
struct Lines(Vec<usize>);

impl Lines {
    fn record_unboxed(
        &mut self,
        visibility: &Visibility,
        signature: &Signature,
        attributes: &[Attribute],
    ) {
        let is_boxed = attributes.iter().any(|attribute| attribute.path().is_ident("boxed"));
        let is_public = matches!(visibility, Visibility::Public(_));
        if is_public
            && signature.asyncness.is_some()
            && !is_boxed
            && !takes_types_of_caller(signature)
        {
            self.0.push(signature.ident.span().start().line);
        }
    }
}

impl<'ast> Visit<'ast> for Lines {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.record_unboxed(&item.vis, &item.sig, &item.attrs);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.record_unboxed(&item.vis, &item.sig, &item.attrs);
        visit::visit_impl_item_fn(self, item);
    }
}

/// Returns whether a function takes a type of its caller, or itself by value or behind a pointer: the attribute takes
/// neither.
fn takes_types_of_caller(signature: &Signature) -> bool {
    let is_generic = signature.generics.params.iter().any(|it| matches!(it, GenericParam::Type(_)));
    is_generic
        || signature.inputs.iter().any(|input| match input {
            FnArg::Receiver(receiver) => {
                receiver.reference.is_none() || receiver.colon_token.is_some()
            }
            FnArg::Typed(argument) => matches!(*argument.ty, Type::ImplTrait(_)),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::checked_files::lines_of;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        lines_of(&check(&Workspace::of_files(&[(path, text)])))
    }

    #[test]
    fn a_public_async_function_of_a_lower_crate_must_be_boxed() {
        let text =
            "pub async fn read(id: &str) {}\nimpl A {\n    pub async fn write(&self) {}\n}\n";
        assert_eq!(lines("crates/store/src/a.rs", text), [1, 3]);
        assert_eq!(lines("crates/clients/gitea/src/a.rs", text), [1, 3]);
        assert!(lines("crates/tools/src/a.rs", text).is_empty());
        assert!(lines("crates/store/tests/it/a.rs", text).is_empty());
        assert!(lines("crates/store/src/a.rs", &text.replace("pub", "#[boxed]\npub")).is_empty());
    }

    #[test]
    fn a_generic_private_or_consuming_async_function_need_not_be_boxed() {
        for text in [
            "pub async fn get<T: Read>(from: T) {}",
            "pub async fn get(from: impl Read) {}",
            "impl A { pub async fn end(self) {} }",
            "impl A { pub async fn end(self: &Arc<Self>) {} }",
            "async fn inner() {}",
            "pub(crate) async fn inner() {}",
            "pub fn plain() {}",
        ] {
            assert!(lines("crates/store/src/a.rs", text).is_empty(), "{text}");
        }
    }
}
