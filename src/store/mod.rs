//! REMEMBERING. The only folder that says `diesel`.
