//! WHO HEARS WHAT. From a committed event to a settled delivery.
