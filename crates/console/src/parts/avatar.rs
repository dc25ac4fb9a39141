//! A person's photo, or the first letter of what they are called.

use maud::{Markup, html};

/// Returns the picture; what stands beside it says whose it is.
pub(crate) fn avatar(called: &str, photo: Option<&str>, is_large: bool) -> Markup {
    let class = if is_large { "avatar large" } else { "avatar" };
    let size = if is_large { 64 } else { 26 };
    let initial: String = called
        .chars()
        .find(|c| c.is_alphanumeric())
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    html! {
        @if let Some(path) = photo {
            img class=(class) src=(path) alt="" width=(size) height=(size);
        } @else {
            span class=(class) aria-hidden="true" { (initial) }
        }
    }
}
