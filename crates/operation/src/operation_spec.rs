//! The declaration of an operation: its name, its route and its properties.

use covibe_domain::Access;
use covibe_domain::entities::KeyAccess;

use crate::rest_route::Route;

/// A text that REST answers verbatim instead of JSON. The operation's output is a [`crate::Text`],
/// and only REST reaches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its `Content-Type`.
    pub media_type: &'static str,
    /// The file name under which clients save it; ASCII.
    pub file_name: &'static str,
}

/// The way in which a caller continues after a part of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The text parameter with the position after which the answer begins. The member of each part with this name is
    /// the position after it.
    pub position: &'static str,
    /// The parameters that the position replaces.
    pub replaces: &'static [&'static str],
}

/// The callers that may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callers {
    /// Keys and people.
    Anyone,
    /// People who are signed in.
    People,
    /// Admins of the tenant who are signed in.
    Admins,
}

/// The declaration of an operation.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a declaration")]
pub struct Spec {
    /// The canonical, dotted name.
    pub name: &'static str,
    /// The REST route.
    pub route: Route,
    /// Its effect on the workspace.
    pub access: Access,
    /// True if a second call has no further effect.
    pub idempotent: bool,
    /// True if it is available over REST only; agents do not see it as a tool.
    pub rest_only: bool,
    /// True if it creates something: REST answers 201.
    pub creates: bool,
    /// True if it also works before the workspace is provisioned.
    pub early: bool,
    /// True if it discloses a credential: its audit entry is durable before the answer is sent, although the operation
    /// only reads.
    pub discloses: bool,
    /// The callers that may call it.
    pub callers: Callers,
    /// The boolean parameter by which a caller asks to wait for the outcome. Such a call has a
    /// longer deadline, which [`Self::lasts`] says if it is there.
    pub waits: Option<&'static str>,
    /// The integer parameter by which a caller says how many milliseconds the work itself may take, and its
    /// default. The call's deadline is that much later; where the operation waits, only that of a call that does.
    pub lasts: Option<(&'static str, u64)>,
    /// The way in which a caller continues after a part, if an operation that waits hands its answer over in parts to a
    /// client that takes them.
    pub parts: Option<Parts>,
    /// Parameters whose values the audit records, without texts that look like secrets. Of all others it records a
    /// digest only.
    pub audits: &'static [&'static str],
    /// The document that REST answers instead of JSON.
    pub document: Option<Document>,
    /// Parameters that are accepted without effect; `list.member` is a member of a list's items.
    pub ignores: &'static [&'static str],
    /// Object parameters that accept undeclared members. The published schema stays closed, as strict clients require;
    /// the operation reports the effect of each undeclared member.
    pub open: &'static [&'static str],
    /// Objects, at any depth, that may also be `false`. The published schema has only the object,
    /// as some clients accept one type only.
    pub switches: &'static [&'static str],
    /// Other camelCase names of the members of open parameters, each with the declared name.
    pub spellings: &'static [(&'static str, &'static str)],
}

impl Spec {
    const fn new(name: &'static str, route: Route, access: Access, idempotent: bool) -> Self {
        Self {
            name,
            route,
            access,
            idempotent,
            rest_only: false,
            creates: false,
            early: false,
            discloses: false,
            callers: Callers::Anyone,
            waits: None,
            lasts: None,
            parts: None,
            audits: &[],
            document: None,
            ignores: &[],
            open: &[],
            switches: &[],
            spellings: &[],
        }
    }

    /// Declares an operation that only reads.
    pub const fn read(name: &'static str, route: Route) -> Self {
        Self::new(name, route, Access::Read, true)
    }

    /// Declares an operation that creates or changes something.
    pub const fn write(name: &'static str, route: Route) -> Self {
        Self::new(name, route, Access::Write, false)
    }

    /// Declares an operation that removes something irrevocably.
    pub const fn destroy(name: &'static str, route: Route) -> Self {
        Self::new(name, route, Access::Destroy, true)
    }

