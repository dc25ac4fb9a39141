//! The form in which Coolify gets a value, so that the app gets it unchanged.

use covibe_coolify::{Env, EnvForm, EnvWrite, alterations, exact_form};
use covibe_domain::Failure;

use super::errors::{described, undeliverable_value};
use super::input::EnvInput;

/// The form of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) is_literal: bool,
    pub(super) is_multiline: bool,
}

impl Form {
    /// Returns the form that the call chooses, where it does; otherwise the present one if it delivers
    /// the value unchanged, or one that does.
    ///
    /// # Errors
    ///
    /// Rejected if no form delivers the value, and the call chooses none.
    pub(super) fn of(env: &EnvInput, old: Option<&Env>) -> Result<Self, Failure> {
        let has_lines = env.has_lines();
        let present = old.map(|old| Self {
            is_literal: old.is_literal,
            is_multiline: old.is_multiline || has_lines,
        });
        if env.chooses_form() {
            let present = present.unwrap_or(Self { is_literal: false, is_multiline: has_lines });
            return Ok(Self {
                is_literal: env.is_literal.unwrap_or(present.is_literal),
                is_multiline: has_lines || env.is_multiline.unwrap_or(present.is_multiline),
            });
        }
        let delivers = |form: &Self| alterations(&env.value, form.written()).is_empty();
        if let Some(present) = present.filter(delivers) {
            return Ok(present);
        }
        match exact_form(&env.value) {
            Some(EnvForm::Plain) => Ok(Self { is_literal: false, is_multiline: false }),
            Some(EnvForm::Quoted) => Ok(Self { is_literal: !has_lines, is_multiline: has_lines }),
            None => {
                let quoted = alterations(&env.value, EnvForm::Quoted);
                Err(undeliverable_value(&env.key, &quoted))
            }
        }
    }

    /// Returns whether Coolify writes a value of this form between quotes, unless it is JSON.
    pub(super) fn is_quoted(self) -> bool {
        self.is_literal || self.is_multiline
    }

    /// Returns how Coolify writes a value of this form.
    fn written(self) -> EnvForm {
        if self.is_quoted() { EnvForm::Quoted } else { EnvForm::Plain }
    }
}

/// Returns a warning about the variables whose values the app gets changed, because the call chose
/// their form. It contains no values.
pub(super) fn changed_values(writes: &[EnvWrite]) -> Option<String> {
    let sentence = |write: &EnvWrite| {
        let EnvWrite { is_literal, is_multiline, .. } = *write;
        let form = Form { is_literal, is_multiline }.written();
        let found = alterations(write.value.expose(), form);
        (!found.is_empty() && !write.is_preview)
            .then(|| format!("{} does not arrive unchanged: it {}.", write.key, described(&found)))
    };
    let sentences: Vec<_> = writes.iter().filter_map(sentence).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}
