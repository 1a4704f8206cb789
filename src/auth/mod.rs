//! WHO IS ASKING: password, session, token.
