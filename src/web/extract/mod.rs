//! What handlers may ask for. A handler that needs permission says so in its signature, and a form cannot be read
//! without the check that it came from our own page.

pub mod form;
pub mod peer;
pub mod seat;
