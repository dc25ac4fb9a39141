//! The form that all texts for a shell share.

/// A text that does not have the form that its type demands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {name}: expected {expected}")]
pub struct InvalidShellText {
    /// The type's name.
    name: &'static str,
    /// A description of a valid text.
    expected: &'static str,
}

impl InvalidShellText {
    pub(super) const fn new(name: &'static str, expected: &'static str) -> Self {
        Self { name, expected }
    }
}

/// Declares a text type with its pattern, its length limit, and the check that is equivalent to the
/// pattern.
macro_rules! shell_text {
    ($(#[$doc:meta])* $name:ident, $max:literal, $pattern:expr, $expected:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The regular expression that the whole text matches: ECMA 262, ASCII only, without
            /// anchors.
            pub const PATTERN: &'static str = $pattern;

            /// The length limit, in characters.
            pub const MAX_LENGTH: usize = $max;

            /// A description of a valid text, as the end of a sentence.
            pub const EXPECTED: &'static str = $expected;

            /// Returns whether a text has this form.
            pub fn is_valid(text: &str) -> bool {
                let valid: fn(&str) -> bool = $valid;
                text.len() <= Self::MAX_LENGTH && valid(text)
            }

            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::shell::InvalidShellText;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                if Self::is_valid(&text) {
                    Ok(Self(text))
                } else {
                    Err(Self::Error::new(stringify!($name), $expected))
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::shell::InvalidShellText;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::try_from(text.to_owned())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "maxLength": $max,
                    "pattern": format!("^(?:{})$", Self::PATTERN),
                    "x-rule": Self::EXPECTED,
                })
            }
        }
    };
}
pub(super) use shell_text;
