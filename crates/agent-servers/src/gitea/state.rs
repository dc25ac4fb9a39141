//! The parameter that selects issues by their state.

use covibe_gitea::IssueStates;
use schemars::JsonSchema;
use serde::Deserialize;

/// Default open.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(super) enum State {
    #[default]
    Open,
    Closed,
    All,
}

impl From<State> for IssueStates {
    fn from(state: State) -> Self {
        match state {
            State::Open => Self::Open,
            State::Closed => Self::Closed,
            State::All => Self::All,
        }
    }
}
