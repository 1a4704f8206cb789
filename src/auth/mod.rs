//! WHO IS ASKING: password, session, token.
//!
//! A cookie is a signed name ([`claims`]) for a row that must exist ([`session`]); a form carries a second proof
//! ([`csrf`]); tries at the door are counted ([`limits`]).

pub mod password;

pub mod claims;
pub mod session;

pub mod csrf;
pub mod limits;

pub mod invitation;
