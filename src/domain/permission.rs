//! Which role may do what. One table; the doors in `web` carry a permission each, and this decides.

use crate::domain::actor::Role;

/// One thing a person may be allowed to do in the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Permission {
    /// See incidents, components, maintenance and the health of our own parts.
    ReadConsole,
    /// Open, update, correct, publish, dismiss and resolve incidents; pin a component.
    RunIncidents,
    /// Schedule, start, complete and cancel maintenance.
    RunMaintenance,
    /// See and change who is told: addresses are personal data.
    ManageSubscribers,
    /// Make and revoke API tokens.
    ManageTokens,
    /// Read the audit trail, which names people.
    ReadAudit,
    /// Add, change and disable operators.
    ManageOperators,
}

impl Permission {
    pub const ALL: [Self; 7] = [
        Self::ReadConsole,
        Self::RunIncidents,
        Self::RunMaintenance,
        Self::ManageSubscribers,
        Self::ManageTokens,
        Self::ReadAudit,
        Self::ManageOperators,
    ];

    /// The least role that has it.
    #[must_use]
    pub const fn needs(self) -> Role {
        match self {
            Self::ReadConsole => Role::Viewer,
            Self::RunIncidents | Self::RunMaintenance => Role::Responder,
            Self::ManageSubscribers | Self::ManageTokens | Self::ReadAudit => Role::Admin,
            Self::ManageOperators => Role::Owner,
        }
    }

    /// What a refusal says, after "your role does not let you".
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::ReadConsole => "see the console",
            Self::RunIncidents => "run incidents",
            Self::RunMaintenance => "plan maintenance",
            Self::ManageSubscribers => "see or change subscribers",
            Self::ManageTokens => "make or revoke tokens",
            Self::ReadAudit => "read the audit trail",
            Self::ManageOperators => "change operators",
        }
    }
}

impl Role {
    /// Whether this role may do it: roles are ordered, each can do what the one below can.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        self >= permission.needs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_exactly_this() {
        let table = |role: Role| Permission::ALL.map(|permission| role.may(permission));

        assert_eq!(
            table(Role::Viewer),
            [true, false, false, false, false, false, false]
        );
        assert_eq!(
            table(Role::Responder),
            [true, true, true, false, false, false, false]
        );
        assert_eq!(
            table(Role::Admin),
            [true, true, true, true, true, true, false]
        );
        assert_eq!(table(Role::Owner), [true; 7]);
    }
}
