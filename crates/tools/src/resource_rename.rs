//! Renaming a resource to a name that nothing else of its kind has in the workspace.
//!
//! Coolify does not keep names unique, and offers no way to check and write in one step.

use covibe_domain::Failure;
use covibe_policy::resource_name;
use covibe_workspace::Workspace;

/// A resource that can be renamed.
pub(crate) trait Rename: Sync {
    /// The noun for it in the journal and in messages.
    const KIND: &'static str;

    /// The tool that lists the resources of this kind.
    const LIST: &'static str;

    /// Returns its current name.
    fn name(&self) -> &str;

    /// Reads the names of the workspace's other resources of this kind.
    fn other_names(
        &self,
        cx: &Workspace,
    ) -> impl Future<Output = Result<Vec<String>, Failure>> + Send;

    /// Writes the name.
    fn write_name(&self, name: &str) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Renames a resource.
///
/// The name is checked before and after it is written. If another call took it in between, the
/// present name is written back: then neither resource keeps the new name, or one of them does.
///
/// # Errors
///
/// Invalid if the name has the form of a uuid or of a credential; conflict if it is taken. Every failure
/// after the first write is in doubt, even if the current name was written back: other calls may have seen
/// the new one.
pub(crate) async fn rename<R: Rename>(
    cx: &Workspace,
    resource: &R,
    name: &str,
) -> Result<(), Failure> {
    resource_name(name)?;
    check_free(cx, resource, name).await?;
    resource.write_name(name).await?;
    if let Err(failure) = check_free(cx, resource, name).await {
        resource.write_name(resource.name()).await.map_err(Failure::in_doubt)?;
        return Err(failure.in_doubt());
    }
    Ok(())
}

/// Fails if another resource has the name, or if one is being created under it.
async fn check_free<R: Rename>(cx: &Workspace, resource: &R, name: &str) -> Result<(), Failure> {
    let is_taken = resource.other_names(cx).await?.iter().any(|other| other == name);
    // The journal comes last: a creation records its name before it reads the existing names.
    if is_taken || cx.journal().has_entry(R::KIND, name).await? {
        return Err(taken_name(R::KIND, name, R::LIST));
    }
    Ok(())
}

fn taken_name(kind: &str, name: &str, list: &str) -> Failure {
    Failure::conflict(format!("The {kind} {name} already exists in this workspace."))
        .hint(format!("Pass another name; {list} returns the existing ones."))
}
