//! The parameter that names a repository.

use covibe_domain::Failure;
use covibe_gitea::has_name_form;
use covibe_operation::quotable_name;
use schemars::JsonSchema;
use serde::Deserialize;

/// `owner/name`, or `name` of a repository of GITEA_USERNAME.
#[derive(Deserialize, JsonSchema)]
#[schemars(inline, example = &"ada/shop")]
pub(super) struct RepoName(#[schemars(length(min = 1, max = 210))] String);

impl RepoName {
    /// Returns owner and name; `user` owns what is given by its name only.
    ///
    /// # Errors
    ///
    /// No repository can have this name.
    pub(super) fn parse(&self, user: &str) -> Result<(String, String), Failure> {
        let typed = self.0.trim();
        let (owner, name) = typed.split_once('/').unwrap_or((user, typed));
        let name = name.strip_suffix(".git").unwrap_or(name);
        if has_name_form(owner) && has_name_form(name) {
            return Ok((owner.to_owned(), name.to_owned()));
        }
        Err(Failure::invalid(format!(
            "`repo` is not the name of a repository: `{}`.",
            quotable_name(typed)
        ))
        .hint("Pass owner/name, such as ada/shop, or the name alone. list_repos lists them."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(typed: &str) -> Option<String> {
        let parsed = RepoName(typed.to_owned()).parse("ada").ok();
        parsed.map(|(owner, name)| format!("{owner} {name}"))
    }

    #[test]
    fn a_repository_name_without_an_owner_belongs_to_the_user() {
        assert_eq!(parse("shop").as_deref(), Some("ada shop"));
        assert_eq!(parse("Bob/shop.git").as_deref(), Some("Bob shop"));
    }

    #[test]
    fn an_invalid_repository_path_is_refused() {
        for typed in
            ["a/b/c", "../x", "ada/..", "ada/", "/shop", "a b", "ada/x?y", "ada/%2e", "ada\\x", "."]
        {
            assert_eq!(parse(typed), None, "{typed}");
        }
    }
}