    /// Marks it as idempotent.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Marks it as creating something: REST answers 201.
    #[must_use]
    pub const fn creates(mut self) -> Self {
        self.creates = true;
        self
    }

    /// Restricts it to REST.
    #[must_use]
    pub const fn rest_only(mut self) -> Self {
        self.rest_only = true;
        self
    }

    /// Allows it before the workspace is provisioned.
    #[must_use]
    pub const fn early(mut self) -> Self {
        self.early = true;
        self
    }

    /// Restricts it to people who are signed in, and so to REST.
    #[must_use]
    pub const fn for_people(mut self) -> Self {
        self.callers = Callers::People;
        self.rest_only()
    }

    /// Restricts it to admins of the tenant who are signed in, and so to REST.
    #[must_use]
    pub const fn for_admins(mut self) -> Self {
        self.callers = Callers::Admins;
        self.rest_only()
    }

    /// Marks it as disclosing a credential.
    #[must_use]
    pub const fn discloses(mut self) -> Self {
        self.discloses = true;
        self
    }

    /// Lets it wait for the outcome if this parameter is true.
    #[must_use]
    pub const fn waits(mut self, parameter: &'static str) -> Self {
        self.waits = Some(parameter);
        self
    }

    /// Gives the work the number of milliseconds in this parameter, or this default.
    #[must_use]
    pub const fn lasts(mut self, parameter: &'static str, default: u64) -> Self {
        self.lasts = Some((parameter, default));
        self
    }

    /// Hands the answer over in parts to a client that takes them. A part's position is the value of this parameter for
    /// what follows, which replaces these other ones.
    #[must_use]
    pub const fn in_parts(
        mut self,
        position: &'static str,
        replaces: &'static [&'static str],
    ) -> Self {
        self.parts = Some(Parts { position, replaces });
        self
    }

    /// Records the values of these parameters in the audit.
    #[must_use]
    pub const fn audits(mut self, names: &'static [&'static str]) -> Self {
        self.audits = names;
        self
    }

    /// Makes its answer a text, which restricts it to REST.
    #[must_use]
    pub const fn document(mut self, media_type: &'static str, file_name: &'static str) -> Self {
        self.document = Some(Document { media_type, file_name });
        self.rest_only()
    }

    /// Accepts these parameters without effect.
    #[must_use]
    pub const fn ignores(mut self, names: &'static [&'static str]) -> Self {
        self.ignores = names;
        self
    }

    /// Lets these object parameters accept undeclared members.
    #[must_use]
    pub const fn open(mut self, names: &'static [&'static str]) -> Self {
        self.open = names;
        self
    }

    /// Lets these objects, at any depth, be `false` too.
    #[must_use]
    pub const fn switches(mut self, names: &'static [&'static str]) -> Self {
        self.switches = names;
        self
    }

    /// Adds other names of members of open parameters.
    #[must_use]
    pub const fn spellings(mut self, spellings: &'static [(&'static str, &'static str)]) -> Self {
        self.spellings = spellings;
        self
    }

    /// Returns whether a call of it may take longer than most, so that its client may want to hear of it before it ends.
    pub const fn may_take_long(&self) -> bool {
        self.waits.is_some() || self.lasts.is_some()
    }

    /// Returns whether a call with this access may run it. With a disclosed credential, a read-only caller could change
    /// things elsewhere, so read access does not include disclosure.
    pub const fn is_open_to(&self, access: KeyAccess) -> bool {
        match access {
            KeyAccess::Full => true,
            KeyAccess::Read => !self.access.changes() && !self.discloses,
        }
    }

    /// Returns the name in MCP, with underscores, because widely used clients reject dots.
    pub fn mcp_name(&self) -> String {
        self.name.replace('.', "_")
    }

    /// Returns the HTTP status of success.
    pub const fn status(&self) -> u16 {
        if self.creates { 201 } else { 200 }
    }
}
