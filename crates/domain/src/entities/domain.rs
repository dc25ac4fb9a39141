//! Domains: their registration, their events, and the steps of attaching them.

use super::words;

words! {
    /// The state of a domain's registration.
    RegistrationState {
        /// It is being ordered, or the outcome of its order is unknown.
        Registering = "registering",
        /// It is ordered; the registry or the owner has not confirmed it yet.
        Pending = "pending",
        /// It is ordered; the registrar holds the order back.
        Held = "held",
        /// It is registered for the workspace.
        Registered = "registered",
        /// It was not bought.
        Failed = "failed",
        /// Its term ended; the workspace has lost it.
        Expired = "expired",
    }
}

words! {
    /// The kind of an event in a domain's history.
    DomainEventKind {
        /// An order is about to be sent.
        RegisterAttempt = "register.attempt",
        /// The registrar did not report the outcome of the order.
        RegisterUnknown = "register.unknown",
        /// The registrar has accepted the order, which is not complete yet.
        RegisterPending = "register.pending",
        /// The domain is registered.
        RegisterSuccess = "register.success",
        /// Nothing was bought.
        RegisterFailed = "register.failed",
        /// Its term was extended.
        RegisterRenewed = "register.renewed",
        /// It has left the registrar's account.
        RegisterExpired = "register.expired",
        /// It is about to be attached.
        AttachAttempt = "attach.attempt",
        /// It has a zone at its provider of DNS.
        AttachZone = "attach.zone",
        /// Records of its zone changed.
        AttachRecords = "attach.records",
        /// The registrar's lock is about to be removed for a change.
        AttachUnlock = "attach.unlock",
        /// The registrar delegates to the zone's name servers.
        AttachNameservers = "attach.nameservers",
        /// The registrar's lock is set.
        AttachLock = "attach.lock",
        /// It is attached.
        AttachSuccess = "attach.success",
        /// A step of attaching it failed.
        AttachFailed = "attach.failed",
        /// Its zone was removed: the registrar's account had lost the domain, or the operator
        /// decided so.
        ZoneRemoved = "zone.removed",
        /// Hosts of it were removed from an app, because the workspace had lost it and another one has it.
        HostsRemoved = "hosts.removed",
    }
}

words! {
    /// A step of attaching a domain.
    AttachStep {
        /// Its zone.
        Zone = "zone",
        /// The records of its hosts.
        Records = "records",
        /// The delegation: the name servers at the registrar.
        Nameservers = "nameservers",
        /// The domains of the app.
        App = "app",
        /// The registrar's lock.
        Lock = "lock",
    }
}

words! {
    /// The outcome of a step.
    AttachState {
        /// The step changed something.
        Changed = "changed",
        /// Everything was as it should be already.
        Unchanged = "unchanged",
        /// The change was requested, and is not visible yet.
        Later = "later",
        /// There was nothing to do.
        Skipped = "skipped",
        /// It failed.
        Failed = "failed",
    }
}

words! {
    /// A provider of authoritative DNS.
    DnsProvider {
        /// Google Cloud DNS.
        CloudDns = "cloud_dns",
        /// A server that accepts dynamic updates (RFC 2136).
        Rfc2136 = "rfc2136",
    }
}
