//! WHO IS ASKING: password, session, token.

pub mod password;
