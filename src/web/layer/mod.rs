//! What is round every request: a number, headers that never miss, and a page for what went wrong.

pub mod envelope;
pub mod headers;
