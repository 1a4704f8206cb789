//! WHO IS ASKING: password, session, token.

pub mod claims;
pub mod csrf;
pub mod limits;
pub mod session;
